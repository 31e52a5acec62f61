"""CronJobs: a Job whenever it is time, and no more finished ones than are to be kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.jobs import JOBS, is_over
from gitopskit.sandbox.controllers.schedule import moments
from gitopskit.sandbox.controllers.work import CONTROLLER, Work, is_going, is_true, moment, moment_text, reference_to

_SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp"
_TOO_MANY = 100
_NEVER = "time difference between two schedules is less than 1 second"


def reconcile(work: Work) -> None:
    """Start the Job that is due, forget old ones, and say in the status which run."""
    found = work.living()
    if found is None:
        return
    jobs = work.index.controlled(found, JOBS)
    _tell_of(work, found, jobs)
    _clean_up(work, found, jobs)
    due = None if found["spec"].get("suspend") else _due(work, found)
    if due is not None and _may_start(work, found, jobs):
        _start(work, found, due)
        return  # the Job comes back as a change, and with it the status
    work.set_status(found, _status(found, jobs, (found.get("status") or {}).get("lastScheduleTime")))


def _due(work: Work, found: Object) -> datetime | None:
    """Return the last moment that the schedule names and that is still to be served; ask to be back at the next one."""
    spec, now = found["spec"], work.now()
    since = moment((found.get("status") or {}).get("lastScheduleTime") or found["metadata"]["creationTimestamp"])
    if "startingDeadlineSeconds" in spec:
        since = max(since, now - timedelta(seconds=spec["startingDeadlineSeconds"]))
    last, missed = None, 0
    times = moments(spec["schedule"], spec.get("timeZone", ""), since)
    first = next(times, None)
    if first is None:
        work.warn(found, "InvalidSchedule", f"invalid schedule: {spec['schedule']} : {_NEVER}")
        return None
    for at in chain([first], times):
        if at > now:
            work.later(at)
            break
        last, missed = at, missed + 1
    if missed > _TOO_MANY:
        how = "Set or decrease .spec.startingDeadlineSeconds or check clock skew"
        work.warn(found, "TooManyMissedTimes", f"too many missed start times: {missed}. {how}")
    return last


def _may_start(work: Work, found: Object, jobs: list[Object]) -> bool:
    """Whether the Jobs that still run let another one start; they are replaced if they are to be."""
    running = [job for job in jobs if not is_over(job) and not is_going(job)]
    policy = found["spec"].get("concurrencyPolicy", "Allow")
    if running and policy == "Forbid":
        work.tell(found, "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid")
        return False
    for job in running if policy == "Replace" else ():
        _delete(work, found, job)
    return True


def _start(work: Work, found: Object, due: datetime) -> None:
    template, name = found["spec"]["jobTemplate"], f"{found['metadata']['name']}-{int(due.timestamp()) // 60}"
    made = template.get("metadata") or {}
    metadata = {
        "name": name,
        "namespace": found["metadata"]["namespace"],
        "labels": made.get("labels") or {},
        "annotations": {**(made.get("annotations") or {}), _SCHEDULED_AT: due.isoformat().replace("+00:00", "Z")},
        "ownerReferences": [reference_to(found)],
    }
    if work.get(JOBS, metadata["namespace"], name) is None:
        job = work.api.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"]}, manager=CONTROLLER)
        work.tell(found, "SuccessfulCreate", f"Created job {name}")
        status = found.get("status") or {}
        active = [*(status.get("active") or ()), _reference(job)]
        started_at = moment_text(due.astimezone(work.now().tzinfo))
        work.set_status(found, {**status, "active": active, "lastScheduleTime": started_at})


def _tell_of(work: Work, found: Object, jobs: list[Object]) -> None:
    """Record which Jobs have finished, and which somebody else has started."""
    known = {item["uid"] for item in (found.get("status") or {}).get("active") or ()}
    for job in jobs:
        name, is_known = job["metadata"]["name"], job["metadata"]["uid"] in known
        if is_over(job) and is_known:
            how = "Complete" if is_true(job, "Complete") else "Failed"
            work.tell(found, "SawCompletedJob", f"Saw completed job: {name}, condition: {how}")
        elif not is_over(job) and not is_known:
            work.warn(found, "UnexpectedJob", f"Saw a job that the controller did not create or forgot: {name}")


def _clean_up(work: Work, found: Object, jobs: list[Object]) -> None:
    """Forget the oldest finished Jobs beyond both limits."""
    limits = (("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1))
    for condition, name, default in limits:
        ended = sorted((job for job in jobs if is_true(job, condition) and not is_going(job)), key=_age)
        for job in ended[: max(0, len(ended) - found["spec"].get(name, default))]:
            _delete(work, found, job)


def _age(job: Object) -> tuple[str, str]:
    return ((job.get("status") or {}).get("startTime", ""), job["metadata"]["name"])


def _delete(work: Work, found: Object, job: Object) -> None:
    work.delete(JOBS, job, propagation="Background")
    work.tell(found, "SuccessfulDelete", f"Deleted job {job['metadata']['name']}")


def _status(found: Object, jobs: list[Object], scheduled_at: str | None) -> dict[str, Any]:
    before = found.get("status") or {}
    status: dict[str, Any] = {"lastScheduleTime": scheduled_at} if scheduled_at else {}
    running = {job["metadata"]["uid"] for job in jobs if not is_over(job)}
    active = [item for item in before.get("active") or () if item["uid"] in running]
    ended = [job["status"]["completionTime"] for job in jobs if is_true(job, "Complete")]
    succeeded_at = max([*ended, before.get("lastSuccessfulTime", "")])
    status |= {"lastSuccessfulTime": succeeded_at} if succeeded_at else {}
    return status | ({"active": active} if active else {})


def _reference(job: Object) -> dict[str, Any]:
    metadata = job["metadata"]
    kept = {name: metadata[name] for name in ("name", "namespace", "uid", "resourceVersion")}
    return {"apiVersion": job["apiVersion"], "kind": job["kind"], **kept}
