"""What did the preflight checks find, before any work began?

A workspace is bound to the system that it found. Checks have three levels: what *must* hold stops every apply, what *should* hold is
told in bad weather colours, what *may* hold is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from gitopskit.model.brief import brief
from gitopskit.model.events import Outcome
from gitopskit.model.snapshot import Target

IDENTITY: Final = ("system", "server", "authority", "uid", "user")
"""What makes two answers those of one system, to one user."""


class Level(StrEnum):
    """How much a check weighs."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """What one check found.

    Attributes
    ----------
    outcome
        passed, failed, or unknown: it could not be found out, which for a must is as bad as failed.
    found
        What was found, in a sentence.
    next_step
        What to do about it; empty where there is nothing to do.
    """

    name: str
    level: Level
    outcome: Outcome
    found: str = ""
    next_step: str = ""

    @property
    def holds(self) -> bool:
        """Whether the check passed."""
        return self.outcome is Outcome.PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One workspace, bound to the system that it found.

    Attributes
    ----------
    name
        What the user calls the target.
    target
        What the system said of itself; None where it did not answer.
    rows
        One per check, in order.
    who, why, ticket
        For the operation records of this workspace.
    at
        Aware moment (UTC).
    """

    name: str
    target: Target | None
    rows: tuple[CheckRow, ...]
    who: str
    why: str = ""
    ticket: str = ""
    at: datetime

    @property
    def failed_musts(self) -> tuple[CheckRow, ...]:
        """The checks that must hold, and do not."""
        return tuple(row for row in self.rows if row.level is Level.MUST and not row.holds)

    @property
    def is_fit(self) -> bool:
        """Whether everything that must hold does."""
        return not self.failed_musts

    @property
    def verdict(self) -> str:
        """What the checks came to, in one line: ``fit (must 5/5, should 6/7, may 3/3)``."""
        return f"{'fit' if self.is_fit else 'not fit'} ({', '.join(self._tallies())})"

    def _tallies(self) -> Iterator[str]:
        for level in Level:
            rows = [row for row in self.rows if row.level is level]
            if rows:
                yield f"{level.value} {sum(row.holds for row in rows)}/{len(rows)}"

    def __repr__(self) -> str:
        return brief(self, f"to {self.name}", self.verdict)


def moved_parts(before: Target, now: Target) -> Iterator[tuple[str, str, str]]:
    """Yield the parts of an identity that differ: name, before, now."""
    for part in IDENTITY:
        old, new = getattr(before, part), getattr(now, part)
        if old != new:
            yield part, str(old) or "nothing", str(new) or "nothing"
