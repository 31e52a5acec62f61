"""Rules for CustomResourceDefinitions, and for Leases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.kinds.validation.definition_parts import check_conversion, check_parts, placed
from gitopskit.sandbox.kinds.validation.schemas import check_schema
from gitopskit.sandbox.machinery.causes import IMMUTABLE, Faults, label_1035_problems, subdomain_problems

Object = Mapping[str, Any]

_ONE_STORAGE = "must have exactly one version marked as storage version"
_MIXED = "may have mixed case, but should otherwise match: "
_APPROVED = "api-approved.kubernetes.io"
_WHERE = "see https://github.com/kubernetes/enhancements/pull/1111"
_MIGRATED = (
    "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a storage migration "
    "ensures no data remains persisted in {name} and removes {name} from status.storedVersions"
)
_PRESERVE = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"


def check_definition(obj: Object, faults: Faults) -> None:
    """Check a CustomResourceDefinition."""
    spec = obj["spec"]
    names, group, versions = spec.get("names") or {}, spec.get("group", ""), spec.get("versions") or []
    status = obj.get("status") or {}
    if not status.get("conditions") and obj["metadata"].get("name") != f"{names.get('plural', '')}.{group}":
        faults.invalid("metadata.name", obj["metadata"].get("name"), 'must be spec.names.plural+"."+spec.group')
    _check_group(group, faults)
    if not spec.get("scope"):
        faults.required("spec.scope")
    elif spec["scope"] not in ("Cluster", "Namespaced"):
        faults.unsupported("spec.scope", spec["scope"], ("Cluster", "Namespaced"))
    if spec.get("preserveUnknownFields"):
        faults.invalid("spec.preserveUnknownFields", True, _PRESERVE)
    _check_versions(versions, faults)
    _check_names(names, faults)
    for place, version in placed(versions, "schema"):
        if schema := (version.get("schema") or {}).get("openAPIV3Schema"):
            name = "validation" if place == "spec" else "schema"
            check_schema(schema, f"{place}.{name}.openAPIV3Schema", faults)
    check_parts(versions, faults)
    check_conversion(spec.get("conversion") or {}, faults)
    if status.get("conditions"):
        _check_still_there(status.get("storedVersions") or [], versions, faults)
    else:
        _check_stored([version.get("name") for version in versions if version.get("storage")], faults)
    _check_protected(obj, group, faults)


def _check_group(group: str, faults: Faults) -> None:
    if not group:
        faults.required("spec.group")
    elif problems := subdomain_problems(group):
        faults.each("spec.group", group, problems)
    elif "." not in group:
        faults.invalid("spec.group", group, "should be a domain with at least one dot")


def _check_protected(obj: Object, group: str, faults: Faults) -> None:
    if not group.endswith((".k8s.io", ".kubernetes.io")):
        return
    approval, field = (obj["metadata"].get("annotations") or {}).get(_APPROVED), f"metadata.annotations[{_APPROVED}]"
    needed = f'protected groups must have approval annotation "{_APPROVED}"'
    if not approval:
        faults.required(field, f"{needed}, {_WHERE}")
    elif not approval.startswith("unapproved") and not re.match(r"https?://.", approval):
        faults.invalid(field, approval, f'{needed} with either a URL or a reason starting with "unapproved", {_WHERE}')


def _check_versions(versions: list[Object], faults: Faults) -> None:
    stored = [version for version in versions if version.get("storage")]
    for at, version in enumerate(versions):
        name = version.get("name", "")
        faults.each(f"spec.versions[{at}].name", name, label_1035_problems(name))
        if version.get("deprecationWarning") and not version.get("deprecated"):
            place = f"spec.versions[{at}].deprecationWarning"
            faults.invalid(place, version["deprecationWarning"], "can only be set for deprecated versions")
        if (version.get("schema") or {}).get("openAPIV3Schema") is None and version.get("served"):
            faults.required(f"spec.versions[{at}].schema.openAPIV3Schema")
    shown = [_internal(version) for version in versions]
    if len({version.get("name") for version in versions}) < len(versions):
        faults.invalid("spec.versions", shown, "must contain unique version names")
    if len(stored) != 1:
        faults.invalid("spec.versions", shown, _ONE_STORAGE)
    if versions and label_1035_problems(versions[0].get("name", "")):
        faults.each("spec.version", versions[0].get("name", ""), label_1035_problems(versions[0].get("name", "")))


def _internal(version: Object) -> dict[str, Any]:
    """Return a version as messages show it."""
    switches = {name.title(): bool(version.get(name)) for name in ("served", "storage", "deprecated")}
    parts = dict.fromkeys(("Schema", "Subresources", "AdditionalPrinterColumns", "SelectableFields"))
    return {"Name": version.get("name", ""), **switches, "DeprecationWarning": version.get("deprecationWarning"), **parts}


def _check_stored(stored: list[Any], faults: Faults) -> None:
    if not stored:
        faults.invalid("status.storedVersions", None, "must have at least one stored version")
    elif len(stored) > 1:
        faults.invalid("status.storedVersions", stored[:1], f"must have the storage version {stored[-1]}")


def _check_still_there(stored: list[str], versions: list[Object], faults: Faults) -> None:
    """Check that no version goes in which objects may be stored."""
    known = {version.get("name") for version in versions}
    for at, name in enumerate(stored):
        if name not in known:
            faults.invalid(f"status.storedVersions[{at}]", name, _MIGRATED.format(name=name))


def check_definition_change(new: Object, old: Object, faults: Faults) -> None:
    """Check what may not change once a definition is established."""
    conditions = (old.get("status") or {}).get("conditions") or ()
    if not any(item["type"] == "Established" and item["status"] == "True" for item in conditions):
        return
    for field in ("group", "scope", "names.plural", "names.kind"):
        after, before = (_value(obj["spec"], field) for obj in (new, old))
        if after != before:
            faults.invalid(f"spec.{field}", after, IMMUTABLE)


def _value(spec: Object, field: str) -> Any:
    outer, _, inner = field.partition(".")
    return (spec.get(outer) or {}).get(inner) if inner else spec.get(outer)


def _check_names(names: Object, faults: Faults) -> None:
    parts = ("plural", "singular", "kind", "listKind")
    for name in parts:
        if not names.get(name):
            faults.required(f"spec.names.{name}")
    for name in parts:
        value = names.get(name, "")
        if value and name in {"kind", "listKind"}:
            faults.each(f"spec.names.{name}", value, [_MIXED + problem for problem in label_1035_problems(value.lower())])
        elif value:
            faults.each(f"spec.names.{name}", value, label_1035_problems(value))
    if names.get("kind") and names["kind"] == names.get("listKind"):
        faults.invalid("spec.names.listKind", names["listKind"], "kind and listKind may not be the same")
    for name in ("shortNames", "categories"):
        for at, value in enumerate(names.get(name) or ()):
            faults.each(f"spec.names.{name}[{at}]", value, label_1035_problems(value))


def check_lease(obj: Object, faults: Faults) -> None:
    """Check a Lease."""
    spec = obj.get("spec") or {}
    duration, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    if duration is not None and duration <= 0:
        faults.invalid("spec.leaseDurationSeconds", duration, "must be greater than 0")
    if transitions is not None and transitions < 0:
        faults.invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0")


UPDATE = {("apiextensions.k8s.io", "CustomResourceDefinition"): check_definition_change}
CREATE = {("apiextensions.k8s.io", "CustomResourceDefinition"): check_definition, ("coordination.k8s.io", "Lease"): check_lease}
