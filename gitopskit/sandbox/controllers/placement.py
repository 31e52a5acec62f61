"""Whether a Pod may run on a node: selector, affinity, taints, room.

The scheduler asks all of it; a DaemonSet asks only whether the node is meant at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from gitopskit.sandbox.controllers.api import Object
from gitopskit.schema.quantity import parse

Amounts = dict[str, Decimal]

_NO_MATCH = "node(s) didn't match Pod's node affinity/selector"
_UNSCHEDULABLE = "node(s) were unschedulable"
_parse = lru_cache(maxsize=4096)(parse)


def unsuited(spec: Mapping[str, Any], node: Object) -> str:
    """Return why a node is not meant for a Pod, or nothing."""
    if node["spec"].get("unschedulable") and not _tolerates(spec, {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}):
        return _UNSCHEDULABLE
    for taint in node["spec"].get("taints") or ():
        if taint.get("effect") in {"NoSchedule", "NoExecute"} and not _tolerates(spec, taint):
            return "node(s) had untolerated taint(s)"
    return "" if is_chosen(spec, node) else _NO_MATCH


def may_stay(spec: Mapping[str, Any], node: Object) -> bool:
    """Whether a Pod that runs on a node may go on there: only some taints drive Pods away."""
    driving = [taint for taint in node["spec"].get("taints") or () if taint.get("effect") == "NoExecute"]
    return is_chosen(spec, node) and all(_tolerates(spec, taint) for taint in driving)


def is_chosen(spec: Mapping[str, Any], node: Object) -> bool:
    """Whether the node selector and the node affinity of a Pod pick a node."""
    labels = node["metadata"].get("labels") or {}
    chosen = (spec.get("nodeSelector") or {}).items()
    return all(labels.get(key) == value for key, value in chosen) and _matches_affinity(spec, node)


def preference(spec: Mapping[str, Any], node: Object) -> int:
    """Return how much a Pod would like to run on a node: the more the better, for what is preferred and not required."""
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    terms = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    liked = sum(term["weight"] for term in terms if _matches_term(term["preference"], node))
    taints = [taint for taint in node["spec"].get("taints") or () if taint.get("effect") == "PreferNoSchedule"]
    return int(liked) - 100 * sum(not _tolerates(spec, taint) for taint in taints)


def _tolerates(spec: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    return bool(tolerations_of(spec, taint))


def tolerations_of(spec: Mapping[str, Any], taint: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the tolerations of a Pod that cover a taint."""
    return [toleration for toleration in spec.get("tolerations") or () if _covers(toleration, taint)]


def _covers(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    exists = toleration.get("operator") == "Exists"
    return exists or (bool(toleration.get("key")) and toleration.get("value", "") == taint.get("value", ""))


def _matches_affinity(spec: Mapping[str, Any], node: Object) -> bool:
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return True
    return any(_matches_term(term, node) for term in required.get("nodeSelectorTerms") or ())


def _matches_term(term: Mapping[str, Any], node: Object) -> bool:
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    labels = node["metadata"].get("labels") or {}
    name = {"metadata.name": node["metadata"]["name"]}
    return all(_matches(item, labels) for item in expressions) and all(_matches(item, name) for item in fields)


def _matches(item: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(item["key"]), list(item.get("values") or ())
    match item["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    if value is None or not value.lstrip("-").isdigit():
        return False
    return int(value) > int(values[0]) if item["operator"] == "Gt" else int(value) < int(values[0])


def requests_of(spec: Mapping[str, Any]) -> Amounts:
    """Return what a Pod asks for: its containers together, or its largest init container if that is more."""
    total: Amounts = {}
    for container in spec.get("containers") or ():
        for name, amount in _requests(container):
            total[name] = total.get(name, Decimal(0)) + amount
    for container in spec.get("initContainers") or ():
        for name, amount in _requests(container):
            total[name] = max(total.get(name, Decimal(0)), amount)
    for name, value in (spec.get("overhead") or {}).items():
        total[name] = total.get(name, Decimal(0)) + _parse(str(value))
    return total


def _requests(container: Mapping[str, Any]) -> Iterable[tuple[str, Decimal]]:
    requests = (container.get("resources") or {}).get("requests") or {}
    return [(name, _parse(str(value))) for name, value in requests.items()]


def room_of(node: Object) -> Amounts:
    """Return what a node has to give."""
    status = node.get("status") or {}
    return {name: _parse(str(value)) for name, value in (status.get("allocatable") or status.get("capacity") or {}).items()}
