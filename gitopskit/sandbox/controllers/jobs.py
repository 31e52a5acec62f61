"""Jobs: Pods until enough of them have succeeded, or too many failed."""

from __future__ import annotations

from typing import Any

from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.index import PODS
from gitopskit.sandbox.controllers.templates import is_active, is_ready, pod_from
from gitopskit.sandbox.controllers.work import Work, condition, is_going, is_true, seconds_after
from gitopskit.sandbox.machinery.registry import StorageKey

JOBS: StorageKey = ("batch", "jobs")
_INDEX = "batch.kubernetes.io/job-completion-index"
_REACHED = ("CompletionsReached", "Reached expected number of succeeded pods")
_BACKOFF = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
_DEADLINE = ("DeadlineExceeded", "Job was active longer than specified deadline")


def reconcile(work: Work) -> None:
    """Start or stop Pods, then say in the status what became of them."""
    found = work.living()
    if found is None:
        return
    if is_over(found):
        _expire(work, found)
        return
    pods = work.index.controlled(found, PODS)
    active = [pod for pod in pods if is_active(pod)]
    verdict = _verdict(work, found, pods)
    if verdict or found["spec"].get("suspend"):
        for pod in active:
            work.delete_pod(found, pod)
        if active and verdict and verdict[0] == "Failed":
            failed = len(active) + len(_in_phase(pods, "Failed"))
            work.set_status(found, {**(found.get("status") or {}), "failed": failed})
        if not active:
            _write_status(work, found, pods, verdict)
        return
    if not _start(work, found, pods, active):
        _write_status(work, found, pods, None)


def is_over(found: Object) -> bool:
    """Whether a Job has completed or failed."""
    return is_true(found, "Complete") or is_true(found, "Failed")


def _in_phase(pods: list[Object], phase: str) -> list[Object]:
    return [pod for pod in pods if (pod.get("status") or {}).get("phase") == phase]


def _index_of(pod: Object) -> int:
    return int((pod["metadata"].get("annotations") or {}).get(_INDEX, "-1"))


def _succeeded(found: Object, pods: list[Object]) -> int:
    done = _in_phase(pods, "Succeeded")
    if found["spec"].get("completionMode") == "Indexed":
        return len({_index_of(pod) for pod in done})
    return max(len(done), int((found.get("status") or {}).get("succeeded", 0)))


def _verdict(work: Work, found: Object, pods: list[Object]) -> tuple[str, str, str] | None:
    """Return the final condition's type, reason and message, or None while the Job goes on."""
    spec, succeeded = found["spec"], _succeeded(found, pods)
    active = [pod for pod in pods if is_active(pod)]
    wanted = spec.get("completions")
    if (wanted is not None and succeeded >= wanted) or (wanted is None and succeeded and not active):
        return ("Complete", *_REACHED)
    if len(_in_phase(pods, "Failed")) > spec.get("backoffLimit", 6):
        return ("Failed", *_BACKOFF)
    started, deadline = (found.get("status") or {}).get("startTime"), spec.get("activeDeadlineSeconds")
    if started and deadline is not None:
        at = seconds_after(started, deadline)
        if work.now() >= at:
            return ("Failed", *_DEADLINE)
        work.later(at)
    return None


def _start(work: Work, found: Object, pods: list[Object], active: list[Object]) -> bool:
    """Create the Pods that may run beside those that do; return whether there were any."""
    spec = found["spec"]
    wanted, succeeded = spec.get("completions"), _succeeded(found, pods)
    if wanted is None and succeeded:
        return False
    left = spec.get("parallelism", 1) if wanted is None else min(spec.get("parallelism", 1), wanted - succeeded)
    count = left - len(active)
    if count <= 0:
        return False
    if spec.get("completionMode") == "Indexed":
        taken = {_index_of(pod) for pod in [*active, *_in_phase(pods, "Succeeded")]}
        for number in [n for n in range(wanted or 0) if n not in taken][:count]:
            work.create_pod(found, _indexed_pod(found, number))
    else:
        for _ in range(count):
            work.create_pod(found, pod_from(found, spec["template"], generateName=f"{found['metadata']['name']}-"))
    return True


def _indexed_pod(found: Object, number: int) -> dict[str, Any]:
    name, mark = found["metadata"]["name"], {_INDEX: str(number)}
    pod = pod_from(found, found["spec"]["template"], generateName=f"{name}-{number}-", labels=mark, annotations=mark)
    field = {"fieldRef": {"apiVersion": "v1", "fieldPath": f"metadata.labels['{_INDEX}']"}}
    env = {"name": "JOB_COMPLETION_INDEX", "valueFrom": field}
    for kind in ("containers", "initContainers"):
        if pod["spec"].get(kind):
            pod["spec"][kind] = [{**item, "env": [*(item.get("env") or ()), env]} for item in pod["spec"][kind]]
    pod["spec"]["hostname"] = f"{name}-{number}"
    return pod


def _write_status(work: Work, found: Object, pods: list[Object], verdict: tuple[str, str, str] | None) -> None:
    before = found.get("status") or {}
    active = [pod for pod in pods if is_active(pod)]
    counts = {
        "active": len(active),
        "succeeded": _succeeded(found, pods),
        "failed": max(before.get("failed", 0), len(_in_phase(pods, "Failed"))),
    }
    status: dict[str, Any] = {name: count for name, count in counts.items() if count}
    status |= {
        "ready": sum(is_ready(pod) for pod in active),
        "terminating": sum(is_going(pod) for pod in pods),
        "uncountedTerminatedPods": {},
    }
    suspended = bool(found["spec"].get("suspend"))
    if not suspended:
        status["startTime"] = before.get("startTime") or work.stamp()
    if found["spec"].get("completionMode") == "Indexed":
        status["completedIndexes"] = _ranges(sorted({_index_of(pod) for pod in _in_phase(pods, "Succeeded")}))
    listed = _conditions(work, before, verdict, suspended)
    if verdict and verdict[0] == "Complete":
        status["completionTime"] = work.stamp()
    work.set_status(found, {**status, **({"conditions": listed} if listed else {})})
    _tell(work, found, listed)
    if not suspended and found["spec"].get("activeDeadlineSeconds") is not None:
        work.later(seconds_after(status["startTime"], found["spec"]["activeDeadlineSeconds"]))


def _conditions(work: Work, before: Object, verdict: tuple[str, str, str] | None, suspended: bool) -> list[Any]:
    now = work.stamp()
    listed = list(before.get("conditions") or ())
    made: list[tuple[str, str, str, str]] = []
    if verdict:
        first = "SuccessCriteriaMet" if verdict[0] == "Complete" else "FailureTarget"
        made = [(first, "True", *verdict[1:]), (verdict[0], "True", *verdict[1:])]
    old = condition(listed, "Suspended")
    if suspended and (old is None or old["status"] != "True"):
        made.append(("Suspended", "True", "JobSuspended", "Job suspended"))
    elif not suspended and old is not None and old["status"] == "True":
        made.append(("Suspended", "False", "JobResumed", "Job resumed"))
    for kind, status, reason, message in made:
        listed = [item for item in listed if item["type"] != kind]
        moments = {"lastProbeTime": now, "lastTransitionTime": now}
        listed.append({"type": kind, "status": status, "reason": reason, "message": message, **moments})
    return listed


def _tell(work: Work, found: Object, listed: list[Any]) -> None:
    """Record what has become true of a Job."""
    before = (found.get("status") or {}).get("conditions")
    for item in listed:
        old = condition(before, item["type"])
        if old is not None and old["status"] == item["status"]:
            continue
        match item["type"], item["status"]:
            case "Complete", _:
                work.tell(found, "Completed", "Job completed")
            case "Failed", _:
                work.warn(found, item["reason"], item["message"])
            case "Suspended", status:
                work.tell(found, "Suspended" if status == "True" else "Resumed", item["message"])


def _ranges(numbers: list[int]) -> str:
    """Return numbers as ``0-2,4``."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ",".join(str(part[0]) if len(part) == 1 else f"{part[0]}{'-' if len(part) > 2 else ','}{part[-1]}" for part in parts)


def _expire(work: Work, found: Object) -> None:
    """Delete a finished Job when its time to live is over."""
    seconds = found["spec"].get("ttlSecondsAfterFinished")
    ended = next((c["lastTransitionTime"] for c in found["status"]["conditions"] if c["type"] in {"Complete", "Failed"}), None)
    if seconds is None or ended is None:
        return
    at = seconds_after(ended, seconds)
    if work.now() >= at:
        work.delete(JOBS, found, propagation="Foreground")
    else:
        work.later(at)
