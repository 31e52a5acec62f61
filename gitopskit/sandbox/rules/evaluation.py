"""Evaluating a parsed expression: the library's evaluator, where it is not what Kubernetes' own does.

Differing are numbers of different types (which may be compared), values of different types (which are unequal, no error), ``has``
(which looks for one field and lets every other error through), macros with errors inside, and the words of errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from celpy import celtypes
from celpy.evaluation import Activation, CELEvalError, Evaluator, base_functions

from gitopskit.sandbox.rules.errors import failure
from gitopskit.sandbox.rules.functions import FUNCTIONS, NAMESPACES
from gitopskit.sandbox.rules.language import RuleError
from gitopskit.sandbox.rules.macros import MACROS
from gitopskit.sandbox.rules.operators import OPERATORS
from gitopskit.sandbox.rules.optional import Maybe, as_maybe
from gitopskit.sandbox.rules.trees import identifier

_TRUTH = celtypes.BoolType
_ALL = {**FUNCTIONS, **OPERATORS}
_TYPES = {
    "bool": celtypes.BoolType, "bytes": celtypes.BytesType, "double": celtypes.DoubleType, "int": celtypes.IntType,
    "list": celtypes.ListType, "map": celtypes.MapType, "null_type": type(None), "string": celtypes.StringType, "type": type,
    "uint": celtypes.UintType,
}  # fmt: skip
_WORDED = {"return error for overflow": "integer overflow"}


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
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:  # as the library meets what it does not expect
        raise RuleError("no such overload") from error
    if isinstance(found, CELEvalError):
        text = str(found.args[0])
        raise RuleError(_WORDED.get(text, text))
    return found


class Evaluation(Evaluator):
    """One evaluation."""

    def sub_evaluator(self, ast: Any) -> Evaluation:
        """Return an evaluation of a part."""
        return Evaluation(ast, activation=self.activation)

    def ident_value(self, name: str, root_scope: bool = False) -> Any:
        """Return a variable, or a type."""
        return _TYPES[name] if name in _TYPES else super().ident_value(name, root_scope)

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
        if isinstance(target, Maybe):
            return target.inside(name)
        if not isinstance(target, celtypes.MapType):
            return failure("no such overload")
        return target[name] if name in target else failure(f"no such key: {name}")

    def member_optional(self, tree: Any) -> Any:
        """Return a field that may not be there."""
        target = self.visit(tree.children[0])
        return target if isinstance(target, CELEvalError) else as_maybe(target).inside(tree.children[1].value)

    def member_optional_index(self, tree: Any) -> Any:
        """Return an item or a value that may not be there."""
        target, key = (self.visit(child) for child in tree.children)
        wrong = next((found for found in (target, key) if isinstance(found, CELEvalError)), None)
        return as_maybe(target).inside(key) if wrong is None else wrong

    def member_index(self, tree: Any) -> Any:
        """Return an item of a list, or a value of a map."""
        target, key = (self.visit(child) for child in tree.children)
        for found in (target, key):
            if isinstance(found, CELEvalError):
                return found
        if isinstance(target, Maybe):
            return target.inside(key)
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


def check_literal(name: str, argument: Any) -> None:
    """Refuse a text that stands in an expression for a duration, a moment or a pattern, and is none.

    Raises
    ------
    RuleError
        It is none.
    """
    while len(argument.children) == 1 and argument.data != "literal":
        argument = argument.children[0]
    if argument.data != "literal" or not argument.children[0].type.endswith("STRING_LIT"):
        return
    text = evaluate(argument, {})
    function = _ALL.get(name) or base_functions[name]
    found = called(function, [text, text] if name == "matches" else [text])
    if isinstance(found, CELEvalError):
        raise RuleError(f"invalid {name} argument")


def namespace_of(tree: Any) -> str:
    """Return the name of a namespace of functions, if a tree is just that."""
    name = identifier(tree)
    return name if name in NAMESPACES else ""


def _selection(tree: Any) -> Any:
    while tree.data != "member_dot":
        tree = tree.children[0]
    return tree
