"""How is one row of differences told, in whatever view?

The trap that shaped it: a shell that plans has no use for frames, and importing pandas takes longer than the plan of a small shop. So what
pages and terminals need as well stands here, and the frames by themselves.
"""

from __future__ import annotations

from typing import Any, Final

from gitopskit.errors import plain
from gitopskit.model.differences import Difference, Differences
from gitopskit.views.words import value_text

WHOLE: Final = "(object)"


def most_urgent_first(differences: Differences) -> list[Difference]:
    """Return the rows that are shown, those of a rule that is switched off behind the others."""
    return sorted(differences, key=lambda row: (bool(row.rule), row.severity.rank))


def held_by(row: Difference) -> str:
    """Return who holds a live field, each once."""
    return ", ".join(dict.fromkeys(map(str, row.owners)))


def hidden_by_rules(differences: Differences) -> str:
    """Say how many rows each rule hides; empty where none is hidden."""
    hidden = differences.hidden
    count = sum(hidden.values())
    listed = ", ".join(f"{rows} {plain(rule)}" for rule, rows in hidden.items())
    return f"{count:,} more {'is' if count == 1 else 'are'} hidden by rules: {listed}" if hidden else ""


def value_of(row: Difference, value: Any, *, limit: int = 400) -> str:
    """Return one value of a row as text."""
    return value_text(value, limit=limit) if row.path or value is None else WHOLE
