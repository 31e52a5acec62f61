"""Which fields does a rule mean?

A pattern is written as a path is printed (``.spec.template.spec.containers[name="web"].image``), with ``[*]`` for any item of a list and
``.*`` for any field. It means the field and everything below it.

The trap that shaped it: a printed path with dots in a name is ambiguous, and ``app.kubernetes.io/name`` is what people copy. Below labels,
annotations and the other maps that can only hold texts, the rest of the pattern is therefore one name; elsewhere such a name is quoted,
``.spec["odd.name"]``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson

from gitopskit.model.paths import FieldPath, ListKey, PathElement


@dataclass(frozen=True, slots=True)
class AnyItem:
    """Any item of a list."""

    def __str__(self) -> str:
        return "[*]"


ANY_FIELD: Final = "*"
Pattern: TypeAlias = tuple[PathElement | AnyItem, ...]

_FLAT: Final = frozenset({"annotations", "labels", "matchLabels", "nodeSelector"})
_FLAT_AT_THE_TOP: Final = frozenset({"data", "stringData", "binaryData"})
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_SCALAR: Final = rf"{_QUOTED}|-?\d+|true|false|null"
_NAME: Final = re.compile(r"\.([^.\[\]]+)")
_TEXT: Final = re.compile(rf"\[({_QUOTED})\]")
_NUMBER: Final = re.compile(r"\[(\d+)\]")
_KEY: Final = re.compile(rf"\[([A-Za-z][\w-]*=(?:{_SCALAR})(?:,[A-Za-z][\w-]*=(?:{_SCALAR}))*)\]")
_PAIR: Final = re.compile(rf"([A-Za-z][\w-]*)=({_SCALAR})")


def parse_pattern(text: str) -> Pattern:
    """Return the pattern that a text stands for.

    Raises
    ------
    ValueError
        The text is none; the message says from where on.

    Examples
    --------
    >>> parse_pattern(".metadata.annotations.example.com/owner")
    ('metadata', 'annotations', 'example.com/owner')
    >>> parse_pattern('.spec.containers[name="web"].image')
    ('spec', 'containers', ListKey(pairs=(('name', 'web'),)), 'image')
    """
    found: list[PathElement | AnyItem] = []
    rest = text
    while rest:
        if found and _holds_texts(found) and rest.startswith(".") and len(rest) > 1:
            return (*found, rest[1:])
        element, rest = _first(rest)
        found.append(element)
    if not found:
        raise ValueError("an empty path")
    return tuple(found)


def _holds_texts(found: list[PathElement | AnyItem]) -> bool:
    return found[-1] in _FLAT or (len(found) == 1 and found[-1] in _FLAT_AT_THE_TOP)


def _first(text: str) -> tuple[PathElement | AnyItem, str]:
    """Return the first element of a pattern, and the rest."""
    if text.startswith("[*]"):
        return AnyItem(), text[3:]
    if name := _NAME.match(text):
        return name[1], text[name.end() :]
    if quoted := _TEXT.match(text):
        return str(orjson.loads(quoted[1])), text[quoted.end() :]
    if number := _NUMBER.match(text):
        return int(number[1]), text[number.end() :]
    if key := _KEY.match(text):
        pairs = ((pair[1], orjson.loads(pair[2])) for pair in _PAIR.finditer(key[1]))
        return ListKey(tuple(sorted(pairs))), text[key.end() :]
    raise ValueError(f"{text[:40]!r} is no part of a path")


def render_pattern(pattern: Pattern) -> str:
    """Return a text that `parse_pattern` reads as this very pattern."""
    return "".join(_rendered(one) for one in pattern)


def _rendered(element: PathElement | AnyItem) -> str:
    if isinstance(element, str):
        return f".{element}" if _NAME.fullmatch(f".{element}") else f"[{orjson.dumps(element).decode()}]"
    return f"[{element}]" if isinstance(element, int) else str(element)


def covers(pattern: Pattern, path: FieldPath) -> bool:
    """Whether a pattern means the field at `path`, or something that it is part of."""
    return len(pattern) <= len(path) and all(map(_means, pattern, path))


def _means(wanted: PathElement | AnyItem, found: PathElement) -> bool:
    if isinstance(wanted, AnyItem):
        return not isinstance(found, str)
    if isinstance(wanted, ListKey):
        return isinstance(found, ListKey) and set(wanted.pairs) <= set(found.pairs)
    return wanted == found or (wanted == ANY_FIELD and isinstance(found, str))
