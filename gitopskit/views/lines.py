"""How does an object look line by line, and which lines of two objects belong together?

The lines are those of YAML, each with the path of its field, so that a view can put an owner beside it and keep its parents in sight.
They are for reading: secrets are fixed marks, and the view cuts what is long and escapes what cannot be shown.

The trap that shaped it: a value may be a file of a hundred thousand lines. What is alike at both ends is set aside before lines are
matched, and where too many are left they are not matched at all, only shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any, Final, TypeAlias

from gitopskit.model.changes import FieldAction
from gitopskit.model.paths import FieldPath, ListKey, PathElement
from gitopskit.model.values import Sensitive
from gitopskit.views.words import written

LINE_CHARACTERS: Final = 2_000
MATCHED_LINES: Final = 4_000
INDENT: Final = "  "
Place: TypeAlias = tuple[str | int, ...]

_PLAIN: Final = re.compile(r"[A-Za-z_/](?:[\w./@+=-]|:(?=[\w./])| (?=[\w./]))*")
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_KEY: Final = ("name", "key", "type", "id")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an object.

    Attributes
    ----------
    path
        The field that it belongs to; items of lists by their key, so that one that moves stays the same.
    text
        Not yet safe to show, and of any length.
    secret
        The fingerprint of a secret: two of them look alike, and may not be.
    place
        The same field by positions alone.
    """

    path: FieldPath
    text: str
    secret: str = ""
    place: Place = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class _At:
    """Where in an object the next line stands."""

    path: FieldPath = ()
    place: Place = ()

    def below(self, element: PathElement, position: str | int) -> _At:
        return _At((*self.path, element), (*self.place, position))

    def line(self, text: str, secret: str = "") -> Line:
        return Line(self.path, text, secret, self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A line before and the line after; None where there is none. `action` is None where they are alike."""

    before: Line | None
    after: Line | None
    action: FieldAction | None = None

    @property
    def depth(self) -> int:
        """How deep the line stands; an item of a list, which YAML does not indent, deeper than its field."""
        line = self.before or self.after
        text = line.text if line else ""
        return 2 * (len(text) - len(text.lstrip(" "))) + text.lstrip(" ").startswith("-")


def lines_of(body: Mapping[str, Any]) -> list[Line]:
    """Return the lines of an object; none for an empty one."""
    return list(_map(body, _At(), "")) if body else []


def paired(before: Sequence[Line], after: Sequence[Line]) -> list[Pair]:
    """Return two lists of lines side by side, in the order of both."""
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    middle = _matched(old, new) if len(old) + len(new) <= MATCHED_LINES else _replaced(old, new)
    start = [Pair(before=one, after=other) for one, other in zip(before[:head], after[:head], strict=True)]
    end = [Pair(before=one, after=other) for one, other in zip(before[len(before) - tail :], after[len(after) - tail :], strict=True)]
    return [*start, *middle, *end]


def _alike(before: Sequence[Line], after: Sequence[Line]) -> int:
    return next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), min(len(before), len(after)))


def _matched(before: Sequence[Line], after: Sequence[Line]) -> Iterator[Pair]:
    for tag, old, old_end, new, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (Pair(before=one, after=other) for one, other in zip(before[old:old_end], after[new:new_end], strict=True))
        else:
            yield from _replaced(before[old:old_end], after[new:new_end])


def _replaced(before: Sequence[Line], after: Sequence[Line]) -> Iterator[Pair]:
    """Yield lines that differ; two lines of one field stand beside each other, as far as both orders allow."""
    where: dict[FieldPath, list[int]] = {}
    for at in range(len(after) - 1, -1, -1):
        where.setdefault(after[at].path, []).append(at)
    reached = 0
    for line in before:
        places = where.get(line.path, [])
        while places and places[-1] < reached:
            places.pop()
        if not places:
            yield Pair(before=line, after=None, action=FieldAction.REMOVE)
            continue
        yield from (Pair(before=None, after=other, action=FieldAction.ADD) for other in after[reached : places[-1]])
        reached = places.pop() + 1
        other = after[reached - 1]
        yield Pair(before=line, after=other, action=FieldAction.CHANGE if line != other else None)
    yield from (Pair(before=None, after=other, action=FieldAction.ADD) for other in after[reached:])


def _map(value: Mapping[str, Any], at: _At, indent: str) -> Iterator[Line]:
    for name, item in value.items():
        yield from _entry(f"{indent}{_scalar(str(name))}:", item, at.below(str(name), str(name)), indent)


def _list(value: Sequence[Any], at: _At, indent: str) -> Iterator[Line]:
    for position, item in enumerate(value):
        yield from _item(item, at.below(_element(item, position), position), indent)


def _item(item: Any, at: _At, indent: str) -> Iterator[Line]:
    if not isinstance(item, Mapping | list) or not item:
        yield from _entry(f"{indent}-", item, at, indent)
        return
    below = _map(item, at, indent + INDENT) if isinstance(item, Mapping) else _list(item, at, indent + INDENT)
    first = next(below)
    yield replace(first, text=f"{indent}- {first.text[len(indent) + len(INDENT) :]}")
    yield from below


def _entry(start: str, value: Any, at: _At, indent: str) -> Iterator[Line]:
    if isinstance(value, Mapping) and value:
        yield at.line(start)
        yield from _map(value, at, indent + INDENT)
    elif isinstance(value, list | tuple) and value:
        yield at.line(start)
        yield from _list(value, at, indent)
    elif isinstance(value, str) and "\n" in value:
        yield at.line(f"{start} |")
        yield from (at.line(f"{indent}{INDENT}{line}") for line in value.splitlines())
    else:
        yield at.line(f"{start} {_scalar(value)}", value.fingerprint if isinstance(value, Sensitive) else "")


def _element(item: Any, position: int) -> Any:
    """Return what an item of a list is called: by its key where it has one, so that items that move keep their lines."""
    if isinstance(item, Mapping):
        key = next((name for name in _KEY if isinstance(item.get(name), str)), None)
        if key:
            return ListKey(((key, item[key]),))
    return position


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, Mapping | list | tuple):
        return "{}" if isinstance(value, Mapping) else "[]"
    if not isinstance(value, str):
        return written(value)
    is_plain = len(value) > LINE_CHARACTERS or (_PLAIN.fullmatch(value) and value.lower() not in _WORDS)
    return value if is_plain else json.dumps(value, ensure_ascii=False)
