"""Rules for CustomResourceDefinitions, and for Leases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.machinery.causes import Faults, label_1035_problems
from gitopskit.sandbox.rules.custom import has_rules
from gitopskit.sandbox.rules.definition import check_rules

Object = Mapping[str, Any]

_ONE_STORAGE = "must have exactly one version marked as storage version"
_MIXED = "may have mixed case, but should otherwise match: "
_APPROVED = "api-approved.kubernetes.io"
_PRESERVE = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"


def check_definition(obj: Object, faults: Faults) -> None:
    """Check a CustomResourceDefinition."""
    spec = obj["spec"]
    names, group = spec.get("names") or {}, spec.get("group", "")
    if obj["metadata"].get("name") != f"{names.get('plural')}.{group}":
        faults.invalid("metadata.name", obj["metadata"].get("name"), 'must be spec.names.plural+"."+spec.group')
    if not group:
        faults.required("spec.group")
    elif "." not in group:
        faults.invalid("spec.group", group, "should be a domain with at least one dot")
    _check_protected(obj, group, faults)
    if spec.get("scope") not in ("Cluster", "Namespaced"):
        faults.unsupported("spec.scope", spec.get("scope", ""), ("Cluster", "Namespaced"))
    if spec.get("preserveUnknownFields"):
        faults.invalid("spec.preserveUnknownFields", True, _PRESERVE)
    _check_versions(spec.get("versions") or [], faults)
    _check_names(names, faults)


def _check_protected(obj: Object, group: str, faults: Faults) -> None:
    if group.endswith((".k8s.io", ".kubernetes.io")) and not (obj["metadata"].get("annotations") or {}).get(_APPROVED):
        where = "see https://github.com/kubernetes/enhancements/pull/1111"
        faults.required(f"metadata.annotations[{_APPROVED}]", f'protected groups must have approval annotation "{_APPROVED}", {where}')


def _check_versions(versions: list[Object], faults: Faults) -> None:
    for at, version in enumerate(versions):
        name = version.get("name", "")
        faults.each(f"spec.versions[{at}].name", name, label_1035_problems(name))
    listed = [version.get("name") for version in versions]
    stored = [version.get("name") for version in versions if version.get("storage")]
    if len(set(listed)) < len(listed):
        faults.invalid("spec.versions", versions, "must contain unique version names")
    if len(stored) != 1:
        faults.invalid("spec.versions", versions, _ONE_STORAGE)
    if listed and label_1035_problems(listed[0] or ""):
        faults.each("spec.version", listed[0], label_1035_problems(listed[0] or ""))
    _check_stored(stored, faults)
    _check_schemas(versions, faults)


def _check_stored(stored: list[Any], faults: Faults) -> None:
    if not stored:
        faults.invalid("status.storedVersions", None, "must have at least one stored version")
    elif len(stored) > 1:
        faults.invalid("status.storedVersions", stored[:1], f"must have the storage version {stored[-1]}")


def _check_schemas(versions: list[Object], faults: Faults) -> None:
    schemas = [(version.get("schema") or {}).get("openAPIV3Schema") for version in versions]
    shared = len(versions) == 1 or all(schema == schemas[0] for schema in schemas)
    for at, schema in enumerate(schemas):
        if schema is None:
            faults.required(f"spec.versions[{at}].schema.openAPIV3Schema")
        elif at == 0 or not shared:
            field = "spec.validation.openAPIV3Schema" if shared else f"spec.versions[{at}].schema.openAPIV3Schema"
            before = len(faults.causes)
            _check_schema(schema, field, faults, is_root=True)
            if len(faults.causes) == before and has_rules(schema):
                check_rules(schema, field, faults, is_root=True)


def _check_schema(schema: Object, path: str, faults: Faults, *, is_root: bool = False) -> None:
    """Check that every part of a schema has a type, as structural schemas must."""
    for name, part in sorted((schema.get("properties") or {}).items()):
        _check_schema(part, f"{path}.properties[{name}]", faults)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), Mapping):
            _check_schema(schema[name], f"{path}.{name}", faults)
    is_free = schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    if is_root and schema.get("type") not in (None, "", "object"):
        faults.invalid(f"{path}.type", schema["type"], "must be object at the root")
    elif not schema.get("type") and (is_root or not is_free):
        place = "at the root" if is_root else "for specified object fields"
        faults.required(f"{path}.type", f"must not be empty {place}")


def _check_names(names: Object, faults: Faults) -> None:
    for name in ("plural", "singular", "kind", "listKind"):
        value = names.get(name, "")
        if not value:
            faults.required(f"spec.names.{name}")
        elif name in {"kind", "listKind"}:
            faults.each(f"spec.names.{name}", value, [_MIXED + problem for problem in label_1035_problems(value.lower())])
        else:
            faults.each(f"spec.names.{name}", value, label_1035_problems(value))
    for at, value in enumerate(names.get("shortNames") or ()):
        faults.each(f"spec.names.shortNames[{at}]", value, label_1035_problems(value))
    if names.get("kind") and names["kind"] == names.get("listKind"):
        faults.invalid("spec.names.listKind", names["listKind"], "kind and listKind may not be the same")


def check_lease(obj: Object, faults: Faults) -> None:
    """Check a Lease."""
    spec = obj.get("spec") or {}
    duration, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    if duration is not None and duration <= 0:
        faults.invalid("spec.leaseDurationSeconds", duration, "must be greater than 0")
    if transitions is not None and transitions < 0:
        faults.invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0")


CREATE = {("apiextensions.k8s.io", "CustomResourceDefinition"): check_definition, ("coordination.k8s.io", "Lease"): check_lease}
