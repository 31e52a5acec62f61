"""What is known of a value before there is one: its kind, its fields, its elements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gitopskit.schema.types import ANY, Type

DYNAMIC_KIND: Final = "dyn"
_FORMATS: Final = {"byte": "bytes", "duration": "duration", "date": "timestamp", "date-time": "timestamp"}
_SCALARS: Final = {"integer": "int", "number": "double", "boolean": "bool", "string": "string"}
_WORDS: Final = frozenset({
    "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
    "namespace", "return", "var", "void", "while",
})  # fmt: skip
_ESCAPES: Final = (("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is known of a value.

    Attributes
    ----------
    kind
        "bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration", "null", "type", "list", "map", "object", "dyn", or
        a kind that Kubernetes adds, such as "quantity".
    element
        Of a list the shape of its items, of a map that of its values.
    keys
        Of a list whose order does not count the names of the keys of its items; empty for a set, None where the order counts.
    fields
        Of an object what its fields are; called when it is asked, because schemas are deep.
    """

    kind: str
    element: Callable[[], Shape] | None = None
    fields: Callable[[], Mapping[str, Shape]] | None = None
    keys: tuple[str, ...] | None = None

    @property
    def inner(self) -> Shape:
        """The shape of what a list or map holds."""
        return self.element() if self.element else DYNAMIC

    @property
    def is_dynamic(self) -> bool:
        """Whether nothing is known."""
        return self.kind == DYNAMIC_KIND


DYNAMIC: Final = Shape(kind=DYNAMIC_KIND)
BOOL: Final = Shape(kind="bool")
STRING: Final = Shape(kind="string")


def shape_of(type_: Type, *, is_root: bool = False) -> Shape:
    """Return the shape of the values of a schema; a root has an identity beside what its schema names."""
    schema = type_.schema
    declared = schema.get("type")
    if schema.get("x-kubernetes-int-or-string") or declared is None:
        return DYNAMIC
    if declared == "array":
        keys = type_.keys if type_.is_set or type_.keys else None
        return Shape(kind="list", element=lambda: shape_of(type_.element), keys=keys)
    if declared == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return Shape(kind="map", element=lambda: shape_of(type_.element))
    if declared == "object":
        whole = is_root or bool(schema.get("x-kubernetes-embedded-resource"))
        return Shape(kind="object", fields=lambda: _fields(type_, whole=whole))
    return Shape(kind=_FORMATS.get(schema.get("format", ""), "string") if declared == "string" else _SCALARS[declared])


def _fields(type_: Type, *, whole: bool) -> dict[str, Shape]:
    named = {name: type_.child(name) for name in type_.names}
    fields = {escape(name): shape_of(child) for name, child in named.items() if child.kind != ANY or child.schema.get("type")}
    if whole:
        fields |= {"apiVersion": STRING, "kind": STRING, "metadata": _IDENTITY}
    return fields


_IDENTITY: Final = Shape(kind="object", fields=lambda: {"name": STRING, "generateName": STRING})


def escape(name: str) -> str:
    """Return the name by which an expression knows a field.

    Examples
    --------
    >>> [escape(name) for name in ("plain", "with-dash", "namespace")]
    ['plain', 'with__dash__dash', '__namespace__']
    """
    if name in _WORDS:
        return f"__{name}__"
    for mark, word in _ESCAPES:
        name = name.replace(mark, word)
    return name
