"""How much of each quota is used?

The server's own count is shown, beside the limit that it counts against. A quota that the server has not counted yet has no used
amount: that is said, and not taken for nothing used.

References
----------
Kubernetes, "Resource Quotas"; ResourceQuota in the core/v1 API, ``status.hard`` and ``status.used``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from gitopskit.model.ids import ObjectId
from gitopskit.model.snapshot import Snapshot
from gitopskit.schema.quantity import parse

NEAR: Final = Decimal("0.8")
"""The share from which on a limit is near."""


class Room(StrEnum):
    """How much room a quota leaves."""

    WITHIN = "within"
    NEAR = "near limit"
    FULL = "at limit"
    OVER = "over limit"
    UNCOUNTED = "not counted yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One resource of one quota.

    Attributes
    ----------
    used, hard
        As the server spells them; `used` is empty where nothing was counted yet.
    share
        Used by hard, 1 for all of it; None where it cannot be told. A limit of nothing is full.
    """

    quota: ObjectId
    resource: str
    used: str
    hard: str
    share: float | None
    room: Room


def allowances(live: Snapshot) -> tuple[Allowance, ...]:
    """Return every resource of every ResourceQuota of a live snapshot, by quota and resource."""
    quotas = sorted((item for item in live.objects.values() if item.id.group_kind == "ResourceQuota"), key=lambda item: item.id.parts)
    return tuple(one for item in quotas for one in _of_quota(item.id, item.body))


def _of_quota(quota: ObjectId, body: Mapping[str, Any]) -> Iterator[Allowance]:
    status = body.get("status") or {}
    hard = status.get("hard") or (body.get("spec") or {}).get("hard") or {}
    used = status.get("used") or {}
    for resource in sorted(hard):
        yield _allowance(quota, resource, str(used.get(resource, "")), str(hard[resource]))


def _allowance(quota: ObjectId, resource: str, used: str, hard: str) -> Allowance:
    try:
        room, share = _room(parse(used), parse(hard)) if used else (Room.UNCOUNTED, None)
    except ValueError:
        room, share = Room.UNCOUNTED, None  # no quantity: nothing can be said of it
    return Allowance(quota=quota, resource=resource, used=used, hard=hard, share=share, room=room)


def _room(used: Decimal, hard: Decimal) -> tuple[Room, float]:
    share = used / hard if hard else Decimal(1 if not used else 2)
    if used > hard:
        return Room.OVER, float(share)
    if used == hard:
        return Room.FULL, float(share)
    return (Room.NEAR if share >= NEAR else Room.WITHIN), float(share)
