"""Nodes: they report that they are ready, and a cordoned one says so in a taint."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gitopskit.sandbox.simulator.controllers.api import Object
from gitopskit.sandbox.simulator.controllers.kubelet import KUBELET
from gitopskit.sandbox.simulator.controllers.work import CONTROLLER, Work, condition, moment

HEARTBEAT_S = 300
_CORDONED = {"effect": "NoSchedule", "key": "node.kubernetes.io/unschedulable"}
_CONDITIONS = (
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("NetworkUnavailable", "False", "RouteCreated", "RouteController created a route"),
)
_ROOM = {"cpu": "4", "memory": "8Gi", "pods": "110", "ephemeral-storage": "50Gi"}
_SOFTWARE = {
    "architecture": "amd64",
    "operatingSystem": "linux",
    "kernelVersion": "6.12.0",
    "osImage": "Simulated Linux",
    "containerRuntimeVersion": "containerd://2.1.0",
    "kubeletVersion": "v1.37.2",
}


def reconcile(work: Work) -> None:
    """Keep a node ready and its taint in step with its cordon."""
    node = work.living()
    if node is None:
        return
    ready = condition((node.get("status") or {}).get("conditions"), "Ready")
    at = moment(ready["lastHeartbeatTime"]) + timedelta(seconds=HEARTBEAT_S) if ready and ready.get("lastHeartbeatTime") else work.now()
    if work.now() >= at:
        _report(work, node)
    else:
        work.later(at)
        _follow_cordon(work, node)


def _report(work: Work, node: Object) -> None:
    now, before = work.stamp(), node.get("status") or {}
    name = node["metadata"]["name"]
    since = next((c["lastTransitionTime"] for c in before.get("conditions") or () if c["type"] == "Ready"), now)
    moments = {"lastHeartbeatTime": now, "lastTransitionTime": since}
    status: dict[str, Any] = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}, {"type": "Hostname", "address": name}],
        "capacity": _ROOM,
        "allocatable": before.get("capacity") or _ROOM,
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 0}},
        "nodeInfo": _software(),
        **before,
        "conditions": [{"type": t, "status": s, "reason": r, "message": m, **moments} for t, s, r, m in _CONDITIONS],
    }
    work.api.update({**node, "status": status}, manager=KUBELET, subresource="status")


def _software() -> dict[str, str]:
    fields = (
        "bootID",
        "containerRuntimeVersion",
        "kernelVersion",
        "kubeProxyVersion",
        "kubeletVersion",
        "machineID",
        "osImage",
        "systemUUID",
    )
    return {**dict.fromkeys(fields, ""), **_SOFTWARE}


def _follow_cordon(work: Work, node: Object) -> None:
    taints = node["spec"].get("taints") or []
    others = [taint for taint in taints if taint["key"] != _CORDONED["key"]]
    wanted = [*others, _CORDONED] if node["spec"].get("unschedulable") else others
    if len(wanted) != len(taints):
        spec = {key: value for key, value in node["spec"].items() if key != "taints"}
        work.api.update({**node, "spec": spec | ({"taints": wanted} if wanted else {})}, manager=CONTROLLER)
