"""What a LimitRange does to a new Pod: fills in requests and limits, and refuses what is outside them.

References
----------
Kubernetes, "Limit Ranges".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gitopskit.sandbox.simulator.status import forbidden
from gitopskit.schema.quantity import compare

Object = dict[str, Any]

_ANNOTATION = "kubernetes.io/limit-ranger"


def apply_limits(pod: Object, limit_ranges: Iterable[Mapping[str, Any]]) -> None:
    """Complete a Pod's containers and check them.

    Raises
    ------
    StatusError
        403 for a container outside the limits.
    """
    notes: list[str] = []
    faults: list[str] = []
    for limit_range in limit_ranges:
        for limit in limit_range["spec"].get("limits") or ():
            if limit.get("type") == "Container":
                notes += _complete(pod, limit)
                faults += [fault for c in _containers(pod) for fault in _faults(c, limit)]
    if notes:
        pod["metadata"].setdefault("annotations", {})[_ANNOTATION] = "LimitRanger plugin set: " + "; ".join(notes)
    if faults:
        text = faults[0] if len(faults) == 1 else "[" + ", ".join(faults) + "]"
        raise forbidden("", "pods", pod["metadata"].get("name", ""), text)


def _containers(pod: Mapping[str, Any]) -> list[Object]:
    return [*(pod["spec"].get("containers") or ()), *(pod["spec"].get("initContainers") or ())]


def _complete(pod: Object, limit: Mapping[str, Any]) -> list[str]:
    notes = []
    for container in _containers(pod):
        resources = container.setdefault("resources", {})
        for field, source in (("requests", "defaultRequest"), ("limits", "default")):
            given = resources.get(field) or {}
            missing = {name: value for name, value in (limit.get(source) or {}).items() if name not in given}
            if missing:
                resources[field] = {**given, **missing}
                words = field.removesuffix("s")
                notes.append(f"{', '.join(sorted(missing))} {words} for container {container['name']}")
    return notes


def _faults(container: Mapping[str, Any], limit: Mapping[str, Any]) -> list[str]:
    resources = container.get("resources") or {}
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    found = []
    for name, low in sorted((limit.get("min") or {}).items()):
        if name not in requests:
            found.append(f"minimum {name} usage per Container is {low}.  No request is specified")
        elif compare(requests[name], low) < 0:
            found.append(f"minimum {name} usage per Container is {low}, but request is {requests[name]}")
    for name, high in sorted((limit.get("max") or {}).items()):
        if name not in limits:
            found.append(f"maximum {name} usage per Container is {high}.  No limit is specified")
        elif compare(limits[name], high) > 0:
            found.append(f"maximum {name} usage per Container is {high}, but limit is {limits[name]}")
    return found
