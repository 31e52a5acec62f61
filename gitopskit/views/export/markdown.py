"""A noun as Markdown (GitHub's), fit for a comment on a pull request.

Whatever comes from outside stands in code spans: nothing in one is a link, a mention, a reference, an image or markup. A comment on
GitHub holds 65,536 characters, so fields and then rows are left out, with a count, once there is no room.

The trap that shaped it: a row is cut at its pipes *before* code spans are looked for, and a backslash before a pipe means two things. So a
pipe never stands in a span: the span ends, the pipe follows as a character reference, and another span begins.

References
----------
GitHub Flavored Markdown Spec, "Code spans" and "Tables (extension)".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from gitopskit.errors import plain
from gitopskit.views.anybodys import is_missing
from gitopskit.views.export.contents import Contents, Sentence, says_something, worth_showing
from gitopskit.views.words import STATUSES

LIMIT: Final = 65_536
_RESERVE: Final = 400
_VALUE: Final = 120
_MOODS: Final = {"good": "✓ ", "bad": "✗ ", "": ""}
_FEW: Final = {
    "changes": ("member", "action", "kind", "namespace", "name", "fields", "drift", "reason", "problem", "managed_by"),
    "fields": ("kind", "namespace", "name", "path", "live", "desired", "owner"),
    "steps": ("outcome", "action", "kind", "namespace", "name", "message"),
    "not as desired": ("action", "kind", "namespace", "name", "fields", "drift", "reason", "problem"),
    "objects": ("kind", "namespace", "name", "origin", "resource_version"),
}


def to_markdown(contents: Contents) -> str:
    """Return the contents as Markdown of at most 65,536 bytes."""
    made = "  \n".join(f"{name}: {code(value)}" for name, value in contents.facts.items())
    head = [f"### {_said(contents.title)}", "", *(f"- {_MOODS[one.mood]}{_said(one)}" for one in contents.summary[:50])]
    more = len(contents.summary) - 50
    head += [f"- {more} more remarks"] if more > 0 else []
    text = "\n".join(head) + "\n"
    tail = f"\n<details><summary>Where and when</summary>\n\n{made}\n\n</details>\n"
    room = LIMIT - _RESERVE - _size(tail) - _size(text)
    for name, frame in contents.tables.items():
        part = "".join(_table(name, worth_showing(frame), room))
        room -= _size(part)
        text += part
    return text + tail


def code(value: object, limit: int = 400) -> str:
    """Return foreign text as code spans; nothing for nothing.

    Examples
    --------
    >>> code("a|b`@all")
    '`a`&#124;``b`@all``'
    """
    return "&#124;".join(_span(piece) for piece in plain(str(value), limit).split("|"))


def _span(piece: str) -> str:
    if not piece.strip():
        return piece
    longest = max((len(run) for run in re.findall("`+", piece)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if piece[0] in " `" or piece[-1] in " `" else ""
    return f"{fence}{pad}{piece}{pad}{fence}"


def _said(sentence: Sentence) -> str:
    return f"{sentence.words} {code(sentence.quote, 800)}".strip()


def _table(name: str, frame: pd.DataFrame, room: int) -> Iterator[str]:
    """Yield a table as far as there is room for it, and what was left out."""
    if frame.empty:
        return
    few = [column for column in _FEW.get(name, frame.columns) if column in frame and says_something(frame[column])]
    left = f"\n{{}} more rows of {_heading(name)} are left out here: HTML, CSV and JSON have them.\n"
    top = f"\n#### {_heading(name)}\n\n| {' | '.join(_heading(column) for column in few)} |\n|{' --- |' * len(few)}\n"
    room -= _size(top) + _size(left)
    if room <= 0:
        yield left.format(f"{len(frame):,}")
        return
    yield top
    for shown, row in enumerate(frame[few].itertuples(index=False, name=None)):
        line = f"| {' | '.join(_cell(column, value) for column, value in zip(few, row, strict=True))} |\n"
        room -= _size(line)
        if room < 0:
            yield left.format(f"{len(frame) - shown:,}")
            return
        yield line


def _heading(name: object) -> str:
    words = str(name).replace("_", " ")
    return words if re.fullmatch(r"[A-Za-z ]+", words) else code(name)


def _cell(column: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if is_missing(value):
        return ""
    if isinstance(value, int | float):
        return str(value)
    look = STATUSES.get(column, {}).get(value)
    return f"{look.glyph} {look.word}" if look else code(value, _VALUE)


def _size(text: str) -> int:
    return len(text.encode(errors="replace"))
