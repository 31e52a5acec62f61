"""How does it look what else moved while we applied?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gitopskit.model.events import Movement
from gitopskit.views.html.markup import table, text
from gitopskit.views.words import meanwhile_text

ROWS_SHOWN: Final = 100


def meanwhile_html(moved: Sequence[Movement]) -> str:
    """Return the movements, closed; nothing where nothing moved."""
    if not moved:
        return ""
    said = meanwhile_text(moved)
    rows = (_row(one) for one in sorted(moved, key=lambda one: one.is_step)[:ROWS_SHOWN])
    inner = table(["what", "object", "by", ""], rows, tight=2, label="moved meanwhile")
    opened = "" if all(one.is_step for one in moved) else " open"
    return f"<details{opened}><summary>{text(said[0].upper() + said[1:], 800)}</summary>{inner}</details>"


def _row(one: Movement) -> tuple[str, str, str, str]:
    place = f"{one.id.namespace}/{one.id.name}" if one.id.namespace else one.id.name
    mark = "after our step" if one.is_step else "no step of ours"
    return (
        text(one.what),
        f"<b>{text(one.id.kind)}</b> {text(place)}",
        text(one.by or "nobody knows"),
        f'<span class="gk-soft">{mark}</span>',
    )
