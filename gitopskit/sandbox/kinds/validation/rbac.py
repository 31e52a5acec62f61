"""Rules for roles and their bindings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.machinery.causes import IMMUTABLE, Faults, path_segment_problems, subdomain_problems

Object = Mapping[str, Any]

_GROUP = "rbac.authorization.k8s.io"
_SUBJECTS = ("ServiceAccount", "User", "Group")


def check_role(obj: Object, faults: Faults) -> None:
    """Check a Role or ClusterRole."""
    for at, rule in enumerate(obj.get("rules") or ()):
        path, urls = f"rules[{at}]", rule.get("nonResourceURLs")
        if urls:
            if obj["kind"] == "Role":
                faults.invalid(f"{path}.nonResourceURLs", urls, "namespaced rules cannot apply to non-resource URLs")
            if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
                faults.invalid(f"{path}.nonResourceURLs", urls, "rules cannot apply to both regular resources and non-resource URLs")
        else:
            if not rule.get("apiGroups"):
                faults.required(f"{path}.apiGroups", "resource rules must supply at least one api group")
            if not rule.get("resources"):
                faults.required(f"{path}.resources", "resource rules must supply at least one resource")
        if not rule.get("verbs"):
            faults.required(f"{path}.verbs")


def check_binding(obj: Object, faults: Faults) -> None:
    """Check a RoleBinding or ClusterRoleBinding."""
    role, is_local = obj["roleRef"], obj["kind"] == "RoleBinding"
    if role.get("apiGroup") != _GROUP:
        faults.unsupported("roleRef.apiGroup", role.get("apiGroup", ""), (_GROUP,))
    kinds = ("Role", "ClusterRole") if is_local else ("ClusterRole",)
    if role.get("kind") not in kinds:
        faults.unsupported("roleRef.kind", role.get("kind", ""), kinds)
    if not role.get("name"):
        faults.required("roleRef.name")
    else:
        faults.each("roleRef.name", role["name"], path_segment_problems(role["name"]))
    for at, subject in enumerate(obj.get("subjects") or ()):
        _check_subject(subject, f"subjects[{at}]", is_local, faults)


def _check_subject(subject: Object, path: str, is_local: bool, faults: Faults) -> None:
    kind, name = subject.get("kind", ""), subject.get("name", "")
    if not name:
        faults.required(f"{path}.name")
    if kind not in _SUBJECTS:
        faults.unsupported(f"{path}.kind", kind, _SUBJECTS)
    elif kind == "ServiceAccount":
        if name:
            faults.each(f"{path}.name", name, subdomain_problems(name))
        if subject.get("apiGroup"):
            faults.unsupported(f"{path}.apiGroup", subject["apiGroup"], ("",))
        if not is_local and not subject.get("namespace"):
            faults.required(f"{path}.namespace")
    elif subject.get("apiGroup") != _GROUP:
        faults.unsupported(f"{path}.apiGroup", subject.get("apiGroup", ""), (_GROUP,))


def check_binding_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that a binding keeps its role."""
    if new["roleRef"] != old["roleRef"]:
        faults.invalid("roleRef", new["roleRef"], IMMUTABLE)


CREATE = {
    (_GROUP, "Role"): check_role,
    (_GROUP, "ClusterRole"): check_role,
    (_GROUP, "RoleBinding"): check_binding,
    (_GROUP, "ClusterRoleBinding"): check_binding,
}
UPDATE = {(_GROUP, "RoleBinding"): check_binding_update, (_GROUP, "ClusterRoleBinding"): check_binding_update}
