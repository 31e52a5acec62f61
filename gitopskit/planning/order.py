"""In which order are steps taken?

Waves: what others live in or are validated by comes first. Deletes go the other way round, after everything else.

The trap that shaped it: a custom resource sorts behind every built-in kind, because its definition, its controller's rights and its
webhook's Service may all be in the same plan.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from typing import Final

from gitopskit.model.changes import Action, Change
from gitopskit.model.ids import ObjectId

WAVE_NAMES: Final = ("namespaces and definitions", "rights and configuration", "services", "workloads", "the rest", "prune")
PRUNE_WAVE: Final = 5
REST_WAVE: Final = 4

_WAVES: Final = {
    "Namespace": 0, "CustomResourceDefinition.apiextensions.k8s.io": 0,
    "ServiceAccount": 1, "Secret": 1, "ConfigMap": 1, "ResourceQuota": 1, "LimitRange": 1, "PersistentVolume": 1,
    "PersistentVolumeClaim": 1,
    "StorageClass.storage.k8s.io": 1, "PriorityClass.scheduling.k8s.io": 1, "RuntimeClass.node.k8s.io": 1,
    "IngressClass.networking.k8s.io": 1,
    "ClusterRole.rbac.authorization.k8s.io": 1, "ClusterRoleBinding.rbac.authorization.k8s.io": 1,
    "Role.rbac.authorization.k8s.io": 1, "RoleBinding.rbac.authorization.k8s.io": 1, "NetworkPolicy.networking.k8s.io": 1,
    "Service": 2, "Endpoints": 2, "EndpointSlice.discovery.k8s.io": 2,
    "Pod": 3, "ReplicationController": 3, "Deployment.apps": 3, "ReplicaSet.apps": 3, "StatefulSet.apps": 3, "DaemonSet.apps": 3,
    "Job.batch": 3, "CronJob.batch": 3,
}  # fmt: skip
KNOWN_KINDS: Final = tuple(_WAVES)
"""``Kind.group`` names that everybody has."""


def wave_of(object_id: ObjectId) -> int:
    """Return the wave in which the object is written."""
    return _WAVES.get(object_id.group_kind, REST_WAVE)


def in_order(changes: Iterable[Change], ordered: Iterable[Change] = ()) -> tuple[Change, ...]:
    """Return the changes in the order of execution: waves, then deletes in reverse.

    Parameters
    ----------
    ordered
        Further changes, in that order already.
    """
    listed, fresh = list(ordered), list(changes)
    if len(fresh) > len(listed) // 64:
        return tuple(sorted([*listed, *fresh], key=_position))
    for change in fresh:
        insort(listed, change, key=_position)
    return tuple(listed)


def _position(change: Change) -> tuple[bool, int, tuple[str, ...]]:
    is_delete = change.action is Action.DELETE
    return is_delete, -wave_of(change.id) if is_delete else change.wave, change.id.parts
