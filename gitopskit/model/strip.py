"""Where does work stand, section by section?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gitopskit.model.brief import brief, tally


class Standing(StrEnum):
    """How far a section, a cell or a plan has come."""

    NOT_RUN = "not run"
    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"
    APPLIED = "applied"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class StripRow:
    """One section of a notebook, or one plan of a workspace.

    Attributes
    ----------
    name
        The heading, or the plan.
    cells
        Of a section: how each of its code cells stands, in order.
    found
        What is to be said of it, in a sentence.
    level
        Of a heading: 1 for the title.
    """

    name: str
    standing: Standing
    cells: tuple[Standing, ...] = ()
    found: str = ""
    level: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Where work stands.

    Attributes
    ----------
    title
        What it is about: a notebook, or a workspace.
    at
        Aware moment (UTC) of the look.
    """

    title: str
    rows: tuple[StripRow, ...]
    at: datetime

    def __repr__(self) -> str:
        standings = Counter(row.standing for row in self.rows)
        return brief(self, f"of {self.title}", tally({one: standings[one] for one in Standing}))


def folded(cells: tuple[Standing, ...]) -> Standing:
    """Return how a section stands whose cells stand so: the worst of what was run; not run until all of it was, but for what runs now."""
    for worst in (Standing.FAILED, Standing.STALE, Standing.RUNNING):
        if worst in cells:
            return worst
    if Standing.NOT_RUN in cells or not cells:
        return Standing.NOT_RUN
    return Standing.APPLIED if Standing.APPLIED in cells else Standing.OK
