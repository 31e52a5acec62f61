"""Is an expression sound, before there is any value?

Every name must be known, every field must be in the schema, and operators must be given what they take. Where nothing is known of a
value, nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gitopskit.sandbox.rules.evaluation import check_literal, namespace_of
from gitopskit.sandbox.rules.language import RuleError
from gitopskit.sandbox.rules.macros import MACROS
from gitopskit.sandbox.rules.overloads import (
    NUMBERS,
    fits_together,
    given_of,
    is_called,
    is_related,
    maybe_of,
    mismatch,
    result_of,
    sum_of,
)
from gitopskit.sandbox.rules.shapes import BOOL, DYNAMIC, STRING, Shape
from gitopskit.sandbox.rules.signatures import CALLS, METHODS, TYPES
from gitopskit.sandbox.rules.trees import identifier

_LITERALS = {
    "FLOAT_LIT": "double", "INT_LIT": "int", "UINT_LIT": "uint", "STRING_LIT": "string", "MLSTRING_LIT": "string",
    "BYTES_LIT": "bytes", "BOOL_LIT": "bool", "NULL_LIT": "null",
}  # fmt: skip
_MARKS = {
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "in": "in",
    "add": "+", "sub": "-", "mul": "*", "div": "/", "mod": "%",
}  # fmt: skip

_ONE_NAME = {"filter", "optMap", "optFlatMap"}


class Checker:
    """Goes through one expression.

    Attributes
    ----------
    used
        Names of the variables that were mentioned.
    """

    def __init__(self, variables: Mapping[str, Shape]) -> None:
        self.used: set[str] = set()
        self._scope = dict(variables)
        self._given = frozenset(variables)
        self._mixes = False

    def infer(self, tree: Any) -> Shape:
        """Return the shape of what an expression comes to.

        Raises
        ------
        RuleError
            It is not sound.
        """
        rule = getattr(self, f"_{tree.data}", None)
        if rule is None:
            raise RuleError(f"unsupported syntax: {tree.data}")
        shape: Shape = rule(tree)
        return shape

    def _expr(self, tree: Any) -> Shape:
        if len(tree.children) == 1:
            return self.infer(tree.children[0])
        condition, left, right = map(self.infer, tree.children)
        self._want(condition, "bool", "_?_:_")
        if not fits_together(left, right):
            raise mismatch("_?_:_", condition, left, right)
        return DYNAMIC if left.is_dynamic or right.is_dynamic else left

    def _logical(self, tree: Any) -> Shape:
        if len(tree.children) == 1:
            return self.infer(tree.children[0])
        for child in tree.children:
            self._want(self.infer(child), "bool", "_||_" if tree.data == "conditionalor" else "_&&_")
        return BOOL

    _conditionalor = _conditionaland = _logical

    def _relation(self, tree: Any) -> Shape:
        if len(tree.children) == 1:
            return self.infer(tree.children[0])
        mark, left, right = self._operands(tree)
        fits = is_related(mark, left, right)
        if not fits:
            raise mismatch("@in" if mark == "in" else f"_{mark}_", left, right)
        return BOOL

    def _sum(self, tree: Any) -> Shape:
        if len(tree.children) == 1:
            return self.infer(tree.children[0])
        mark, left, right = self._operands(tree)
        return sum_of(mark, left, right)

    _addition = _multiplication = _sum

    def _operands(self, tree: Any) -> tuple[str, Shape, Shape]:
        first, second = tree.children
        return _MARKS[first.data.rpartition("_")[2]], self.infer(first.children[0]), self.infer(second)

    def _unary(self, tree: Any) -> Shape:
        shape = self.infer(tree.children[-1])
        if len(tree.children) > 1:
            is_not = tree.children[0].data == "unary_not"
            if not shape.is_dynamic and shape.kind not in ({"bool"} if is_not else NUMBERS):
                raise mismatch("!_" if is_not else "-_", shape)
        return shape

    def _only(self, tree: Any) -> Shape:
        return self.infer(tree.children[0])

    _member = _primary = _paren_expr = _only

    def _literal(self, tree: Any) -> Shape:
        return Shape(kind=_LITERALS[tree.children[0].type])

    def _list_lit(self, tree: Any) -> Shape:
        return Shape(kind="list", element=self._alike(tree.children[0].children if tree.children else []))

    def _map_lit(self, tree: Any) -> Shape:
        parts = tree.children[0].children if tree.children else []
        self._alike(parts[::2])
        return Shape(kind="map", element=self._alike(parts[1::2]))

    def _alike(self, parts: list[Any]) -> Callable[[], Shape] | None:
        """Return the shape that all of some expressions have; they must be of one kind."""
        shapes = [self.infer(part) for part in parts]
        for shape in shapes:
            if not self._mixes and not fits_together(shapes[0], shape):
                raise RuleError(f"expected type '{shapes[0].kind}' but found '{shape.kind}'")
        known = not self._mixes and all(not shape.is_dynamic for shape in shapes)
        return (lambda: shapes[0]) if shapes and known else None

    def _ident(self, tree: Any) -> Shape:
        name = str(tree.children[0].value)
        if name in self._scope:
            self.used |= {name} & self._given
            return self._scope[name]
        if name in TYPES:
            return Shape(kind="type")
        raise RuleError(f"undeclared reference to '{name}' (in container '')")

    def _member_dot(self, tree: Any) -> Shape:
        return self._field(self.infer(tree.children[0]), str(tree.children[1].value))

    def _field(self, target: Shape, name: str) -> Shape:
        if target.kind == "optional":
            return maybe_of(self._field(target.inner, name))
        if target.kind == "object" and target.fields:
            fields = target.fields()
            if name not in fields:
                raise RuleError(f"undefined field '{name}'")
            return fields[name]
        if target.kind not in ("map", "dyn"):
            raise RuleError(f"type '{target.kind}' does not support field selection")
        return target.inner

    def _member_optional(self, tree: Any) -> Shape:
        return maybe_of(self._field(given_of(self.infer(tree.children[0])), str(tree.children[1].value)))

    def _member_optional_index(self, tree: Any) -> Shape:
        target = given_of(self.infer(tree.children[0]))
        self.infer(tree.children[1])
        if target.kind not in ("list", "map", "dyn"):
            raise mismatch("_[?_]", target)
        return maybe_of(target.inner)

    def _member_index(self, tree: Any) -> Shape:
        target, key = map(self.infer, tree.children)
        if target.kind == "optional":
            return maybe_of(target.inner.inner)
        if target.kind not in ("list", "map", "dyn") or not fits_together(key, Shape(kind="int" if target.kind == "list" else key.kind)):
            raise mismatch("_[_]", target, key)
        return target.inner

    def _member_dot_arg(self, tree: Any) -> Shape:
        target, name = tree.children[0], str(tree.children[1].value)
        arguments = list(tree.children[2].children) if len(tree.children) > 2 else []
        if (path := namespace_of(target)) and path not in self._scope:
            return self._namespaced(f"{path}.{name}", arguments)
        if name in MACROS:
            return self._macro(name, self.infer(target), arguments)
        return self._method(self.infer(target), name, arguments)

    def _namespaced(self, name: str, arguments: list[Any]) -> Shape:
        if name not in CALLS:
            raise RuleError(f"undeclared reference to '{name}' (in container '')")
        return self._called(name, [self.infer(argument) for argument in arguments])

    def _macro(self, name: str, target: Shape, arguments: list[Any]) -> Shape:
        if len(arguments) not in ((2,) if name in _ONE_NAME else (2, 3)) or not identifier(arguments[0]):
            raise RuleError(f"unsupported use of the macro '{name}'")
        if name.startswith("opt"):
            self._want(target, "optional", name)
            made = self._with({identifier(arguments[0]): target.inner}, arguments[1])
            return made if made.kind == "optional" else maybe_of(made)
        if target.kind not in ("list", "map", "dyn"):
            raise RuleError(f"expression of type '{target.kind}' cannot be range of a comprehension (must be list, map, or dynamic)")
        item = STRING if target.kind == "map" else target.inner
        if len(arguments) == 3 and name != "map":
            place = Shape(kind="int") if target.kind == "list" else STRING if target.kind == "map" else DYNAMIC
            self._want(self._with({identifier(arguments[0]): place, identifier(arguments[1]): target.inner}, arguments[2]), "bool", name)
            return BOOL
        shapes = [self._with({identifier(arguments[0]): item}, argument) for argument in arguments[1:]]
        if name != "map" or len(shapes) == 2:
            self._want(shapes[0], "bool", name)
        return {"map": Shape(kind="list", element=lambda: shapes[-1]), "filter": Shape(kind="list", element=lambda: item)}.get(name, BOOL)

    def _with(self, named: Mapping[str, Shape], tree: Any) -> Shape:
        before, given = self._scope, self._given
        self._scope, self._given = {**before, **named}, given - set(named)
        try:
            return self.infer(tree)
        finally:
            self._scope, self._given = before, given

    def _method(self, target: Shape, name: str, trees: list[Any]) -> Shape:
        self._mixes = name == "format"  # the only place where a list may hold values of several kinds
        arguments = [self.infer(tree) for tree in trees]
        self._mixes = False
        if name not in METHODS:
            raise RuleError(f"undeclared reference to '{name}' (in container '')")
        if name == "matches" and trees:
            check_literal(name, trees[0])
        found = [result_of(signature, target, arguments) for signature in METHODS[name] if is_called(signature, target, arguments)]
        if not found:
            raise mismatch(name, target, *arguments)
        return found[0] if len({shape.kind for shape in found}) == 1 else DYNAMIC

    def _ident_arg(self, tree: Any) -> Shape:
        name = str(tree.children[0].value)
        arguments = list(tree.children[1].children) if len(tree.children) > 1 else []
        if name == "has":
            return self._has(arguments)
        if name not in CALLS:
            raise RuleError(f"undeclared reference to '{name}' (in container '')")
        if name in ("duration", "timestamp") and arguments:
            check_literal(name, arguments[0])
        return self._called(name, [self.infer(argument) for argument in arguments])

    def _has(self, arguments: list[Any]) -> Shape:
        tree = arguments[0] if len(arguments) == 1 else None
        while tree is not None and tree.data != "member_dot":
            tree = tree.children[0] if len(tree.children) == 1 and not isinstance(tree.children[0], str) else None
        if tree is None:
            raise RuleError("invalid argument to has() macro")
        self.infer(tree)
        return BOOL

    def _called(self, name: str, arguments: list[Shape]) -> Shape:
        if not is_called(CALLS[name], DYNAMIC, arguments):
            raise mismatch(name, *arguments)
        return result_of(CALLS[name], DYNAMIC, arguments)

    def _want(self, shape: Shape, kind: str, where: str) -> None:
        if not shape.is_dynamic and shape.kind != kind:
            raise mismatch(where, shape)
