"""How far did an apply come?

One file per plan, JSON lines, on disk before anything is sent. After a crash it says of every step: done, not started, or unknown.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from gitopskit import home
from gitopskit.model.canonical import to_plain
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.ids import ObjectId

_DONE = (Outcome.CHANGED, Outcome.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of one plan."""

    plan_id: str

    @property
    def path(self) -> Path:
        """Where it lies."""
        return home.state_dir("journals") / f"{self.plan_id}.jsonl"

    def write(self, event: Event) -> None:
        """Append one event, and return when it is on disk."""
        line = orjson.dumps(to_plain(event)) + b"\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def check(self) -> None:
        """Make sure that events can be written.

        Raises
        ------
        OSError
            They cannot (disk full, read-only).
        """
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def events(self) -> list[Event]:
        """Return what was recorded; a last line that a crash cut short is left out."""
        return list(self._events())

    @property
    def done(self) -> frozenset[ObjectId]:
        """Objects whose step was taken."""
        return frozenset(e.id for e in self.events() if e.id is not None and e.kind is EventKind.OUTCOME and e.outcome in _DONE)

    @property
    def unknown(self) -> frozenset[ObjectId]:
        """Objects whose step was begun, and whose outcome nobody saw."""
        begun = {e.id for e in self.events() if e.id is not None and e.kind is EventKind.INTENT}
        ended = {e.id for e in self.events() if e.id is not None and e.kind is EventKind.OUTCOME and e.outcome is not Outcome.UNKNOWN}
        return frozenset(begun - ended)

    @property
    def is_finished(self) -> bool:
        """Whether the plan was applied to its end."""
        return any(e.kind is EventKind.PROOF for e in self.events())

    def _events(self) -> Iterator[Event]:
        if not self.path.exists():
            return
        for line in self.path.read_bytes().splitlines():
            try:
                yield _event(orjson.loads(line))
            except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
                continue


def _event(saved: dict[str, Any]) -> Event:
    return Event(
        kind=EventKind(saved["kind"]),
        at=datetime.fromisoformat(saved["at"]),
        id=ObjectId(**saved["id"]) if saved["id"] else None,
        name=saved["name"],
        outcome=Outcome(saved["outcome"]) if saved["outcome"] else None,
        message=saved["message"],
        uid=saved["uid"],
        resource_version=saved["resource_version"],
    )
