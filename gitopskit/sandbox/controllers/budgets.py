"""Disruption budgets: how many Pods may go now."""

from __future__ import annotations

import math
from typing import Any

from gitopskit.sandbox.controllers import conditions
from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.index import PODS, controller_of
from gitopskit.sandbox.controllers.rollout import share
from gitopskit.sandbox.controllers.templates import is_active, is_ready
from gitopskit.sandbox.controllers.work import Work
from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.machinery.selectors import matches_selector

BUDGETS: StorageKey = ("policy", "poddisruptionbudgets")


def reconcile(work: Work) -> None:
    """Write the counts of one budget."""
    found = work.living()
    if found is None:
        return
    spec = found["spec"]
    selector = spec.get("selector") or {}
    candidates = work.index.labelled(PODS, work.key.namespace, selector.get("matchLabels") or {})
    pods = [pod for pod in candidates if is_active(pod) and matches_selector(spec.get("selector"), pod["metadata"].get("labels") or {})]
    healthy = sum(is_ready(pod) for pod in pods)
    if not pods:
        work.tell(found, "NoPods", "No matching pods found")
    expected, desired = _numbers(work, spec, pods)
    allowed = max(0, healthy - desired) if expected else 0
    made = {
        **conditions.make("DisruptionAllowed", "True" if allowed else "False", "SufficientPods" if allowed else "InsufficientPods", ""),
        "observedGeneration": found["metadata"].get("generation", 0),
    }
    status: dict[str, Any] = {
        "conditions": conditions.put((found.get("status") or {}).get("conditions"), made, work.stamp()),
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "disruptionsAllowed": allowed,
        "expectedPods": expected,
        "observedGeneration": found["metadata"].get("generation", 0),
    }
    work.set_status(found, status)


def _numbers(work: Work, spec: Object, pods: list[Object]) -> tuple[int, int]:
    """Return how many Pods there should be, and how many of them must stay."""
    if "maxUnavailable" in spec:
        expected = _expected(work, pods)
        return expected, max(0, expected - share(spec["maxUnavailable"], expected, math.ceil))
    least = spec.get("minAvailable", 0)
    if isinstance(least, str):
        expected = _expected(work, pods)
        return expected, share(least, expected, math.ceil)
    return len(pods), int(least)


def _expected(work: Work, pods: list[Object]) -> int:
    """Return the sum of the replicas that the Pods' controllers are asked for."""
    controllers = {owner["uid"] for pod in pods if (owner := controller_of(pod))}
    total = 0
    for uid in controllers:
        key = work.index.by_uid(uid)
        obj = work.index.get(key) if key else None
        total += int(obj["spec"].get("replicas", 0)) if obj is not None else 0
    return total
