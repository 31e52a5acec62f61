"""How does part of a plan look: what was taken along, what was left out, and the plan that remains?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gitopskit.planning.selection import Selection
from gitopskit.views.html.markup import note, table, text
from gitopskit.views.html.plan import plan_html

ROWS_SHOWN: Final = 50


def selection_html(selection: Selection, *, code: str = "") -> str:
    """Return a selection: the steps that came or went for the sake of others, and the plan of the part."""
    return because_html(selection) + plan_html(selection.plan, code=code)


def because_html(selection: Selection) -> str:
    """Return which steps were taken along or left out for the sake of others, and why; nothing where there are none."""
    taken, left = selection.dragged, selection.blocked
    along = _table(["taken along", "for", "because"], [(need.needs, need.id, need.why) for need in taken])
    return along + _table(["left out", "needs", "because"], [(need.id, need.needs, need.why) for need in left])


def _table(head: list[str], rows: Sequence[tuple[object, object, str]]) -> str:
    if not rows:
        return ""
    cells = [(text(one), text(other), text(why)) for one, other, why in rows[:ROWS_SHOWN]]
    rest = note(f"{len(rows) - ROWS_SHOWN} more: <code>.to_frame()</code> has them all") if len(rows) > ROWS_SHOWN else ""
    return table(head, cells, tight=2, label=head[0]) + rest
