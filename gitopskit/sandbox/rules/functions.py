"""What Kubernetes adds to CEL for texts, lists, sets and optional values."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from celpy import celtypes

from gitopskit.sandbox.rules import addresses, amounts
from gitopskit.sandbox.rules.errors import failure
from gitopskit.sandbox.rules.operators import is_equal
from gitopskit.sandbox.rules.optional import Maybe

_Text, _Int, _Truth, _List = celtypes.StringType, celtypes.IntType, celtypes.BoolType, celtypes.ListType


def _holds(items: Any, item: Any) -> bool:
    return any(is_equal(item, other) for other in items)


def _sum(items: Any) -> Any:
    total = items[0] if items else _Int(0)
    for item in items[1:]:
        total = total + item
    return total


def _extreme(choose: Any, name: str) -> Any:
    def find(items: Any) -> Any:
        return choose(items) if items else failure(f"{name} called on empty list")

    return find


def _index(target: Any, item: Any, start: int = 0) -> Any:
    if isinstance(target, str):
        return _Int(str(target).find(item, start))
    return _Int(next((at for at, other in enumerate(target) if is_equal(item, other)), -1))


def _last_index(target: Any, item: Any, end: int | None = None) -> Any:
    if isinstance(target, str):
        return _Int(str(target).rfind(item, 0, None if end is None else end + len(item)))
    return _Int(max((at for at, other in enumerate(target) if is_equal(item, other)), default=-1))


def _char(text: Any, at: int) -> Any:
    return _Text(text[at : at + 1]) if 0 <= at <= len(text) else failure(f"index out of range: {at}")


def _substring(text: Any, start: int, end: int | None = None) -> Any:
    end = len(text) if end is None else int(end)
    if not 0 <= start <= end <= len(text):
        return failure(f"index out of range: {start if start > len(text) or start < 0 else end}")
    return _Text(text[start:end])


def _split(text: Any, mark: str, limit: int = -1) -> Any:
    if limit == 0:
        return _List([])
    parts = (str(text).split(mark, limit - 1 if limit > 0 else -1) if limit != 1 else [text]) if mark else list(text)
    return _List([_Text(part) for part in parts])


def _replace(text: Any, old: str, new: str, limit: int = -1) -> Any:
    return _Text(str(text).replace(old, new, limit))


def _find_all(text: Any, pattern: str, limit: int = -1) -> Any:
    found = [_Text(match[0]) for match in re.finditer(pattern, text)]
    return _List(found if limit < 0 else found[:limit])


def _find(text: Any, pattern: str) -> Any:
    match = re.search(pattern, text)
    return _Text(match[0] if match else "")


def _format(text: Any, values: Any) -> Any:
    rest = iter(values)
    try:
        return _Text(re.sub(r"%(\.\d+)?([sdfexXob%])", lambda found: "%" if found[2] == "%" else _formatted(found, next(rest)), text))
    except StopIteration:
        return failure("index out of range")


def _formatted(found: re.Match[str], value: Any) -> str:
    if found[2] == "s":
        return shown(value)
    return format(value + 0, f"{found[1] or ''}{found[2]}" if found[2] not in "fe" or found[1] else f".6{found[2]}")


def shown(value: Any) -> str:
    """Return a value as a text."""
    if isinstance(value, celtypes.BoolType):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    if isinstance(value, float):
        return repr(float(value)).removesuffix(".0")
    return "null" if value is None else str(value)


def _string(value: Any) -> Any:
    return _Text(value.decode() if isinstance(value, bytes) else shown(value))


def _size(value: Any) -> Any:
    return _Int(len(value))


FUNCTIONS: dict[str, Any] = {
    "string": _string,
    "size": _size,
    "contains": lambda text, part: _Truth(part in str(text)),
    "charAt": _char,
    "indexOf": _index,
    "lastIndexOf": _last_index,
    "join": lambda items, mark="": _Text(mark.join(items)),
    "lowerAscii": lambda text: _Text(text.lower()),
    "upperAscii": lambda text: _Text(text.upper()),
    "replace": _replace,
    "split": _split,
    "substring": _substring,
    "trim": lambda text: _Text(text.strip()),
    "format": _format,
    "find": _find,
    "findAll": _find_all,
    "isSorted": lambda items: _Truth(all(a <= b for a, b in pairwise(items))),
    "distinct": lambda items: _List([item for at, item in enumerate(items) if not _holds(items[:at], item)]),
    "reverse": lambda items: _List(items[::-1]),
    "sort": lambda items: _List(sorted(items)),
    "slice": lambda items, start, end: _List(items[start:end]) if 0 <= start <= end <= len(items) else failure("index out of range"),
    "first": lambda items: Maybe(*items[:1]),
    "last": lambda items: Maybe(*items[-1:]),
    "lists.range": lambda count: _List([_Int(at) for at in range(count)]),
    "sum": _sum,
    "min": _extreme(min, "min"),
    "max": _extreme(max, "max"),
    "sets.contains": lambda items, others: _Truth(all(_holds(items, item) for item in others)),
    "sets.intersects": lambda items, others: _Truth(any(_holds(items, item) for item in others)),
    "sets.equivalent": lambda items, others: _Truth(
        all(_holds(items, item) for item in others) and all(_holds(others, item) for item in items)
    ),
    "optional.of": Maybe,
    "optional.none": Maybe,
    "hasValue": lambda maybe: _Truth(bool(maybe.values)),
    "value": lambda maybe: maybe.value(),
    "or": lambda maybe, other: maybe if maybe.values else other,
    "orValue": lambda maybe, other: maybe.values[0] if maybe.values else other,
    **amounts.FUNCTIONS,
    **addresses.FUNCTIONS,
}
NAMESPACES = {name.partition(".")[0] for name in FUNCTIONS if "." in name}
