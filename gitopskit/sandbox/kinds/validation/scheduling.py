"""Rules for where a Pod may run: tolerations, affinity, spread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.kinds.validation.metadata import check_labels
from gitopskit.sandbox.kinds.validation.selectors import check_label_selector
from gitopskit.sandbox.machinery.causes import Faults, qualified_name_problems

Object = Mapping[str, Any]

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_REQUIRED, _PREFERRED = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"
_WEIGHT = "must be in the range 1-100"


def check_placement(spec: Object, path: str, faults: Faults) -> None:
    """Check everything in a Pod's spec that says where it may run."""
    check_labels(spec.get("nodeSelector"), f"{path}.nodeSelector", faults)
    for at, toleration in enumerate(spec.get("tolerations") or ()):
        _check_toleration(toleration, f"{path}.tolerations[{at}]", faults)
    affinity = spec.get("affinity") or {}
    _check_node_affinity(affinity.get("nodeAffinity") or {}, f"{path}.affinity.nodeAffinity", faults)
    for kind in ("podAffinity", "podAntiAffinity"):
        _check_pod_affinity(affinity.get(kind) or {}, f"{path}.affinity.{kind}", faults)
    for at, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        _check_spread(constraint, f"{path}.topologySpreadConstraints[{at}]", faults)


def _check_toleration(toleration: Object, path: str, faults: Faults) -> None:
    key, operator, effect = toleration.get("key", ""), toleration.get("operator", ""), toleration.get("effect", "")
    if key:
        faults.each(f"{path}.key", key, qualified_name_problems(key))
    elif operator != "Exists":
        detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        faults.invalid(f"{path}.operator", operator, detail)
    if "tolerationSeconds" in toleration and effect != "NoExecute":
        faults.invalid(f"{path}.effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")
    if operator == "Exists" and toleration.get("value"):
        faults.invalid(f"{path}.operator", toleration["value"], "value must be empty when `operator` is 'Exists'")
    elif operator not in ("", "Equal", "Exists"):
        faults.unsupported(f"{path}.operator", operator, ("Equal", "Exists"))
    if effect and effect not in EFFECTS:
        faults.unsupported(f"{path}.effect", effect, EFFECTS)


def _check_node_affinity(affinity: Object, path: str, faults: Faults) -> None:
    required = affinity.get(_REQUIRED)
    if required is not None:
        terms = required.get("nodeSelectorTerms") or ()
        if not terms:
            faults.required(f"{path}.{_REQUIRED}.nodeSelectorTerms", "must have at least one node selector term")
        for at, term in enumerate(terms):
            _check_term(term, f"{path}.{_REQUIRED}.nodeSelectorTerms[{at}]", faults)
    for at, item in enumerate(affinity.get(_PREFERRED) or ()):
        _check_weight(item, f"{path}.{_PREFERRED}[{at}]", faults)
        _check_term(item.get("preference") or {}, f"{path}.{_PREFERRED}[{at}].preference", faults)


def _check_weight(item: Object, path: str, faults: Faults) -> None:
    if not 1 <= item.get("weight", 0) <= 100:
        faults.invalid(f"{path}.weight", item.get("weight", 0), _WEIGHT)


def _check_term(term: Object, path: str, faults: Faults) -> None:
    for at, item in enumerate(term.get("matchExpressions") or ()):
        where, operator, values = f"{path}.matchExpressions[{at}]", item.get("operator"), item.get("values") or ()
        if operator in ("In", "NotIn"):
            if not values:
                faults.required(f"{where}.values", "must be specified when `operator` is 'In' or 'NotIn'")
        elif operator in ("Exists", "DoesNotExist"):
            if values:
                faults.forbidden(f"{where}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
        elif operator in ("Gt", "Lt"):
            if len(values) != 1:
                faults.required(f"{where}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'")
        else:
            faults.invalid(f"{where}.operator", operator, "not a valid selector operator")
        faults.each(f"{where}.key", item.get("key", ""), qualified_name_problems(item.get("key", "")))


def _check_pod_affinity(affinity: Object, path: str, faults: Faults) -> None:
    for at, term in enumerate(affinity.get(_REQUIRED) or ()):
        _check_pod_term(term, f"{path}.{_REQUIRED}[{at}]", faults)
    for at, item in enumerate(affinity.get(_PREFERRED) or ()):
        _check_weight(item, f"{path}.{_PREFERRED}[{at}]", faults)
        _check_pod_term(item.get("podAffinityTerm") or {}, f"{path}.{_PREFERRED}[{at}].podAffinityTerm", faults)


def _check_pod_term(term: Object, path: str, faults: Faults) -> None:
    if term.get("labelSelector"):
        check_label_selector(term["labelSelector"], f"{path}.labelSelector", faults)
    key = term.get("topologyKey", "")
    if not key:
        faults.required(f"{path}.topologyKey", "can not be empty")
    faults.each(f"{path}.topologyKey", key, qualified_name_problems(key))


def _check_spread(constraint: Object, path: str, faults: Faults) -> None:
    if constraint.get("maxSkew", 0) <= 0:
        faults.invalid(f"{path}.maxSkew", constraint.get("maxSkew", 0), "must be greater than zero")
    if not constraint.get("topologyKey"):
        faults.required(f"{path}.topologyKey", "can not be empty")
    supported = ("DoNotSchedule", "ScheduleAnyway")
    if constraint.get("whenUnsatisfiable") not in supported:
        faults.unsupported(f"{path}.whenUnsatisfiable", constraint.get("whenUnsatisfiable", ""), supported)
    if constraint.get("labelSelector"):
        check_label_selector(constraint["labelSelector"], f"{path}.labelSelector", faults)
