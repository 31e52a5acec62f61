"""The kubelets: Pods on a node run at once, Pods of a Job finish after a second, Pods that are to go are gone.

References
----------
Kubernetes, "Pod Lifecycle": phases, conditions, container states.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gitopskit.sandbox.controllers import conditions, failing
from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.conditions import Condition
from gitopskit.sandbox.controllers.failing import RUNS_FOR_S, STARTED, Course, Failure
from gitopskit.sandbox.controllers.index import PODS, controller_of
from gitopskit.sandbox.controllers.templates import is_finished
from gitopskit.sandbox.controllers.work import Work, is_going, is_true, seconds_after
from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.pools import KUBELET as LABEL

NODES: StorageKey = ("", "nodes")
KUBELET = "kubelet"
_CONDITIONS = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady")
_PRESENT = 'Container image "{}" already present on machine and can be accessed by the pod'
_NETWORK = "10.244.0.0/16"


def reconcile(work: Work) -> None:
    """Do for one Pod what the kubelet of its node does."""
    pod = work.current()
    if pod is None or not pod["spec"].get("nodeName"):
        return
    node = work.get(NODES, "", pod["spec"]["nodeName"])
    if node is not None and not is_heard(node):
        if is_going(pod) and _is_given_up(node):
            work.delete(PODS, pod, grace_s=0)
        return
    is_new = (pod.get("status") or {}).get("phase") == "Pending"
    if is_going(pod) or (node is None and not is_new):
        if pod["metadata"].get("deletionGracePeriodSeconds") != 0:
            for item in pod["spec"]["containers"] if not is_new else ():
                _tell(work, pod, item["name"], ("Normal", "Killing", "Stopping container"))
            work.delete(PODS, pod, grace_s=0)
    elif node is not None and not is_finished(pod):  # a Pod may be meant for a node that is still to come
        failure, is_concerned = work.api.failures.of(pod, node)
        if is_concerned and _fail(work, pod, node, failure):
            return
        if is_new:
            _run(work, pod, node)
        else:
            _keep_running(work, pod)


def is_stopped(node: Object) -> bool:
    """Whether somebody stopped the kubelet of a node."""
    return bool((node["metadata"].get("labels") or {}).get(LABEL) == "stopped")


def is_heard(node: Object) -> bool:
    """Whether anything is heard of a node; where not, what runs there runs on, as far as anybody knows."""
    ready = conditions.find((node.get("status") or {}).get("conditions"), "Ready")
    return not is_stopped(node) and (ready is None or ready["status"] != "Unknown")


def _is_given_up(node: Object) -> bool:
    """Whether somebody says that a node is out of service, so that nobody waits for it."""
    return any(taint["key"] == "node.kubernetes.io/out-of-service" for taint in node["spec"].get("taints") or ())


def _run(work: Work, pod: Object, node: Object) -> None:
    now = work.stamp()
    containers = [_container(item, 0, now) for item in pod["spec"]["containers"]]
    placed = {**_placed(work, pod, node), "conditions": _conditions(pod, now)}
    work.set_status(pod, {**placed, "containerStatuses": containers, "phase": "Running"}, manager=KUBELET)
    for item in pod["spec"]["containers"]:
        _tell(work, pod, item["name"], ("Normal", "Pulled", _PRESENT.format(item["image"])), *STARTED)


def _tell(work: Work, pod: Object, container: str, *told: tuple[str, str, str]) -> None:
    """Record what happened to a container."""
    for kind, reason, message in told:
        work.tell(pod, reason, message, kind=kind, host=pod["spec"]["nodeName"], part=f"spec.containers{{{container}}}")


def _fail(work: Work, pod: Object, node: Object, failure: Failure | None) -> bool:
    """Let a Pod go through a failure, or out of one; return whether there is anything to go through."""
    status = pod["status"] if pod["status"].get("containerStatuses") else _placed(work, pod, node)
    before = {item["name"]: item for item in status.get("containerStatuses") or ()}
    if failure and not failure.container:
        failure = replace(failure, container=pod["spec"]["containers"][0]["name"])
    course = Course(pod=pod, failure=failure, failures=work.api.failures, now=work.now())
    containers = [course.step(item, before.get(item["name"], {})) for item in pod["spec"]["containers"]]
    phase, now = failing.phase_of(pod, containers), work.stamp()
    listed = status["conditions"] if before else _conditions(pod, now)
    unready = " ".join(item["name"] for item in containers if not item["ready"])
    reason = "PodFailed" if phase == "Failed" else "ContainersNotReady"
    for kind in ("Ready", "ContainersReady"):
        said = {"type": kind, "status": "False", "lastProbeTime": None, "reason": reason}
        said |= {} if phase == "Failed" else {"message": f"containers with unready status: [{unready}]"}
        listed = conditions.put(listed, said if unready else {"type": kind, "status": "True", "lastProbeTime": None}, now)
    is_news = work.set_status(pod, {**status, "conditions": listed, "containerStatuses": containers, "phase": phase}, manager=KUBELET)
    if is_news:
        for kind, reason, message, container in course.events:
            _tell(work, pod, container, (kind, reason, message))
    if course.wake_at:
        work.later(course.wake_at)
    return is_news or course.wake_at is not None


def _placed(work: Work, pod: Object, node: Object) -> dict[str, Any]:
    """Return the status of a Pod whose containers are to be started."""
    now, spec = work.stamp(), pod["spec"]
    host = next((a["address"] for a in (node.get("status") or {}).get("addresses") or () if a["type"] == "InternalIP"), "127.0.0.1")
    network = node["spec"].get("podCIDR") or _NETWORK
    address = host if spec.get("hostNetwork") else work.index.usage.free_address(node["metadata"]["name"], network)
    status: dict[str, Any] = {**(pod.get("status") or {}), "hostIP": host, "hostIPs": [{"ip": host}], "startTime": now}
    if address:
        status |= {"podIP": address, "podIPs": [{"ip": address}]}
    if spec.get("initContainers"):
        status["initContainerStatuses"] = [_init_container(item, now) for item in spec["initContainers"]]
    return status


def _conditions(pod: Object, now: str) -> list[Condition]:
    gates = [gate["conditionType"] for gate in pod["spec"].get("readinessGates") or ()]
    made = [_true(kind, now) for kind in (*_CONDITIONS, *gates)]
    names = {item["type"] for item in made}
    kept = [item for item in (pod.get("status") or {}).get("conditions") or () if item["type"] not in names]
    return [*made, *kept]


def _true(kind: str, now: str) -> Condition:
    return {"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": now}


def _container(spec: Object, restarts: int, now: str) -> dict[str, Any]:
    return {
        "name": spec["name"],
        "image": spec["image"],
        "imageID": "",
        "containerID": f"sandbox://{spec['name']}",
        "lastState": {},
        "ready": True,
        "started": True,
        "restartCount": restarts,
        "state": {"running": {"startedAt": now}},
    }


def _init_container(spec: Object, now: str) -> dict[str, Any]:
    status = _container(spec, 0, now)
    if spec.get("restartPolicy") != "Always":  # a sidecar goes on running
        status |= {"started": False, "state": _completed(now, now)}
    return status


def _completed(started: str, now: str) -> dict[str, Any]:
    return {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": started, "finishedAt": now}}


def _keep_running(work: Work, pod: Object) -> None:
    """Restart containers whose image was changed; let a Job's Pod come to its end."""
    if (controller_of(pod) or {}).get("kind") == "Job":
        _finish(work, pod)
        return
    images = {item["name"]: item["image"] for item in pod["spec"]["containers"]}
    now, status = work.stamp(), pod["status"]
    if is_true(work.get(NODES, "", pod["spec"]["nodeName"]) or {}, "Ready") and not is_true(pod, "Ready"):
        listed = conditions.put(status["conditions"], {"type": "Ready", "status": "True", "lastProbeTime": None}, now)
        work.set_status(pod, {**status, "conditions": listed}, manager=KUBELET)
        return
    running = status.get("containerStatuses") or []
    if any(item["image"] != images.get(item["name"], item["image"]) for item in running):
        work.set_status(pod, {**status, "containerStatuses": [_restarted(item, images, now) for item in running]}, manager=KUBELET)


def _restarted(status: Object, images: dict[str, str], now: str) -> Object:
    image = images.get(status["name"], status["image"])
    if image == status["image"]:
        return status
    return _container({"name": status["name"], "image": image}, status.get("restartCount", 0) + 1, now)


def _finish(work: Work, pod: Object) -> None:
    status = pod["status"]
    if not status.get("startTime"):
        return
    at = seconds_after(status["startTime"], RUNS_FOR_S)
    if work.now() < at:
        work.later(at)
        return
    now = work.stamp()
    ended = [
        {**item, "ready": False, "started": False, "state": _completed(status["startTime"], now)} for item in status["containerStatuses"]
    ]
    listed = status.get("conditions")
    for kind in ("Ready", "ContainersReady"):
        made = {**conditions.make(kind, "False", "PodCompleted", ""), "lastProbeTime": None}
        listed = conditions.put(listed, {key: value for key, value in made.items() if value != ""}, now)
    work.set_status(pod, {**status, "containerStatuses": ended, "conditions": listed, "phase": "Succeeded"}, manager=KUBELET)
