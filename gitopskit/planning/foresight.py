"""What would a server make of an object that it cannot be asked about yet, by a schema alone?

The definition of a custom kind may be in the same plan, and so may a namespace in which nothing may be tried elsewhere. Then the schema
is what there is to judge by: structure, values, defaults.

The trap that shaped it: a schema does not know everything that a server asks for. What is foreseen here is said to be so, and held
against the server's own dry-run as soon as there is one.

References
----------
Kubernetes, "Extend the Kubernetes API with CustomResourceDefinitions": structural schemas, defaulting, validation rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitopskit.model.values import Sensitive
from gitopskit.planning.aftermath import is_quantity
from gitopskit.planning.ranges import out_of_range
from gitopskit.schema.merge import fill_defaults
from gitopskit.schema.problems import Problem, dotted
from gitopskit.schema.quantity import canonicalise
from gitopskit.schema.typed import check_typed
from gitopskit.schema.types import Type
from gitopskit.schema.validate import drop_nulls, validate

_FOUND: Final = re.compile(r", got &.*$", re.MULTILINE)
"""What stands there instead, as Go prints it: it may hold what nobody knew to be a secret, for its place is wrong."""
_RULES: Final = "x-kubernetes-validations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """What a schema says of a new object.

    Attributes
    ----------
    body
        The object as it would be stored.
    problems
        What does not fit, one sentence each.
    unasked
        How many rules (CEL) of the schema nobody asked.
    """

    body: Mapping[str, Any]
    problems: tuple[str, ...] = ()
    unasked: int = 0


def foresee(body: Mapping[str, Any], type_: Type, *, is_built_in: bool) -> Foresight:
    """Say what a server would make of a new object.

    Parameters
    ----------
    type_
        Of the server itself, or of the definition that is to come.
    is_built_in
        Whether the server itself knows the kind: then its schema tells less, and its numbers must fit.
    """
    try:
        check_typed(body, type_)
    except ValueError as error:
        return Foresight(body=body, problems=(_FOUND.sub("", str(error)),))
    if is_built_in:
        return Foresight(body=_spelled(body, type_), problems=tuple(out_of_range(body, type_)))
    filled = fill_defaults(drop_nulls(body, type_), type_)
    return Foresight(body=filled, problems=tuple(map(_sentence, validate(filled, type_))), unasked=sum(1 for _ in _rules(type_.schema)))


def _spelled(value: Any, type_: Type) -> Any:
    """Return a value with its amounts in the server's spelling."""
    if isinstance(value, Mapping):
        return {name: _spelled(item, type_.child(name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_spelled(item, type_.element) for item in value]
    return value if isinstance(value, Sensitive) or not is_quantity(type_) else _canonical(value)


def _canonical(value: Any) -> Any:
    try:
        return canonicalise(value)
    except (TypeError, ValueError):
        return value


def _sentence(problem: Problem) -> str:
    return problem.message if problem.path == ("<nil>",) else f"{dotted(problem.path)}: {problem.message}"


def _rules(schema: Any) -> Iterator[Any]:
    if isinstance(schema, Mapping):
        for name, inner in schema.items():
            yield from inner if name == _RULES and isinstance(inner, list) else _rules(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _rules(inner)
