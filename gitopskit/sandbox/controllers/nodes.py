"""Nodes: they report that they are ready, and what keeps Pods away from one shows in its taints.

What somebody wrote into a Node stays: a heartbeat moves its time, and adds what is missing. Of a node whose kubelet was stopped nothing
is known after a while.

References
----------
Kubernetes, "Nodes": heartbeats, node controller, rate limits on eviction.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gitopskit.sandbox.controllers import conditions
from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.kubelet import KUBELET, NODES, is_stopped
from gitopskit.sandbox.controllers.work import CONTROLLER, Work, condition, is_true, moment
from gitopskit.sandbox.machinery.registry import StorageKey

HEARTBEAT_S = 300
GRACE_S = 50
LEASES: StorageKey = ("coordination.k8s.io", "leases")
LEASES_AT = "kube-node-lease"
_TTL = "node.alpha.kubernetes.io/ttl"
_CONDITIONS = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)
_LOST = ("NodeStatusUnknown", "Kubelet stopped posting node status.")
_TAINTS = {
    ("Ready", "False"): "not-ready",
    ("Ready", "Unknown"): "unreachable",
    ("MemoryPressure", "True"): "memory-pressure",
    ("DiskPressure", "True"): "disk-pressure",
    ("PIDPressure", "True"): "pid-pressure",
    ("NetworkUnavailable", "True"): "network-unavailable",
}
_CORDONED = "unschedulable"
_OURS = {f"node.kubernetes.io/{name}" for name in (*_TAINTS.values(), _CORDONED)}
_DRIVING = {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}


def reconcile(work: Work) -> None:
    """Keep a node's report fresh and its taints in step with its conditions and its cordon."""
    node = work.living()
    if node is None:
        return
    if _lose(work, node) if is_stopped(node) else _beat(work, node):
        return
    _mark_pods(work, node)
    if not is_stopped(node) and work.get(LEASES, LEASES_AT, node["metadata"]["name"]) is None:
        _renew(work, node)
    if not _mark(work, node):
        _taint(work, node)


def _beat(work: Work, node: Object) -> bool:
    """Post a node's status where that is due; return whether it was."""
    beats = [_said(node, kind).get("lastHeartbeatTime") or "" for kind, *_ in _CONDITIONS]
    due = moment(min(beats)) + timedelta(seconds=HEARTBEAT_S) if all(beats) else work.now()
    is_back = _said(node, "Ready").get("reason") == _LOST[0]
    if work.now() < due and not is_back:
        work.later(due)
        return False
    _report(work, node, {kind for kind, *_ in _CONDITIONS} if is_back else set())
    _renew(work, node)
    return True


def _lose(work: Work, node: Object) -> bool:
    """Say of a node that nothing is heard of it, once that has lasted; return whether it was said."""
    due = work.since("stopped") + timedelta(seconds=GRACE_S)
    if work.now() < due:
        work.later(due)
    if work.now() < due or _said(node, "Ready").get("reason") == _LOST[0]:
        return False
    reason, message = _LOST
    listed = (node.get("status") or {}).get("conditions")
    for kind, *_ in _CONDITIONS:
        beaten = {"lastHeartbeatTime": _said(node, kind).get("lastHeartbeatTime")}
        listed = conditions.put(listed, {**beaten, **conditions.make(kind, "Unknown", reason, message)}, work.stamp())
    work.api.update({**node, "status": {**node["status"], "conditions": listed}}, manager=CONTROLLER, subresource="status")
    return True


def _mark_pods(work: Work, node: Object) -> None:
    """Say of the Pods on a node that is not ready that they are not ready either."""
    if is_true(node, "Ready"):
        return
    for pod in work.index.usage.pods_on(node["metadata"]["name"]):
        if is_true(pod, "Ready"):
            said = {"type": "Ready", "status": "False", "lastProbeTime": None}
            listed = conditions.put(pod["status"]["conditions"], said, work.stamp())
            work.set_status(pod, {**pod["status"], "conditions": listed}, manager=CONTROLLER)
            work.warn(pod, "NodeNotReady", "Node is not ready")


def _report(work: Work, node: Object, anew: set[str]) -> None:
    now, before = work.stamp(), node.get("status") or {}
    present = {item["type"]: item for item in before.get("conditions") or () if item["type"] not in anew}
    own = {
        kind: {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": now}
        | present.get(kind, {})
        | {"lastHeartbeatTime": now}
        for kind, status, reason, message in _CONDITIONS
    }
    status: dict[str, Any] = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}, {"type": "Hostname", "address": node["metadata"]["name"]}],
        "allocatable": before.get("capacity", {}),
        "phase": "Running",
        **before,
        "conditions": list({**present, **own}.values()),
    }
    work.api.update({**node, "status": status}, manager=KUBELET, subresource="status")


def _renew(work: Work, node: Object) -> None:
    """Say in the node's lease that its kubelet is alive."""
    metadata = node["metadata"]
    name = metadata["name"]
    held = work.get(LEASES, LEASES_AT, name)
    spec = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": work.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    if held is not None:
        work.api.update({**held, "spec": spec}, manager=KUBELET)
        return
    owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": metadata["uid"]}
    placed = {"name": name, "namespace": LEASES_AT, "ownerReferences": [owner]}
    work.api.create({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": placed, "spec": spec}, manager=KUBELET)


def _mark(work: Work, node: Object) -> bool:
    """Give a node the labels and the annotation that every node has; return whether any was missing."""
    labels, notes = node["metadata"].get("labels") or {}, node["metadata"].get("annotations") or {}
    older = {f"beta.{name}": labels[name] for name in ("kubernetes.io/os", "kubernetes.io/arch") if name in labels}
    if older.items() <= labels.items() and _TTL in notes:
        return False
    work.set_metadata(node, labels={**labels, **older}, annotations={_TTL: "0", **notes})
    name = node["metadata"]["name"]
    work.tell(node, "RegisteredNode", f"Node {name} event: Registered Node {name} in Controller")
    return True


def _taint(work: Work, node: Object) -> None:
    """Replace the taints that keep new Pods away, where others are due."""
    names = [
        name for (kind, status), name in _TAINTS.items() if (condition(node["status"]["conditions"], kind) or {}).get("status") == status
    ]
    due = [f"node.kubernetes.io/{name}" for name in names + ([_CORDONED] if node["spec"].get("unschedulable") else [])]
    present = node["spec"].get("taints") or []
    wanted = [(key, "NoSchedule") for key in due] + [(key, "NoExecute") for key in due if key in _DRIVING and not _is_outage(work)]
    kept = [item for item in present if item["key"] not in _OURS or (item["key"], item["effect"]) in wanted]
    there = {(item["key"], item["effect"]) for item in kept}
    new = [{"key": key, "effect": effect, "timeAdded": work.stamp()} for key, effect in wanted if (key, effect) not in there]
    taints = [*kept, *new]
    if any(item["key"] in _DRIVING and item["effect"] == "NoSchedule" for item in new):
        work.tell(node, "NodeNotReady", f"Node {node['metadata']['name']} status is now: NodeNotReady")
    if taints != present:
        spec = {key: value for key, value in node["spec"].items() if key != "taints"} | ({"taints": taints} if taints else {})
        work.api.update({**node, "spec": spec}, manager=CONTROLLER)


def _is_outage(work: Work) -> bool:
    """Whether no node is ready: then it is rather the controller that is cut off, and no Pod is driven from anywhere."""
    return not any(is_true(node, "Ready") for node in work.index.all(NODES))


def _said(node: Object, kind: str) -> Object:
    return condition((node.get("status") or {}).get("conditions"), kind) or {}
