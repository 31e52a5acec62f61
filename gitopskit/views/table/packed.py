"""How do very many rows travel to a browser at once, and small?

By column: its different values once, in the order in which they sort, and for each row the place of its value among them. A browser
then sorts by comparing small numbers and searches each value once, whatever the number of rows.

The trap that shaped it: one value can be larger than all others together. What is long is cut before it travels, with a count.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from gitopskit.errors import plain
from gitopskit.model.concealment import conceal
from gitopskit.views.anybodys import is_number
from gitopskit.views.table.sheet import Looks, Sheet
from gitopskit.views.words import value_text

ROWS_LIMIT: Final = 500_000
"""More rows are higher than a page can be in some browsers."""
VALUE_CHARACTERS: Final = 2_000
COLUMN_CHARACTERS: Final = 4_000_000
COMPRESSION: Final = 1
CHOICES: Final = 15
CHOICE_CHARACTERS: Final = 32
FILTERS: Final = 4
WIDTHS: Final = (5, 42)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedColumn:
    """A column as it travels: what the browser is told of it, and the place of each row's value; place 0 is for no value."""

    head: dict[str, Any]
    places: npt.NDArray[np.unsignedinteger[Any]]


def pack(sheet: Sheet, generation: int = 0) -> bytes:
    """Return a sheet as bytes, compressed by zlib: the length of its head (little-endian, 4 bytes), the head in JSON, and the places.

    The generation counts the sheets of one table, for positions to say which of them they mean.
    """
    frame = sheet.frame.iloc[:ROWS_LIMIT]
    order = sorted(frame.columns, key=lambda name: sheet.shown.index(name) if name in sheet.shown else 1000 - (name in sheet.lines))
    columns = [pack_column(name, frame[name], sheet) for name in order]
    for column in [column for column in columns if column.head["filter"]][FILTERS:]:
        column.head["filter"] = False
    head = orjson.dumps(
        {
            "rows": len(frame), "total": len(sheet.frame), "label": conceal(plain(sheet.label)), "noun": sheet.noun,
            "generation": generation, "columns": [column.head for column in columns],
        }
    )  # fmt: skip
    places = b"".join(column.places.tobytes() for column in columns)
    return zlib.compress(struct.pack("<I", len(head)) + head + places, COMPRESSION)


def pack_column(name: str, series: pd.Series[Any], sheet: Sheet) -> PackedColumn:
    """Return one column with its values in their order."""
    codes, found = _factorised(series)
    looks = sheet.looks.get(name, {})
    limit = max(200, min(VALUE_CHARACTERS, COLUMN_CHARACTERS // max(1, len(found))))
    texts = [_text(value, looks, limit, has_lines=name in sheet.lines) for value in found]
    order = sorted((place for place, text in enumerate(texts) if text), key=_sort_keys(found, looks).__getitem__)
    places = np.zeros(len(found) + 1, dtype=np.int64)
    places[order] = np.arange(1, len(order) + 1)
    values = ["", *(texts[place] for place in order)]
    size = next(size for size in (1, 2, 4) if len(values) <= 256**size)
    label = plain(conceal(name).replace("_", " "), 80)
    is_shown = name in sheet.shown
    head = {
        "label": label, "values": values, "bytes": size, "shown": is_shown, "lines": name in sheet.lines,
        "number": is_number(series), "width": _width(label, values) + (3 if looks else 0),
        "filter": is_shown and not is_number(series) and _are_choices(values, codes),
        "looks": _looks(found, ["", *order], looks) if looks else None,
    }  # fmt: skip
    return PackedColumn(head=head, places=places[codes].astype(f"<u{size}"))


def cell_text(value: Any, looks: Looks, limit: int) -> str:
    """Return one value of a frame as text that is safe to show."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    look = looks.get(value) if isinstance(value, str) else None
    return look.word if look else value_text(value.item() if isinstance(value, np.generic) else value, limit=limit)


def _factorised(series: pd.Series[Any]) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """Return for each row the place of its value among the different ones; -1 for none."""
    try:
        codes, found = pd.factorize(series)
    except TypeError:  # values that cannot be looked up, as lists and maps
        codes, found = pd.factorize(series.map(lambda value: value_text(value, limit=VALUE_CHARACTERS)))
    return codes.astype(np.int64), list(found)


def _text(value: Any, looks: Looks, limit: int, *, has_lines: bool) -> str:
    """Return a value as it travels, without secrets: what is compressed is searched by nobody."""
    shown = conceal(value) if isinstance(value, str) and value not in looks else value
    return conceal(str(shown) if has_lines else cell_text(shown, looks, limit))


def _sort_keys(found: Sequence[Any], looks: Looks) -> list[Any]:
    """Return by what the values sort: statuses as they are listed, numbers as numbers, text without regard to case."""
    if looks:
        ranks = {value: rank for rank, value in enumerate(looks)}
        return [(ranks.get(value, len(ranks)), str(value)) for value in found]
    if all(isinstance(value, int | float | np.number | bool | np.bool_ | pd.Timestamp) for value in found):
        return list(found)
    return [(str(value).casefold(), str(value)) for value in found]


def _looks(found: Sequence[Any], order: Sequence[Any], looks: Looks) -> list[list[str] | None]:
    chosen = [looks.get(found[place]) if place != "" else None for place in order]
    return [[look.glyph, look.light, look.dark] if look else None for look in chosen]


def _are_choices(values: Sequence[str], codes: npt.NDArray[np.int64]) -> bool:
    return 2 <= len(np.unique(codes)) <= CHOICES and max(map(len, values)) <= CHOICE_CHARACTERS


def _width(label: str, values: Sequence[str]) -> int:
    least, most = WIDTHS
    longest = max(len(label) + 3, max((len(text) for text in values), default=0))
    return max(least, min(most, longest))
