"""What does a Pod ask for, all in all?

A sum is spelled as the server spells it: like the first amount in it.

The trap that shaped it: init containers run one after the other, so the greatest of them counts and not their sum; but one that is
restarted always goes on beside all that come later.

References
----------
Kubernetes, "Resource Management for Pods and Containers"; "Init Containers", "Resource sharing within containers"; "Pod Quality of
Service Classes".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cmp_to_key
from typing import Any

from gitopskit.schema.quantity import add, compare

Amounts = Mapping[str, str]


def plus(left: Amounts, right: Amounts, sign: int = 1) -> dict[str, str]:
    """Return the sum (or difference) of two lists of amounts."""
    return {name: add(left.get(name, "0"), right.get(name, "0"), sign) for name in {**left, **right}}


def _greatest(left: Amounts, right: Amounts) -> dict[str, str]:
    return {name: max(left.get(name, "0"), right.get(name, "0"), key=_ORDER) for name in {**left, **right}}


_ORDER = cmp_to_key(compare)


def of_pod(spec: Mapping[str, Any], field: str) -> dict[str, str]:
    """Return the ``requests`` or ``limits`` of a Pod: its containers together, or what it needs to start if that is more."""
    total: dict[str, str] = {}
    beside: dict[str, str] = {}
    starting: dict[str, str] = {}
    for container in spec.get("containers") or ():
        total = plus(total, _of(container, field))
    for container in spec.get("initContainers") or ():
        if container.get("restartPolicy") == "Always":  # it starts, and then goes on beside the others
            beside, total = plus(beside, _of(container, field)), plus(total, _of(container, field))
            starting = _greatest(starting, beside)
        else:
            starting = _greatest(starting, plus(_of(container, field), beside))
    return plus(_greatest(total, starting), spec.get("overhead") or {} if field == "requests" else {})


def _of(container: Mapping[str, Any], field: str) -> Amounts:
    return (container.get("resources") or {}).get(field) or {}


def quality_of_service(spec: Mapping[str, Any]) -> str:
    """Return Guaranteed, Burstable or BestEffort for a Pod's spec."""
    resources = [_stated(c.get("resources") or {}) for c in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]]
    if not any(item["requests"] or item["limits"] for item in resources):
        return "BestEffort"
    for item in resources:
        if any(name not in item["limits"] or item["requests"].get(name) != item["limits"][name] for name in ("cpu", "memory")):
            return "Burstable"
    return "Guaranteed"


def _stated(resources: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return limits and requests without those of nothing."""
    return {
        kind: {name: amount for name, amount in (resources.get(kind) or {}).items() if amount != "0"} for kind in ("limits", "requests")
    }
