"""What does an export say of a noun, whatever its format?

Every format is written from these `Contents` and from nothing else: a title, facts, a summary in words, tables. So a format cannot say
more than another, and names are masked in one place.

The trap that shaped it: a sentence holds words of ours and words from outside. They stay apart until a format has escaped the latter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from gitopskit.model.changes import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One remark.

    Attributes
    ----------
    words
        Ours, safe everywhere.
    quote
        From outside, after our words; empty where there is none.
    mood
        "bad", "good" or empty.
    """

    words: str
    quote: str = ""
    mood: str = ""

    def __str__(self) -> str:
        return f"{self.words} {self.quote}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What there is to say of one noun.

    Attributes
    ----------
    noun
        "plan", "report", "snapshot", "fleet plan", or the name of another kind of rows.
    title
        One line.
    facts
        Name to value, both text: target, commit, moment, tool, …
    tables
        Name to frame; the first is the noun's own.
    named
        Names that occur in no table or fact, and may in a text, each with its sort ("user", "host", …).
    is_ours
        Whether the columns are those of a noun of ours, so that it is known which of them hold no names.
    """

    noun: str
    title: Sentence
    facts: Mapping[str, str]
    summary: tuple[Sentence, ...]
    tables: Mapping[str, pd.DataFrame]
    named: Mapping[str, str] = field(default_factory=dict)
    is_ours: bool = True

    @property
    def main(self) -> pd.DataFrame:
        """The noun's own table: what a CSV file holds."""
        return next(iter(self.tables.values()))


def worth_showing(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are more than an object as desired; those are counted."""
    if not {"action", "problem", "sync"} <= set(frame.columns):
        return frame
    return frame[(frame["action"] != Action.NO_OP.value) | (frame["problem"] != "") | (frame["sync"] != "Synced")]


def says_something(column: pd.Series[Any]) -> bool:
    """Whether a column is worth its room: not all empty, not all false."""
    return bool(column.any()) if column.dtype == bool else bool((column != "").any())
