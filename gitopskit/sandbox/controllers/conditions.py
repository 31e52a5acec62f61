"""How conditions of a status change: their moments move only when they say something else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Condition = Mapping[str, Any]


def find(conditions: Iterable[Condition] | None, kind: str) -> Condition | None:
    """Return the condition of one type, or None."""
    return next((item for item in conditions or () if item["type"] == kind), None)


def put(conditions: Iterable[Condition] | None, new: Condition, now: str, *, updated: bool = False) -> list[Condition]:
    """Return the conditions with one of them set.

    Parameters
    ----------
    new
        Type, status, reason and message.
    updated
        Whether these conditions carry a ``lastUpdateTime``, as a Deployment's do.
    """
    present = list(conditions or ())
    old = find(present, new["type"])
    if old is not None and all(old.get(name, "") == new.get(name, "") for name in ("status", "reason", "message")):
        return present
    changed_at = old["lastTransitionTime"] if old is not None and old["status"] == new["status"] else now
    made = {**new, "lastTransitionTime": changed_at} | ({"lastUpdateTime": now} if updated else {})
    return [*without(present, new["type"]), made]


def without(conditions: Iterable[Condition] | None, kind: str) -> list[Condition]:
    """Return the conditions of all other types."""
    return [item for item in conditions or () if item["type"] != kind]


def make(kind: str, status: str, reason: str, message: str) -> Condition:
    """Return a new condition, still without its moment."""
    return {"type": kind, "status": status, "reason": reason, "message": message}
