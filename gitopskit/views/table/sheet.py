"""Which rows and columns does a noun show in a table, in which order, and what else belongs to a row?

Columns that say the most come first, those in which nothing stands are left out, and the rest waits in the details of a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import pandas as pd

from gitopskit.errors import UsageError, plain
from gitopskit.model.changes import Action, Change, FieldAction, FieldChange
from gitopskit.model.differences import Differences
from gitopskit.model.fleet import FleetPlan
from gitopskit.model.paths import render_path
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report
from gitopskit.model.snapshot import Side, Snapshot
from gitopskit.views.anybodys import sound_frame
from gitopskit.views.differences import to_differences
from gitopskit.views.frames import to_frame
from gitopskit.views.words import STATUSES, Look, value_text

Rows: TypeAlias = Plan | Report | Snapshot | FleetPlan | Differences | pd.DataFrame
Looks: TypeAlias = Mapping[str, Look]

FIELDS_SHOWN: Final = 12
VALUE_CHARACTERS: Final = 80
FIELDS: Final = "field changes"
_SHOWN: Final[Mapping[type, tuple[str, ...]]] = {
    Plan: ("action", "kind", "namespace", "name", "fields", "classes", "problem", "reason"),
    Report: ("outcome", "action", "kind", "namespace", "name", "message"),
    Snapshot: ("kind", "namespace", "name", "origin", "api_version", "resource_version"),
    Differences: ("class", "severity", "kind", "namespace", "name", "path", "base", "head", "live", "last_applied", "owner"),
    FleetPlan: ("state", "member", "creates", "updates", "replaces", "deletes", "drifted", "problems", "message"),
}
_GLYPHS: Final = {FieldAction.ADD: "+", FieldAction.CHANGE: "~", FieldAction.REMOVE: "−"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a table shows.

    Attributes
    ----------
    frame
        One row per row, in the order shown; its index is the row's own place in the noun.
    shown
        The columns that are seen at once; the others are in the details of a row.
    lines
        Columns whose text is made of lines, each of them safe already.
    looks
        For a column of statuses: value to look.
    noun
        What one calls the rows.
    """

    frame: pd.DataFrame
    shown: tuple[str, ...]
    label: str
    noun: str = "rows"
    lines: frozenset[str] = frozenset()
    looks: Mapping[str, Looks] = field(default_factory=dict)


def sheet_of(rows: Rows, *, columns: Sequence[str] = (), label: str = "", looks: Mapping[str, Looks] | None = None) -> Sheet:
    """Return what a table of a noun, or of any frame, shows; see `gitopskit.table`.

    Raises
    ------
    UsageError
        There is no such column, or it is nothing that has rows.
    """
    frame = _frame(rows)
    named = tuple(columns) or tuple(name for name in _default(rows, frame) if not frame.empty and _says_something(frame[name]))
    missing = [name for name in named if name not in frame.columns]
    if missing:
        raise UsageError(f"no column {missing[0]!r}", next_step=f"there are {', '.join(map(str, frame.columns))}")
    shown = named or tuple(_default(rows, frame))
    statuses = {name: look for name, look in {**STATUSES, **(looks or {})}.items() if name in frame.columns}
    ours, noun = _names(rows)
    lines = frozenset({FIELDS}) if isinstance(rows, Plan) else frozenset()
    return Sheet(frame=frame, shown=shown, label=label or ours, noun=noun, lines=lines, looks=statuses)


def _default(rows: Rows, frame: pd.DataFrame) -> Sequence[str]:
    return _SHOWN.get(type(rows)) or list(frame.columns)


def _frame(rows: Rows) -> pd.DataFrame:
    match rows:
        case pd.DataFrame():
            return sound_frame(rows)
        case Plan():
            return _plan_frame(rows)
        case Differences():
            return to_differences(rows)
        case Report() | Snapshot() | FleetPlan():
            return to_frame(rows)
    raise UsageError(
        f"a {type(rows).__name__} has no rows", next_step="give a plan, a report, a snapshot, differences, the plans of a fleet or a frame"
    )


def _plan_frame(plan: Plan) -> pd.DataFrame:
    """Return the changes of a plan, those first that somebody should look at."""
    frame = to_frame(plan).assign(**{FIELDS: pd.Series([_field_lines(change) for change in plan.changes], dtype="str")})
    is_quiet = [change.action is Action.NO_OP and not change.problem for change in plan.changes]
    order = sorted(range(len(frame)), key=is_quiet.__getitem__)
    return frame.iloc[order]


def _field_lines(change: Change) -> str:
    """Return the field changes of an update as lines; what a create states, Git says."""
    if change.action is Action.CREATE:
        return ""
    more = len(change.fields) - FIELDS_SHOWN
    lines = [_field_line(item) for item in change.fields[:FIELDS_SHOWN]]
    return "\n".join(lines + ([f"… and {more} more"] if more > 0 else []))


def _field_line(item: FieldChange) -> str:
    before, after = (value_text(value, limit=VALUE_CHARACTERS) for value in (item.before, item.after))
    values = {FieldAction.ADD: after, FieldAction.REMOVE: f"{before} → (removed)"}.get(item.action, f"{before} → {after}")
    owners = ", ".join(plain(str(owner)) for owner in item.owners)
    return f"{_GLYPHS[item.action]} {plain(render_path(item.path), VALUE_CHARACTERS * 2)}: {values}{f'   {owners}' if owners else ''}"


def _says_something(column: pd.Series[Any]) -> bool:
    return bool((column.notna() & (column.astype("str") != "")).any())


def _names(rows: Rows) -> tuple[str, str]:
    """Return what a screen reader calls the table, and what its rows are."""
    match rows:
        case Plan():
            return f"changes of plan {rows.id[:12]}", "changes"
        case Report():
            return f"steps of plan {rows.plan.id[:12]}", "steps"
        case Snapshot():
            return ("desired" if rows.side is Side.DESIRED else "live") + " objects", "objects"
        case FleetPlan():
            return "members of the fleet", "members"
        case Differences():
            return "differences", "differences"
    return "rows", "rows"
