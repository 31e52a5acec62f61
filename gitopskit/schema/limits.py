"""What does a LimitRange make of a Pod, and what has it against a Pod or a claim?

It fills in what containers do not ask for themselves, then holds containers, Pods and claims to its bounds.

The trap that shaped it: three defaults come one after the other. What is limited is requested, in a Pod but not in a template; a range
completes itself, from its maximum to its defaults; and only then does it complete containers.

References
----------
Kubernetes, "Limit Ranges".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from gitopskit.schema.amounts import Amounts, of_pod
from gitopskit.schema.quantity import compare, parse

Spec: TypeAlias = Mapping[str, Any]
Limit: TypeAlias = Mapping[str, Any]


def request_limits(pod_spec: Spec) -> None:
    """Let a Pod's containers request what they are limited to, where they say nothing else (Pods only, not templates)."""
    for name in ("containers", "initContainers"):
        for container in pod_spec.get(name) or ():
            resources = container.get("resources") or {}
            if resources.get("limits"):
                resources["requests"] = {**resources["limits"], **(resources.get("requests") or {})}


def complete_range(range_spec: Spec) -> None:
    """Fill in a range's own defaults: from the maximum to the default, and with the minimum to the default request."""
    for limit in range_spec.get("limits") or ():
        if limit.get("type") != "Container":
            continue
        default = {**(limit.get("max") or {}), **(limit.get("default") or {})}
        requests = {**(limit.get("min") or {}), **default, **(limit.get("defaultRequest") or {})}
        if default:
            limit["default"] = default
        if requests:
            limit["defaultRequest"] = requests


def complete_pod(pod_spec: Spec, range_spec: Spec) -> list[str]:
    """Give a new Pod's containers what they do not ask for themselves.

    Returns
    -------
    list of str
        What was given to whom, one note per container and field.
    """
    limits = [item for item in range_spec.get("limits") or () if item.get("type") == "Container"]
    return [note for limit in limits for what, container in _containers(pod_spec) for note in _complete(what, container, limit)]


def _containers(pod_spec: Spec) -> Iterator[tuple[str, dict[str, Any]]]:
    for field, what in (("containers", "container"), ("initContainers", "init container")):
        for container in pod_spec.get(field) or ():
            yield what, container


def _complete(what: str, container: dict[str, Any], limit: Limit) -> Iterator[str]:
    resources = container.setdefault("resources", {})
    for field, source in (("requests", "defaultRequest"), ("limits", "default")):
        given = resources.get(field) or {}
        missing = {name: value for name, value in (limit.get(source) or {}).items() if name not in given}
        if missing:
            resources[field] = {**given, **missing}
            yield f"{', '.join(sorted(missing))} {field.removesuffix('s')} for {what} {container['name']}"


def contradictions(pod_spec: Spec) -> list[str]:
    """Return where containers request more than they are limited to: mostly they state the one, and a range gave the other."""
    return [
        f"{what} {container['name']} requests {requests[name]} of {name} and is limited to {limits[name]}"
        for what, container in _containers(pod_spec)
        for requests, limits in [_stated(container)]
        for name in sorted({*requests} & {*limits})
        if compare(requests[name], limits[name]) > 0
    ]


def faults_of(plural: str, spec: Spec, range_spec: Spec) -> list[str]:
    """Return what a range has against a Pod or a claim, in the words of the server; nothing against any other kind.

    Examples
    --------
    >>> most = {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}
    >>> faults_of("pods", {"containers": [{"name": "main", "resources": {"limits": {"cpu": "2"}}}]}, most)
    ['maximum cpu usage per Container is 1, but limit is 2']
    """
    limits = range_spec.get("limits") or ()
    return list(dict.fromkeys(fault for limit in limits for asked in _asked(plural, spec, limit) for fault in _faults(limit, *asked)))


def _asked(plural: str, spec: Spec, limit: Limit) -> Iterator[tuple[Amounts, Amounts]]:
    """Yield the requests and limits that a limit is held against."""
    match plural, limit["type"]:
        case "pods", "Container":
            yield from (_stated(container) for _, container in _containers(spec))
        case "pods", "Pod":
            yield of_pod(spec, "requests"), of_pod(spec, "limits")
        case "persistentvolumeclaims", "PersistentVolumeClaim":
            yield (spec.get("resources") or {}).get("requests") or {}, {}


def _stated(container: Mapping[str, Any]) -> tuple[Amounts, Amounts]:
    resources = container.get("resources") or {}
    return resources.get("requests") or {}, resources.get("limits") or {}


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


_Rule: TypeAlias = tuple[str, str, str, Callable[[str, str | None, str | None], str]]
_RULES: Final[tuple[_Rule, ...]] = (
    ("min", "minimum ", "usage", _too_low),
    ("max", "maximum ", "usage", _too_high),
    ("maxLimitRequestRatio", "", "max limit to request ratio", _too_far),
)
_CLAIM_RULES: Final[tuple[_Rule, ...]] = (_RULES[0], ("max", "maximum ", "usage", _too_much))  # a claim has no limits
