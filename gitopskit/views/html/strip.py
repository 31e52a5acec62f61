"""How does a strip look: one row per section, one brick per cell?"""

from __future__ import annotations

from gitopskit.model.strip import Standing, Strip, StripRow
from gitopskit.views.html.markup import badge, table, text
from gitopskit.views.words import STANDINGS


def strip_html(strip: Strip) -> str:
    """Return a strip."""
    heading = f'<h4>{text(strip.title)}</h4><p class="gk-soft">looked at {strip.at:%H:%M:%S} UTC</p>'
    has_cells = any(row.cells for row in strip.rows)
    head = ["stands", "section", "cells", ""] if has_cells else ["stands", "plan", ""]
    return heading + table(head, (_row(row, has_cells=has_cells) for row in strip.rows), tight=3 if has_cells else 2, label="sections")


def _row(row: StripRow, *, has_cells: bool) -> tuple[str, ...]:
    bricks = (f'<span class="gk-mono">{"".join(_brick(cell) for cell in row.cells)}</span>',) if has_cells else ()
    return badge(STANDINGS[row.standing]), f"<b>{text(row.name)}</b>", *bricks, text(row.found)


def _brick(cell: Standing) -> str:
    look = STANDINGS[cell]
    return f'<span class="gk-{look.light[1:]}" title="{text(look.word)}">{look.glyph}</span> '
