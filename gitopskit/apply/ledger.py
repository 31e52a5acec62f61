"""Who applied what, when, and with whose agreement?

One file per target, JSON lines, each line carrying the digest of the one before: a line that is taken out or altered breaks the chain.
Nothing secret is in it; values are not recorded at all.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from gitopskit import home
from gitopskit.apply import lines
from gitopskit.apply.attempt import Attempt
from gitopskit.errors import GitopskitError
from gitopskit.model.canonical import to_plain
from gitopskit.model.events import Event
from gitopskit.model.report import Report
from gitopskit.model.snapshot import Target


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one target."""

    target: Target

    @property
    def path(self) -> Path:
        """Where it lies."""
        identity = f"{self.target.system} {self.target.uid or self.target.server}"
        return home.state_dir("ledger") / f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.jsonl"

    def record(self, attempt: Attempt, report: Report, began_at: datetime) -> None:
        """Append one execution.

        Raises
        ------
        OSError
            It cannot be written.
        """
        entry = _entry(attempt, report, began_at)
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
        try:
            return [orjson.loads(line) for line in lines.whole_lines(self.path)]
        except orjson.JSONDecodeError:
            raise GitopskitError(
                "the ledger was altered", where=str(self.path), next_step="keep the file as evidence, and move it away"
            ) from None

    def is_whole(self) -> bool:
        """Whether no line was altered or taken out (but from the end)."""
        found = lines.whole_lines(self.path)
        expected = [_digest(line) for line in (b"", *found[:-1])]
        try:
            return [entry["previous"] for entry in self.entries()] == expected[: len(found)]
        except (GitopskitError, KeyError, TypeError):
            return False


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest() if line else ""


def _entry(attempt: Attempt, report: Report, began_at: datetime) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain({
        "began_at": began_at,
        "at": attempt.now(),
        "plan": attempt.plan.id,
        "source": attempt.plan.source,
        "target": attempt.plan.target,
        "approval": attempt.approval,
        "waivers": dict(attempt.waivers),
        "guards": [_guard(event) for event in report.guards],
        "rows": report.rows,
        "stopped": report.stopped,
        "is_proved": report.is_proved,
    })  # fmt: skip
    return plain


def _guard(event: Event) -> dict[str, Any]:
    codes = sorted({refusal.code for refusal in event.refusals})
    return {"name": event.name, "outcome": event.outcome, "message": event.message, "codes": codes}
