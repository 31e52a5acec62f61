"""Is a schema structural: a type for every part, and no second way to say it?

Conditions (``allOf``, ``anyOf``, ``oneOf``, ``not``) may narrow values only; what a part is must be said outside of them.

References
----------
Kubernetes, "Extend the Kubernetes API with CustomResourceDefinitions", "Specifying a structural schema".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gitopskit.sandbox.machinery.causes import Faults

Schema = Mapping[str, Any]

_INT_OR_STRING, _PRESERVE = "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"
_EMBEDDED = "x-kubernetes-embedded-resource"
_PLACES = {"root": "at the root", "item": "for specified array items", "field": "for specified object fields"}
_NAMED = "must not specify anything other than name and generateName, but metadata is implicitly specified"
_OUTSIDE = {
    "type": "must be empty",
    "title": "must be empty",
    "description": "must be empty",
    "default": "must be undefined",
    "additionalProperties": "must be undefined",
    "nullable": "must be false",
    _EMBEDDED: "must be false",
    _INT_OR_STRING: "must be false",
    _PRESERVE: "must be false",
}
_EITHER = [{"type": "integer"}, {"type": "string"}]


def must_be(wanted: str, found: str | None, path: str, when: str, faults: Faults) -> None:
    """Note that something has to be another word than it is, or any at all."""
    if found:
        faults.invalid(path, found, f"must be {wanted} {when}")
    else:
        faults.required(path, f"must be {wanted} {when}")


def check_structure(schema: Schema, path: str, faults: Faults, level: str = "root") -> None:
    """Check a part of a schema; `level` is ``root``, ``field`` or ``item``."""
    for key, part in (schema.get("properties") or {}).items():
        check_structure(part, f"{path}.properties[{key}]", faults, "field")
    for name, inner in (("items", "item"), ("additionalProperties", "field")):
        if isinstance(schema.get(name), Mapping):
            check_structure(schema[name], f"{path}.{name}", faults, inner)
    _check_type(schema, path, faults, level)
    if level == "root" or schema.get(_EMBEDDED):
        _check_resource(schema, path, faults, is_root=level == "root")
    if level == "root" and schema.get("additionalProperties") not in (None, False):
        faults.forbidden(f"{path}.additionalProperties", "must not be used at the root")
    for part, place in _conditions(schema, path):
        _check_condition(part, place, faults)


def _check_type(schema: Schema, path: str, faults: Faults, level: str) -> None:
    kind, is_free = schema.get("type"), schema.get(_INT_OR_STRING) or schema.get(_PRESERVE)
    if kind == "array" and schema.get("items") is None:
        faults.required(f"{path}.items", "must be specified")
    if schema.get(_EMBEDDED):
        if not schema.get(_PRESERVE) and not schema.get("properties"):
            faults.required(f"{path}.properties", f"must not be empty if {_EMBEDDED} is true without {_PRESERVE}")
        if kind != "object":
            must_be("object", kind, f"{path}.type", f"if {_EMBEDDED} is true", faults)
    elif level == "root" and kind not in (None, "", "object"):
        faults.invalid(f"{path}.type", kind, "must be object at the root")
    elif not kind and (level == "root" or not is_free):
        faults.required(f"{path}.type", f"must not be empty {_PLACES[level]}")


def _check_resource(schema: Schema, path: str, faults: Faults, *, is_root: bool) -> None:
    """Check what a schema says of the parts that every object has."""
    properties = schema.get("properties") or {}
    for name, wanted in (("apiVersion", "string"), ("kind", "string"), ("metadata", "object")):
        kind = properties.get(name, {}).get("type")
        if kind not in (None, wanted):
            faults.invalid(f"{path}.properties[{name}].type", kind, f"must be {wanted}")
    metadata = properties.get("metadata") or {}
    others = set(metadata.get("properties") or ()) - {"name", "generateName"}
    if is_root and (others or metadata.keys() - {"type", "properties", "default", "description"}):
        faults.forbidden(f"{path}.properties[metadata]", _NAMED)


def _conditions(schema: Schema, path: str) -> Iterator[tuple[Schema, str]]:
    if schema.get(_INT_OR_STRING):
        schema = _without_either(schema)
    if isinstance(schema.get("not"), Mapping):
        yield schema["not"], f"{path}.not"
    for name in ("allOf", "anyOf", "oneOf"):
        for at, part in enumerate(schema.get(name) or ()):
            yield part, f"{path}.{name}[{at}]"


def _without_either(schema: Schema) -> Schema:
    """Leave out the condition that says what an integer or string is, which may be stated."""
    if schema.get("anyOf") == _EITHER:
        return {**schema, "anyOf": []}
    first, *rest = schema.get("allOf") or [{}]
    return {**schema, "allOf": [{**first, "anyOf": []}, *rest]} if first.get("anyOf") == _EITHER else schema


def _check_condition(schema: Schema, path: str, faults: Faults) -> None:
    for name, how in _OUTSIDE.items():
        if schema.get(name) not in (None, False) or (name == "default" and name in schema):
            faults.forbidden(f"{path}.{name}", f"{how} to be structural")
    for key, part in (schema.get("properties") or {}).items():
        _check_condition(part, f"{path}.properties[{key}]", faults)
    if isinstance(schema.get("items"), Mapping):
        _check_condition(schema["items"], f"{path}.items", faults)
    for part, place in _conditions(schema, path):
        _check_condition(part, place, faults)
