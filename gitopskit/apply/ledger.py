"""Who applied what, when, and with whose agreement?

One file per target, JSON lines, each line carrying the digest of the one before: a line that is taken out or altered breaks the chain.
An operation has two lines: *opened*, before its first write (who, why, with what), and *execution*, when it is over. One that is opened
and has no execution died on the way; the journal of its plan says how far it came. Nothing secret is in it; values are not recorded at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from gitopskit import home
from gitopskit.apply import lines
from gitopskit.apply.approval import person
from gitopskit.apply.attempt import Attempt
from gitopskit.errors import GitopskitError
from gitopskit.model.canonical import to_plain
from gitopskit.model.concealment import conceal_all
from gitopskit.model.events import Event
from gitopskit.model.operation import Operation
from gitopskit.model.report import Report
from gitopskit.model.snapshot import Target

OPENED: Final = "opened"
EXECUTION: Final = "execution"
_SOUGHT: Final = frozenset({"kind", "operation", "plan"})
"""What lines are found by; it is of our own making, and stays as it is."""


def all_executions() -> Iterator[dict[str, Any]]:
    """Yield the executions on all targets, those of one target oldest first; a ledger that was altered is left out."""
    for path in sorted(home.state_dir("ledger").glob("*.jsonl")):
        try:
            found = [orjson.loads(line) for line in lines.whole_lines(path)]
        except orjson.JSONDecodeError:
            continue
        yield from (entry for entry in found if isinstance(entry, dict) and entry.get("kind") == EXECUTION)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one target."""

    target: Target

    @property
    def path(self) -> Path:
        """Where it lies."""
        identity = f"{self.target.system} {self.target.uid or self.target.server}"
        return home.state_dir("ledger") / f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.jsonl"

    def open(self, operation: Operation) -> None:
        """Append who is about to do what, and why.

        Raises
        ------
        OSError
            It cannot be written.
        """
        entry = _concealed({"kind": OPENED, "operation": operation.id, **to_plain(operation)})
        lines.append(self.path, lambda last: orjson.dumps({"previous": _digest(last), **entry}))

    def record(self, attempt: Attempt, report: Report, began_at: datetime) -> None:
        """Append one execution.

        Raises
        ------
        OSError
            It cannot be written.
        """
        entry = _concealed(_entry(attempt, report, began_at))
        lines.append(self.path, lambda last: orjson.dumps({"previous": _digest(last), **entry}))

    def check(self) -> None:
        """Make sure that executions can be recorded.

        Raises
        ------
        OSError
            They cannot (disk full, read-only).
        """
        lines.check(self.path)

    def entries(self) -> list[dict[str, Any]]:
        """Return the executions, oldest first.

        Raises
        ------
        GitopskitError
            A line was altered until it is no JSON any more.
        """
        return [entry for entry in self._lines() if entry.get("kind") != OPENED]

    def unclosed(self) -> list[dict[str, Any]]:
        """Return the operations that were opened and of whose end nothing is known, oldest first.

        One whose plan was carried to its proof by a later call is over; a proof of the same plan that came before says nothing of it.

        Raises
        ------
        GitopskitError
            A line was altered until it is no JSON any more.
        """
        found: list[dict[str, Any]] = []
        over: set[str] = set()
        for entry in reversed(self._lines()):
            operation, plan = f"operation {entry.get('operation')}", f"plan {entry.get('plan')}"
            if entry.get("kind") != OPENED:
                over |= {operation, plan} if entry.get("is_proved") else {operation}
            elif over.isdisjoint({operation, plan}):
                found.append(entry)
        return found[::-1]

    def is_whole(self) -> bool:
        """Whether no line was altered or taken out (but from the end)."""
        found = lines.whole_lines(self.path)
        expected = [_digest(line) for line in (b"", *found[:-1])]
        try:
            return [entry["previous"] for entry in self._parsed(found)] == expected[: len(found)]
        except (GitopskitError, KeyError, TypeError):
            return False

    def _lines(self) -> list[dict[str, Any]]:
        return self._parsed(lines.whole_lines(self.path))

    def _parsed(self, written: list[bytes]) -> list[dict[str, Any]]:
        try:
            found = [orjson.loads(line) for line in written]
        except orjson.JSONDecodeError:
            found = [None]
        if not all(isinstance(entry, dict) for entry in found):
            what = "the ledger was altered"
            raise GitopskitError(what, where=str(self.path), next_step="keep the file as evidence, and move it away") from None
        return found


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest() if line else ""


def _concealed(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with every known secret in its texts replaced: anybody's words may hold one."""
    return {name: item if name in _SOUGHT else conceal_all(item) for name, item in entry.items()}


def _entry(attempt: Attempt, report: Report, began_at: datetime) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain({
        "kind": EXECUTION,
        "operation": attempt.operation.id if attempt.operation else "",
        "who": person(),
        "why": attempt.why.strip(),
        "ticket": attempt.ticket.strip(),
        "place": attempt.place,
        "began_at": began_at,
        "at": attempt.now(),
        "plan": attempt.plan.id,
        "source": attempt.plan.source,
        "target": attempt.plan.target,
        "approval": attempt.approval,
        "waivers": dict(attempt.waivers),
        "guards": [_guard(event) for event in report.guards],
        "rows": report.rows,
        "left_out": len(attempt.plan.left_out),
        "stopped": report.stopped,
        "recorded_at": report.recorded_at,
        "is_proved": report.is_proved,
    })  # fmt: skip
    return plain


def _guard(event: Event) -> dict[str, Any]:
    codes = sorted({refusal.code for refusal in event.refusals})
    return {"name": event.name, "outcome": event.outcome, "message": event.message, "codes": codes}
