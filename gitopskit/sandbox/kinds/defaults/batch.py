"""Defaults of Jobs and CronJobs."""

from __future__ import annotations

from typing import Any

from gitopskit.sandbox.kinds.defaults.pods import complete_template


def complete_job_spec(spec: dict[str, Any]) -> None:
    """Complete a Job's spec, in a Job or in a CronJob."""
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = spec["parallelism"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("backoffLimit", 2**31 - 1 if "backoffLimitPerIndex" in spec else 6)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    spec.setdefault("manualSelector", False)
    replacement = "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed"
    spec.setdefault("podReplacementPolicy", replacement)
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or ():
        for pattern in rule.get("onPodConditions") or ():
            pattern["status"] = pattern.get("status") or "True"
    complete_template(spec["template"])


def _job(obj: dict[str, Any]) -> None:
    complete_job_spec(obj["spec"])
    labels = (obj["spec"]["template"].get("metadata") or {}).get("labels")
    if labels and not obj["metadata"].get("labels"):
        obj["metadata"]["labels"] = labels  # the same mapping on purpose: what the server adds to the one is in the other, too


def _cron_job(obj: dict[str, Any]) -> None:
    spec = obj["spec"]
    spec.setdefault("concurrencyPolicy", "Allow")
    spec.setdefault("suspend", False)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)
    complete_template(spec["jobTemplate"].setdefault("spec", {}).setdefault("template", {}))


TABLE = {("batch", "Job"): _job, ("batch", "CronJob"): _cron_job}
