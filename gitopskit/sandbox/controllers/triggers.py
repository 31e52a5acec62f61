"""Which controller has to look at what when something was written: one table, by kind.

The trap that shaped it: the order of the ranks is what makes controllers cheap. Pods are brought to rest before anything counts them, so
a Deployment of a hundred Pods writes its status a few times, not hundreds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from gitopskit.sandbox.controllers import (
    aggregation,
    autoscalers,
    budgets,
    claims,
    cronjobs,
    daemonsets,
    deployments,
    endpoints,
    events,
    eviction,
    garbage,
    jobs,
    kubelet,
    namespaces,
    nodes,
    policies,
    replicasets,
    scheduler,
    statefulsets,
)
from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.index import PODS, SERVICES, Index, Key, controller_of
from gitopskit.sandbox.controllers.work import Work, is_true
from gitopskit.sandbox.machinery.registry import StorageKey

Reconcile = Callable[[Work], None]
Map = Callable[[Index, Key, Object | None, Object | None], Iterable[Key]]

DAEMON_SETS: StorageKey = ("apps", "daemonsets")
STATEFUL_SETS: StorageKey = ("apps", "statefulsets")
CRON_JOBS: StorageKey = ("batch", "cronjobs")
NODES: StorageKey = ("", "nodes")
QUOTA = "quota"

CONTROLLERS: Mapping[str, Reconcile] = {  # in the order in which they are asked
    "node": nodes.reconcile,
    "garbage": garbage.reconcile,
    "eviction": eviction.reconcile,
    "kubelet": kubelet.reconcile,
    "volume": claims.reconcile_volume,
    "claim": claims.reconcile_claim,
    "scheduler": scheduler.reconcile,
    "replicaset": replicasets.reconcile,
    "statefulset": statefulsets.reconcile,
    "daemonset": daemonsets.reconcile,
    "job": jobs.reconcile,
    "deployment": deployments.reconcile,
    "cronjob": cronjobs.reconcile,
    "endpoints": endpoints.reconcile,
    "budget": budgets.reconcile,
    "autoscaler": autoscalers.reconcile,
    "aggregation": aggregation.reconcile,
    "policy": policies.reconcile,
    "namespace": namespaces.reconcile,
    "event": events.reconcile,
}

_OWNERS: Mapping[str, tuple[StorageKey, str]] = {
    "ReplicaSet": (("apps", "replicasets"), "replicaset"),
    "StatefulSet": (STATEFUL_SETS, "statefulset"),
    "DaemonSet": (DAEMON_SETS, "daemonset"),
    "Job": (jobs.JOBS, "job"),
    "Deployment": (deployments.DEPLOYMENTS, "deployment"),
    "CronJob": (CRON_JOBS, "cronjob"),
    "Service": (SERVICES, "endpoints"),
}

_ITSELF: Mapping[StorageKey, str] = {
    NODES: "node",
    namespaces.NAMESPACES: "namespace",
    ("apps", "replicasets"): "replicaset",
    STATEFUL_SETS: "statefulset",
    DAEMON_SETS: "daemonset",
    jobs.JOBS: "job",
    deployments.DEPLOYMENTS: "deployment",
    CRON_JOBS: "cronjob",
    SERVICES: "endpoints",
    budgets.BUDGETS: "budget",
    autoscalers.AUTOSCALERS: "autoscaler",
    claims.CLAIMS: "claim",
    claims.VOLUMES: "volume",
    events.EVENTS: "event",
    policies.POLICIES: "policy",
}

Due = tuple[str, Key]


def due_after(index: Index, key: Key, before: Object | None, after: Object | None) -> Iterable[Due]:
    """Return which controllers have to look at which keys after one change."""
    itself = _ITSELF.get(key.storage)
    if itself:
        yield itself, key
    yield from (("garbage", found) for found in garbage.touched(index, before, after, key))
    yield from _owner(key, before, after)
    special = _SPECIAL.get(key.storage)
    if special:
        yield from special(index, key, before, after)
    yield from _namespace(index, key, after)


def _owner(key: Key, before: Object | None, after: Object | None) -> Iterable[Due]:
    for obj in (before, after):
        owner = controller_of(obj) if obj is not None else None
        if owner is not None and owner["kind"] in _OWNERS:
            storage, name = _OWNERS[owner["kind"]]
            yield name, Key(storage, key.namespace, owner["name"])
            if obj is before and owner == (controller_of(after) if after is not None else None):
                return


def _namespace(index: Index, key: Key, after: Object | None) -> Iterable[Due]:
    """Return the namespace and its quotas: what goes may be the last thing in it, or something that each has to have."""
    if key.namespace and after is None:
        yield "namespace", Key(namespaces.NAMESPACES, "", key.namespace)
    if key.namespace and index.within(("", "resourcequotas"), key.namespace):
        for quota in index.within(("", "resourcequotas"), key.namespace):
            yield QUOTA, Key(("", "resourcequotas"), key.namespace, quota["metadata"]["name"])


def _pod(index: Index, key: Key, before: Object | None, after: Object | None) -> Iterable[Due]:
    if after is not None:
        yield ("kubelet" if after["spec"].get("nodeName") else "scheduler"), key
        if after["spec"].get("nodeName") and not (before and before["spec"].get("nodeName")):
            yield "eviction", key
    for labels in {frozenset((obj["metadata"].get("labels") or {}).items()) for obj in (before, after) if obj is not None}:
        yield from (("endpoints", service) for service in index.services_for(key.namespace, dict(labels)))
    for budget in index.within(budgets.BUDGETS, key.namespace):
        yield "budget", Key(budgets.BUDGETS, key.namespace, budget["metadata"]["name"])
    if after is None or _has_ended(before, after):
        yield from _waiting(index)
        for name in claims.claims_of(after or before or {}):
            yield "claim", Key(claims.CLAIMS, key.namespace, name)


def _has_ended(before: Object | None, after: Object) -> bool:
    ended = {"Succeeded", "Failed"}
    was = ((before or {}).get("status") or {}).get("phase")
    return (after.get("status") or {}).get("phase") in ended and was not in ended


def _waiting(index: Index) -> Iterable[Due]:
    return [("scheduler", Key(PODS, *place)) for place in index.usage.waiting_pods()]


def _node(index: Index, key: Key, before: Object | None, after: Object | None) -> Iterable[Due]:
    """Return what a node concerns, unless only its heartbeat changed."""
    if before is not None and after is not None and _face(before) == _face(after):
        return
    yield from _waiting(index)
    for daemon_set in index.all(DAEMON_SETS):
        yield "daemonset", Key(DAEMON_SETS, daemon_set["metadata"]["namespace"], daemon_set["metadata"]["name"])
    for pod in index.usage.pods_on(key.name):
        there = Key(PODS, pod["metadata"]["namespace"], pod["metadata"]["name"])
        yield "kubelet", there
        yield "eviction", there
    if is_true(before or {}, "Ready") != is_true(after or {}, "Ready"):  # whether Pods are driven away depends on all the nodes
        for node in index.all(NODES):
            yield "node", Key(NODES, "", node["metadata"]["name"])


def _face(node: Object) -> tuple[object, ...]:
    status = node.get("status") or {}
    told = (node["metadata"].get("labels"), node["metadata"].get("annotations"), status.get("nodeInfo"))
    return (*told, node["spec"], status.get("allocatable"), is_true(node, "Ready"))


def _claim(index: Index, _: Key, before: Object | None, after: Object | None) -> Iterable[Due]:
    yield from _waiting(index)
    volume = ((after or before or {}).get("spec") or {}).get("volumeName")
    if volume:
        yield "volume", Key(claims.VOLUMES, "", volume)


def _volume(index: Index, _: Key, __: Object | None, after: Object | None) -> Iterable[Due]:
    if after is None:
        return
    for claim in index.all(claims.CLAIMS):
        if (claim.get("status") or {}).get("phase") != "Bound":
            yield "claim", Key(claims.CLAIMS, claim["metadata"]["namespace"], claim["metadata"]["name"])


def _scaled(index: Index, key: Key, _: Object | None, __: Object | None) -> Iterable[Due]:
    for autoscaler in index.within(autoscalers.AUTOSCALERS, key.namespace):
        if autoscalers.target_of(autoscaler) == (key.storage, key.name):
            yield "autoscaler", Key(autoscalers.AUTOSCALERS, key.namespace, autoscaler["metadata"]["name"])


def _summed(index: Index, _: Key, __: Object | None, ___: Object | None) -> Iterable[Due]:
    for role in index.all(aggregation.CLUSTER_ROLES):
        if role.get("aggregationRule"):
            yield "aggregation", Key(aggregation.CLUSTER_ROLES, "", role["metadata"]["name"])


_SPECIAL: Mapping[StorageKey, Callable[[Index, Key, Object | None, Object | None], Iterable[Due]]] = {
    PODS: _pod,
    NODES: _node,
    claims.CLAIMS: _claim,
    claims.VOLUMES: _volume,
    deployments.DEPLOYMENTS: _scaled,
    STATEFUL_SETS: _scaled,
    aggregation.CLUSTER_ROLES: _summed,
}
