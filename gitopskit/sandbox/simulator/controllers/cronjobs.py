"""CronJobs: which of their Jobs run, and when one last succeeded. Nothing is started by the clock in a sandbox."""

from __future__ import annotations

from typing import Any

from gitopskit.sandbox.simulator.controllers.jobs import JOBS, is_over
from gitopskit.sandbox.simulator.controllers.work import Work, is_true


def reconcile(work: Work) -> None:
    """Say in the status which Jobs run."""
    found = work.living()
    if found is None:
        return
    jobs = work.index.controlled(found, JOBS)
    before = found.get("status") or {}
    status: dict[str, Any] = {key: value for key, value in before.items() if key in {"lastScheduleTime", "lastSuccessfulTime"}}
    known = {item["uid"]: item for item in before.get("active") or ()}
    active = [known.get(job["metadata"]["uid"]) or _reference(job) for job in jobs if not is_over(job)]
    if active:
        status["active"] = active
    ended = [job["status"]["completionTime"] for job in jobs if is_true(job, "Complete")]
    if ended:
        status["lastSuccessfulTime"] = max(ended)
    work.set_status(found, status)


def _reference(job: Any) -> dict[str, Any]:
    metadata = job["metadata"]
    return {
        "apiVersion": job["apiVersion"],
        "kind": job["kind"],
        "name": metadata["name"],
        "namespace": metadata["namespace"],
        "uid": metadata["uid"],
        "resourceVersion": metadata["resourceVersion"],
    }
