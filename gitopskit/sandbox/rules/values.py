"""How a JSON value looks to an expression: with its schema for custom objects, or as it stands for policies."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from celpy import celtypes

from gitopskit.sandbox.rules.language import RuleError
from gitopskit.sandbox.rules.operators import Unordered
from gitopskit.sandbox.rules.shapes import Shape, escape


def plain(value: Any) -> Any:
    """Return a value of which only JSON is known."""
    if isinstance(value, Mapping):
        return celtypes.MapType({celtypes.StringType(name): plain(item) for name, item in value.items()})
    if isinstance(value, list | tuple):
        return celtypes.ListType([plain(item) for item in value])
    maker = _PLAIN.get(type(value))
    return maker(value) if maker else value


def converted(value: Any, shape: Shape) -> Any:
    """Return a value as its schema types it; what the schema does not name cannot be seen.

    Raises
    ------
    RuleError
        It does not fit its format.
    """
    if value is None or shape.is_dynamic:
        return plain(value)
    if shape.kind == "list":
        items = [converted(item, shape.inner) for item in value]
        return celtypes.ListType(items) if shape.keys is None else Unordered(items, shape.keys)
    if shape.kind == "map":
        return celtypes.MapType({celtypes.StringType(name): converted(item, shape.inner) for name, item in value.items()})
    if shape.kind == "object":
        return _object(value, shape.fields() if shape.fields else {})
    return _scalar(value, shape.kind)


def _object(value: Mapping[str, Any], fields: Mapping[str, Shape]) -> Any:
    known = {escape(name): item for name, item in value.items()}
    return celtypes.MapType({celtypes.StringType(name): converted(item, fields[name]) for name, item in known.items() if name in fields})


def _scalar(value: Any, kind: str) -> Any:
    try:
        if kind == "bytes":
            return celtypes.BytesType(base64.b64decode(value, validate=True))
        return _MAKERS[kind](value)
    except (ValueError, binascii.Error) as error:
        raise RuleError(f"type conversion error from 'string' to '{kind}'") from error


def _timestamp(text: str) -> Any:
    return celtypes.TimestampType(text if "T" in text else f"{text}T00:00:00Z")


_PLAIN: dict[type, Any] = {bool: celtypes.BoolType, int: celtypes.IntType, float: celtypes.DoubleType, str: celtypes.StringType}
_MAKERS: dict[str, Any] = {
    "string": celtypes.StringType,
    "int": celtypes.IntType,
    "double": celtypes.DoubleType,
    "bool": celtypes.BoolType,
    "timestamp": _timestamp,
    "duration": celtypes.DurationType,
}
