"""Does a custom object fit its schema?

What OpenAPI says about values, in the words of the real server; fields that the schema does not name are found and dropped.

References
----------
Kubernetes, "Extend the Kubernetes API with CustomResourceDefinitions": structural schemas, pruning, validation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

import orjson
import re2

from gitopskit.model.paths import FieldPath
from gitopskit.model.values import Sensitive
from gitopskit.schema.combined import combined_problems
from gitopskit.schema.formats import has_format
from gitopskit.schema.problems import Problem, dotted
from gitopskit.schema.types import ANY, LIST, Type

_LIMITS: Final = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_QUIET: Final = re2.Options()
_QUIET.log_errors = False
_ROOT: Final = frozenset({"apiVersion", "kind", "metadata"})


def validate(value: Any, type_: Type, path: FieldPath = ()) -> list[Problem]:
    """Return everything about a value that does not fit its type."""
    return list(_validate(value, type_, path))


def _validate(value: Any, type_: Type, path: FieldPath) -> Iterator[Problem]:
    schema = type_.schema
    if isinstance(value, Sensitive):
        return  # nobody looks into a secret
    if value is None:
        declared = "integer,string" if schema.get("x-kubernetes-int-or-string") else schema.get("type")
        if declared and not schema.get("nullable") and path:
            yield _wrong_type("null", {"type": declared}, path)
        return
    if schema.get("type") == "integer" and (wrongly := list(_number_problems(value, schema, path))):
        yield from wrongly
        return
    if wrong := _type_problem(value, schema, path):
        yield wrong
        return
    yield from combined_problems(value, type_, path, _validate)
    yield from _value_problems(value, schema, path)
    if isinstance(value, Mapping):
        for name in schema.get("required") or ():
            if name not in value:
                yield Problem((*path, name), "required", "Required value")
        for name, item in value.items():
            if not (not path and name in _ROOT):
                yield from _validate(item, type_.child(name), (*path, name))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _validate(item, type_.element, (*path, position))
        yield from _repeated(value, type_, path)


def _number_problems(value: Any, schema: Mapping[str, Any], path: FieldPath) -> Iterator[Problem]:
    """Yield what the server says of a number that does not fit an integer of a format."""
    format_ = schema.get("format")
    low, high = _LIMITS.get(str(format_), _LIMITS["int64"])
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or (low <= value <= high and not _is_float(value)):
        return
    if _is_float(value):
        yield _wrong_type("float64" if format_ else "number", {"type": format_ or "integer"}, path)
    shown = f"with format {format_}" if format_ else "(default format)"
    yield Problem(("<nil>",), "invalid", f'Invalid value: "": Checked value must be of type integer {shown} in {dotted(path)}')


def _is_float(value: Any) -> bool:
    """Whether Go's JSON decoder makes a float of a number that is to be an integer."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return not -(2**63) <= value < 2**63 or (isinstance(value, float) and not value.is_integer())


def _repeated(items: list[Any], type_: Type, path: FieldPath) -> Iterator[Problem]:
    """Yield the items of a set, or of a keyed list, that were there before."""
    if not type_.is_set and not type_.keys:
        return
    seen: list[Any] = []
    for position, item in enumerate(items):
        key = {name: item[name] for name in type_.keys if name in item} if type_.keys and isinstance(item, Mapping) else item
        if seen.count(key) == 1:
            yield Problem((*path, position), "duplicate", f"Duplicate value: {orjson.dumps(key, option=orjson.OPT_SORT_KEYS).decode()}")
        seen.append(key)


def _type_problem(value: Any, schema: Mapping[str, Any], path: FieldPath) -> Problem | None:
    if schema.get("x-kubernetes-int-or-string"):
        is_right = isinstance(value, int | str) and not isinstance(value, bool)
        return None if is_right else _wrong_type(_name(value), {"type": "integer,string"}, path)
    declared = schema.get("type")
    allowed = {
        "object": isinstance(value, Mapping),
        "array": isinstance(value, list),
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer()),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
    }
    return None if declared is None or allowed.get(declared, True) else _wrong_type(_name(value), schema, path)


def _wrong_type(found: str, schema: Mapping[str, Any], path: FieldPath) -> Problem:
    message = f'Invalid value: "{found}": {dotted(path)} in body must be of type {schema.get("type")}: "{found}"'
    return Problem(path, "type", message)


def _value_problems(value: Any, schema: Mapping[str, Any], path: FieldPath) -> Iterator[Problem]:
    enum = schema.get("enum")
    if enum and value not in enum:
        supported = ", ".join(f'"{item}"' if isinstance(item, str) else str(item) for item in enum)
        yield Problem(path, "unsupported", f"Unsupported value: {_shown(value)}: supported values: {supported}")
    if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        yield Problem(path, "long", f"Too long: may not be more than {schema['maxLength']} byte{'s' if schema['maxLength'] != 1 else ''}")
        return
    body = f"{dotted(path)} in body"
    if isinstance(value, list) and len(value) > schema.get("maxItems", len(value)):
        yield Problem(path, "many", f"Too many: {len(value)}: must have at most {schema['maxItems']} items")
    if isinstance(value, list) and len(value) < schema.get("minItems", 0):
        yield Problem(path, "invalid", f"Invalid value: {len(value)}: {body} should have at least {schema['minItems']} items")
    if isinstance(value, str) and not has_format(value, schema.get("format", "")):
        yield Problem(path, "type", f"Invalid value: {_shown(value)}: {body} must be of type {schema['format']}: {_shown(value)}")
    for complaint in islice(_limits(value, schema), 1 if isinstance(value, str) else None):  # of a text the first is told
        yield Problem(path, "invalid", f"Invalid value: {_shown(value)}: {body} {complaint}")


def _limits(value: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from _bounds(value, schema)
        if schema.get("multipleOf") and value % schema["multipleOf"]:
            yield f"should be a multiple of {_number(schema['multipleOf'])}"
    elif isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield f"should be at least {schema['minLength']} chars long"
        if "pattern" in schema and not _matches(schema["pattern"], value):
            yield f"should match '{schema['pattern']}'"


def _bounds(value: float, schema: Mapping[str, Any]) -> Iterator[str]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if high is not None and (value > high or (value == high and schema.get("exclusiveMaximum"))):
        yield f"should be less than {'' if schema.get('exclusiveMaximum') else 'or equal to '}{_number(high)}"
    if low is not None and (value < low or (value == low and schema.get("exclusiveMinimum"))):
        yield f"should be greater than {'' if schema.get('exclusiveMinimum') else 'or equal to '}{_number(low)}"


def _matches(pattern: str, value: str) -> bool:
    """Whether a text has a pattern, in Go's dialect, which takes no longer than the text is long."""
    try:
        return re2.search(pattern, value, _QUIET) is not None
    except re2.error:
        return True  # the definition is refused for it


def prune_unknown(value: dict[str, Any], type_: Type) -> tuple[dict[str, Any], list[str]]:
    """Return a custom object without the fields that its schema does not name, and the paths of those fields."""
    unknown: list[str] = []
    pruned: dict[str, Any] = _prune(value, type_, "", unknown)
    return pruned, unknown


def _prune(value: Any, type_: Type, where: str, unknown: list[str]) -> Any:
    if type_.kind == ANY and not type_.names:
        if isinstance(value, Mapping) and not type_.keeps_unknown and type_.schema:
            unknown += [f"{where}.{name}".lstrip(".") for name in value]
            return {}
        return value
    if isinstance(value, Mapping):
        kept = {}
        for name, item in value.items():
            if not where and name == "metadata":
                kept[name] = item
            elif type_.is_named(name) or isinstance(type_.schema.get("additionalProperties"), Mapping):
                kept[name] = _prune(item, type_.child(name), f"{where}.{name}", unknown)
            elif type_.keeps_unknown:
                kept[name] = item
            else:
                unknown.append(f"{where}.{name}".lstrip("."))
        return kept
    if isinstance(value, list) and type_.kind == LIST:
        return [_prune(item, type_.element, f"{where}[{position}]", unknown) for position, item in enumerate(value)]
    return value


def drop_nulls(value: Any, type_: Type) -> Any:
    """Return a custom object without the nulls of fields that may not be null."""
    if isinstance(value, Mapping):
        typed = type_.names if type_.schema.get("additionalProperties") is None else value
        kept = {name: item for name, item in value.items() if item is not None or name not in typed or _is_nullable(type_.child(name))}
        return {name: drop_nulls(item, type_.child(name)) for name, item in kept.items()}
    if isinstance(value, list) and type_.kind == LIST:
        return [drop_nulls(item, type_.element) for item in value]
    return value


def _is_nullable(type_: Type) -> bool:
    return bool(type_.schema.get("nullable")) or not type_.schema


def _name(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _shown(value: Any) -> str:
    return orjson.dumps(value).decode()


def _number(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
