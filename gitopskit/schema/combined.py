"""Does a value fit schemas that are combined: one of, any of, all of, not?

A branch may only say more about fields that the schema itself names, so it is laid over the schema and asked about alone.

References
----------
JSON Schema, ``allOf``, ``anyOf``, ``oneOf``, ``not``; Kubernetes, structural schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gitopskit.model.paths import FieldPath
from gitopskit.schema.problems import Problem, dotted
from gitopskit.schema.types import Type

Check = Callable[[Any, Type, FieldPath], Iterable[Problem]]


def combined_problems(value: Any, type_: Type, path: FieldPath, check: Check) -> Iterator[Problem]:
    """Yield what the combinations of a schema say of a value; `check` asks about one branch."""

    def asked(branch: Any) -> list[Problem]:
        return list(check(value, type_.branch(branch), path))

    schema, name = type_.schema, f'"{dotted(path)}"'
    for branch in schema.get("allOf") or ():
        yield from asked(branch)
    if branches := schema.get("anyOf"):
        found = [asked(branch) for branch in branches]
        if all(found):
            yield _problem(f"{name} must validate at least one schema (anyOf)")
            yield from found[0]
    if branches := schema.get("oneOf"):
        found = [asked(branch) for branch in branches]
        fitting = sum(not problems for problems in found)
        if not fitting:
            yield _problem(f"{name} must validate one and only one schema (oneOf). Found none valid")
            yield from found[0]
        elif fitting > 1:
            yield _problem(f"{name} must validate one and only one schema (oneOf). Found {fitting} valid alternatives")
    if "not" in schema and not asked(schema["not"]):
        yield _problem(f"{name} must not validate the schema (not)")


def _problem(what: str) -> Problem:
    return Problem(("<nil>",), "invalid", f'Invalid value: "": {what}')
