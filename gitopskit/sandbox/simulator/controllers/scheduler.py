"""The scheduler: a node for every Pod, the emptiest one that fits."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from gitopskit.sandbox.simulator.controllers import conditions
from gitopskit.sandbox.simulator.controllers.api import Object
from gitopskit.sandbox.simulator.controllers.placement import Amounts, requests_of, room_of, unsuited
from gitopskit.sandbox.simulator.controllers.work import Work, is_going, is_true
from gitopskit.sandbox.simulator.registry import StorageKey

NODES: StorageKey = ("", "nodes")
CLAIMS: StorageKey = ("", "persistentvolumeclaims")
SCHEDULER = "kube-scheduler"
_NO_HELP = "Preemption is not helpful for scheduling."


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
    nodes = [node for node in work.index.all(NODES) if is_true(node, "Ready") and not is_going(node)]
    problem = _claim_problem(work, pod)
    if problem:
        _refuse(work, pod, f"0/{len(nodes)} nodes are available: {problem}. not found")
        return
    asked = requests_of(pod["spec"])
    reasons: Counter[str] = Counter()
    fitting = []
    for node in nodes:
        why = unsuited(pod["spec"], node) or _shortage(asked, node, work.index.usage.asked(node["metadata"]["name"]))
        reasons[why] += 1
        if not why:
            fitting.append(node)
    if fitting:
        chosen = min(fitting, key=lambda node: _load(work, node))
        work.api.bind(work.key.namespace, work.key.name, chosen["metadata"]["name"])
    else:
        _refuse(work, pod, _explain(len(nodes), reasons))


def _load(work: Work, node: Object) -> tuple[Decimal, str]:
    name = node["metadata"]["name"]
    return (work.index.usage.asked(name)["pods"], name)


def _shortage(asked: Amounts, node: Object, used: Amounts) -> str:
    room = room_of(node)
    if used["pods"] + 1 > room.get("pods", Decimal(0)):
        return "Too many pods"
    for name, amount in asked.items():
        if amount and used.get(name, Decimal(0)) + amount > room.get(name, Decimal(0)):
            return f"Insufficient {name}"
    return ""


def _explain(count: int, reasons: Counter[str]) -> str:
    if not count:
        return "no nodes available to schedule pods"
    listed = ", ".join(sorted(f"{number} {why}" for why, number in reasons.items()))
    return f"0/{count} nodes are available: {listed}. preemption: 0/{count} nodes are available: {count} {_NO_HELP}"


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
    work.set_status(pod, {**status, "conditions": listed}, manager=SCHEDULER)
