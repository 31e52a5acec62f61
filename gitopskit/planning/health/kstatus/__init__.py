"""What would kstatus say of a live object?

It asks the same of every object first: is it being deleted, was its generation seen, does it say of itself that it is reconciling or
stalled? Then comes a rule for its kind, and for a kind without one the condition *Ready*. What says nothing at all is current.

The trap that shaped it: a controller that has not looked at a new object yet leaves it without conditions, so kstatus calls it current
(the library says so itself).

References
----------
kubernetes-sigs/cli-utils 0.37.2, pkg/kstatus/status: status.go, generic.go, core.go. Flux uses a fork (fluxcd/cli-utils 1.4.0) with
the same rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from gitopskit.model.health import KStatus
from gitopskit.model.objects import Object
from gitopskit.planning.health.kstatus import platform, workloads
from gitopskit.planning.health.kstatus.workloads import CURRENT, FAILED, IN_PROGRESS, Verdict
from gitopskit.planning.health.reading import MalformedError, Reader

RULES: Final[Mapping[tuple[str, str], Callable[[Reader, datetime], Verdict]]] = {
    **dict.fromkeys((("apps", "Deployment"), ("extensions", "Deployment")), workloads.deployment),
    ("apps", "StatefulSet"): workloads.statefulset,
    **dict.fromkeys((("apps", "DaemonSet"), ("extensions", "DaemonSet")), workloads.daemonset),
    **dict.fromkeys((("apps", "ReplicaSet"), ("extensions", "ReplicaSet")), workloads.replicaset),
    ("", "Pod"): workloads.pod,
    ("batch", "Job"): workloads.job,
    ("", "Service"): platform.service,
    ("", "PersistentVolumeClaim"): platform.claim,
    ("policy", "PodDisruptionBudget"): platform.budget,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): platform.definition,
    **dict.fromkeys((("", "Secret"), ("", "ConfigMap"), ("batch", "CronJob")), platform.by_being_there),
}


def judge(item: Object, now: datetime) -> Verdict:
    """Return the word of kstatus, and why."""
    reader = Reader(item.body)
    try:
        rule = RULES.get((item.id.group, item.id.kind), _by_readiness)
        return _in_general(reader) or rule(reader, now)
    except MalformedError as error:
        return KStatus.UNKNOWN, str(error)


def _in_general(item: Reader) -> Verdict | None:
    """Return what is said whatever the kind; None where that settles nothing."""
    if item.exact("metadata.deletionTimestamp", str, "text"):
        return KStatus.TERMINATING, "it is being deleted"
    generation = item.exact_number("metadata.generation")
    observed = None if generation is None else item.exact_number("status.observedGeneration")
    if observed is not None and observed != generation:
        return IN_PROGRESS, f"its controller has seen generation {observed}, it is at {generation}"
    for condition in item.conditions():
        if condition.type == "Reconciling" and condition.status == "True":
            return IN_PROGRESS, condition.message
        if condition.type == "Stalled" and condition.status == "True":
            return FAILED, condition.message
    return None


def _by_readiness(item: Reader, _now: datetime) -> Verdict:
    for condition in item.conditions():
        if condition.type == "Ready" and condition.status in ("True", "False", "Unknown"):
            return (CURRENT, "") if condition.status == "True" else (IN_PROGRESS, condition.message)
    return CURRENT, ""
