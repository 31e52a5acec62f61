"""Which shape has a frame of anybody's, so that every view can show it?

Names of columns are text and no two are the same, what is missing is None, and every value can be looked up.

The trap that shaped it: a notebook's frames come out of pivots, groupings and JSON. A name that is a number or a tuple, two columns of one
name, a list as a value: each of them breaks another view, and none of them is the reader's mistake.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterable
from typing import Any, Final

import pandas as pd

from gitopskit.views.words import value_text

_NUMBERS: Final = frozenset({"integer", "floating", "mixed-integer-float", "decimal"})


def sound_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the same rows with names that are text and unique, None for what is missing, and text for lists and maps."""
    columns = {name: _sound_column(frame.iloc[:, at]) for at, name in enumerate(unique_names(frame.columns))}
    return pd.DataFrame(columns, index=frame.index)


def unique_names(names: Iterable[Hashable]) -> list[str]:
    """Return names as text, later ones of the same text with a number.

    Examples
    --------
    >>> unique_names(["a", ("a", 1), 7, "a"])
    ['a', 'a / 1', '7', 'a (2)']
    """
    texts = [" / ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in names]
    found: dict[str, None] = {}
    for text in texts:
        name, count = text, 1
        while name in found or (count > 1 and name in texts):
            count += 1
            name = f"{text} ({count})"
        found[name] = None
    return list(found)


def is_number(column: pd.Series[Any]) -> bool:
    """Whether a column holds numbers, some of them perhaps missing."""
    if column.dtype == object:
        return pd.api.types.infer_dtype(column, skipna=True) in _NUMBERS
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def is_missing(value: object) -> bool:
    """Whether a value of a frame stands for none."""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def _sound_column(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as it is where it needs nothing; nan is a number, so that floating ones stay what they are."""
    has_any_values = column.dtype == object or isinstance(column.dtype, pd.CategoricalDtype)
    if column.dtype in ("float64", "float32") or not (has_any_values or column.hasnans):
        return column
    return pd.Series([_sound_value(value) for value in column], index=column.index, dtype=object)


def _sound_value(value: Any) -> Any:
    try:
        hash(value)
    except TypeError:
        return value_text(value, limit=sys.maxsize - 1)
    return None if is_missing(value) else value
