"""How soon should somebody look at a difference?

Two tables and no arithmetic: what kind of object it is, and what the field is called. The more urgent of the two counts. It says what a
change of such a field can do, not whether this one is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from gitopskit.model.differences import Severity
from gitopskit.model.ids import ObjectId
from gitopskit.model.paths import FieldPath

BY_KIND: Final[Mapping[Severity, frozenset[str]]] = {
    Severity.CRITICAL: frozenset({
        "Role.rbac.authorization.k8s.io", "RoleBinding.rbac.authorization.k8s.io", "ClusterRole.rbac.authorization.k8s.io",
        "ClusterRoleBinding.rbac.authorization.k8s.io", "MutatingWebhookConfiguration.admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration.admissionregistration.k8s.io", "ValidatingAdmissionPolicy.admissionregistration.k8s.io",
        "ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io", "APIService.apiregistration.k8s.io",
        "CustomResourceDefinition.apiextensions.k8s.io",
    }),
    Severity.HIGH: frozenset({"Secret", "NetworkPolicy.networking.k8s.io", "ConfigMap", "ResourceQuota", "LimitRange"}),
}  # fmt: skip
"""What the whole kind decides: who may do what, what is let in, what is kept apart; then what programs are told."""

BY_NAME: Final[Mapping[Severity, frozenset[str]]] = {
    Severity.CRITICAL: frozenset({
        "securityContext", "hostNetwork", "hostPID", "hostIPC", "hostPath", "serviceAccountName", "serviceAccount",
        "automountServiceAccountToken",
    }),
    Severity.HIGH: frozenset({
        "image", "command", "args", "env", "envFrom", "replicas", "selector", "ports", "resources", "volumes", "volumeMounts",
        "containers", "initContainers", "livenessProbe", "readinessProbe", "startupProbe", "minReplicas", "maxReplicas", "schedule",
        "suspend", "tls", "rules", "finalizers", "ownerReferences", "type", "strategy", "updateStrategy",
    }),
}  # fmt: skip
"""What a name anywhere in the path decides; a Pod template counts like a Pod."""

_NOTES: Final = frozenset({"labels", "annotations"})


def severity_of(object_id: ObjectId, path: FieldPath) -> Severity:
    """Return the severity of a difference at a path; of one of the whole object where that is empty."""
    return _severity(object_id.group_kind, tuple([name for name in path if type(name) is str][:8]))


@lru_cache(maxsize=8192)
def _severity(group_kind: str, names: tuple[str, ...]) -> Severity:
    if names[:1] == ("status",):
        return Severity.LOW
    if names[:1] == ("metadata",):
        return Severity.HIGH if names[1:2] in (("finalizers",), ("ownerReferences",)) else Severity.LOW
    by_kind = next((severity for severity, kinds in BY_KIND.items() if group_kind in kinds), Severity.LOW)
    least = Severity.HIGH if not names else Severity.LOW if _NOTES & set(names) else Severity.MEDIUM
    by_name = least if least is Severity.LOW else next((one for one, known in BY_NAME.items() if known & set(names)), least)
    return min(by_kind, by_name, key=lambda severity: severity.rank)
