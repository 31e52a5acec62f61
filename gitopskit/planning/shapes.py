"""Which part of a body has the shape that a rule needs?

A body is what a person wrote: a field may be missing, null or of another type. `read` returns the fields that a shape names and no
others, null taken for missing and amounts spelled as the server spells them.

The trap that shaped it: a server refuses a whole object for one field of the wrong type, so half a body is never judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from gitopskit.schema.quantity import canonicalise, parse

Shape: TypeAlias = "Callable[[Any], Any] | list[Any] | Mapping[str, Any] | Needed"
"""A function that reads a value, a list with the shape of its items, or fields by name; ``*`` is any name."""

_MOST: Final = 2**63 - 1
_MOST_AT_ONCE: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Needed:
    """A field without which the server takes no object of this kind."""

    shape: Shape


def read(value: Any, shape: Shape) -> Any:
    """Return a copy of what a shape names of a value.

    Raises
    ------
    ValueError
        The value has another shape.

    Examples
    --------
    >>> read({"spec": {"replicas": 2, "paused": None, "more": []}}, {"spec": Needed({"replicas": whole, "paused": truth})})
    {'spec': {'replicas': 2}}
    """
    match shape:
        case Needed():
            return read(value, shape.shape)
        case list():
            if not isinstance(value, list | tuple):
                raise ValueError("no list")
            return [read(item, shape[0]) for item in value]
        case Mapping():
            if not isinstance(value, Mapping):
                raise ValueError("no fields")
            return {text(name): read(item, shape["*"]) for name, item in value.items()} if "*" in shape else _fields(value, shape)
    return shape(value)


def _fields(value: Mapping[str, Any], shape: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, inner in shape.items():
        item = value.get(name)
        if item is not None:
            found[name] = read(item, inner)
        elif isinstance(inner, Needed):
            raise ValueError(f"no {name}")
    return found


def text(value: Any) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def truth(value: Any) -> bool:
    """Read a boolean."""
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


def whole(value: Any) -> int:
    """Read how many there are to be: an int32 that is not negative."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_AT_ONCE:
        raise ValueError("no number of things")
    return value


def amount(value: Any) -> str:
    """Read a quantity that is not negative, in the spelling of the server."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("no amount")
    try:
        number = parse(value)
    except ArithmeticError as error:
        raise ValueError("beyond all amounts") from error
    if not 0 <= number <= _MOST:
        raise ValueError("negative, or beyond all amounts")
    return canonicalise(value)


def anything(_: Any) -> None:
    """Read nothing of a value: that it is there is enough."""
