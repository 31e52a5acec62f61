"""Evaluating a parsed expression: the library's evaluator, where it is not what Kubernetes' own does.

Differing are numbers of different types (which may be compared), values of different types (which are unequal, no error), ``has``
(which looks for one field and lets every other error through), macros with errors inside, and the words of errors.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from celpy import celtypes
from celpy.evaluation import Activation, CELEvalError, Evaluator

from gitopskit.sandbox.kinds.rules.functions import FUNCTIONS, NAMESPACES, failure
from gitopskit.sandbox.kinds.rules.language import RuleError
from gitopskit.sandbox.kinds.rules.macros import MACROS

_TRUTH = celtypes.BoolType


def evaluate(tree: Any, values: Mapping[str, Any]) -> Any:
    """Return what a parsed expression comes to.

    Raises
    ------
    RuleError
        There is no answer.
    """
    try:
        found = Evaluation(tree, Activation(vars=dict(values), functions=_ALL)).visit(tree)
    except CELEvalError as error:
        found = error
    except RecursionError as error:
        raise RuleError("expression is nested too deeply") from error
    if isinstance(found, CELEvalError):
        raise RuleError(str(found.args[0]))
    return found


class Evaluation(Evaluator):
    """One evaluation."""

    def sub_evaluator(self, ast: Any) -> Evaluation:
        """Return an evaluation of a part."""
        return Evaluation(ast, activation=self.activation)

    def inside(self, tree: Any, bound: Mapping[str, Any]) -> Any:
        """Return what a part comes to with more variables."""
        part = self.sub_evaluator(tree).set_activation(dict(bound))
        return part.visit(tree)

    def macro_has_eval(self, exprlist: Any) -> Any:
        """Return whether a field is there."""
        selection = _selection(exprlist)
        target = self.visit(selection.children[0])
        if isinstance(target, CELEvalError):
            return target
        if target is None:
            return _TRUTH(False)
        if not isinstance(target, celtypes.MapType):
            return failure("no such overload")
        return _TRUTH(selection.children[1].value in target)

    def member_dot(self, tree: Any) -> Any:
        """Return a field."""
        target, name = self.visit(tree.children[0]), tree.children[1].value
        if isinstance(target, CELEvalError):
            return target
        if not isinstance(target, celtypes.MapType):
            return failure("no such overload")
        return target[name] if name in target else failure(f"no such key: {name}")

    def member_index(self, tree: Any) -> Any:
        """Return an item of a list, or a value of a map."""
        target, key = (self.visit(child) for child in tree.children)
        for found in (target, key):
            if isinstance(found, CELEvalError):
                return found
        if isinstance(target, celtypes.MapType):
            return target[key] if key in target else failure(f"no such key: {key}")
        if not isinstance(target, list) or not isinstance(key, int):
            return failure("no such overload")
        return target[key] if 0 <= key < len(target) else failure(f"index out of bounds: {key}")

    def member_dot_arg(self, tree: Any) -> Any:
        """Return what a macro, a function of a namespace or a method comes to."""
        target, name = tree.children[0], tree.children[1].value
        arguments = tree.children[2].children if len(tree.children) > 2 else []
        if path := namespace_of(target):
            return self._call(f"{path}.{name}", arguments)
        if name in MACROS:
            return MACROS[name](self, self.visit(target), arguments)
        return self._call(name, [target, *arguments])

    def _call(self, name: str, arguments: list[Any]) -> Any:
        if name == "cel.bind":
            value = self.visit(arguments[1])
            return value if isinstance(value, CELEvalError) else self.inside(arguments[2], {identifier(arguments[0]): value})
        values = [self.visit(argument) for argument in arguments]
        for value in values:
            if isinstance(value, CELEvalError):
                return value
        return called(self.activation.resolve_function(name), values)

    def function_eval(self, name_token: Any, exprlist: Any = None) -> Any:
        """Return what a function comes to."""
        values = list(exprlist or [])
        wrong = next((value for value in values if isinstance(value, CELEvalError)), None)
        return wrong if wrong is not None else called(self.activation.resolve_function(name_token.value), values, name_token.value)


def called(function: Callable[..., Any], values: list[Any], name: str = "") -> Any:
    """Return what a function makes of values, or the error that it is worded by."""
    try:
        return function(*values)
    except (TypeError, AttributeError, KeyError):
        return failure("no such overload")
    except ValueError as error:
        if name in _CONVERSIONS and values and isinstance(values[0], str):
            return failure(f"type conversion error from 'string' to '{_CONVERSIONS[name]}'")
        return failure(str(error))


_CONVERSIONS = {"int": "int", "uint": "uint", "double": "double", "bool": "bool", "duration": "duration", "timestamp": "timestamp"}


def namespace_of(tree: Any) -> str:
    """Return the name of a namespace of functions, if a tree is just that."""
    name = identifier(tree)
    return name if name in NAMESPACES else ""


def identifier(tree: Any) -> str:
    """Return the name that a tree consists of; empty if it is more than a name."""
    while tree.data != "ident":
        if len(tree.children) != 1 or isinstance(tree.children[0], str):
            return ""
        tree = tree.children[0]
    return str(tree.children[0].value)


def _selection(tree: Any) -> Any:
    while tree.data != "member_dot":
        tree = tree.children[0]
    return tree


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
        if right == 0 and isinstance(right, int):
            return failure(f"{word} by zero")
        return divide(left, right)

    return check


_OPERATORS = {
    "_<_": _compared(operator.lt),
    "_<=_": _compared(operator.le),
    "_>_": _compared(operator.gt),
    "_>=_": _compared(operator.ge),
    "_==_": _equal,
    "_!=_": _unequal,
    "_in_": _contained,
    "_/_": _divided(operator.truediv, "division"),
    "_%_": _divided(operator.mod, "modulus"),
}
_ALL = {**FUNCTIONS, **_OPERATORS}
