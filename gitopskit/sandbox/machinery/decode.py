"""What a built-in object looks like once the server has read it: typed, pruned, in canonical form.

The real server decodes JSON into Go structs and writes those again, which drops nulls, unknown fields, empty lists and many zero
values, adds others, and rewrites quantities. A `Decoder` does the same in one walk, with nodes compiled from OpenAPI on first use and
from a table of Go's struct tags (see ``tools/wire_facts.py``).

The trap that shaped it: OpenAPI does not tell ``hostNetwork: false`` (vanishes) from ``suspend: false`` (stays).
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from gitopskit.schema.quantity import canonicalise

Schema = Mapping[str, Any]
Walk = Callable[[Any, str, "Reading"], Any]

_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1), "uint32": (0, 2**32 - 1), "uint64": (0, 2**64 - 1)}
_OPAQUE = {"RawExtension", "FieldsV1", "JSON", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrBool", "JSONSchemaPropsOrStringArray"}
_BASE64 = re.compile(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_GROUPS = re.compile(r"([A-Za-z0-9+/]{4})*")
_ALPHABET = re.compile(r"[A-Za-z0-9+/]*")
_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_TIME = re.compile(_SECONDS.pattern + r"(\.\d+)?(Z|[+-]\d\d:\d\d)")
_MICRO_TIME = re.compile(_SECONDS.pattern + r"\.\d{6}(Z|[+-]\d\d:\d\d)")


class DecodeError(Exception):
    """A value of the wrong type; the message is worded as Go's JSON decoder words it."""


class Reading:
    """One decoding under way.

    Attributes
    ----------
    fills
        Whether the schema's defaults are filled in.
    keeps_empty
        Whether an empty list is told from none where the server tells them apart.
    unknown
        What was unknown so far.
    wrap
        Whether integers that are too large wrap.
    """

    __slots__ = ("fills", "keeps_empty", "unknown", "wrap")

    def __init__(self, *, wrap: bool = False, fills: bool = True, keeps_empty: bool = False) -> None:
        self.keeps_empty = keeps_empty
        self.unknown: list[str] = []
        self.wrap = wrap
        self.fills = fills


@cache
def wire_table(version: str = "1.37") -> dict[str, tuple[dict[str, Any], list[str], dict[str, Any]]]:
    """Return what Go's struct tags say, per definition: always sent, vanishing when empty, protobuf numbers."""
    packed = files(__package__).joinpath(f"wire-v{version}.json.gz").read_bytes()
    table: dict[str, tuple[dict[str, Any], list[str], dict[str, Any]]] = orjson.loads(gzip.decompress(packed))
    return table


class Decoder:
    """Decode objects of the definitions of one OpenAPI document.

    Parameters
    ----------
    definitions
        Definition name → OpenAPI schema.
    version
        Minor version of the wire table.
    """

    def __init__(self, definitions: Mapping[str, Schema], version: str = "1.37") -> None:
        self._definitions = definitions
        self._wire = wire_table(version)
        self._nodes: dict[str, Walk] = {}

    def decode(self, definition: str, value: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """Return the object in canonical form, without what its definition does not know (which `reading` then lists).

        Raises
        ------
        DecodeError
            A value has the wrong type or is out of range.
        """
        decoded: dict[str, Any] = self.node(definition)(value, "", reading)
        return decoded

    def node(self, definition: str) -> Walk:
        """Return the walk for a definition, compiled on first use."""
        walk = self._nodes.get(definition)
        if walk is None:
            walk = self._nodes[definition] = self._compile(definition, self._definitions[definition])
        return walk

    def _compile(self, name: str, schema: Schema) -> Walk:
        short = name.rpartition(".")[2]
        if short == "Quantity":
            return _quantity
        if short in _OPAQUE:
            return _as_is
        if short == "MicroTime":
            return _micro_time
        if "properties" in schema:
            return self._struct(name, schema)
        return self._value(schema, short, short)

    def _struct(self, name: str, schema: Schema) -> Walk:
        always, vanish, _ = self._wire.get(name, ({}, [], {}))
        short = name.rpartition(".")[2]
        properties: Mapping[str, Schema] = schema["properties"]
        defaults = {field: item["default"] for field, item in properties.items() if item.get("default") not in (None, "", 0, False, {})}
        walks: dict[str, Walk] = {}
        droppable = frozenset(vanish)
        containers = {field for field, item in properties.items() if item.get("type") == "array" or "additionalProperties" in item}
        kept = {field for field in containers if field in always or field == "managedFields"}

        def walk(value: Any, path: str, reading: Reading) -> Any:
            if type(value) is not dict:
                raise _mismatch(value, path, short)
            decoded: dict[str, Any] = {}
            for field, item in value.items():
                if field not in properties:
                    reading.unknown.append(f"{path}.{field}"[1:])
                    continue
                if item is None:
                    continue
                child = walks.get(field)
                if child is None:
                    child = walks[field] = self._value(properties[field], short, field)
                result = child(item, f"{path}.{field}", reading)
                if not result and (field in droppable or field in containers) and not (reading.keeps_empty and field in kept):
                    continue
                decoded[field] = result
            for field, default in defaults.items():
                if field not in decoded and reading.fills:
                    decoded[field] = orjson.loads(orjson.dumps(default)) if isinstance(default, (dict, list)) else default
            for field, empty in always.items():
                if field not in decoded and field in properties:
                    decoded[field] = self._empty(properties[field], short, field, walks, reading) if empty == {} else empty
            return decoded

        return walk

    def _empty(self, schema: Schema, short: str, field: str, walks: dict[str, Walk], reading: Reading) -> Any:
        """Return a struct that was not sent, as Go writes it: with the fields that always appear."""
        child = walks.get(field)
        if child is None:
            child = walks[field] = self._value(schema, short, field)
        return child({}, "", reading)

    def _value(self, schema: Schema, short: str, field: str) -> Walk:
        reference = schema.get("$ref") or next((part["$ref"] for part in schema.get("allOf", ()) if "$ref" in part), None)
        if reference:
            return self.node(reference.rpartition("/")[2])
        match schema.get("type"):
            case "array":
                return self._list(schema, short, field)
            case "object" if "additionalProperties" in schema:
                return self._map(schema, short, field)
            case "string" if schema.get("format") == "date-time":
                return _time
            case "string" if schema.get("format") == "byte":
                return _bytes(short)
            case "string":
                return _scalar(str, "string", short)
            case "boolean":
                return _scalar(bool, "bool", short)
            case "integer":
                return _integer(schema.get("format", "int64"), short)
            case "number":
                return _scalar((int, float), "float64", short)
        return _int_or_string if schema.get("format") == "int-or-string" else _as_is

    def _list(self, schema: Schema, short: str, field: str) -> Walk:
        child = self._value(schema["items"], short, field)
        go_type = "[]" + _go_type(schema["items"])

        def walk(value: Any, path: str, reading: Reading) -> Any:
            if type(value) is not list:
                raise _mismatch(value, path, go_type, short)
            return [child({} if item is None else item, f"{path}[{at}]", reading) for at, item in enumerate(value)]

        return walk

    def _map(self, schema: Schema, short: str, field: str) -> Walk:
        child = self._value(schema["additionalProperties"], short, field)
        go_type = "map[string]" + _go_type(schema["additionalProperties"])
        item_schema = schema["additionalProperties"]
        is_quantity = str(item_schema.get("$ref", "")).endswith(".Quantity")
        empty: Any = "0" if is_quantity else "" if item_schema.get("type") == "string" else {}

        def walk(value: Any, path: str, reading: Reading) -> Any:
            if type(value) is not dict:
                raise _mismatch(value, path, go_type, short)
            return {key: child(empty if item is None else item, path, reading) for key, item in value.items()}

        return walk


def _scalar(python_type: Any, go_type: str, short: str) -> Walk:
    strict = python_type if isinstance(python_type, tuple) else (python_type,)

    def walk(value: Any, path: str, _: Reading) -> Any:
        if type(value) not in strict:
            raise _mismatch(value, path, go_type, short)
        return value

    return walk


def _bytes(short: str) -> Walk:
    text = _scalar(str, "[]uint8", short)

    def walk(value: Any, path: str, reading: Reading) -> Any:
        encoded = text(value, path, reading).replace("\r", "").replace("\n", "")
        if not _BASE64.fullmatch(encoded):
            raise DecodeError(f"illegal base64 data at input byte {_bad_byte(encoded)}")
        return value

    return walk


def _bad_byte(encoded: str) -> int:
    """Return where Go's decoder gives up: at the first wrong byte, or at the start of a last group that is too short."""
    start = _GROUPS.match(encoded).end()  # type: ignore[union-attr]
    good = _ALPHABET.match(encoded, start).end()  # type: ignore[union-attr]
    padding = encoded[good : good + 2]
    if good == len(encoded):
        return start
    if not padding.startswith("=") or good < start + 2:
        return len(encoded[:good].encode())
    if good == start + 2 and padding != "==":
        return len(encoded) if padding == "=" else good
    return start + 4


def _integer(format_: str, short: str) -> Walk:
    low, high = _RANGES.get(format_, _RANGES["int64"])

    def walk(value: Any, path: str, reading: Reading) -> Any:
        if type(value) is float and value.is_integer() and reading.wrap:
            value = int(value)
        if type(value) is not int:
            raise DecodeError(f"cannot convert float64 to {format_}") if reading.wrap else _mismatch(value, path, format_, short)
        if not low <= value <= high:
            if reading.wrap:  # an apply goes through a conversion that truncates, as the real server does
                return _truncate(value, high)
            raise _mismatch(value, path, format_, short)
        return value

    return walk


def _truncate(value: int, high: int) -> int:
    if abs(value) >= 2**63:
        return 0
    span = (high + 1) * 2
    return (value + high + 1) % span - high - 1


def _quantity(value: Any, _path: str, _: Reading) -> Any:
    if type(value) not in (str, int, float):
        raise DecodeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
    try:
        return canonicalise(value)
    except ValueError as error:
        raise DecodeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'") from error


def _int_or_string(value: Any, path: str, _: Reading) -> Any:
    if type(value) not in (str, int):
        raise _mismatch(value, path, "int32", "IntOrString")
    return value


def _time(value: Any, _path: str, _: Reading) -> Any:
    return _moment(value, "2006-01-02T15:04:05Z07:00", _TIME)


def _micro_time(value: Any, _path: str, _: Reading) -> Any:
    return _moment(value, "2006-01-02T15:04:05.000000Z07:00", _MICRO_TIME)


def _moment(value: Any, layout: str, pattern: re.Pattern[str]) -> str:
    """Return a time as it is; what Go's parser stops at is told."""
    if type(value) is not str:
        raise DecodeError(f"json: cannot unmarshal {_json_kind(value, 'string')} into Go value of type string")
    if not pattern.fullmatch(value):
        found = _SECONDS.match(value)
        stop, missing = (value[found.end() :], layout[19:].partition("Z")[0] or "Z07:00") if found else (value, "2006")
        raise DecodeError(f'parsing time "{value}" as "{layout}": cannot parse "{stop}" as "{missing}"')
    return value


def _as_is(value: Any, _path: str, _: Reading) -> Any:
    return value


def _go_type(schema: Schema) -> str:
    if "$ref" in schema:
        package, _, name = str(schema["$ref"]).rpartition(".")
        return f"{package.rpartition('.')[2]}.{name}"
    return {"string": "string", "integer": str(schema.get("format", "int")), "boolean": "bool"}.get(schema.get("type", ""), "interface {}")


def _mismatch(value: Any, path: str, go_type: str, short: str = "") -> DecodeError:
    plain_path = re.sub(r"\[\d+\]", "", path)
    where = f"Go struct field {short}{plain_path} of type {go_type}" if short else f"Go value of type {go_type}"
    return DecodeError(f"json: cannot unmarshal {_json_kind(value, go_type)} into {where}")


def _json_kind(value: Any, go_type: str) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return f"number {value}" if "int" in go_type and "." not in go_type else "number"
    names: dict[type, str] = {str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")
