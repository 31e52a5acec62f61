"""What does Argo CD say of Services, Ingresses, claims, autoscalers and API services?

References
----------
Argo CD 3.6.1, gitops-engine/pkg/health: health_service.go, health_ingress.go, health_pvc.go, health_hpa.go, health_apiservice.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import orjson

from gitopskit.model.health import HealthStatus
from gitopskit.planning.health.argocd.workloads import DEGRADED, HEALTHY, PROGRESSING, Verdict
from gitopskit.planning.health.reading import Condition, MalformedError, Reader

_CLAIMS: Final = {"Bound": HEALTHY, "Pending": PROGRESSING, "Lost": DEGRADED}
_NO_ADDRESS: Final = (PROGRESSING, "no load balancer has given it an address")
_FAILURES: Final = {
    "AbleToScale": frozenset({"FailedGetScale", "FailedUpdateScale"}),
    "ScalingActive": frozenset(
        {
            "FailedGetResourceMetric",
            "FailedGetObjectMetric",
            "FailedGetPodsMetric",
            "FailedGetExternalMetric",
            "FailedComputeMetricsReplicas",
            "InvalidSelector",
        }
    ),
}
_CONDITIONS_NOTE: Final = "autoscaling.alpha.kubernetes.io/conditions"


def service(item: Reader) -> Verdict:
    """Of type LoadBalancer it needs an address; any other type is healthy by being there."""
    type_, addresses = item.text("spec.type"), item.items("status.loadBalancer.ingress")
    return _NO_ADDRESS if type_ == "LoadBalancer" and not addresses else (HEALTHY, "")


def ingress(item: Reader) -> Verdict:
    """Ask for an address: without an ingress controller that publishes one it is never healthy."""
    return (HEALTHY, "") if item.lenient("status.loadBalancer.ingress", []) else _NO_ADDRESS


def claim(item: Reader) -> Verdict:
    """Judge by phase alone."""
    phase = item.text("status.phase")
    status = _CLAIMS.get(phase, HealthStatus.UNKNOWN)
    return status, f"its phase is {phase}" if phase else "it has no phase yet"


def autoscaler(item: Reader, version: str) -> Verdict:
    """Version 1 keeps its conditions as JSON in an annotation, version 2 in its status."""
    conditions = _noted_conditions(item) if version == "v1" else item.conditions()
    for condition in conditions:
        if condition.reason in _FAILURES.get(condition.type, ()):
            return DEGRADED, condition.message
    for condition in conditions:
        if condition.type in ("AbleToScale", "ScalingLimited") and condition.status == "True":
            return HEALTHY, condition.message
    return PROGRESSING, "it has not scaled anything yet"


def _noted_conditions(item: Reader) -> list[Condition]:
    text = item.map("metadata.annotations").get(_CONDITIONS_NOTE)
    if text is None:
        return []
    return Reader({"status": {"conditions": [_folded(entry) for entry in _entries(text)]}}).conditions()


def _entries(text: str) -> Iterable[Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = text
    if not isinstance(found, list | None):
        raise MalformedError(f"metadata.annotations.{_CONDITIONS_NOTE}", found, "a list in JSON")
    return found or []


def _folded(entry: Any) -> Any:
    """Return an entry with its names as in a status: Go reads JSON names in any case."""
    return {name.lower(): value for name, value in entry.items()} if isinstance(entry, dict) else entry


def api_service(item: Reader) -> Verdict:
    """Available or not, by its first condition of that type."""
    available = item.condition("Available")
    if available is None:
        return PROGRESSING, "nobody has looked at it yet"
    return HEALTHY if available.status == "True" else PROGRESSING, f"{available.reason}: {available.message}"


def workflow(item: Reader) -> Verdict:
    """Judge by phase alone; none yet is as good as pending."""
    phase = item.lenient("status.phase", "")
    status = _WORKFLOWS.get(phase, HealthStatus.UNKNOWN)
    return status, item.lenient("status.message", "") or (f"its phase is {phase}" if phase else "")


_WORKFLOWS: Final = {
    **dict.fromkeys(("", "Pending", "Running"), PROGRESSING),
    "Succeeded": HEALTHY,
    **dict.fromkeys(("Failed", "Error"), DEGRADED),
}
