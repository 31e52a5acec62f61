"""Does a value have the structure that its type asks for?

What server-side apply checks before it merges: maps, lists and scalars where the schema has them, declared fields, and no two items with
the same keys. The messages are the real server's, which prints values as Go does.

References
----------
sigs.k8s.io/structured-merge-diff, ``typed``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from gitopskit.model.values import Sensitive
from gitopskit.schema.types import ANY, LIST, MAP, Type

_GO_TYPES: Final = {str: "string", bool: "bool", int: "int64", float: "float64", dict: "map[string]interface {}", list: "[]interface {}"}
_NUMBERS: Final = (int, float)


def check_typed(value: Any, type_: Type) -> None:
    """Make sure that a value has the structure of its type.

    Raises
    ------
    ValueError
        It has not; every problem is named.
    """
    found = list(_problems(value, type_, ""))
    if found:
        raise ValueError(found[0] if len(found) == 1 else "\n  ".join(["errors:", *found]))


def _problems(value: Any, type_: Type, where: str) -> Iterator[str]:
    if value is None or type_.kind == ANY:
        return
    if type_.kind == MAP:
        yield from _map_problems(value, type_, where)
    elif type_.kind == LIST:
        yield from _list_problems(value, type_, where)
    elif problem := _scalar_problem(value, type_.scalar):
        yield f"{where}: {problem}"


def _map_problems(value: Any, type_: Type, where: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{where or '.'}: expected map, got &{{{printed(value)}}}"
        return
    for name, item in value.items():
        if type_.allows(name):
            yield from _problems(item, type_.child(name), f"{where}.{name}")
        else:
            yield f"{where}.{name}: field not declared in schema"


def _list_problems(value: Any, type_: Type, where: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{where or '.'}: expected list, got &{{{printed(value)}}}"
        return
    seen: set[str] = set()
    for position, item in enumerate(value):
        element = f"[{position}]"
        if type_.is_set or type_.keys:
            try:
                text = item_text(item, type_)
            except ValueError as error:
                yield f"{where}: element {position}: {error}"
                return
            element = _shown(text)
            if text in seen:
                yield f"{where}: duplicate entries for key {element}"
            seen.add(text)
        yield from _problems(item, type_.element, f"{where}{element}")


def item_text(item: Any, type_: Type) -> str:
    """Return the FieldsV1 text of an item of a set or keyed list; a key that is not stated has the schema's default.

    Raises
    ------
    ValueError
        It is no map, or states no key.
    """
    if type_.is_set:
        return f"v:{orjson.dumps(item).decode()}"
    if not isinstance(item, Mapping):
        raise ValueError("associative list with keys may not have non-map elements")
    keys = {}
    for name in type_.keys:
        if name in item:
            keys[name] = item[name]
        elif (named := type_.element.field(name)) and named.default is not None:
            keys[name] = named.default
    if not keys:
        raise ValueError(f"associative list with keys has an element that omits all key fields {list(type_.keys)}")
    return f"k:{orjson.dumps(keys, option=orjson.OPT_SORT_KEYS).decode()}"


def _shown(text: str) -> str:
    if text.startswith("v:"):
        return f"[={text[2:]}]"
    return "[" + ",".join(f"{name}={orjson.dumps(value).decode()}" for name, value in orjson.loads(text[2:]).items()) + "]"


def _scalar_problem(value: Any, scalar: str) -> str:
    if isinstance(value, Sensitive):
        return "" if scalar in ("", "string") else f"expected {scalar}, got a secret"
    match scalar:
        case "string" if type(value) is not str:
            return f"expected string, got &value.valueUnstructured{{Value:{_syntax(value)}}}"
        case "numeric" if type(value) not in _NUMBERS:
            return f"expected numeric (int or float), got {_GO_TYPES[type(value)]}"
        case "boolean" if type(value) is not bool:
            return f"expected boolean, got &{{{printed(value)}}}"
    return "" if scalar or not isinstance(value, Mapping | list) else f"expected any scalar, got &{{{printed(value)}}}"


def printed(value: Any) -> str:
    """Return a value as Go prints it."""
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{name}:{printed(item)}" for name, item in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(printed, value)) + "]"
    if isinstance(value, Sensitive):
        return "a secret"
    return "<nil>" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _syntax(value: Any) -> str:
    """Return a value in Go's syntax."""
    if isinstance(value, Mapping):
        return "map[string]interface {}{" + ", ".join(f"{_syntax(key)}:{_syntax(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[]interface {}{" + ", ".join(map(_syntax, value)) + "}"
    return "interface {}(nil)" if value is None else orjson.dumps(value).decode()
