"""The macros: expressions that are asked of each item of a list, or of each key of a map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from celpy import celtypes
from celpy.evaluation import CELEvalError

from gitopskit.sandbox.rules.errors import failure
from gitopskit.sandbox.rules.optional import Maybe, as_maybe
from gitopskit.sandbox.rules.trees import identifier

Macro = Callable[[Any, Any, list[Any]], Any]


def _over(evaluation: Any, target: Any, arguments: list[Any], at: int = 1) -> Iterator[tuple[Any, Any]]:
    """Yield each item, and what an argument comes to for it."""
    name = identifier(arguments[0])
    for item in target:
        yield item, evaluation.inside(arguments[at], {name: item})


def _asked(evaluation: Any, target: Any, arguments: list[Any]) -> Iterator[Any]:
    """Yield what a question comes to for each item, or for each item and its place."""
    if len(arguments) == 2:
        yield from (found for _, found in _over(evaluation, target, arguments))
        return
    place, name = map(identifier, arguments[:2])
    for key, item in target.items() if isinstance(target, dict) else enumerate(target):
        yield evaluation.inside(arguments[2], {place: celtypes.IntType(key) if isinstance(key, int) else key, name: item})


def _checked(macro: Macro) -> Macro:
    """Return a macro that hands on errors, and refuses what has no items."""

    def check(evaluation: Any, target: Any, arguments: list[Any]) -> Any:
        if isinstance(target, CELEvalError):
            return target
        return macro(evaluation, target, arguments) if isinstance(target, list | dict) else failure("no such overload")

    return check


def _decides(answer: bool) -> Macro:
    """Return the macro that one item decides: errors count only if none does."""

    def macro(evaluation: Any, target: Any, arguments: list[Any]) -> Any:
        wrong = None
        for found in _asked(evaluation, target, arguments):
            if isinstance(found, CELEvalError):
                wrong = wrong or found
            elif not isinstance(found, celtypes.BoolType):
                wrong = wrong or failure("no such overload")
            elif bool(found) is answer:
                return celtypes.BoolType(answer)
        return wrong if wrong is not None else celtypes.BoolType(not answer)

    return macro


def _exists_one(evaluation: Any, target: Any, arguments: list[Any]) -> Any:
    found = list(_asked(evaluation, target, arguments))
    wrong = next((answer for answer in found if isinstance(answer, CELEvalError)), None)
    return celtypes.BoolType(found.count(celtypes.BoolType(True)) == 1) if wrong is None else wrong


def _filter(evaluation: Any, target: Any, arguments: list[Any]) -> Any:
    kept = []
    for item, found in _over(evaluation, target, arguments):
        if isinstance(found, CELEvalError):
            return found
        if found:
            kept.append(item)
    return celtypes.ListType(kept)


def _map(evaluation: Any, target: Any, arguments: list[Any]) -> Any:
    if len(arguments) == 3:
        target = _filter(evaluation, target, arguments)
        if isinstance(target, CELEvalError):
            return target
    made = []
    for _, found in _over(evaluation, target, arguments, at=len(arguments) - 1):
        if isinstance(found, CELEvalError):
            return found
        made.append(found)
    return celtypes.ListType(made)


def _opt_map(evaluation: Any, target: Any, arguments: list[Any]) -> Any:
    """Return what an expression makes of a value that may not be there."""
    if isinstance(target, CELEvalError) or not isinstance(target, Maybe):
        return target if isinstance(target, CELEvalError) else failure("no such overload")
    if not target.values:
        return target
    found = evaluation.inside(arguments[1], {identifier(arguments[0]): target.values[0]})
    return found if isinstance(found, CELEvalError) else as_maybe(found)


MACROS: dict[str, Macro] = {
    name: _checked(macro)
    for name, macro in {
        "all": _decides(False),
        "exists": _decides(True),
        "exists_one": _exists_one,
        "filter": _filter,
        "map": _map,
    }.items()
} | {"optMap": _opt_map, "optFlatMap": _opt_map}
