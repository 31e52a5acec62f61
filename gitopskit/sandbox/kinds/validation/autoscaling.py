"""Rules for HorizontalPodAutoscalers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.machinery.causes import Faults

Object = Mapping[str, Any]

_SOURCES = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
_LONGEST_WINDOW_S = 3600
_LONGEST_PERIOD_S = 1800


def check_autoscaler(obj: Object, faults: Faults) -> None:
    """Check a HorizontalPodAutoscaler."""
    spec = obj["spec"]
    highest, lowest = spec.get("maxReplicas", 0), spec.get("minReplicas", 1)
    if lowest < 0:
        faults.invalid("spec.minReplicas", lowest, "must be greater than or equal to 0")
    elif lowest == 0 and not any(metric.get("type") in {"Object", "External"} for metric in spec.get("metrics") or ()):
        faults.forbidden("spec.metrics", "must specify at least one Object or External metric to support scaling to zero replicas")
    if not highest:
        faults.required("spec.maxReplicas")
    elif highest < 0:
        faults.invalid("spec.maxReplicas", highest, "must be greater than 0")
    elif highest < lowest:
        faults.invalid("spec.maxReplicas", highest, "must be greater than or equal to `minReplicas`")
    target = spec.get("scaleTargetRef") or {}
    for name in ("kind", "name"):
        if not target.get(name):
            faults.required(f"spec.scaleTargetRef.{name}")
    for at, metric in enumerate(spec.get("metrics") or ()):
        _check_metric(metric, f"spec.metrics[{at}]", faults)
    for direction in ("scaleUp", "scaleDown"):
        rules = (spec.get("behavior") or {}).get(direction)
        if rules is not None:
            _check_rules(rules, f"spec.behavior.{direction}", faults)


def _check_metric(metric: Object, path: str, faults: Faults) -> None:
    kind = metric.get("type", "")
    if kind not in _SOURCES:
        faults.unsupported(f"{path}.type", kind, _SOURCES)
        return
    source = metric.get(_SOURCES[kind])
    if source is None:
        faults.required(f"{path}.{_SOURCES[kind]}", "must populate information for the given metric source")
    elif kind == "Resource":
        _check_target(source.get("target") or {}, f"{path}.resource.target", faults)


def _check_target(target: Object, path: str, faults: Faults) -> None:
    utilization = target.get("averageUtilization")
    if utilization is None and "averageValue" not in target:
        faults.required(f"{path}.averageUtilization", "must set either a target raw value or a target utilization")
    elif utilization is not None and utilization < 1:
        faults.invalid(f"{path}.averageUtilization", utilization, "must be greater than 0")


def _check_rules(rules: Object, path: str, faults: Faults) -> None:
    window = rules.get("stabilizationWindowSeconds")
    if window is not None and window < 0:
        faults.invalid(f"{path}.stabilizationWindowSeconds", window, "must be greater than or equal to zero")
    elif window is not None and window > _LONGEST_WINDOW_S:
        faults.invalid(f"{path}.stabilizationWindowSeconds", window, f"must be less than or equal to {_LONGEST_WINDOW_S}")
    choices = ("Disabled", "Max", "Min")
    if rules.get("selectPolicy", "Max") not in choices:
        faults.unsupported(f"{path}.selectPolicy", rules["selectPolicy"], choices)
    for at, policy in enumerate(rules.get("policies") or ()):
        where = f"{path}.policies[{at}]"
        if policy.get("type") not in ("Percent", "Pods"):
            faults.unsupported(f"{where}.type", policy.get("type", ""), ("Percent", "Pods"))
        for name in ("value", "periodSeconds"):
            if policy.get(name, 0) <= 0:
                faults.invalid(f"{where}.{name}", policy.get(name, 0), "must be greater than zero")
        if policy.get("periodSeconds", 0) > _LONGEST_PERIOD_S:
            faults.invalid(f"{where}.periodSeconds", policy["periodSeconds"], f"must be less than or equal to {_LONGEST_PERIOD_S}")


CREATE = {("autoscaling", "HorizontalPodAutoscaler"): check_autoscaler}
