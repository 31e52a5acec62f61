"""How does a table of any length look where nothing runs: on GitHub, in a page, in a notebook that no person ran?

The first rows, what there is of each status in all of them, and how many more there are. No script, so nothing can be sorted: the rows
stand in the order given.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import pandas as pd

from gitopskit.views.html.markup import OPENED, affordable, badge, folded, note, table, text
from gitopskit.views.table.packed import cell_text
from gitopskit.views.table.sheet import Looks, Sheet
from gitopskit.views.words import Look, written

ROWS_SHOWN: Final = 200
LINES_SHOWN: Final = 20


def sheet_html(sheet: Sheet) -> str:
    """Return the first rows of a sheet, the totals of its first column of statuses, and how many more rows there are."""
    total = len(sheet.frame)
    if not total:
        return note(f"There are no {text(sheet.noun)}.")
    head = sheet.frame.iloc[:ROWS_SHOWN]
    columns = [_cells(name, head[name], sheet) for name in sheet.shown]
    rows = affordable(zip(*columns, strict=True), ROWS_SHOWN)
    names = [name.replace("_", " ") for name in sheet.shown]
    tight = len(names) - 1 if len(names) > 1 else 0
    parts = [_totals(sheet), table(names, rows, tight=min(tight, 3), label=sheet.label)]
    if len(rows) < total:
        parts.append(note(f"The first {len(rows):,} of {total:,} {text(sheet.noun)}: <code>.frame</code> of the table has them all."))
    return "".join(parts)


def sheet_text(sheet: Sheet) -> str:
    """Return one line that says what there is."""
    counts = ", ".join(f"{count:,} {look.word}" for look, count in totals(sheet))
    noun = sheet.noun.removesuffix("s") if len(sheet.frame) == 1 else sheet.noun
    return f"{len(sheet.frame):,} {noun}{f': {counts}' if counts else ''}"


def totals(sheet: Sheet) -> list[tuple[Look, int]]:
    """Return how many rows have which status, by the first column of statuses that is shown."""
    name = next((name for name in sheet.shown if name in sheet.looks), None)
    if name is None:
        return []
    counts = Counter(sheet.frame[name])
    return [(look, counts[value]) for value, look in sheet.looks[name].items() if counts[value]]


def _totals(sheet: Sheet) -> str:
    found = "".join(badge(look, f" {count:,}") for look, count in totals(sheet))
    return f'<div class="gk-counts">{found}</div>' if found else ""


def _cells(name: str, series: pd.Series[Any], sheet: Sheet) -> list[str]:
    looks = sheet.looks.get(name, {})
    if name in sheet.lines:
        return [_lines(value) for value in series]
    return [_cell(value, looks) for value in series]


def _cell(value: Any, looks: Looks) -> str:
    if isinstance(value, str):
        look = looks.get(value)
        return badge(look) if look else folded(value)
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, dict | list | tuple):
        return folded(written(value))
    return text(cell_text(value, {}, OPENED))


def _lines(value: str) -> str:
    return f'<div class="gk-lines gk-mono">{"<br>".join(map(text, value.splitlines()[:LINES_SHOWN]))}</div>'
