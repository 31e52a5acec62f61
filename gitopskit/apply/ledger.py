"""Who applied what, when, and with whose agreement?

One file per target, JSON lines, each line carrying the digest of the one before: a line that is taken out or altered breaks the chain.
Nothing secret is in it; values are not recorded at all.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from gitopskit import home
from gitopskit.apply.attempt import Attempt
from gitopskit.model.canonical import to_plain
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

    def record(self, attempt: Attempt, report: Report) -> None:
        """Append one execution."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            lines = file.read().splitlines()
            previous = hashlib.sha256(lines[-1]).hexdigest() if lines else ""
            file.write(orjson.dumps({"previous": previous, **_entry(attempt, report)}) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def entries(self) -> list[dict[str, Any]]:
        """Return the executions, oldest first."""
        return [orjson.loads(line) for line in self._lines()]

    def is_whole(self) -> bool:
        """Whether no line was altered or taken out (but from the end)."""
        lines = self._lines()
        expected = ["", *(hashlib.sha256(line).hexdigest() for line in lines[:-1])]
        return [orjson.loads(line)["previous"] for line in lines] == expected[: len(lines)]

    def _lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines() if self.path.exists() else []


def _entry(attempt: Attempt, report: Report) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain({
        "at": attempt.now(),
        "plan": attempt.plan.id,
        "source": attempt.plan.source,
        "target": attempt.plan.target,
        "approval": attempt.approval,
        "waivers": dict(attempt.waivers),
        "guards": [{"name": event.name, "outcome": event.outcome, "message": event.message} for event in report.guards],
        "rows": report.rows,
        "stopped": report.stopped,
        "is_proved": report.is_proved,
    })  # fmt: skip
    return plain
