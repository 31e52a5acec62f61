"""Rules for the kinds around the workloads: RBAC, networking, autoscaling, disruption budgets, leases, definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.simulator.validation.faults import Faults, label_1035_problems
from gitopskit.sandbox.simulator.validation.pods import check_port_number

Object = Mapping[str, Any]

_RBAC = "rbac.authorization.k8s.io"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")


def check_role(obj: Object, faults: Faults) -> None:
    """Check a Role or ClusterRole."""
    for at, rule in enumerate(obj.get("rules") or ()):
        path = f"rules[{at}]"
        if rule.get("nonResourceURLs"):
            if obj["kind"] == "Role":
                faults.invalid(f"{path}.nonResourceURLs", rule["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs")
        else:
            if not rule.get("apiGroups"):
                faults.required(f"{path}.apiGroups", "resource rules must supply at least one api group")
            if not rule.get("resources"):
                faults.required(f"{path}.resources", "resource rules must supply at least one resource")
        if not rule.get("verbs"):
            faults.required(f"{path}.verbs")


def check_binding(obj: Object, faults: Faults) -> None:
    """Check a RoleBinding or ClusterRoleBinding."""
    role = obj["roleRef"]
    kinds = ("Role", "ClusterRole") if obj["kind"] == "RoleBinding" else ("ClusterRole",)
    if role.get("kind") not in kinds:
        faults.unsupported("roleRef.kind", role.get("kind", ""), kinds)
    if not role.get("name"):
        faults.required("roleRef.name")
    for at, subject in enumerate(obj.get("subjects") or ()):
        path = f"subjects[{at}]"
        if not subject.get("name"):
            faults.required(f"{path}.name")
        if subject.get("kind") not in ("ServiceAccount", "User", "Group"):
            faults.unsupported(f"{path}.kind", subject.get("kind", ""), ("ServiceAccount", "User", "Group"))
        if subject.get("kind") == "ServiceAccount" and not subject.get("namespace") and obj["kind"] == "ClusterRoleBinding":
            faults.required(f"{path}.namespace")


def check_binding_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that a binding keeps its role."""
    if new["roleRef"] != old["roleRef"]:
        faults.invalid("roleRef", new["roleRef"], "cannot change roleRef")


def check_ingress(obj: Object, faults: Faults) -> None:
    """Check an Ingress."""
    spec = obj["spec"]
    if not spec.get("rules") and not spec.get("defaultBackend"):
        faults.invalid("spec", spec.get("rules"), "either `defaultBackend` or `rules` must be specified")
    for at, rule in enumerate(spec.get("rules") or ()):
        for number, item in enumerate((rule.get("http") or {}).get("paths") or ()):
            _check_path(item, f"spec.rules[{at}].http.paths[{number}]", faults)


def _check_path(item: Object, path: str, faults: Faults) -> None:
    kind = item.get("pathType")
    if not kind:
        faults.required(f"{path}.pathType", "pathType must be specified")
        return
    if kind not in _PATH_TYPES:
        faults.unsupported(f"{path}.pathType", kind, _PATH_TYPES)
    elif kind in {"Exact", "Prefix"} and not item.get("path", "").startswith("/"):
        faults.invalid(f"{path}.path", item.get("path", ""), "must be an absolute path")
    backend = item.get("backend") or {}
    service = backend.get("service")
    if service is None and "resource" not in backend:
        faults.required(f"{path}.backend")
    elif service is not None:
        if not service.get("name"):
            faults.required(f"{path}.backend.service.name")
        port = service.get("port") or {}
        if not port.get("name") and not port.get("number"):
            faults.required(f"{path}.backend", "port name or number is required")
        elif port.get("number"):
            check_port_number(port["number"], f"{path}.backend.service.port.number", faults)


def check_network_policy(obj: Object, faults: Faults) -> None:
    """Check a NetworkPolicy."""
    spec = obj["spec"]
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for at, rule in enumerate(spec.get(direction) or ()):
            path = f"spec.{direction}[{at}]"
            for number, port in enumerate(rule.get("ports") or ()):
                if isinstance(port.get("port"), int):
                    check_port_number(port["port"], f"{path}.ports[{number}].port", faults)
            for number, peer in enumerate(rule.get(peers) or ()):
                if not peer:
                    faults.required(f"{path}.{peers}[{number}]", "must specify a peer")
    for at, kind in enumerate(spec.get("policyTypes") or ()):
        if kind not in ("Ingress", "Egress"):
            faults.unsupported(f"spec.policyTypes[{at}]", kind, ("Ingress", "Egress"))


def check_autoscaler(obj: Object, faults: Faults) -> None:
    """Check a HorizontalPodAutoscaler."""
    spec = obj["spec"]
    highest, lowest = spec.get("maxReplicas", 0), spec.get("minReplicas", 1)
    if lowest < 1:
        faults.invalid("spec.minReplicas", lowest, "must be greater than or equal to 1")
    if highest < lowest:
        faults.invalid("spec.maxReplicas", highest, "must be greater than or equal to `minReplicas`")
    target = spec.get("scaleTargetRef") or {}
    for name in ("kind", "name"):
        if not target.get(name):
            faults.required(f"spec.scaleTargetRef.{name}")


def check_budget(obj: Object, faults: Faults) -> None:
    """Check a PodDisruptionBudget."""
    spec = obj["spec"]
    if "minAvailable" in spec and "maxUnavailable" in spec:
        faults.invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set")


def check_lease(obj: Object, faults: Faults) -> None:
    """Check a Lease."""
    for name in ("leaseDurationSeconds",):
        value = (obj.get("spec") or {}).get(name)
        if value is not None and value <= 0:
            faults.invalid(f"spec.{name}", value, "must be greater than 0")
    transitions = (obj.get("spec") or {}).get("leaseTransitions")
    if transitions is not None and transitions < 0:
        faults.invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0")


def check_definition(obj: Object, faults: Faults) -> None:
    """Check a CustomResourceDefinition."""
    spec = obj["spec"]
    names, versions = spec.get("names") or {}, spec.get("versions") or []
    if obj["metadata"].get("name") != f"{names.get('plural')}.{spec.get('group')}":
        faults.invalid("metadata.name", obj["metadata"].get("name"), 'must be spec.names.plural+"."+spec.group')
    if not spec.get("group"):
        faults.required("spec.group")
    elif "." not in spec["group"]:
        faults.invalid("spec.group", spec["group"], "should be a domain with at least one dot")
    if spec.get("scope") not in ("Cluster", "Namespaced"):
        faults.unsupported("spec.scope", spec.get("scope", ""), ("Cluster", "Namespaced"))
    for at, version in enumerate(versions):
        for problem in label_1035_problems(version.get("name", "")):
            faults.invalid(f"spec.versions[{at}].name", version.get("name", ""), problem)
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if schema is None:
            faults.required(f"spec.versions[{at}].schema.openAPIV3Schema")
        elif schema.get("type") != "object":
            field = f"spec.versions[{at}].schema.openAPIV3Schema.type"
            faults.invalid(field, schema.get("type", ""), "must be object at the root") if schema.get("type") else faults.required(
                field, "must not be empty at the root"
            )
    if sum(bool(version.get("storage")) for version in versions) != 1:
        faults.invalid("spec.versions", versions, "must have exactly one version marked as storage version")
    for name in ("plural", "kind"):
        if not names.get(name):
            faults.required(f"spec.names.{name}")


CREATE = {
    (_RBAC, "Role"): check_role,
    (_RBAC, "ClusterRole"): check_role,
    (_RBAC, "RoleBinding"): check_binding,
    (_RBAC, "ClusterRoleBinding"): check_binding,
    ("networking.k8s.io", "Ingress"): check_ingress,
    ("networking.k8s.io", "NetworkPolicy"): check_network_policy,
    ("autoscaling", "HorizontalPodAutoscaler"): check_autoscaler,
    ("policy", "PodDisruptionBudget"): check_budget,
    ("coordination.k8s.io", "Lease"): check_lease,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): check_definition,
}
UPDATE = {(_RBAC, "RoleBinding"): check_binding_update, (_RBAC, "ClusterRoleBinding"): check_binding_update}
