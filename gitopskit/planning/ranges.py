"""Which integers would the server silently wrap?

Server-side apply takes 4294967298 for an int32 field and stores 2, whatever field validation says. So integers are checked against
the schema's format before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopskit.model.paths import FieldPath, render_path

_LIMITS: Final = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_PREFIX: Final = "#/components/schemas/"

Components = Mapping[str, Mapping[str, Any]]


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
    elif isinstance(value, int | float) and not isinstance(value, bool) and schema.get("type") == "integer":
        low, high = _LIMITS.get(schema.get("format", "int64"), _LIMITS["int64"])
        if not low <= value <= high:
            yield f"{render_path(path)}: {value} does not fit into {schema.get('format', 'int64')} ({low} to {high})"


def resolve(schema: Mapping[str, Any], components: Components) -> Mapping[str, Any]:
    """Follow references, also those that OpenAPI wraps in a one-element ``allOf``."""
    while True:
        if reference := schema.get("$ref"):
            schema = components.get(reference.removeprefix(_PREFIX), {})
        elif len(schema.get("allOf") or ()) == 1:
            schema = schema["allOf"][0]
        else:
            return schema
