"""Rules for ``metadata``, the same for every kind but for what a name may look like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gitopskit.sandbox.simulator.validation.faults import (
    IMMUTABLE,
    Faults,
    label_problems,
    label_value_problems,
    path_segment_problems,
    qualified_name_problems,
    subdomain_problems,
)

ANNOTATIONS_LIMIT_BYTES = 256 * 1024
_STANDARD_FINALIZERS = {"foregroundDeletion", "orphan", "kubernetes"}

NameRule = Callable[[str], list[str]]


def _dotless(value: str) -> list[str]:
    return ["must not contain dots"] if "." in value else label_problems(value)


_RBAC = "rbac.authorization.k8s.io"
NAME_RULES: Mapping[tuple[str, str], NameRule] = {
    ("", "Namespace"): _dotless,
    ("", "Service"): _dotless,
    ("", "Endpoints"): subdomain_problems,
    (_RBAC, "Role"): path_segment_problems,
    (_RBAC, "ClusterRole"): path_segment_problems,
    (_RBAC, "RoleBinding"): path_segment_problems,
    (_RBAC, "ClusterRoleBinding"): path_segment_problems,
    ("certificates.k8s.io", "CertificateSigningRequest"): path_segment_problems,
}


def check_metadata(metadata: Mapping[str, Any], group: str, kind: str, faults: Faults) -> None:
    """Check the metadata of a new object."""
    rule = NAME_RULES.get((group, kind), subdomain_problems)
    if not metadata.get("name"):
        faults.required("metadata.name", "name or generateName is required")
    else:
        for problem in rule(metadata["name"]):
            faults.invalid("metadata.name", metadata["name"], problem)
    check_labels(metadata.get("labels"), "metadata.labels", faults)
    _check_annotations(metadata.get("annotations") or {}, faults)
    _check_owners(metadata.get("ownerReferences") or (), faults)
    _check_finalizers(metadata.get("finalizers") or (), faults)


def check_labels(labels: Mapping[str, str] | None, field: str, faults: Faults) -> None:
    """Check keys and values of labels."""
    for key, value in sorted((labels or {}).items()):
        for problem in qualified_name_problems(key):
            faults.invalid(field, key, problem)
        for problem in label_value_problems(value):
            faults.invalid(field, value, problem)


def check_update(new: Mapping[str, Any], old: Mapping[str, Any], faults: Faults) -> None:
    """Check what an update may not change in metadata."""
    for name in ("name", "namespace", "uid", "creationTimestamp"):
        if new.get(name) != old.get(name):
            faults.invalid(f"metadata.{name}", new.get(name), IMMUTABLE)
    added = [item for item in new.get("finalizers") or () if item not in (old.get("finalizers") or ())]
    if old.get("deletionTimestamp") and added:
        detail = f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{_go_strings(added)}}}"
        faults.forbidden("metadata.finalizers", detail)
    check_labels(new.get("labels"), "metadata.labels", faults)
    _check_annotations(new.get("annotations") or {}, faults)
    _check_owners(new.get("ownerReferences") or (), faults)
    _check_finalizers(new.get("finalizers") or (), faults)


def _go_strings(values: list[str]) -> str:
    return ", ".join(f'"{value}"' for value in values)


def _check_annotations(annotations: Mapping[str, str], faults: Faults) -> None:
    size = 0
    for key, value in sorted(annotations.items()):
        for problem in qualified_name_problems(key.lower()):
            faults.invalid("metadata.annotations", key, problem)
        size += len(key.encode()) + len(value.encode(errors="surrogatepass"))
    if size > ANNOTATIONS_LIMIT_BYTES:
        faults.too_long("metadata.annotations", ANNOTATIONS_LIMIT_BYTES)


def _check_owners(owners: Any, faults: Faults) -> None:
    controllers = [owner for owner in owners if owner.get("controller")]
    for at, owner in enumerate(owners):
        for name in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(name):
                faults.required(f"metadata.ownerReferences[{at}].{name}", "must not be empty")
    if len(controllers) > 1:
        names = [f"{owner.get('kind')}/{owner.get('name')}" for owner in controllers[:2]]
        detail = f"Only one reference can have Controller set to true. Found \"true\" in references for {names[0]} and {names[1]}"
        faults.invalid("metadata.ownerReferences", list(owners), detail)


def _check_finalizers(finalizers: Any, faults: Faults) -> None:
    for at, name in enumerate(finalizers):
        for problem in qualified_name_problems(name):
            faults.invalid(f"metadata.finalizers[{at}]", name, problem)
        if "/" not in name and name not in _STANDARD_FINALIZERS:
            faults.invalid(f"metadata.finalizers[{at}]", name, "name is neither a standard finalizer name nor is it fully qualified")
