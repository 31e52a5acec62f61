"""Which rules in the schema of a custom kind does an object break?

References
----------
Kubernetes, "Extend the Kubernetes API with CustomResourceDefinitions": validation rules, transition rules, ratcheting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from gitopskit.sandbox.machinery.status import Cause
from gitopskit.sandbox.rules.language import Expression, RuleError, compile_expression
from gitopskit.sandbox.rules.shapes import Shape, shape_of
from gitopskit.schema.types import Type

_QUOTED_STEP = re.compile(r"\['([^']+)'\]")
_KINDS = {"integer": "integer", "number": "number", "boolean": "boolean", "string": "string", "array": "array"}
_WORDS = {"FieldValueRequired": "Required value", "FieldValueForbidden": "Forbidden", "FieldValueDuplicate": "Duplicate value"}


def has_rules(schema: Any) -> bool:
    """Whether a schema has rules at any depth."""
    if isinstance(schema, Mapping):
        return bool(schema.get("x-kubernetes-validations")) or any(has_rules(part) for part in schema.values())
    return isinstance(schema, list) and any(has_rules(part) for part in schema)


@lru_cache(maxsize=256)
def is_ruled(type_: Type) -> bool:
    """Whether the schema of a type has rules at any depth; looked up once."""
    return has_rules(type_.schema)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A rule that does not hold; `is_old` says that the value has not changed, which is only warned of."""

    cause: Cause
    is_old: bool


def broken_rules(value: Any, old: Any, type_: Type, field: str = "", *, is_root: bool = False) -> Iterator[Broken]:
    """Yield the rules that a value breaks.

    Parameters
    ----------
    old
        The value as it was; None where there was none, or where it is not known which it was.
    field
        Path of the value, as messages write it.
    """
    if value is None:
        return
    is_old = old is not None and value == old
    yield from (Broken(cause=cause, is_old=is_old) for cause in _own(value, old, type_, field, is_root=is_root))
    if isinstance(value, Mapping):
        for name, item in value.items():
            if not (is_root and name in ("metadata", "apiVersion", "kind")):
                before = old.get(name) if isinstance(old, Mapping) else None
                yield from broken_rules(item, before, type_.child(name), _below(field, name, named=type_.is_named(name)))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from broken_rules(item, _counterpart(item, old, type_), type_.element, f"{field}[{at}]")


def _below(field: str, name: str, *, named: bool) -> str:
    if not named:
        return f"{field}[{name}]"
    return f"{field}.{name}" if field else name


def _counterpart(item: Any, old: Any, type_: Type) -> Any:
    """Return the item of an old list that has the same keys."""
    if not isinstance(old, list) or not type_.keys or not isinstance(item, Mapping):
        return None
    key = [item.get(name) for name in type_.keys]
    return next((other for other in old if [other.get(name) for name in type_.keys] == key), None)


def _own(value: Any, old: Any, type_: Type, field: str, *, is_root: bool) -> Iterator[Cause]:
    """Yield the rules of a value itself that it breaks."""
    rules = type_.schema.get("x-kubernetes-validations")
    if not rules:
        return
    from gitopskit.sandbox.rules.optional import Maybe
    from gitopskit.sandbox.rules.values import converted

    shape = shape_of(type_, is_root=is_root)
    before = None if old is None else converted(old, shape)
    for rule in rules:
        text, maybe = rule["rule"], bool(rule.get("optionalOldSelf"))
        compiled = compiled_rule(text, type_, is_root, maybe)
        if "oldSelf" in compiled.uses and old is None and not maybe:
            continue
        past = (Maybe() if old is None else Maybe(before)) if maybe else before
        yield from _asked(rule, compiled, {"self": converted(value, shape), "oldSelf": past}, value, (field, type_))


def _asked(
    rule: Mapping[str, Any], compiled: Expression, values: Mapping[str, Any], value: Any, place: tuple[str, Type]
) -> Iterator[Cause]:
    """Yield what is said if a rule does not hold."""
    field, type_ = place
    try:
        if compiled.evaluate(values):
            return
    except RuleError as error:
        why = f'Invalid value: "{_kind(type_)}": {error} evaluating rule: {_trimmed(rule["rule"])}'
        yield Cause(reason="FieldValueInvalid", message=why, field=field or "<nil>")
        return
    reason = rule.get("reason") or "FieldValueInvalid"
    message = _message(rule, type_, values, is_root=not field)
    shown = "" if isinstance(value, Mapping | list) else f"{orjson.dumps(value).decode()}: "
    told = {"FieldValueInvalid": f"Invalid value: {shown}{message}", "FieldValueDuplicate": f"Duplicate value: {shown}".rstrip(": ")}
    path = _QUOTED_STEP.sub(r".\1", rule.get("fieldPath") or "")
    where = f"{field}{path}".lstrip(".")
    yield Cause(reason=reason, message=told.get(reason, f"{_WORDS.get(reason)}: {message}"), field=where or "<nil>")


def _message(rule: Mapping[str, Any], type_: Type, values: Mapping[str, Any], *, is_root: bool) -> str:
    """Return what a rule has to say: its expression, its text, or itself."""
    default = (rule.get("message") or "").strip() or f"failed rule: {_trimmed(rule['rule'])}"
    if not rule.get("messageExpression"):
        return default
    try:
        compiled = compiled_rule(rule["messageExpression"], type_, is_root, bool(rule.get("optionalOldSelf")))
        made = str(compiled.evaluate(values)).strip()
    except RuleError:
        return default
    return made if made and "\n" not in made else default


def _trimmed(rule: str) -> str:
    return rule.strip()


def _kind(type_: Type) -> str:
    return _KINDS.get(type_.schema.get("type", ""), "object")


@lru_cache(maxsize=1024)
def compiled_rule(text: str, type_: Type, is_root: bool, maybe: bool) -> Expression:
    """Return a rule of a schema, compiled once.

    Raises
    ------
    RuleError
        It is not sound.
    """
    shape = shape_of(type_, is_root=is_root)
    return compile_expression(text, {"self": shape, "oldSelf": Shape(kind="optional", element=lambda: shape) if maybe else shape})
