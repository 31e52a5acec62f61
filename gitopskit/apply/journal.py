"""How far did an apply come?

One file per plan, JSON lines, on disk before anything is sent. After a crash it says of every step: done, not started, or unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from gitopskit import home
from gitopskit.apply import lines
from gitopskit.errors import ApplyError
from gitopskit.model.canonical import to_plain
from gitopskit.model.concealment import conceal
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.ids import ObjectId

_DONE = (Outcome.CHANGED, Outcome.UNCHANGED)


@dataclass(frozen=True)
class Record:
    """What a journal said at one moment.

    Attributes
    ----------
    events
        Intents, outcomes and the proof, oldest first.
    """

    events: tuple[Event, ...] = ()

    @cached_property
    def begun(self) -> frozenset[ObjectId]:
        """Objects whose step was announced."""
        return frozenset(e.id for e in self.events if e.id is not None and e.kind is EventKind.INTENT)

    @cached_property
    def done(self) -> frozenset[ObjectId]:
        """Objects whose step was taken."""
        return frozenset(e.id for e in self.events if e.id is not None and e.kind is EventKind.OUTCOME and e.outcome in _DONE)

    @cached_property
    def unknown(self) -> frozenset[ObjectId]:
        """Objects whose step was begun, and whose outcome nobody saw."""
        ended = {e.id for e in self.events if e.kind is EventKind.OUTCOME and e.outcome is not Outcome.UNKNOWN}
        return frozenset(self.begun - ended)

    @cached_property
    def is_finished(self) -> bool:
        """Whether the plan was applied to its end."""
        return any(e.kind is EventKind.PROOF for e in self.events)


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of one plan."""

    plan_id: str

    @property
    def path(self) -> Path:
        """Where it lies."""
        return home.state_dir("journals") / f"{self.plan_id}.jsonl"

    def write(self, event: Event) -> None:
        """Append one event, its message without any known secret, and return when it is on disk.

        Raises
        ------
        ApplyError
            It cannot be written; whatever was announced by it must not be sent.
        """
        content = orjson.dumps(to_plain(replace(event, message=conceal(event.message))))
        try:
            lines.append(self.path, lambda _: content)
        except OSError as error:
            what = f"the journal cannot be written: {error.strerror}"
            raise ApplyError(what, where=str(self.path), next_step="make room, or set GITOPSKIT_STATE") from error

    def check(self) -> None:
        """Make sure that events can be written.

        Raises
        ------
        OSError
            They cannot (disk full, read-only).
        """
        lines.check(self.path)

    def read(self) -> Record:
        """Return what was recorded; a last line that a crash cut short is left out."""
        return Record(tuple(self._events()))

    def _events(self) -> Iterator[Event]:
        for line in lines.whole_lines(self.path):
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
