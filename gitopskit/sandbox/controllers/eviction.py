"""Taints that drive Pods away: who does not tolerate one goes at once, who tolerates it for a while goes then.

References
----------
Kubernetes, "Taints and Tolerations", taint-based evictions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from gitopskit.sandbox.controllers import conditions
from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.index import PODS
from gitopskit.sandbox.controllers.placement import tolerations_of
from gitopskit.sandbox.controllers.work import CONTROLLER, Work, is_going
from gitopskit.sandbox.machinery.registry import StorageKey

NODES: StorageKey = ("", "nodes")
_WHY = ("DisruptionTarget", "True", "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint")


def reconcile(work: Work) -> None:
    """Let a Pod go that its node drives away, now or when its time is over."""
    pod = work.current()
    node = work.get(NODES, "", pod["spec"].get("nodeName", "")) if pod is not None else None
    if pod is None or node is None or is_going(pod):
        return
    at = min(_ends(work, pod, node), default=None)
    if at is None:
        return
    if at > work.now():
        work.later(at)
        return
    work.tell(pod, "TaintManagerEviction", f"Marking for deletion Pod {work.key.namespace}/{work.key.name}")
    status = pod.get("status") or {}
    listed = conditions.put(status.get("conditions"), {**conditions.make(*_WHY), "lastProbeTime": None}, work.stamp())
    work.set_status(pod, {**status, "conditions": listed}, manager=CONTROLLER)
    work.delete(PODS, pod)


def _ends(work: Work, pod: Object, node: Object) -> Iterator[datetime]:
    """Yield when each of the node's taints ends the Pod."""
    for taint in node["spec"].get("taints") or ():
        if taint.get("effect") != "NoExecute":
            continue
        tolerations = tolerations_of(pod["spec"], taint)
        seconds = [item["tolerationSeconds"] for item in tolerations if item.get("tolerationSeconds") is not None]
        if not tolerations:
            yield work.now()
        elif seconds:
            yield work.since(f"{pod['metadata']['uid']} {taint['key']}") + timedelta(seconds=max(0, min(seconds)))
