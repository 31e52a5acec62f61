"""Which words the schema of a custom kind may use, and how they may be put together.

What makes a schema structural (types everywhere, one way to say each thing) is in `structural`; defaults are checked here last, and only
in a schema that is otherwise sound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gitopskit.sandbox.kinds.validation import structural
from gitopskit.sandbox.machinery.causes import Faults
from gitopskit.sandbox.rules.custom import has_rules
from gitopskit.sandbox.rules.definition import check_rules
from gitopskit.schema.types import Type
from gitopskit.schema.validate import prune_unknown, validate

Schema = Mapping[str, Any]

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_UNSUPPORTED = ("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")
_QUADRATIC = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
_LIST, _KEYS, _MAP = "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type"
_ATOMIC_ITEM = f"must be atomic as item of a list with {_LIST}=set"
_IS_KEY = f"this property is in {_KEYS}, so it"
_REASONS = {
    "type": "TypeInvalid",
    "required": "Required",
    "long": "TooLong",
    "many": "TooMany",
    "unsupported": "NotSupported",
    "duplicate": "Duplicate",
}


def check_schema(schema: Schema, path: str, faults: Faults) -> None:
    """Check the schema of one version, at the path that messages give it."""
    known = len(faults.causes)
    if schema.get("nullable"):
        faults.forbidden(f"{path}.nullable", "nullable cannot be true at the root")
    for part, place in parts(schema, path):
        _check_words(part, place, faults)
    if any(name in part for part, _ in parts(schema, path) for name in _UNSUPPORTED):
        return
    structural.check_structure(schema, path, faults)
    if len(faults.causes) == known:
        _check_defaults(schema, path, faults, is_resource=True)
    if len(faults.causes) == known and has_rules(schema):
        check_rules(schema, path, faults, is_root=True)


def parts(schema: Schema, path: str) -> Iterator[tuple[Schema, str]]:
    """Yield a schema and all that are in it, with their paths."""
    yield schema, path
    for name in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(name), Mapping):
            yield from parts(schema[name], f"{path}.{name}")
    for name in ("properties", "definitions"):
        for key, part in (schema.get(name) or {}).items():
            yield from parts(part, f"{path}.{name}[{key}]")
    for name in ("allOf", "oneOf", "anyOf"):
        for at, part in enumerate(schema.get(name) or ()):
            yield from parts(part, f"{path}.{name}[{at}]")


def _check_words(schema: Schema, path: str, faults: Faults) -> None:
    kind = schema.get("type")
    if kind and kind not in _TYPES:
        faults.unsupported(f"{path}.type", kind, _TYPES)
    for name in _UNSUPPORTED:
        if name in schema:
            faults.forbidden(f"{path}.{name}", f"{name} is not supported")
    if kind == "null":
        faults.forbidden(f"{path}.type", "type cannot be set to null, use nullable as an alternative")
    if schema.get("uniqueItems"):
        faults.forbidden(f"{path}.uniqueItems", _QUADRATIC)
    if schema.get("additionalProperties") not in (None, True) and schema.get("properties"):
        faults.forbidden(f"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive")
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        faults.invalid(f"{path}.x-kubernetes-preserve-unknown-fields", False, "must be true or undefined")
    _check_pattern(schema.get("pattern"), path, faults)
    _check_kept_together(schema, path, faults)
    _check_list_map(schema, path, faults)
    _check_items(schema, path, faults)


def _check_pattern(pattern: str | None, path: str, faults: Faults) -> None:
    if not pattern:
        return
    why = ""
    if perl := re.search(r"\(\?(?:<?[=!])", pattern):
        why = f"invalid or unsupported Perl syntax: `{perl[0] if '<' not in perl[0] else '(?<'}`"
    else:
        try:
            re.compile(pattern)
        except re.error as error:
            why = f"missing closing ): `{pattern}`" if "missing )" in error.msg else error.msg
    if why:
        faults.invalid(f"{path}.pattern", pattern, f"must be a valid regular expression, but isn't: error parsing regexp: {why}")


def _check_kept_together(schema: Schema, path: str, faults: Faults) -> None:
    """Check how lists and maps are merged."""
    kind = schema.get("type")
    for word, wanted, supported in ((_MAP, "object", ("atomic", "granular")), (_LIST, "array", ("atomic", "set", "map"))):
        if word not in schema:
            continue
        if kind != wanted:
            structural.must_be(wanted, kind, f"{path}.type", f"if {word} is specified", faults)
        elif schema[word] not in supported:
            faults.unsupported(f"{path}.{word}", schema[word], supported)
    if schema.get(_KEYS) and schema.get(_LIST) != "map":
        structural.must_be("map", schema.get(_LIST), f"{path}.{_LIST}", f"if {_KEYS} is non-empty", faults)


def _check_list_map(schema: Schema, path: str, faults: Faults) -> None:
    if schema.get(_LIST) != "map":
        return
    keys, items = schema.get(_KEYS) or [], schema.get("items")
    if not keys:
        faults.required(f"{path}.{_KEYS}", f"must not be empty if {_LIST} is map")
    if items is None:
        faults.required(f"{path}.items", f"must have a schema if {_LIST} is map")
    elif items.get("type") != "object":
        faults.invalid(f"{path}.items.type", items.get("type", ""), f"must be object if parent array's {_LIST} is map")
    else:
        _check_keys(keys, items, path, faults)


def _check_keys(keys: list[str], items: Schema, path: str, faults: Faults) -> None:
    properties = items.get("properties") or {}
    for at, key in enumerate(keys):
        part = properties.get(key)
        if part is None:
            faults.invalid(f"{path}.{_KEYS}", keys, "entries must all be names of item properties")
        elif part.get("type") in ("array", "object"):
            place = f"{path}.items.properties[{key}].type"
            faults.invalid(place, part["type"], f"must be a scalar type if parent array's {_LIST} is map")
        if key in keys[:at]:
            faults.invalid(f"{path}.{_KEYS}", keys, "must not contain duplicate entries")
    for key in keys:
        part, place = properties.get(key), f"{path}.items.properties[{key}]"
        if part is not None and key not in (items.get("required") or ()) and part.get("default") is None:
            faults.required(f"{place}.default", f"{_IS_KEY} must have a default or be a required property")
        if part is not None and part.get("nullable"):
            faults.forbidden(f"{place}.nullable", f"{_IS_KEY} cannot be nullable")


def _check_items(schema: Schema, path: str, faults: Faults) -> None:
    items, how = schema.get("items"), schema.get(_LIST)
    if not isinstance(items, Mapping) or how not in ("map", "set"):
        return
    if items.get("nullable"):
        faults.forbidden(f"{path}.items.nullable", f"cannot be nullable when {_LIST} is {how}")
    if how == "set" and items.get("type") == "object" and items.get(_MAP) != "atomic":
        faults.invalid(f"{path}.items.{_MAP}", items.get(_MAP), _ATOMIC_ITEM)
    if how == "set" and items.get("type") == "array" and items.get(_LIST) not in (None, "atomic"):
        faults.invalid(f"{path}.items.{_LIST}", items[_LIST], _ATOMIC_ITEM)


def _check_defaults(schema: Schema, path: str, faults: Faults, *, is_resource: bool) -> None:
    """Check that what is filled in fits where it is filled in."""
    if schema.get("default") is not None:
        _check_default(schema, f"{path}.default", faults, is_resource=is_resource)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), Mapping):
            part = schema[name]
            _check_defaults(part, f"{path}.{name}", faults, is_resource=bool(part.get("x-kubernetes-embedded-resource")))
    for key, part in (schema.get("properties") or {}).items():
        place = f"{path}.properties[{key}]"
        if is_resource and key in ("metadata", "apiVersion", "kind") and part.get("default") is not None:
            faults.forbidden(f"{place}.default", "must not be set in top-level metadata")
        else:
            _check_defaults(part, place, faults, is_resource=bool(part.get("x-kubernetes-embedded-resource")))


def _check_default(schema: Schema, path: str, faults: Faults, *, is_resource: bool) -> None:
    value, type_ = schema["default"], Type(dict(schema), {})
    if prune_unknown(value, type_)[1]:
        faults.invalid(path, value, "must not have unknown fields")
        return
    for name in ("apiVersion", "kind") if is_resource and isinstance(value, Mapping) else ():
        if not value.get(name):
            faults.required(f"{path}.{name}")
    for problem in validate(value, type_, ("",)):
        place = path + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.path[1:])
        faults.add(_REASONS.get(problem.reason, "Invalid"), place, problem.message)
