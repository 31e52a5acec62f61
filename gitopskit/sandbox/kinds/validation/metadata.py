"""Rules for ``metadata``, the same for every kind but for what a name may look like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gitopskit.sandbox.machinery.causes import (
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


_RBAC = "rbac.authorization.k8s.io"
NAME_RULES: Mapping[tuple[str, str], NameRule] = {
    ("", "Namespace"): label_problems,
    ("", "Service"): label_problems,
    ("", "Endpoints"): subdomain_problems,
    (_RBAC, "Role"): path_segment_problems,
    (_RBAC, "ClusterRole"): path_segment_problems,
    (_RBAC, "RoleBinding"): path_segment_problems,
    (_RBAC, "ClusterRoleBinding"): path_segment_problems,
    ("certificates.k8s.io", "CertificateSigningRequest"): path_segment_problems,
}


_ADMISSION = "admissionregistration.k8s.io"
_CONDITIONAL = {
    ("storage.k8s.io", "CSIDriver"),
    ("policy", "PodDisruptionBudget"),
    ("coordination.k8s.io", "Lease"),
    ("node.k8s.io", "RuntimeClass"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    (_ADMISSION, "ValidatingWebhookConfiguration"),
    (_ADMISSION, "MutatingWebhookConfiguration"),
    (_ADMISSION, "ValidatingAdmissionPolicy"),
    (_ADMISSION, "ValidatingAdmissionPolicyBinding"),
    ("apiregistration.k8s.io", "APIService"),
}


def check_condition(metadata: Mapping[str, Any], key: tuple[str, str], faults: Faults, *, is_custom: bool) -> None:
    """Check that a replacement names the revision that it replaces, where its kind insists on that."""
    if not metadata.get("resourceVersion") and (is_custom or key in _CONDITIONAL):
        faults.invalid("metadata.resourceVersion", 0, "must be specified for an update")


def check_metadata(metadata: Mapping[str, Any], group: str, kind: str, faults: Faults) -> None:
    """Check the metadata of a new object."""
    rule = NAME_RULES.get((group, kind), subdomain_problems)
    if not metadata.get("name"):
        faults.required("metadata.name", "name or generateName is required")
    else:
        if metadata.get("generateName"):
            beginning = metadata["generateName"]
            faults.each("metadata.generateName", beginning, rule(beginning[:-1] + "a" if beginning.endswith("-") else beginning))
        faults.each("metadata.name", metadata["name"], rule(metadata["name"]))
    check_labels(metadata.get("labels"), "metadata.labels", faults)
    check_annotations(metadata.get("annotations") or {}, "metadata.annotations", faults)
    _check_owners(metadata.get("ownerReferences") or (), faults)
    _check_finalizers(metadata.get("finalizers") or (), faults)


def check_labels(labels: Mapping[str, str] | None, field: str, faults: Faults) -> None:
    """Check keys and values of labels."""
    for key, value in sorted((labels or {}).items()):
        faults.each(field, key, qualified_name_problems(key))
        faults.each(field, value, label_value_problems(value))


def check_update(new: Mapping[str, Any], old: Mapping[str, Any], faults: Faults) -> None:
    """Check what an update may not change in metadata."""
    for name in ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"):
        if new.get(name) != old.get(name):
            faults.invalid(f"metadata.{name}", new.get(name), IMMUTABLE)
    added = [item for item in new.get("finalizers") or () if item not in (old.get("finalizers") or ())]
    if old.get("deletionTimestamp") and added:
        detail = f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{_go_strings(added)}}}"
        faults.forbidden("metadata.finalizers", detail)
    check_labels(new.get("labels"), "metadata.labels", faults)
    check_annotations(new.get("annotations") or {}, "metadata.annotations", faults)
    _check_owners(new.get("ownerReferences") or (), faults)
    _check_finalizers(new.get("finalizers") or (), faults)


def _go_strings(values: list[str]) -> str:
    return ", ".join(f'"{value}"' for value in values)


def check_annotations(annotations: Mapping[str, str], field: str, faults: Faults) -> None:
    """Check keys and size of annotations."""
    size = 0
    for key, value in sorted(annotations.items()):
        faults.each(field, key, qualified_name_problems(key.lower()))
        size += len(key.encode()) + len(value.encode(errors="surrogatepass"))
    if size > ANNOTATIONS_LIMIT_BYTES:
        faults.too_long(field, ANNOTATIONS_LIMIT_BYTES)


def _check_owners(owners: Any, faults: Faults) -> None:
    controllers = [owner for owner in owners if owner.get("controller")]
    for at, owner in enumerate(owners):
        if (owner.get("apiVersion"), owner.get("kind")) == ("v1", "Event"):
            faults.invalid(f"metadata.ownerReferences[{at}]", owner, "/v1, Kind=Event is disallowed from being an owner")
        if owner.get("apiVersion", "").count("/") > 1:
            faults.invalid(f"metadata.ownerReferences[{at}].apiVersion", owner["apiVersion"], "must be <group>/<version> or <version>")
        for name in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(name):
                faults.required(f"metadata.ownerReferences[{at}].{name}", "must not be empty")
    if len(controllers) > 1:
        names = [f"{owner.get('kind')}/{owner.get('name')}" for owner in controllers[:2]]
        detail = f'Only one reference can have Controller set to true. Found "true" in references for {names[0]} and {names[1]}'
        faults.invalid("metadata.ownerReferences", list(owners), detail)


def _check_finalizers(finalizers: Any, faults: Faults) -> None:
    for name in finalizers:
        faults.each("metadata.finalizers", name, qualified_name_problems(name))
    if {"orphan", "foregroundDeletion"} <= set(finalizers):
        detail = "finalizer orphan and foregroundDeletion cannot be both set"
        faults.invalid("metadata.finalizers", list(finalizers), detail)
    check_finalizer_names(finalizers, "metadata.finalizers", faults)


def check_finalizer_names(finalizers: Any, field: str, faults: Faults, *, numbered: bool = True) -> None:
    """Check that finalizers without a domain are the server's own."""
    for at, name in enumerate(finalizers):
        if "/" not in name and name not in _STANDARD_FINALIZERS:
            place = f"{field}[{at}]" if numbered else field
            faults.invalid(place, name, "name is neither a standard finalizer name nor is it fully qualified")
