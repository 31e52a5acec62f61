"""Which integers would the server silently wrap?

Server-side apply takes 4294967298 for an int32 field and stores 2, whatever field validation says. So integers are checked against
the schema's format before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from gitopskit.model.paths import FieldPath, render_path
from gitopskit.planning.diff import stated_fields, value_at

_LIMITS: Final = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_PREFIX: Final = "#/components/schemas/"

Components: TypeAlias = Mapping[str, Mapping[str, Any]]


def out_of_range(body: Any, schema: Mapping[str, Any], components: Components) -> list[str]:
    """Return one sentence per integer that lies outside the format of its field."""
    return list(_walk(body, schema, components, ()))


def _walk(value: Any, schema: Mapping[str, Any], components: Components, path: FieldPath) -> Iterator[str]:
    schema = resolve(schema, components)
    if isinstance(value, Mapping):
        named, others = schema.get("properties") or {}, schema.get("additionalProperties")
        for name, item in value.items():
            below = named.get(name, others)
            if isinstance(below, Mapping):
                yield from _walk(item, below, components, (*path, name))
    elif isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        for position, item in enumerate(value):
            yield from _walk(item, schema["items"], components, (*path, position))
    elif isinstance(value, int | float) and not isinstance(value, bool) and (name := _integer_format(schema)):
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
    return [
        f"{render_path(field.path)}: the server makes {found} of {field.after}"
        for field in stated_fields(desired)
        if type(field.after) is int and type(found := value_at(stored, field.path)) is int and found != field.after
    ]


def resolve(schema: Mapping[str, Any], components: Components) -> Mapping[str, Any]:
    """Follow references, also those that OpenAPI wraps in a one-element ``allOf``."""
    while True:
        if reference := schema.get("$ref"):
            schema = components.get(reference.removeprefix(_PREFIX), {})
        elif len(schema.get("allOf") or ()) == 1:
            schema = schema["allOf"][0]
        else:
            return schema
