"""What has come, changed and gone since somebody began to look?

Snapshot after snapshot is folded into rows that a page can show: those that changed last come first, and there are never too many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from gitopskit.errors import plain
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.snapshot import Snapshot
from gitopskit.planning.health import assess
from gitopskit.views.live import created_at, status_word

ROWS_SHOWN: Final = 2000
GONE_KEPT: Final = 200


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One object as it was seen last.

    Attributes
    ----------
    mark
        "added", "changed" or "deleted" since somebody began to look; empty for what stayed.
    at
        When that was seen.
    read_at
        When the object was read as it is here.
    """

    item: Object
    read_at: datetime
    mark: str = ""
    at: datetime | None = None

    @cached_property
    def row(self) -> dict[str, Any]:
        """What a page shows of it, made once: hundreds of others may move before it does again."""
        object_id, is_gone = self.item.id, self.mark == "deleted"
        health = None if is_gone else assess(self.item, self.read_at)
        return {
            "kind": plain(object_id.group_kind),
            "namespace": plain(object_id.namespace),
            "name": plain(object_id.name, 200),
            "health": health.status.value if health and health.status else "",
            "message": plain(health.message, 200) if health else "",
            "status": "deleted" if is_gone else status_word(self.item),
            "created": created_at(self.item),
            "mark": self.mark,
            "at": self.at.isoformat() if self.at else "",
        }


class Sightings:
    """All that was seen since somebody began to look.

    Attributes
    ----------
    snapshot
        The last one; None before the first.
    """

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self._seen: dict[ObjectId, Sighting] = {}

    def take(self, snapshot: Snapshot) -> None:
        """Take in what is there now; what cannot be read for now has not gone."""
        is_first, moment = self.snapshot is None, snapshot.taken_at
        for object_id, item in snapshot.objects.items():
            before = self._seen.get(object_id)
            if before is not None and before.mark != "deleted":
                if before.item is not item and not _is_same(before.item, item):
                    self._seen[object_id] = Sighting(item=item, read_at=moment, mark=before.mark or "changed", at=moment)
            else:
                news: dict[str, Any] = {} if is_first else {"mark": "added", "at": moment}
                self._seen[object_id] = Sighting(item=item, read_at=moment, **news)
        self._mark_gone(snapshot, moment)
        self.snapshot = snapshot

    def rows(self) -> tuple[list[dict[str, Any]], int]:
        """Return the rows to show, last changes first, and how many more there are."""
        listed = sorted(self._seen.values(), key=lambda one: (one.at is None, -one.at.timestamp() if one.at else 0, one.item.id.parts))
        return [one.row for one in listed[:ROWS_SHOWN]], max(0, len(listed) - ROWS_SHOWN)

    def counts(self) -> dict[str, int]:
        """Return how many objects are there, and how many came, changed and went."""
        marks = [one.mark for one in self._seen.values()]
        there = len(self.snapshot.objects) if self.snapshot is not None else 0
        return {"there": there} | {mark: marks.count(mark) for mark in ("added", "changed", "deleted")}

    def _mark_gone(self, snapshot: Snapshot, moment: datetime) -> None:
        missing = [one for object_id, one in self._seen.items() if object_id not in snapshot.objects and one.mark != "deleted"]
        for one in missing:
            if not any(blind.covers(one.item.id) for blind in snapshot.unreadable):
                self._seen[one.item.id] = replace(one, mark="deleted", at=moment)
        for object_id in self._oldest(one for one in self._seen.values() if one.mark == "deleted"):
            del self._seen[object_id]

    @staticmethod
    def _oldest(gone: Iterable[Sighting]) -> list[ObjectId]:
        listed = sorted(gone, key=lambda one: one.at.timestamp() if one.at else 0)
        return [one.item.id for one in listed[: max(0, len(listed) - GONE_KEPT)]]


def _is_same(one: Object, other: Object) -> bool:
    return one.uid == other.uid and one.resource_version == other.resource_version and bool(one.resource_version)
