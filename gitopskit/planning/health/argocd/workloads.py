"""What does Argo CD say of what runs Pods?

References
----------
Argo CD 3.6.1, gitops-engine/pkg/health: health_deployment.go, health_statefulset.go, health_daemonset.go, health_replicaset.go,
health_job.go.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from gitopskit.model.health import HealthStatus
from gitopskit.planning.health.reading import Reader

Verdict: TypeAlias = tuple[HealthStatus, str]

HEALTHY: Final = HealthStatus.HEALTHY
PROGRESSING: Final = HealthStatus.PROGRESSING
DEGRADED: Final = HealthStatus.DEGRADED
SUSPENDED: Final = HealthStatus.SUSPENDED

_UNOBSERVED: Final = (PROGRESSING, "its controller has not seen this generation yet")


def deployment(item: Reader) -> Verdict:
    """Paused, observed, deadline, updated, old ones gone, available: in that order."""
    paused, is_observed, desired = item.truth("spec.paused"), _is_observed(item), item.number_or_none("spec.replicas")
    total, updated, available = (item.number(f"status.{name}") for name in ("replicas", "updatedReplicas", "availableReplicas"))
    progress = item.condition("Progressing")
    if paused:
        return SUSPENDED, "it is paused: a new template is not rolled out"
    if not is_observed:
        return _UNOBSERVED
    if progress is not None and progress.reason == "ProgressDeadlineExceeded":
        return DEGRADED, "it made no progress before its deadline"
    if desired is not None and updated < desired:
        return PROGRESSING, f"{updated} of {desired} replicas are updated"
    if total > updated:
        return PROGRESSING, f"{total - updated} old replicas are still there"
    if available < updated:
        return PROGRESSING, f"{available} of {updated} updated replicas are available"
    return HEALTHY, ""


def statefulset(item: Reader) -> Verdict:
    """Observed, ready, then what its update strategy asks for; a partition settles it without a look at revisions."""
    observed, desired = item.number("status.observedGeneration"), item.number_or_none("spec.replicas")
    is_observed, strategy = observed != 0 and _is_observed(item), item.text("spec.updateStrategy.type")
    is_rolling, partition = _rolling_update(item)
    ready, updated = item.number("status.readyReplicas"), item.number("status.updatedReplicas")
    current_revision, update_revision = item.text("status.currentRevision"), item.text("status.updateRevision")
    if not is_observed:
        return _UNOBSERVED
    if desired is not None and ready < desired:
        return PROGRESSING, f"{ready} of {desired} replicas are ready"
    if strategy == "RollingUpdate" and is_rolling:
        if desired is not None and partition is not None and updated < desired - partition:
            return PROGRESSING, f"{updated} of {desired - partition} replicas beyond the partition are updated"
        return HEALTHY, f"{updated} replicas are updated, as far as the partition lets them"
    if strategy == "OnDelete":
        return HEALTHY, f"{ready} replicas are ready; they are updated when somebody deletes them"
    if update_revision != current_revision:
        return PROGRESSING, f"{updated} replicas have the new revision"
    return HEALTHY, ""


def _rolling_update(item: Reader) -> tuple[bool, int | None]:
    path = "spec.updateStrategy.rollingUpdate"
    return item.has(path), item.number_or_none(f"{path}.partition")


def daemonset(item: Reader) -> Verdict:
    """Observed, updated, available; OnDelete is healthy as soon as it is observed."""
    is_observed, strategy = _is_observed(item), item.text("spec.updateStrategy.type")
    names = ("desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable")
    desired, updated, available = (item.number(f"status.{name}") for name in names)
    if not is_observed:
        return _UNOBSERVED
    if strategy == "OnDelete":
        return HEALTHY, f"{updated} of {desired} Pods are updated; the others are when somebody deletes them"
    if updated < desired:
        return PROGRESSING, f"{updated} of {desired} Pods are updated"
    if available < desired:
        return PROGRESSING, f"{available} of {desired} Pods are available"
    return HEALTHY, ""


def replicaset(item: Reader) -> Verdict:
    """Observed, no failure to create Pods, available."""
    is_observed, desired = _is_observed(item), item.number_or_none("spec.replicas")
    available, failure = item.number("status.availableReplicas"), item.condition("ReplicaFailure")
    if not is_observed:
        return _UNOBSERVED
    if failure is not None and failure.status == "True":
        return DEGRADED, failure.message
    if desired is not None and available < desired:
        return PROGRESSING, f"{available} of {desired} replicas are available"
    return HEALTHY, ""


def job(item: Reader) -> Verdict:
    """Failed and Complete count by being there at all, whatever their status says; Suspended by its status."""
    conditions = [c for c in item.conditions() if c.type in ("Failed", "Complete", "Suspended")]
    if not conditions:
        return PROGRESSING, ""
    failed = [c for c in conditions if c.type == "Failed"]
    others = [c.message for c in conditions if c.type != "Failed"] or [""]
    if failed:
        return DEGRADED, failed[-1].message
    is_suspended = any(c.type == "Suspended" and c.status == "True" for c in conditions)
    return SUSPENDED if is_suspended else HEALTHY, others[-1]


def _is_observed(item: Reader) -> bool:
    return item.number("metadata.generation") <= item.number("status.observedGeneration")
