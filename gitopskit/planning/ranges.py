"""Which integers would the server silently wrap?

Server-side apply takes 4294967298 for an int32 field and stores 2, whatever field validation says. So integers are checked against
the schema's format before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopskit.model.paths import FieldPath, render_path
from gitopskit.planning.diff import stated_fields, value_at
from gitopskit.schema.types import Type

_LIMITS: Final = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}


def out_of_range(body: Any, type_: Type) -> list[str]:
    """Return one sentence per integer that lies outside the format of its field."""
    return list(_walk(body, type_, ()))


def _walk(value: Any, type_: Type, path: FieldPath) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _walk(item, type_.child(name), (*path, name))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _walk(item, type_.element, (*path, position))
    elif isinstance(value, int | float) and not isinstance(value, bool) and (name := _integer_format(type_.schema)):
        low, high = _LIMITS[name]
        if not low <= value <= high:
            yield f"{render_path(path)}: {value} does not fit into {name} ({low} to {high})"


def _integer_format(schema: Mapping[str, Any]) -> str:
    if schema.get("format") == "int-or-string" or schema.get("x-kubernetes-int-or-string"):
        return "int32"
    found = str(schema.get("format", "int64"))
    return "" if schema.get("type") != "integer" else found if found in _LIMITS else "int64"


def wrapped_integers(desired: Mapping[str, Any], stored: Mapping[str, Any]) -> list[str]:
    """Return one sentence per integer that the server answered with another value than was sent."""
    if not _has_integers(desired):
        return []
    return [
        f"{render_path(field.path)}: the server makes {found} of {field.after}"
        for field in stated_fields(desired)
        if type(field.after) is int and type(found := value_at(stored, field.path)) is int and found != field.after
    ]


def _has_integers(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_integers, value.values()))
    return any(map(_has_integers, value)) if isinstance(value, list) else type(value) is int
