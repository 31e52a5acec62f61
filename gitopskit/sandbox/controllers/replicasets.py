"""ReplicaSets: as many Pods as were asked for."""

from __future__ import annotations

from typing import Any

from gitopskit.sandbox.controllers import conditions
from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.index import PODS
from gitopskit.sandbox.controllers.templates import age_rank, is_active, is_available, is_finished, is_ready, pod_from
from gitopskit.sandbox.controllers.work import Work, is_going
from gitopskit.sandbox.machinery.status import StatusError

BURST = 500


def reconcile(work: Work) -> None:
    """Create or delete Pods until their number is right, then say so in the status."""
    found = work.living()
    if found is None or work.adopt(found, PODS, found["spec"]["selector"]):
        return
    pods = work.index.controlled(found, PODS)
    active = [pod for pod in pods if is_active(pod)]
    failure = None
    more = found["spec"].get("replicas", 0) - len(active)
    if more > 0:
        failure = _create(work, found, min(more, BURST))
        if failure is None:
            return  # what was created comes back as a change, and with it the status
    elif more < 0:
        for pod in sorted(active, key=age_rank)[:-more]:
            work.delete_pod(found, pod)
        return
    work.set_status(found, _status(work, found, pods, failure))
    if failure:
        raise failure


def _create(work: Work, found: Object, count: int) -> StatusError | None:
    pod = pod_from(found, found["spec"]["template"], generateName=f"{found['metadata']['name']}-")
    try:
        for _ in range(count):
            work.create_pod(found, pod)
    except StatusError as error:
        return error
    return None


def _status(work: Work, found: Object, pods: list[Object], failure: StatusError | None) -> dict[str, Any]:
    active = [pod for pod in pods if is_active(pod)]
    wanted = (found["spec"]["template"].get("metadata") or {}).get("labels") or {}
    labelled = [pod for pod in active if (pod["metadata"].get("labels") or {}).items() >= wanted.items()]
    ready = [pod for pod in active if is_ready(pod)]
    seconds = found["spec"].get("minReadySeconds", 0)
    counts = {
        "fullyLabeledReplicas": len(labelled),
        "readyReplicas": len(ready),
        "availableReplicas": sum(is_available(pod, seconds, work) for pod in ready),
    }
    status: dict[str, Any] = {"replicas": len(active), **{name: count for name, count in counts.items() if count}}
    status["terminatingReplicas"] = sum(is_going(pod) and not is_finished(pod) for pod in pods)
    status["observedGeneration"] = found["metadata"].get("generation", 0)
    listed = list((found.get("status") or {}).get("conditions") or ())
    if failure is None:
        listed = conditions.without(listed, "ReplicaFailure")
    elif conditions.find(listed, "ReplicaFailure") is None:  # the message names a Pod that differs each time: the first one stays
        made = conditions.make("ReplicaFailure", "True", "FailedCreate", failure.message)
        listed = conditions.put(listed, made, work.stamp())
    return status | ({"conditions": listed} if listed else {})
