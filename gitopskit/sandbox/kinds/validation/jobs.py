"""Rules for Jobs and CronJobs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from gitopskit.sandbox.kinds.validation.numbers import check_not_negative
from gitopskit.sandbox.kinds.validation.pods import RESTARTS, check_template
from gitopskit.sandbox.machinery.causes import IMMUTABLE, Faults
from gitopskit.sandbox.machinery.selectors import matches_selector

Object = Mapping[str, Any]

_NUMBERS = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
_DESCRIPTORS = {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
_LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_MOST_INDEXED = 100_000
_CONTROLLER = "batch.kubernetes.io/controller-uid"


def check_job(obj: Object, faults: Faults) -> None:
    """Check a Job."""
    spec = obj["spec"]
    _check_job_selector(obj, faults)
    _check_job_spec(spec, "spec", faults)


def _check_job_selector(obj: Object, faults: Faults) -> None:
    spec = obj["spec"]
    labels = (spec["template"].get("metadata") or {}).get("labels")
    selector = spec.get("selector") or {}
    if not spec.get("manualSelector"):
        _check_generated(obj, selector, labels or {}, faults)
    if "selector" not in spec:
        faults.required("spec.selector")
    if "selector" not in spec or not matches_selector(selector, labels or {}):
        faults.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")


def _check_generated(obj: Object, selector: Object, labels: Object, faults: Faults) -> None:
    wanted = {"matchLabels": {_CONTROLLER: obj["metadata"].get("uid")}}
    if not obj["metadata"].get("creationTimestamp") or labels.get(_CONTROLLER) != obj["metadata"].get("uid"):
        return
    if selector != wanted and matches_selector(selector, labels):
        faults.invalid("spec.selector", selector, "`selector` not auto-generated")


def _check_job_spec(spec: Object, path: str, faults: Faults) -> None:
    check_not_negative(spec, _NUMBERS, path, faults)
    mode = spec.get("completionMode")
    if mode not in ("NonIndexed", "Indexed", None):
        faults.unsupported(f"{path}.completionMode", mode, ("NonIndexed", "Indexed"))
    elif mode == "Indexed" and spec.get("completions") is None:
        faults.required(f"{path}.completions", "when completion mode is Indexed")
    if mode == "Indexed" and (spec.get("parallelism") or 0) > _MOST_INDEXED:
        why = f"must be less than or equal to {_MOST_INDEXED} when completion mode is Indexed"
        faults.invalid(f"{path}.parallelism", spec["parallelism"], why)
    for name in ("backoffLimitPerIndex", "maxFailedIndexes") if mode != "Indexed" else ():
        if spec.get(name) is not None:
            faults.invalid(f"{path}.{name}", spec[name], "requires indexed completion mode")
    check_template(spec["template"], f"{path}.template", faults)
    policy = (spec["template"].get("spec") or {}).get("restartPolicy")
    if policy == "Always":
        faults.required(f"{path}.template.spec.restartPolicy", 'valid values: "OnFailure", "Never"')
    elif policy not in RESTARTS:
        faults.unsupported(f"{path}.template.spec.restartPolicy", policy or "", ("OnFailure", "Never"))


def check_job_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that an update leaves alone what a Job cannot change."""
    for name in ("completions", "selector", "template", "completionMode"):
        if name == "completions" and new["spec"].get("completionMode") == "Indexed":
            continue
        is_parked = name == "template" and old["spec"].get("suspend") and not (old.get("status") or {}).get("startTime")
        if not is_parked and new["spec"].get(name) != old["spec"].get(name):
            faults.invalid(f"spec.{name}", new["spec"].get(name), IMMUTABLE)


def check_cron_job(obj: Object, faults: Faults) -> None:
    """Check a CronJob."""
    spec = obj["spec"]
    _check_schedule(spec.get("schedule", ""), faults)
    zone = spec.get("timeZone")
    if zone is not None and zone not in _zones():
        faults.invalid("spec.timeZone", zone, f"unknown time zone {zone}")
    check_not_negative(spec, ("startingDeadlineSeconds",), "spec", faults)
    policies = ("Allow", "Forbid", "Replace")
    if spec.get("concurrencyPolicy") not in policies:
        faults.unsupported("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), policies)
    check_not_negative(spec, ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"), "spec", faults)
    _check_job_spec(spec["jobTemplate"]["spec"], "spec.jobTemplate.spec", faults)
    name = obj["metadata"].get("name", "")
    if len(name) > 52:
        faults.invalid("metadata.name", name, "must be no more than 52 characters")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() | {"UTC", "Local"})


def _check_schedule(schedule: str, faults: Faults) -> None:
    problem = _schedule_problem(schedule)
    if not schedule:
        faults.required("spec.schedule")
    elif problem:
        faults.invalid("spec.schedule", schedule, problem)


def _schedule_problem(schedule: str) -> str:
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        return "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
    if schedule.startswith("@"):
        known = schedule in _DESCRIPTORS or schedule.startswith("@every ")
        return "" if known else f"unrecognized descriptor: {schedule}"
    parts = schedule.split()
    if len(parts) != 5:
        return f"expected exactly 5 fields, found {len(parts)}: [{' '.join(parts)}]"
    for part, limits in zip(parts, _LIMITS, strict=True):
        for item in part.split(","):
            problem = _range_problem(item, *limits)
            if problem:
                return problem
    return ""


def _range_problem(item: str, low: int, high: int) -> str:
    """Return what is wrong with one term of a schedule (numbers and ``*`` only; names of days and months are taken as they are)."""
    found = re.fullmatch(r"(\*|\?|[A-Za-z]{3}|\d+)(?:-([A-Za-z]{3}|\d+))?(?:/(\d+))?", item)
    if not found:
        return f"failed to parse int from {item}: strconv.Atoi: parsing {item!r}: invalid syntax".replace("'", '"')
    start, end, step = found.groups()
    last = end or start
    if start.isdigit() and int(start) < low:
        return f"beginning of range ({start}) below minimum ({low}): {item}"
    if last.isdigit() and int(last) > high:
        return f"end of range ({last}) above maximum ({high}): {item}"
    return f"step of range should be a positive number: {item}" if step == "0" else ""


CREATE = {("batch", "Job"): check_job, ("batch", "CronJob"): check_cron_job}
UPDATE = {("batch", "Job"): check_job_update}
