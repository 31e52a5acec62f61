"""Which part of a plan does a person mean?

Rows are named as a notebook has them at hand: a slice of ``plan.to_frame()``, changes, identities, or the text that a plan prints.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final, TypeAlias

import pandas as pd

from gitopskit.errors import UsageError, expect, plain
from gitopskit.model.changes import Change
from gitopskit.model.ids import ObjectId
from gitopskit.model.plan import Plan
from gitopskit.planning import selection
from gitopskit.planning.selection import Selection
from gitopskit.views.frames import ids_in

Row: TypeAlias = Change | ObjectId | str
Rows: TypeAlias = pd.DataFrame | Iterable[Row] | Row
_ROW: Final = (Change, ObjectId, str)

_CALL: Final = "gk.select(plan, plan.to_frame().query(\"namespace == 'shop'\"))"


def select(plan: Plan, rows: Rows | None = None, *, without: Rows = ()) -> Selection:
    """Return the part of a plan that takes only some steps, and what they bring along or leave out.

    Parameters
    ----------
    rows
        Steps to take: a slice of ``plan.to_frame()``, changes, identities, or texts as a plan prints them (``"ConfigMap shop/settings"``),
        one or many; all of them by default. What they need is taken along.
    without
        Steps not to take, named in the same way. What needs them is left out as well.

    Returns
    -------
    The selection; `plan` is the part, with an id of its own, to be shown, saved and applied as any plan.

    Raises
    ------
    UsageError
        A row is not in the plan, or the system applies nothing but its own saved plan.

    Examples
    --------
    frame = plan.to_frame()
    part = gk.select(plan, frame[frame["namespace"] == "shop"])
    ws.apply(part.plan, confirm=part.plan.id)
    """
    expect(plan, Plan, "gk.select(ws.plan(), …)")
    return selection.select(plan, None if rows is None else ids_of(plan, rows), without=ids_of(plan, without))


def ids_of(plan: Plan, rows: Rows) -> list[ObjectId]:
    """Return the identities that rows stand for.

    Raises
    ------
    UsageError
        A text is in no row of the plan, or something names none.
    """
    if isinstance(rows, pd.DataFrame):
        return ids_in(rows)
    if not isinstance(rows, Iterable):
        expect(rows, _ROW, _CALL)
    named = [rows] if isinstance(rows, Change | ObjectId | str) else list(rows)
    for one in named:
        expect(one, _ROW, _CALL)
    known = {str(change.id): change.id for change in plan.changes} if any(isinstance(one, str) for one in named) else {}
    return [_id(one, known) for one in named]


def _id(row: Change | ObjectId | str, known: dict[str, ObjectId]) -> ObjectId:
    if isinstance(row, Change):
        return row.id
    if isinstance(row, ObjectId):
        return row
    if row in known:
        return known[row]
    near = get_close_matches(row, known, n=1)
    hint = f"did you mean {plain(near[0])!r}?" if near else "take rows of plan.to_frame()"
    raise UsageError(f"{plain(row)!r} is not in the plan", next_step=hint)
