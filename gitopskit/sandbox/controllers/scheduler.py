"""The scheduler: a node for every Pod, the emptiest one that fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

from gitopskit.sandbox.controllers import conditions
from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.neighbours import ANTI_AFFINITY, PORTS, SPREAD, THEIR_ANTI_AFFINITY, Neighbours
from gitopskit.sandbox.controllers.placement import Amounts, preference, requests_of, room_of, unsuited
from gitopskit.sandbox.controllers.work import Work
from gitopskit.sandbox.machinery.registry import StorageKey

NODES: StorageKey = ("", "nodes")
CLAIMS: StorageKey = ("", "persistentvolumeclaims")
SCHEDULER = "kube-scheduler"
_NO_HELP, _NO_VICTIMS = "Preemption is not helpful for scheduling.", "No preemption victims found for incoming pod."
TOO_MANY = "Too many pods"
_BY_OTHERS = {PORTS, SPREAD, ANTI_AFFINITY, THEIR_ANTI_AFFINITY, TOO_MANY}
"""Reasons that would go away if other Pods did."""


def reconcile(work: Work) -> None:
    """Bind the Pod, or say in its status why it can't be."""
    pod = work.living()
    if (
        pod is None
        or pod["spec"].get("nodeName")
        or pod["spec"].get("schedulerName") != "default-scheduler"
        or pod["spec"].get("schedulingGates")
    ):
        return
    nodes = list(work.index.all(NODES))
    problem = _claim_problem(work, pod)
    if problem:
        _refuse(work, pod, f"0/{len(nodes)} nodes are available: {problem}. not found")
        return
    neighbours = Neighbours(work, pod, nodes)
    reasons = {node["metadata"]["name"]: _objections(work, pod, node, neighbours) for node in nodes}
    fitting = [node for node in nodes if not reasons[node["metadata"]["name"]]]
    if not fitting:
        _refuse(work, pod, _explain(pod, nodes, reasons))
        return
    name = min(fitting, key=lambda node: _rank(work, pod, node))["metadata"]["name"]
    work.api.bind(work.key.namespace, work.key.name, name)
    work.tell(pod, "Scheduled", f"Successfully assigned {work.key.namespace}/{work.key.name} to {name}")


def _rank(work: Work, pod: Object, node: Object) -> tuple[int, Decimal, str]:
    name = node["metadata"]["name"]
    return (-preference(pod["spec"], node), work.index.usage.asked(name)["pods"], name)


def _objections(work: Work, pod: Object, node: Object, neighbours: Neighbours) -> list[str]:
    """Return what keeps a Pod from a node: of the first kind of reasons that there are, all."""
    if why := unsuited(pod["spec"], node):
        return [why]
    shortages = list(_shortages(pod, node, work.index.usage.asked(node["metadata"]["name"])))
    objection = "" if shortages else neighbours.objection(node)
    return shortages or ([objection] if objection else [])


def _shortages(pod: Object, node: Object, used: Amounts) -> Iterator[str]:
    room = room_of(node)
    if used["pods"] + 1 > room.get("pods", Decimal(0)):
        yield TOO_MANY
    for name, amount in requests_of(pod["spec"]).items():
        if amount and used.get(name, Decimal(0)) + amount > room.get(name, Decimal(0)):
            yield f"Insufficient {name}"


def _explain(pod: Object, nodes: list[Object], reasons: Mapping[str, list[str]]) -> str:
    if not nodes:
        return "no nodes available to schedule pods"
    told = Counter(why for listed in reasons.values() for why in listed)
    helped = Counter(_NO_VICTIMS if _is_by_others(pod, node, reasons[node["metadata"]["name"]]) else _NO_HELP for node in nodes)
    head = f"0/{len(nodes)} nodes are available: "
    return f"{head}{_listed(told)}. preemption: {head}{_listed(helped)}"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(sorted(f"{number} {why}" for why, number in counts.items()))


def _is_by_others(pod: Object, node: Object, reasons: list[str]) -> bool:
    """Whether the Pod could run on a node if others did not."""
    room, asked = room_of(node), requests_of(pod["spec"])
    short = [why.removeprefix("Insufficient ") for why in reasons if why not in _BY_OTHERS]
    return all(name in asked and asked[name] <= room.get(name, Decimal(0)) for name in short)


def _claim_problem(work: Work, pod: Object) -> str:
    for volume in pod["spec"].get("volumes") or ():
        name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if not name:
            continue
        claim = work.get(CLAIMS, work.key.namespace, name)
        if claim is None:
            return f'persistentvolumeclaim "{name}" not found'
        if not claim["spec"].get("volumeName"):
            return "pod has unbound immediate PersistentVolumeClaims"
    return ""


def _refuse(work: Work, pod: Object, message: str) -> None:
    status = pod.get("status") or {}
    made = {
        **conditions.make("PodScheduled", "False", "Unschedulable", message),
        "lastProbeTime": None,
        "observedGeneration": pod["metadata"].get("generation", 1),
    }
    listed = conditions.put(status.get("conditions"), made, work.stamp())
    if work.set_status(pod, {**status, "conditions": listed}, manager=SCHEDULER):
        work.warn(pod, "FailedScheduling", message)
