"""DaemonSets: one Pod on every node that is meant."""

from __future__ import annotations

import math
from typing import Any

from gitopskit.sandbox.controllers import revisions
from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.index import PODS
from gitopskit.sandbox.controllers.placement import may_stay, unsuited
from gitopskit.sandbox.controllers.rollout import share
from gitopskit.sandbox.controllers.templates import is_available, is_finished, is_ready, pod_from
from gitopskit.sandbox.controllers.work import Work, is_going
from gitopskit.sandbox.machinery.registry import StorageKey

NODES: StorageKey = ("", "nodes")
_GENERATION = "deprecated.daemonset.template.generation"
_TOLERATED = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)


def reconcile(work: Work) -> None:
    """Create and delete Pods node by node, roll out a new template, say in the status how far it is."""
    found = work.living()
    if found is None or work.adopt(found, PODS, found["spec"]["selector"]):
        return
    generation = (found["metadata"].get("annotations") or {}).get(_GENERATION, "1")
    revision, old = revisions.ensure(work, found, revisions.HASH_LABEL, {_GENERATION: generation})
    if revision is None:
        return
    spec = _pod_spec(found)
    wanted = [node["metadata"]["name"] for node in work.index.all(NODES) if not is_going(node) and not unsuited(spec, node)]
    kept = {node["metadata"]["name"] for node in work.index.all(NODES) if may_stay(spec, node)}
    pods = work.index.controlled(found, PODS)
    if _place(work, found, wanted, kept, pods, revision, generation) or _roll(work, found, wanted, pods, revision):
        return
    _write_status(work, found, wanted, pods, revision)
    revisions.forget(work, found, old, {_hash_of(pod) for pod in pods})


def _hash_of(pod: Object) -> str:
    return str((pod["metadata"].get("labels") or {}).get(revisions.HASH_LABEL, ""))


def _node_of(pod: Object) -> str:
    """Return the node that a Pod is on, or is meant for."""
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    required = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return str(required["nodeSelectorTerms"][0]["matchFields"][0]["values"][0])


def _pod_spec(found: Object) -> dict[str, Any]:
    """Return the template's Pod spec with what every daemon tolerates."""
    spec = dict(found["spec"]["template"]["spec"])
    tolerated = list(_TOLERATED) + ([("network-unavailable", "NoSchedule")] if spec.get("hostNetwork") else [])
    added = [{"key": f"node.kubernetes.io/{name}", "operator": "Exists", "effect": effect} for name, effect in tolerated]
    present = spec.get("tolerations") or []
    spec["tolerations"] = [*present, *(item for item in added if item not in present)]
    return spec


def _place(work: Work, found: Object, wanted: list[str], kept: set[str], pods: list[Object], revision: Object, generation: str) -> bool:
    """Give every wanted node its Pod, and take it from those that may not keep it; return whether anything was done."""
    held: dict[str, list[Object]] = {}
    for pod in pods:
        held.setdefault(_node_of(pod), []).append(pod)
    extra = [pod for node, there in held.items() for pod in (there[1:] if node in kept else there)]
    extra += [pod for pod in pods if is_finished(pod) and pod not in extra]
    missing = [node for node in wanted if node not in held]
    labels = {revisions.HASH_LABEL: revisions.hash_of(revision), "pod-template-generation": generation}
    for node in missing:
        pod = pod_from(
            found, {**found["spec"]["template"], "spec": _pod_spec(found)}, generateName=f"{found['metadata']['name']}-", labels=labels
        )
        pod["spec"]["affinity"] = _pinned(pod["spec"].get("affinity") or {}, node)
        work.create_pod(found, pod)
    going = [pod for pod in extra if not is_going(pod)]
    for pod in going:
        work.delete_pod(found, pod)
    return bool(missing or going)


def _pinned(affinity: Object, node: str) -> dict[str, Any]:
    terms = [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return {**affinity, "nodeAffinity": {**(affinity.get("nodeAffinity") or {}), **required}}


def _roll(work: Work, found: Object, wanted: list[str], pods: list[Object], revision: Object) -> bool:
    """Delete Pods of an older template, as many as may be missing at once."""
    strategy = found["spec"].get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return False
    old = [pod for pod in pods if _hash_of(pod) != revisions.hash_of(revision) and not is_going(pod)]
    limit = max(1, share((strategy.get("rollingUpdate") or {}).get("maxUnavailable", 1), len(wanted), math.ceil))
    missing = sum(not is_ready(pod) or is_going(pod) for pod in pods)
    unready = [pod for pod in old if not is_ready(pod)]
    room = max(0, limit - missing)
    chosen = [*unready, *[pod for pod in old if pod not in unready][:room]]
    for pod in chosen:
        work.delete_pod(found, pod)
    return bool(chosen)


def _write_status(work: Work, found: Object, wanted: list[str], pods: list[Object], revision: Object) -> None:
    placed = [pod for pod in pods if _node_of(pod) in wanted and not is_going(pod)]
    ready = [pod for pod in placed if is_ready(pod)]
    seconds = found["spec"].get("minReadySeconds", 0)
    available = sum(is_available(pod, seconds, work) for pod in ready)
    status = {
        "currentNumberScheduled": len(placed),
        "desiredNumberScheduled": len(wanted),
        "numberMisscheduled": len({_node_of(pod) for pod in pods} - set(wanted)),
        "numberReady": len(ready),
        "observedGeneration": found["metadata"].get("generation", 0),
    }
    more = {
        "updatedNumberScheduled": sum(_hash_of(pod) == revisions.hash_of(revision) for pod in placed),
        "numberAvailable": available,
        "numberUnavailable": len(wanted) - available,
    }
    work.set_status(found, status | {name: count for name, count in more.items() if count})
