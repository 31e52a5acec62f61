"""What operators and functions take: which shapes go together, and what comes of it."""

from __future__ import annotations

from gitopskit.sandbox.rules.language import RuleError
from gitopskit.sandbox.rules.shapes import DYNAMIC, STRING, Shape
from gitopskit.sandbox.rules.signatures import ORDERED, Signature

NUMBERS = {"int", "uint", "double"}
_CLOSED = NUMBERS | {"string", "bytes", "list"}  # what these are added to is of their own kind
_SUMS = {
    ("timestamp", "duration"): "timestamp", ("duration", "timestamp"): "timestamp", ("duration", "duration"): "duration",
}  # fmt: skip


def is_related(mark: str, left: Shape, right: Shape) -> bool:
    """Whether a comparison, or ``in``, may stand between two values."""
    if mark == "in":
        return right.kind in ("list", "map", "dyn") and fits_together(left, STRING if right.kind == "map" else right.inner)
    if mark in ("==", "!="):
        return fits_together(left, right)
    fits = fits_together(left, right) or {left.kind, right.kind} <= NUMBERS
    return fits and {left.kind, right.kind} <= ORDERED | {"dyn"}


def sum_of(mark: str, left: Shape, right: Shape) -> Shape:
    """Return the shape of what an arithmetic operator makes of two values.

    Raises
    ------
    RuleError
        It takes no such values.
    """
    if left.is_dynamic or right.is_dynamic:
        return next((side for side in (left, right) if side.kind in _CLOSED), DYNAMIC)
    if left.kind == right.kind and (left.kind in NUMBERS or (mark == "+" and left.kind in ("string", "bytes", "list"))):
        return left
    if (left.kind, right.kind) == ("timestamp", "timestamp") and mark == "-":
        return Shape(kind="duration")
    if mark in "+-" and (left.kind, right.kind) in _SUMS:
        return Shape(kind=_SUMS[left.kind, right.kind])
    raise mismatch(f"_{mark}_", left, right)


def maybe_of(shape: Shape) -> Shape:
    """Return the shape of a value that may not be there."""
    return Shape(kind="optional", element=lambda: shape)


def given_of(shape: Shape) -> Shape:
    """Return the shape of a value if it is there."""
    return shape.inner if shape.kind == "optional" else shape


def is_called(signature: Signature, target: Shape, arguments: list[Shape]) -> bool:
    """Whether a function may be called on a value, with arguments."""
    if signature.target and not target.is_dynamic and target.kind != signature.target:
        return False
    if not signature.least <= len(arguments) <= len(signature.takes):
        return False
    return all(_takes(wanted, argument, target) for wanted, argument in zip(signature.takes, arguments, strict=False))


def _takes(wanted: str, given: Shape, target: Shape) -> bool:
    if wanted == "item":
        return fits_together(target.inner, given)
    return given.is_dynamic or wanted == "any" or given.kind in wanted.split("|")


def result_of(signature: Signature, target: Shape, arguments: list[Shape]) -> Shape:
    """Return the shape of what a call gives."""
    match signature.gives:
        case "inner":
            return target.inner
        case "same":
            return Shape(kind=signature.target, element=lambda: target.inner)
        case "texts":
            return Shape(kind="list", element=lambda: STRING)
        case "optional":
            return maybe_of(arguments[0] if arguments else target.inner)
    return Shape(kind=signature.gives)


def fits_together(left: Shape, right: Shape) -> bool:
    """Whether two shapes may stand for the same values."""
    kinds = {left.kind, right.kind}
    if "dyn" in kinds or len(kinds & {"map", "object"}) == 2:
        return True
    if "null" in kinds:
        return kinds <= {"null", "object", "timestamp", "duration"}
    return len(kinds) == 1 and (left.kind not in ("list", "optional") or fits_together(left.inner, right.inner))


def mismatch(operator: str, *shapes: Shape) -> RuleError:
    """Return the error that an operator or function does not take such values."""
    return RuleError(f"found no matching overload for '{operator}' applied to '({', '.join(shape.kind for shape in shapes)})'")
