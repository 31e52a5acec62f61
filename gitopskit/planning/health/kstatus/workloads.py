"""What does kstatus say of what runs Pods?

References
----------
kubernetes-sigs/cli-utils 0.37.2, pkg/kstatus/status/core.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from gitopskit.model.health import KStatus
from gitopskit.planning.health.reading import MalformedError, Reader

Verdict: TypeAlias = tuple[KStatus, str]

CURRENT: Final = KStatus.CURRENT
IN_PROGRESS: Final = KStatus.IN_PROGRESS
FAILED: Final = KStatus.FAILED

_NO_DEADLINE: Final = 2**31 - 1
_SCHEDULE_WINDOW: Final = timedelta(seconds=15)


def deployment(item: Reader, _now: datetime) -> Verdict:
    """Deadline, replicas, updated, old ones gone, available, ready, and then the two conditions."""
    conditions = item.conditions()
    if any(c.type == "Progressing" and c.reason == "ProgressDeadlineExceeded" for c in conditions):
        return FAILED, "it made no progress before its deadline"
    desired = item.lenient("spec.replicas", 1)
    total, updated, ready, available = _counts(item, "replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    for found, wanted, words in ((total, desired, "there"), (updated, desired, "updated")):
        if found < wanted:
            return IN_PROGRESS, f"{found} of {wanted} replicas are {words}"
    if total > desired:
        return IN_PROGRESS, f"{total - desired} replicas too many are still there"
    for found, wanted, words in ((available, updated, "available"), (ready, desired, "ready")):
        if found < wanted:
            return IN_PROGRESS, f"{found} of {wanted} replicas are {words}"
    has_deadline = item.lenient("spec.progressDeadlineSeconds", _NO_DEADLINE) != _NO_DEADLINE
    is_rolled_out = any(c.type == "Progressing" and c.status == "True" and c.reason == "NewReplicaSetAvailable" for c in conditions)
    if has_deadline and not is_rolled_out:
        return IN_PROGRESS, "its new ReplicaSet is not said to be available"
    is_available = any(c.type == "Available" and c.status == "True" for c in conditions)
    return (CURRENT, "") if is_available else (IN_PROGRESS, "it is not said to be available")


def statefulset(item: Reader, _now: datetime) -> Verdict:
    """Replicas, ready, none too many, then partition or revision; it is never failed."""
    if item.lenient("spec.updateStrategy.type", "") == "OnDelete":
        return CURRENT, "its Pods are updated when somebody deletes them"
    desired, partition = item.lenient("spec.replicas", 1), item.lenient("spec.updateStrategy.rollingUpdate.partition", -1)
    total, ready, current, updated = _counts(item, "replicas", "readyReplicas", "currentReplicas", "updatedReplicas")
    for found, words in ((total, "there"), (ready, "ready")):
        if found < desired:
            return IN_PROGRESS, f"{found} of {desired} replicas are {words}"
    if total > desired:
        return IN_PROGRESS, f"{total - desired} replicas too many are still there"
    if partition != -1:
        is_done = updated >= desired - partition
        return CURRENT if is_done else IN_PROGRESS, f"{updated} of {desired - partition} replicas beyond the partition are updated"
    if current < desired:
        return IN_PROGRESS, f"{current} of {desired} replicas are current"
    is_one = item.lenient("status.currentRevision", "") == item.lenient("status.updateRevision", "")
    return (CURRENT, "") if is_one else (IN_PROGRESS, "the new revision is not the current one yet")


def daemonset(item: Reader, _now: datetime) -> Verdict:
    """Observed for certain, then current, updated, available and ready."""
    for path in ("metadata.generation", "status.observedGeneration"):
        if item.exact_number(path) is None:
            return IN_PROGRESS, f"it has no {path} yet"
    desired = item.lenient("status.desiredNumberScheduled", -1)
    if desired == -1:
        return IN_PROGRESS, "nobody has counted the nodes for it yet"
    names = ("currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady")
    for found, words in zip(_counts(item, *names), ("there", "updated", "available", "ready"), strict=True):
        if found < desired:
            return IN_PROGRESS, f"{found} of {desired} Pods are {words}"
    return CURRENT, ""


def replicaset(item: Reader, _now: datetime) -> Verdict:
    """Take a failure to create Pods for progress; then labelled, available, ready, none too many."""
    if any(c.type == "ReplicaFailure" and c.status == "True" for c in item.conditions()):
        return IN_PROGRESS, "it cannot create its Pods"
    desired = item.lenient("spec.replicas", 1)
    names = ("fullyLabeledReplicas", "availableReplicas", "readyReplicas")
    for found, words in zip(_counts(item, *names), ("labelled", "available", "ready"), strict=True):
        if found < desired:
            return IN_PROGRESS, f"{found} of {desired} replicas are {words}"
    total = item.lenient("status.replicas", 0)
    return (CURRENT, "") if total <= desired else (IN_PROGRESS, f"{total - desired} replicas too many are still there")


def job(item: Reader, _now: datetime) -> Verdict:
    """Once started it is current, for as long as it runs."""
    for condition in item.conditions():
        if condition.type in ("Complete", "Failed") and condition.status == "True":
            return (CURRENT, "it is complete") if condition.type == "Complete" else (FAILED, "it failed")
    if not item.lenient("status.startTime", ""):
        return IN_PROGRESS, "it has not started"
    return CURRENT, "it runs"


def pod(item: Reader, now: datetime) -> Verdict:
    """Take running and ready, or ended in any way, for current; only a crash loop and long waiting for a node are failed."""
    conditions, phase = item.conditions(), item.lenient("status.phase", "")
    match phase:
        case "Succeeded" | "Failed":
            return CURRENT, "it has ended" if phase == "Succeeded" else "it has ended, without success"
        case "Running" if any(c.type == "Ready" and c.status == "True" for c in conditions):
            return CURRENT, ""
        case "Running":
            looping = ", ".join(_crash_looping(item))
            return (FAILED, f"in a crash loop: {looping}") if looping else (IN_PROGRESS, "it is not ready")
        case "Pending":
            unscheduled = next((c for c in conditions if c.type == "PodScheduled" and c.status == "False"), None)
            is_late = unscheduled is not None and unscheduled.reason == "Unschedulable" and not _is_young(item, now)
            return (FAILED, "no node takes it") if is_late else (IN_PROGRESS, "it is pending")
        case "":
            return IN_PROGRESS, "it has no phase yet"
    raise MalformedError("status.phase", phase, "a known phase")


def _is_young(item: Reader, now: datetime) -> bool:
    try:
        created = datetime.fromisoformat(item.lenient("metadata.creationTimestamp", ""))
        return now - _SCHEDULE_WINDOW < created
    except (ValueError, TypeError):  # no time, or one without a zone
        return False


def _crash_looping(item: Reader) -> Iterator[str]:
    """Yield the names of the containers in a crash loop; whatever is absent is passed over, a null is malformed."""
    for position, entry in enumerate(item.exact("status.containerStatuses", list, "a list") or ()):
        if not isinstance(entry, dict):
            raise MalformedError(f"status.containerStatuses[{position}]", entry, "a map")
        container = Reader(entry, f"status.containerStatuses[{position}]")
        name = container.exact("name", str, "text")
        if name is None or not container.exact("state", dict, "a map") or not container.exact("state.waiting", dict, "a map"):
            continue
        if container.exact("state.waiting.reason", str, "text") == "CrashLoopBackOff":
            yield name


def _counts(item: Reader, *names: str) -> list[int]:
    return [item.lenient(f"status.{name}", 0) for name in names]
