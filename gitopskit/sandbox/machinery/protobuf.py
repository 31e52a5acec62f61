"""How a body that a Go client sends in protobuf is read.

kubectl's typed commands (create, run, expose, drain, auth can-i) send protobuf and take JSON back, so one direction is enough. Types come
from OpenAPI, field numbers from the table that also tells how empty fields appear (see ``tools/wire_facts.py``).

References
----------
Kubernetes API concepts, "Kubernetes Protobuf encoding"; Protocol Buffers, "Encoding".
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from gitopskit.sandbox.machinery.decode import wire_table

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
_DEPTH_LIMIT = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Schema = Mapping[str, Any]
Field = tuple[int, int, Any]


def envelope(body: bytes) -> tuple[str, str, bytes]:
    """Return apiVersion, kind and the encoded object of a body.

    Raises
    ------
    ValueError
        The body is not in this encoding.
    """
    if not body.startswith(_MAGIC):
        raise ValueError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    outer = {number: value for number, _, value in _fields(body[len(_MAGIC) :])}
    inner = {number: value for number, _, value in _fields(outer.get(1, b""))}
    return inner.get(1, b"").decode(), inner.get(2, b"").decode(), outer.get(2, b"")


def decode(body: bytes, definition: str, definitions: Mapping[str, Schema]) -> dict[str, Any]:
    """Return the object that an encoded message of this definition holds.

    Raises
    ------
    ValueError
        The bytes do not make sense.
    """
    return _Message(definitions).read(body, definition, 0)


def _fields(body: bytes) -> Iterator[Field]:
    """Yield (field number, wire type, value) of a message."""
    at = 0
    while at < len(body):
        key, at = _varint(body, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(body, at)
            yield number, wire, value
            continue
        if wire == 2:
            size, at = _varint(body, at)
        elif wire in {1, 5}:
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"proto: illegal wire type {wire}")
        if at + size > len(body):
            raise ValueError("unexpected EOF")
        yield number, wire, body[at : at + size]
        at += size


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(body) and shift < 70:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("unexpected EOF")


class _Message:
    """Reads messages of one set of definitions."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions
        self._wire = wire_table()

    def read(self, body: bytes, definition: str, depth: int) -> dict[str, Any]:
        if depth > _DEPTH_LIMIT:
            raise ValueError("message is nested too deeply")
        numbers = self._wire[definition][2] if definition in self._wire else {}
        properties = self._definitions[definition].get("properties", {})
        found: dict[str, Any] = {}
        self._fill(found, body, numbers, properties, depth)
        return found

    def _fill(self, found: dict[str, Any], body: bytes, numbers: Mapping[str, Any], properties: Schema, depth: int) -> None:
        for number, wire, value in _fields(body):
            name = numbers.get(str(number))
            if isinstance(name, dict):  # a struct that JSON inlines
                self._fill(found, value, name, properties, depth + 1)
            elif name is not None and name in properties:
                self._put(found, name, properties[name], wire, value, depth)

    def _put(self, found: dict[str, Any], name: str, schema: Schema, wire: int, value: Any, depth: int) -> None:
        if schema.get("type") == "array":
            found.setdefault(name, []).append(self._value(schema["items"], wire, value, depth))
        elif "additionalProperties" in schema:
            pair = {number: (kind, item) for number, kind, item in _fields(value)}
            key = pair.get(1, (2, b""))[1].decode()
            kind, item = pair.get(2, (2, b""))
            found.setdefault(name, {})[key] = self._value(schema["additionalProperties"], kind, item, depth)
        else:
            found[name] = self._value(schema, wire, value, depth)

    def _value(self, schema: Schema, wire: int, value: Any, depth: int) -> Any:
        reference = schema.get("$ref") or next((part["$ref"] for part in schema.get("allOf", ()) if "$ref" in part), None)
        if reference:
            return self._referenced(str(reference).rpartition("/")[2], value, depth)
        match schema.get("type"):
            case "boolean":
                return bool(value)
            case "integer":
                return value - (1 << 64) if value >= 1 << 63 else value
            case "number":
                return struct.unpack("<d" if wire == 1 else "<f", value)[0]
            case "string" if schema.get("format") == "byte":
                return base64.b64encode(value).decode()
        return value.decode() if isinstance(value, bytes) else value

    def _referenced(self, definition: str, value: bytes, depth: int) -> Any:
        special = _SPECIAL.get(definition.rpartition(".")[2])
        return special(value) if special else self.read(value, definition, depth + 1)


def _quantity(value: bytes) -> str:
    return next((item.decode() for number, _, item in _fields(value) if number == 1), "0")


def _time(value: bytes) -> str | None:
    parts = {number: item for number, _, item in _fields(value)}
    return (_EPOCH + timedelta(seconds=parts[1])).strftime("%Y-%m-%dT%H:%M:%SZ") if parts.get(1) else None


def _micro_time(value: bytes) -> str | None:
    parts = {number: item for number, _, item in _fields(value)}
    moment = _EPOCH + timedelta(seconds=parts.get(1, 0), microseconds=parts.get(2, 0) // 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if parts.get(1) else None


def _int_or_string(value: bytes) -> int | str:
    parts = {number: item for number, _, item in _fields(value)}
    if parts.get(1):
        return str(parts.get(3, b"").decode())
    number = int(parts.get(2, 0))
    return number - (1 << 64) if number >= 1 << 63 else number


def _raw_json(value: bytes) -> Any:
    raw = next((item for number, _, item in _fields(value) if number == 1), b"")
    return orjson.loads(raw) if raw else None


_SPECIAL = {
    "Quantity": _quantity,
    "Time": _time,
    "MicroTime": _micro_time,
    "IntOrString": _int_or_string,
    "RawExtension": _raw_json,
    "FieldsV1": _raw_json,
    "JSON": _raw_json,
}
