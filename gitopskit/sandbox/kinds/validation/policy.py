"""Rules for what limits others: quotas, limit ranges, disruption budgets, priorities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.kinds.validation.numbers import check_share
from gitopskit.sandbox.kinds.validation.resources import STANDARD, WHOLE, is_known, is_whole
from gitopskit.sandbox.kinds.validation.selectors import check_label_selector
from gitopskit.sandbox.machinery.causes import IMMUTABLE, NOT_NEGATIVE, Faults, qualified_name_problems
from gitopskit.schema.quantity import compare

Object = Mapping[str, Any]

_SCOPES = (
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
)
_OPPOSITES = ({"Terminating", "NotTerminating"}, {"BestEffort", "NotBestEffort"})
_POD_SCOPES = set(_SCOPES) - {"VolumeAttributesClass"}
_WITHOUT_VALUES = _POD_SCOPES - {"PriorityClass"}
_MUST_EXIST = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
    "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)
_OF_PODS = {"pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"}
_WHOLE = {"pods", "services", "secrets", "configmaps", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas"}
_WHOLE |= {"services.nodeports", "services.loadbalancers"}
_LIMIT_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
_HIGHEST_PRIORITY = 1_000_000_000
_SYSTEM = {"system-node-critical", "system-cluster-critical"}


def check_quota(obj: Object, faults: Faults) -> None:
    """Check a ResourceQuota."""
    for name, value in sorted((obj["spec"].get("hard") or {}).items()):
        _check_hard(name, value, f"spec.hard[{name}]", faults)
    _check_scopes(obj["spec"], faults)
    _check_scope_selector(obj["spec"], faults)


def _check_scopes(spec: Object, faults: Faults) -> None:
    scopes = spec.get("scopes") or []
    for scope in scopes:
        if scope not in _SCOPES:
            faults.invalid("spec.scopes", scopes, "unsupported scope")
        for _ in _beyond(scope, spec):
            faults.invalid("spec.scopes", scopes, "unsupported scope applied to resource")
    if any(pair <= set(scopes) for pair in _OPPOSITES):
        faults.invalid("spec.scopes", scopes, "conflicting scopes")


def _beyond(scope: str, spec: Object) -> list[str]:
    """Return the standard resources of a quota that a scope does not have."""
    resources = {"pods"} if scope == "BestEffort" else _OF_PODS
    return [
        name for name in spec.get("hard") or () if is_known(name) and "/" not in name and name not in resources and scope in _POD_SCOPES
    ]


def _check_scope_selector(spec: Object, faults: Faults) -> None:
    selector, path = spec.get("scopeSelector") or {}, "spec.scopeSelector.matchExpressions"
    for item in selector.get("matchExpressions") or ():
        scope, operator, values = item.get("scopeName", ""), item.get("operator", ""), item.get("values")
        if scope not in _SCOPES:
            faults.invalid(f"{path}.scopeName", scope, "unsupported scope")
        for _ in _beyond(scope, spec):
            faults.invalid(path, selector, "unsupported scope applied to resource")
        if scope in _WITHOUT_VALUES and operator != "Exists":
            faults.invalid(f"{path}.operator", operator, _MUST_EXIST)
        if operator in ("In", "NotIn"):
            if not values:
                faults.required(f"{path}.values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")
        elif operator not in ("Exists", "DoesNotExist"):
            faults.invalid(f"{path}.operator", operator, "not a valid selector operator")
        elif values:
            faults.invalid(f"{path}.values", values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")


def _check_hard(name: str, value: Any, field: str, faults: Faults) -> None:
    problems = qualified_name_problems(name)
    faults.each(field, name, problems)
    if "/" not in name and not is_known(name):
        if not problems:
            faults.invalid(field, name, STANDARD)
        faults.invalid(field, name, "must be a standard resource for quota")
    if compare(value, "0") < 0:
        faults.invalid(field, value, NOT_NEGATIVE)
    if (name in _WHOLE or name.startswith("count/")) and not is_whole(value):
        faults.invalid(field, value, WHOLE)


def check_quota_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that a quota keeps its scopes."""
    if set(new["spec"].get("scopes") or ()) != set(old["spec"].get("scopes") or ()):
        faults.invalid("spec.scopes", new["spec"].get("scopes"), IMMUTABLE)


def check_limit_range(obj: Object, faults: Faults) -> None:
    """Check a LimitRange."""
    kinds: set[str] = set()
    for at, limit in enumerate(obj["spec"].get("limits") or ()):
        kind, path = limit.get("type", ""), f"spec.limits[{at}]"
        problems = qualified_name_problems(kind)
        faults.each(f"{path}.type", kind, problems)
        if not problems and "/" not in kind and kind not in _LIMIT_TYPES:
            faults.invalid(f"{path}.type", kind, "must be a standard limit type or fully qualified")
        if kind in kinds:
            faults.duplicate(f"{path}.type", kind)
        kinds.add(kind)
        _check_kind_of_limit(limit, kind, path, faults)
        _check_limit(limit, path, faults)


def _check_kind_of_limit(limit: Object, kind: str, path: str, faults: Faults) -> None:
    if kind == "Pod":
        for name in ("default", "defaultRequest"):
            if limit.get(name):
                faults.forbidden(f"{path}.{name}", "may not be specified when `type` is 'Pod'")
    if kind == "PersistentVolumeClaim" and "storage" not in {*(limit.get("min") or ()), *(limit.get("max") or ())}:
        detail = "either minimum or maximum storage value is required, but neither was provided"
        faults.required(f"{path}.limits", detail)


def _check_limit(limit: Object, path: str, faults: Faults) -> None:
    values = {name: limit.get(name) or {} for name in ("min", "max", "default", "defaultRequest", "maxLimitRequestRatio")}
    if limit.get("type") == "Pod":
        values["default"] = values["defaultRequest"] = {}
    for name in sorted({key for content in values.values() for key in content}):
        low, high, ratio = (values[field].get(name) for field in ("min", "max", "maxLimitRequestRatio"))
        default, request = values["default"].get(name), values["defaultRequest"].get(name)
        if low and high and compare(low, high) > 0:
            faults.invalid(f"{path}.min[{name}]", low, f"min value {low} is greater than max value {high}")
        _check_within(f"{path}.defaultRequest[{name}]", "default request", request, (low, high), faults)
        if request and default and compare(request, default) > 0:
            detail = f"default request value {request} is greater than default limit value {default}"
            faults.invalid(f"{path}.defaultRequest[{name}]", request, detail)
        if low and default and compare(low, default) > 0:
            faults.invalid(f"{path}.default[{name}]", low, f"min value {low} is greater than default value {default}")
        if high and default and compare(default, high) > 0:
            faults.invalid(f"{path}.default[{name}]", high, f"default value {default} is greater than max value {high}")
        if ratio and compare(ratio, "1") < 0:
            faults.invalid(f"{path}.maxLimitRequestRatio[{name}]", ratio, f"ratio {ratio} is less than 1")


def _check_within(field: str, words: str, value: Any, bounds: tuple[Any, Any], faults: Faults) -> None:
    low, high = bounds
    if value and low and compare(low, value) > 0:
        faults.invalid(field, value, f"min value {low} is greater than {words} value {value}")
    if value and high and compare(value, high) > 0:
        faults.invalid(field, value, f"{words} value {value} is greater than max value {high}")


def check_budget(obj: Object, faults: Faults) -> None:
    """Check a PodDisruptionBudget."""
    spec = obj["spec"]
    if "minAvailable" in spec and "maxUnavailable" in spec:
        faults.invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set")
    for name in ("minAvailable", "maxUnavailable"):
        if name in spec:
            check_share(spec[name], f"spec.{name}", faults, limited=True)
    check_label_selector(spec.get("selector") or {}, "spec.selector", faults)
    policies = ("AlwaysAllow", "IfHealthyBudget")
    if spec.get("unhealthyPodEvictionPolicy", policies[0]) not in policies:
        faults.unsupported("spec.unhealthyPodEvictionPolicy", spec["unhealthyPodEvictionPolicy"], policies)


def check_priority(obj: Object, faults: Faults) -> None:
    """Check a PriorityClass."""
    name = obj["metadata"].get("name", "")
    if name.startswith("system-"):
        if name not in _SYSTEM:
            reserved = "priority class names with 'system-' prefix are reserved for system use only"
            faults.forbidden("metadata.name", f"{reserved}. error: {name} is not a known system priority class")
    elif obj.get("value", 0) > _HIGHEST_PRIORITY:
        faults.forbidden("value", f"maximum allowed value of a user defined priority is {_HIGHEST_PRIORITY}")
    policies = ("PreemptLowerPriority", "Never")
    if obj.get("preemptionPolicy", policies[0]) not in policies:
        faults.unsupported("preemptionPolicy", obj["preemptionPolicy"], policies)


def check_priority_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that a priority stays what it is."""
    if new.get("value") != old.get("value"):
        faults.forbidden("value", "may not be changed in an update.")
    if new.get("preemptionPolicy") != old.get("preemptionPolicy"):
        faults.invalid("preemptionPolicy", new.get("preemptionPolicy"), IMMUTABLE)


CREATE = {
    ("", "ResourceQuota"): check_quota,
    ("", "LimitRange"): check_limit_range,
    ("policy", "PodDisruptionBudget"): check_budget,
    ("scheduling.k8s.io", "PriorityClass"): check_priority,
}
UPDATE = {("", "ResourceQuota"): check_quota_update, ("scheduling.k8s.io", "PriorityClass"): check_priority_update}
