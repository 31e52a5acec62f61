"""What type is a field?

A `Type` says what structured merge needs of an OpenAPI schema: map, list, scalar or untyped; granular or atomic; the keys of a list.
Types are built when they are first asked for, because Kubernetes has hundreds of them, some recursive, and start-up must be quick.

References
----------
Kubernetes, "Server-Side Apply", merge strategy; ``x-kubernetes-list-type``, ``-list-map-keys``, ``-map-type``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

MAP: Final = "map"
LIST: Final = "list"
SCALAR: Final = "scalar"
ANY: Final = "any"

_REF: Final = "#/components/schemas/"
Schema = Mapping[str, Any]


class Type:
    """One type.

    Attributes
    ----------
    kind
        "map", "list", "scalar", or "any" (untyped: what it is depends on the value).
    scalar
        What a scalar must be: "string", "numeric" or "boolean"; empty where anything goes.
    schema
        The OpenAPI schema, references followed.
    is_atomic
        Whether it is owned as one value.
    keys
        Names of the keys of a keyed list; empty for a set or an atomic list.
    is_set
        Whether it is a list that is a set.
    default
        The schema's default; None where there is none.
    """

    __slots__ = (
        "_components", "_element", "_fields", "default", "is_atomic", "is_set", "keys", "kind", "scalar", "schema",
    )  # fmt: skip

    def __init__(self, schema: Schema, components: Mapping[str, Schema]) -> None:
        resolved, default = _resolve(schema, components)
        self.schema = resolved
        self.default = default
        self._components = components
        self._fields: dict[str, Type | None] = {}
        self._element: Type | None = None
        self.kind = _kind(resolved)
        self.scalar = _scalar(resolved) if self.kind == SCALAR else ""
        list_type = resolved.get("x-kubernetes-list-type") or schema.get("x-kubernetes-list-type") or "atomic"
        map_type = resolved.get("x-kubernetes-map-type") or schema.get("x-kubernetes-map-type")
        self.is_set = self.kind == LIST and list_type == "set"
        listed = resolved.get("x-kubernetes-list-map-keys") or schema.get("x-kubernetes-list-map-keys") or ()
        self.keys: tuple[str, ...] = tuple(listed) if self.kind == LIST and list_type == "map" else ()
        self.is_atomic = map_type == "atomic" if self.kind == MAP else self.kind == LIST and not (self.is_set or self.keys)
        self.is_atomic = self.is_atomic or (self.kind == MAP and not _has_fields(resolved))

    def field(self, name: str) -> Type | None:
        """Return the type of a named field (a property); None if the schema does not name it."""
        if name not in self._fields:
            schema = (self.schema.get("properties") or {}).get(name)
            self._fields[name] = None if schema is None else Type(schema, self._components)
        return self._fields[name]

    def child(self, name: str) -> Type:
        """Return the type of a value in a map, named or not."""
        return self.field(name) or self.element

    @property
    def element(self) -> Type:
        """The type of the items of a list, or of the unnamed values of a map."""
        if self._element is None:
            schema = self.schema.get("items") if self.kind == LIST else self.schema.get("additionalProperties")
            self._element = Type(schema, self._components) if isinstance(schema, Mapping) else UNTYPED
        return self._element

    def branch(self, schema: Schema) -> Type:
        """Return the type of one of several combined schemas; it knows the same components."""
        return Type(schema, self._components)

    def is_named(self, name: str) -> bool:
        """Whether the schema names the field."""
        return name in (self.schema.get("properties") or {})

    def allows(self, name: str) -> bool:
        """Whether a map of this type may have such a field."""
        return self.kind == ANY or self.is_named(name) or self.keeps_unknown or not self.names

    @property
    def names(self) -> Mapping[str, Any]:
        """The named fields and their schemas."""
        return self.schema.get("properties") or {}

    @property
    def keeps_unknown(self) -> bool:
        """Whether fields that the schema does not name are kept."""
        unnamed = self.schema.get("additionalProperties")
        return bool(self.schema.get("x-kubernetes-preserve-unknown-fields")) or unnamed not in (None, False)


def shape(type_: Type, value: Any) -> str:
    """Return what a value of this type is: "map", "list" or "scalar"; untyped values are what they are."""
    if type_.kind != ANY:
        return type_.kind
    return MAP if isinstance(value, Mapping) else LIST if isinstance(value, list) else SCALAR


def _kind(schema: Schema) -> str:
    declared = schema.get("type")
    is_either = schema.get("x-kubernetes-int-or-string") or (schema.get("oneOf") and not declared)
    if is_either or schema.get("format") in ("int-or-string", "quantity"):
        return SCALAR
    if declared == "array":
        return LIST
    if _has_fields(schema):
        return MAP
    if declared == "object" and not schema.get("x-kubernetes-preserve-unknown-fields"):
        return MAP
    if declared is None or schema.get("x-kubernetes-preserve-unknown-fields"):
        return ANY
    return SCALAR


_SCALARS: Final = {"integer": "numeric", "number": "numeric", "boolean": "boolean", "string": "string"}


def _scalar(schema: Schema) -> str:
    if schema.get("x-kubernetes-int-or-string") or schema.get("oneOf"):
        return ""
    if schema.get("type") == "string" and schema.get("format", "") not in ("", "byte"):
        return ""
    return _SCALARS.get(schema.get("type", ""), "")


def _has_fields(schema: Schema) -> bool:
    return bool(schema.get("properties")) or isinstance(schema.get("additionalProperties"), Mapping)


def _resolve(schema: Schema, components: Mapping[str, Schema]) -> tuple[Schema, Any]:
    """Follow references and one-element ``allOf``; return the schema with the outermost default."""
    default = schema.get("default")
    while True:
        if reference := schema.get("$ref"):
            schema = components.get(reference.removeprefix(_REF), {})
        elif len(schema.get("allOf") or ()) == 1 and not schema.get("properties"):
            schema = schema["allOf"][0]
        else:
            return schema, default if default is not None else schema.get("default")


UNTYPED: Final = Type({}, {})
