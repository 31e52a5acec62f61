"""What LimitRanges do: they fill in what a new Pod's containers request, and refuse what is outside their bounds.

References
----------
Kubernetes, "Limit Ranges".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gitopskit.sandbox.kinds.strategy import quality_of_service
from gitopskit.sandbox.machinery.amounts import Amounts, of_pod
from gitopskit.sandbox.machinery.status import forbidden
from gitopskit.schema.quantity import compare, parse

Object = dict[str, Any]
Limit = Mapping[str, Any]

_ANNOTATION = "kubernetes.io/limit-ranger"


def complete(pod: Object, limit_ranges: Iterable[Limit]) -> None:
    """Give a new Pod's containers what they do not ask for themselves; the annotation tells what the last range gave."""
    for limit_range in limit_ranges:
        limits = [item for item in limit_range["spec"].get("limits") or () if item.get("type") == "Container"]
        notes = [note for limit in limits for what, container in _containers(pod) for note in _complete(what, container, limit)]
        if notes:
            pod["metadata"].setdefault("annotations", {})[_ANNOTATION] = "LimitRanger plugin set: " + "; ".join(notes)
    pod["status"]["qosClass"] = quality_of_service(pod["spec"])


def _containers(pod: Mapping[str, Any]) -> Iterator[tuple[str, Object]]:
    for field, what in (("containers", "container"), ("initContainers", "init container")):
        for container in pod["spec"].get(field) or ():
            yield what, container


def _complete(what: str, container: Object, limit: Limit) -> Iterator[str]:
    resources = container.setdefault("resources", {})
    for field, source in (("requests", "defaultRequest"), ("limits", "default")):
        given = resources.get(field) or {}
        missing = {name: value for name, value in (limit.get(source) or {}).items() if name not in given}
        if missing:
            resources[field] = {**given, **missing}
            yield f"{', '.join(sorted(missing))} {field.removesuffix('s')} for {what} {container['name']}"


def check(plural: str, obj: Mapping[str, Any], limit_ranges: Iterable[Limit]) -> None:
    """Refuse a Pod or a claim that is outside the bounds of a range.

    Raises
    ------
    StatusError
        403 with everything that the first such range has against it.
    """
    for limit_range in limit_ranges:
        limits = limit_range["spec"].get("limits") or ()
        faults = list(dict.fromkeys(fault for limit in limits for asked in _asked(plural, obj, limit) for fault in _faults(limit, *asked)))
        if faults:
            text = faults[0] if len(faults) == 1 else "[" + ", ".join(faults) + "]"
            raise forbidden("", plural, obj["metadata"].get("name", ""), text)


def _asked(plural: str, obj: Mapping[str, Any], limit: Limit) -> Iterator[tuple[Amounts, Amounts]]:
    """Yield the requests and limits that a limit is held against."""
    match plural, limit["type"]:
        case "pods", "Container":
            for _, container in _containers(obj):
                resources = container.get("resources") or {}
                yield resources.get("requests") or {}, resources.get("limits") or {}
        case "pods", "Pod":
            yield of_pod(obj["spec"], "requests"), of_pod(obj["spec"], "limits")
        case "persistentvolumeclaims", "PersistentVolumeClaim":
            yield (obj["spec"].get("resources") or {}).get("requests") or {}, {}


def _faults(limit: Limit, requests: Amounts, limits: Amounts) -> Iterator[str]:
    for field, beginning, words, rule in _CLAIM_RULES if limit["type"] == "PersistentVolumeClaim" else _RULES:
        for name, bound in sorted((limit.get(field) or {}).items()):
            if why := rule(bound, requests.get(name), limits.get(name)):
                yield f"{beginning}{name} {words} per {limit['type']} is {bound}{why}"


def _too_low(bound: str, request: str | None, limit: str | None) -> str:
    if request is None:
        return ".  No request is specified"
    if compare(request, bound) < 0:
        return f", but request is {request}"
    return f", but limit is {limit}" if limit is not None and compare(limit, bound) < 0 else ""


def _too_high(bound: str, request: str | None, limit: str | None) -> str:
    if limit is None:
        return ".  No limit is specified"
    if compare(limit, bound) > 0:
        return f", but limit is {limit}"
    return f", but request is {request}" if request is not None and compare(request, bound) > 0 else ""


def _too_far(bound: str, request: str | None, limit: str | None) -> str:
    if request is None or not parse(request):
        return ", but no request is specified or request is 0"
    if limit is None or not parse(limit):
        return ", but no limit is specified or limit is 0"
    ratio = parse(limit) / parse(request)
    return f", but provided ratio is {ratio:.6f}" if ratio > parse(bound) else ""


def _too_much(bound: str, request: str | None, _: str | None) -> str:
    if request is None:
        return ".  No request is specified"
    return f", but request is {request}" if compare(request, bound) > 0 else ""


_RULES = (
    ("min", "minimum ", "usage", _too_low),
    ("max", "maximum ", "usage", _too_high),
    ("maxLimitRequestRatio", "", "max limit to request ratio", _too_far),
)
_CLAIM_RULES = (_RULES[0], ("max", "maximum ", "usage", _too_much))  # a claim has no limits
