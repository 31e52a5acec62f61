"""Rules for what makes Pods: Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.simulator.selectors import matches_selector
from gitopskit.sandbox.simulator.validation.faults import IMMUTABLE, NOT_NEGATIVE, Faults
from gitopskit.sandbox.simulator.validation.pods import check_template_labels

Object = Mapping[str, Any]

_STATEFUL_MUTABLE = {
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
}
_STATEFUL_FROZEN = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
    "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def check_not_negative(spec: Object, names: tuple[str, ...], path: str, faults: Faults) -> None:
    """Check that counts are not below zero."""
    for name in names:
        if isinstance(spec.get(name), int) and spec[name] < 0:
            faults.invalid(f"{path}.{name}", spec[name], NOT_NEGATIVE)


def _check_selector(spec: Object, kind: str, faults: Faults) -> None:
    selector = spec.get("selector")
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels")
    if selector is None:
        faults.required("spec.selector")
    elif not selector.get("matchLabels") and not selector.get("matchExpressions"):
        faults.invalid("spec.selector", selector, f"empty selector is invalid for {kind}")
    if not selector or not matches_selector(selector, labels or {}):
        if not (selector is not None and not selector):
            faults.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")


def _check_always(spec: Object, faults: Faults) -> None:
    policy = spec["template"].get("spec", {}).get("restartPolicy")
    if policy != "Always" and policy in {"OnFailure", "Never"}:
        faults.unsupported("spec.template.spec.restartPolicy", policy, ("Always",))


def check_deployment(obj: Object, faults: Faults) -> None:
    """Check a Deployment."""
    spec = obj["spec"]
    check_not_negative(spec, ("replicas",), "spec", faults)
    _check_selector(spec, "deployment", faults)
    check_template_labels(spec["template"], "spec.template", faults)
    _check_always(spec, faults)
    _check_strategy(spec["strategy"], faults)
    check_not_negative(spec, ("minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"), "spec", faults)


def _check_strategy(strategy: Object, faults: Faults) -> None:
    kinds = ("Recreate", "RollingUpdate")
    if strategy.get("type") not in kinds:
        faults.unsupported("spec.strategy.type", strategy.get("type", ""), kinds)
    rolling = strategy.get("rollingUpdate")
    if strategy.get("type") == "Recreate" and rolling is not None:
        faults.forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
    if strategy.get("type") == "RollingUpdate" and rolling and _is_zero(rolling.get("maxUnavailable")) and _is_zero(rolling.get("maxSurge")):
        detail = "may not be 0 when `maxSurge` is 0"
        faults.invalid("spec.strategy.rollingUpdate.maxUnavailable", rolling["maxUnavailable"], detail)


def _is_zero(value: Any) -> bool:
    return value in (0, "0", "0%")


def check_selector_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that the selector stays as it was."""
    if new["spec"].get("selector") != old["spec"].get("selector"):
        faults.invalid("spec.selector", new["spec"].get("selector"), IMMUTABLE)


def check_replica_set(obj: Object, faults: Faults) -> None:
    """Check a ReplicaSet."""
    spec = obj["spec"]
    check_not_negative(spec, ("replicas",), "spec", faults)
    _check_selector(spec, "deployment", faults)
    check_template_labels(spec["template"], "spec.template", faults)
    _check_always(spec, faults)


def check_stateful_set(obj: Object, faults: Faults) -> None:
    """Check a StatefulSet."""
    spec = obj["spec"]
    check_not_negative(spec, ("replicas", "minReadySeconds"), "spec", faults)
    _check_selector(spec, "statefulset", faults)
    check_template_labels(spec["template"], "spec.template", faults)
    _check_always(spec, faults)
    policies = ("OrderedReady", "Parallel")
    if spec.get("podManagementPolicy") not in policies:
        faults.unsupported("spec.podManagementPolicy", spec.get("podManagementPolicy"), policies)


def check_stateful_set_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that an update leaves alone what a StatefulSet cannot change."""
    before = {key: value for key, value in old["spec"].items() if key not in _STATEFUL_MUTABLE}
    after = {key: value for key, value in new["spec"].items() if key not in _STATEFUL_MUTABLE}
    if before != after:
        faults.forbidden("spec", _STATEFUL_FROZEN)


def check_daemon_set(obj: Object, faults: Faults) -> None:
    """Check a DaemonSet."""
    spec = obj["spec"]
    _check_selector(spec, "daemonset", faults)
    check_template_labels(spec["template"], "spec.template", faults)
    _check_always(spec, faults)


def _check_job_spec(spec: Object, path: str, faults: Faults) -> None:
    names = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
    check_not_negative(spec, names, path, faults)
    check_template_labels(spec["template"], f"{path}.template", faults)
    policy = spec["template"]["spec"].get("restartPolicy")
    if policy == "Always":
        faults.required(f"{path}.template.spec.restartPolicy", 'valid values: "OnFailure", "Never"')


def check_job(obj: Object, faults: Faults) -> None:
    """Check a Job."""
    _check_job_spec(obj["spec"], "spec", faults)


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
    policies = ("Allow", "Forbid", "Replace")
    if spec.get("concurrencyPolicy") not in policies:
        faults.unsupported("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), policies)
    check_not_negative(spec, ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"), "spec", faults)
    job = spec["jobTemplate"]["spec"]
    _check_job_spec(job, "spec.jobTemplate.spec", faults)
    if len(obj["metadata"].get("name", "")) > 52:
        faults.invalid("metadata.name", obj["metadata"]["name"], "must be no more than 52 characters")


def _check_schedule(schedule: str, faults: Faults) -> None:
    parts = schedule.split()
    if not schedule:
        faults.required("spec.schedule")
    elif not schedule.startswith("@") and len(parts) != 5:
        detail = f"expected exactly 5 fields, found {len(parts)}: [{' '.join(parts)}]"
        faults.invalid("spec.schedule", schedule, detail)


CREATE = {
    ("apps", "Deployment"): check_deployment,
    ("apps", "ReplicaSet"): check_replica_set,
    ("apps", "StatefulSet"): check_stateful_set,
    ("apps", "DaemonSet"): check_daemon_set,
    ("batch", "Job"): check_job,
    ("batch", "CronJob"): check_cron_job,
}
UPDATE = {
    ("apps", "Deployment"): check_selector_update,
    ("apps", "ReplicaSet"): check_selector_update,
    ("apps", "DaemonSet"): check_selector_update,
    ("apps", "StatefulSet"): check_stateful_set_update,
    ("batch", "Job"): check_job_update,
}
