"""Operators, where the library's are not those of Kubernetes: numbers of different types compare, values of different types are unequal."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

from celpy import celtypes
from celpy.evaluation import CELEvalError

from gitopskit.sandbox.rules.errors import failure

_TRUTH = celtypes.BoolType


class Unordered(celtypes.ListType):
    """A list whose order does not count: a set, or a list of items that are known by their keys."""

    def __init__(self, items: list[Any], keys: tuple[str, ...]) -> None:
        super().__init__(items)
        self._keys = keys

    def joined(self, others: list[Any]) -> Unordered:
        """Return this list and what another adds; an item of the same key takes its place."""
        left = {self._place(item): item for item in self} | {self._place(item): item for item in others}
        return Unordered(list(left.values()), self._keys)

    def _place(self, item: Any) -> str:
        return repr([item.get(celtypes.StringType(name)) for name in self._keys] if self._keys else item)


def _compared(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
    """Return a comparison that knows numbers of different types."""

    def check(left: Any, right: Any) -> Any:
        for value in (left, right):
            if isinstance(value, CELEvalError):
                return value
        try:
            return _TRUTH(compare(*_comparable(left, right)))
        except TypeError:
            return failure("no such overload")

    return check


def _comparable(left: Any, right: Any) -> Iterator[Any]:
    numbers = [_is_number(left), _is_number(right)]
    if any(numbers) and not all(numbers):
        raise TypeError("only numbers are compared with numbers")
    for value in (left, right):
        if value is None or isinstance(value, list | dict):
            raise TypeError("no order")
        yield (float(value) if isinstance(value, float) else int(value)) if all(numbers) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, celtypes.BoolType)


def _equal(left: Any, right: Any) -> Any:
    for value in (left, right):
        if isinstance(value, CELEvalError):
            return value
    return _TRUTH(is_equal(left, right))


def is_equal(left: Any, right: Any) -> bool:
    """Whether two values are equal; those of different types are not, but for numbers."""
    if _is_number(left) and _is_number(right):
        return bool(operator.eq(*(float(value) if isinstance(value, float) else int(value) for value in (left, right))))
    if isinstance(left, Unordered) and isinstance(right, list):
        return len(left) == len(right) and all(any(is_equal(item, other) for other in right) for item in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(is_equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(is_equal(item, right[name]) for name, item in left.items())
    if isinstance(left, type) or isinstance(right, type):
        return left is right
    return type(left) is type(right) and bool(left == right)


def _unequal(left: Any, right: Any) -> Any:
    found = _equal(left, right)
    return found if isinstance(found, CELEvalError) else _TRUTH(not found)


def _contained(item: Any, container: Any) -> Any:
    for value in (item, container):
        if isinstance(value, CELEvalError):
            return value
    if not isinstance(container, list | dict):
        return failure("no such overload")
    return _TRUTH(any(is_equal(item, other) for other in container))


def _divided(divide: Callable[[Any, Any], Any], word: str) -> Callable[[Any, Any], Any]:
    def check(left: Any, right: Any) -> Any:
        for value in (left, right):
            if isinstance(value, CELEvalError):
                return value
        if isinstance(right, int) and int(right) == 0:
            return failure(f"{word} by zero")
        return divide(left, right)

    return check


def _sum(left: Any, right: Any) -> Any:
    """Return a sum of the type that its parts have; Python gives its own."""
    if isinstance(left, Unordered):
        return left.joined(right)
    found = left + right
    return next((cel(found) for python, cel in _OWN.items() if type(found) is python), found)


_OWN: dict[type, Any] = {str: celtypes.StringType, bytes: celtypes.BytesType, list: celtypes.ListType}
OPERATORS = {
    "_<_": _compared(operator.lt),
    "_<=_": _compared(operator.le),
    "_>_": _compared(operator.gt),
    "_>=_": _compared(operator.ge),
    "_==_": _equal,
    "_!=_": _unequal,
    "_in_": _contained,
    "_+_": _sum,
    "_/_": _divided(operator.truediv, "division"),
    "_%_": _divided(operator.mod, "modulus"),
}
