"""What does Python print of a noun, in a script, a log, a debugger? One line that says which one it is; the views show what is in it.

The trap that shaped it: what a dataclass prints by itself is everything in it. Of a plan that is megabytes, and text from outside on its
way to a terminal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gitopskit.errors import plain

ID_LENGTH: Final = 12


def brief(noun: object, *parts: str) -> str:
    """Return ``<Noun part, part>``, of the parts that say something.

    Examples
    --------
    >>> brief(7, "of clubs", "", "2 left")
    '<int of clubs, 2 left>'
    """
    said = ", ".join(plain(part) for part in parts if part)
    return f"<{type(noun).__name__} {said}>"


def many(count: int, word: str) -> str:
    """Return a count with its word.

    Examples
    --------
    >>> many(1, "field"), many(2, "field"), many(0, "field")
    ('1 field', '2 fields', '')
    """
    return f"{count} {word}{'s' if count > 1 else ''}" if count else ""


def tally(counts: Mapping[Any, int]) -> str:
    """Return counts by word, but for those that are none.

    Examples
    --------
    >>> tally({"create": 3, "delete": 0, "no-op": 1})
    '3 create, 1 no-op'
    """
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)
