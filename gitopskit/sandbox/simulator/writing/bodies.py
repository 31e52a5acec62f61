"""What a request body says: JSON or YAML, one object, for this path.

The trap that shaped it: a repeated key is legal JSON and the last one wins, so only a parse that sees the pairs can warn of it or,
under ``fieldValidation=Strict``, refuse it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import orjson

from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.sandbox.machinery.status import StatusError, bad_request
from gitopskit.sandbox.machinery.yaml import read_yaml
from gitopskit.sandbox.simulator.options import Intent

Object = dict[str, Any]


def parse(body: bytes, *, is_yaml: bool, where: str) -> tuple[Any, list[str]]:
    """Return the value that a body holds, and a text for everything that it repeats.

    Raises
    ------
    StatusError
        400 if it is not JSON (or YAML, where that is taken).
    """
    try:
        value = orjson.loads(body) if not _LARGE.search(body) else json.loads(body)
        return value, [f'duplicate field "{path}"' for path in duplicates(body)]
    except ValueError as error:
        if not is_yaml:
            why = f"couldn't get version/kind; json parse error: {_reason(error, body)}"
            raise bad_request(f"{where}: {why} ({_beginning(body, _decoded)})" if where else why) from error
    try:
        return read_yaml(body)
    except ValueError as error:
        raise bad_request(f"{where}: {error} ({_beginning(body, bytes.hex)})") from error


def parse_patch(body: bytes) -> tuple[Any, list[str]]:
    """Return the patch that a body holds, and a text for everything that it repeats.

    Raises
    ------
    StatusError
        400 if it is not JSON.
    """
    try:
        return parse(body, is_yaml=False, where="")
    except StatusError as error:
        raise bad_request("invalid JSON patch") from error


def _reason(error: ValueError, body: bytes) -> str:
    """Return what is wrong with a body that is no JSON."""
    if "depth" in str(error):
        return f"invalid character '{'[' if body.count(b'[') > body.count(b'{') else '{'}' exceeded max depth"
    return _END if "unexpected end" in str(error) or not body.strip() else str(error)


def _decoded(part: bytes) -> str:
    return part.decode(errors="replace")


def _beginning(body: bytes, show: Callable[[bytes], str]) -> str:
    """Return as much of a body as messages show."""
    return (show(body[:_SHOWN_BYTES]) or "<empty>") + (" ..." if len(body) > _SHOWN_BYTES else "")


def unrecognized(resource: Resource) -> str:
    """Return the beginning of what is said of a body that is no object of this kind."""
    return f"the object provided is unrecognized (must be of type {resource.kind})"


def parse_applied(body: bytes) -> tuple[Object, list[str]]:
    """Return the configuration that the body of an apply holds, and what it repeats; JSON is read as the YAML that it also is.

    Raises
    ------
    StatusError
        400 if it is not YAML, or no map.
    """
    try:
        value = orjson.loads(body)
        if isinstance(value, dict) and not _OTHERWISE_IN_YAML.search(body) and not duplicates(body):
            return value, []
    except ValueError:
        pass
    try:
        value, repeated = read_yaml(body)
    except ValueError as error:
        is_json = body.lstrip().startswith(b"{")
        raise bad_request(f"error {'decoding patch: error converting YAML to JSON' if is_json else 'encoding patch'}: {error}") from error
    if not isinstance(value, dict | None):
        kind = {list: "array", str: "string", bool: "bool"}.get(type(value), "number")
        why = f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
        raise bad_request(f"error decoding patch: error unmarshaling JSON: while decoding JSON: {why}")
    return value or {}, repeated


_SHOWN_BYTES = 30
_END = "unexpected end of JSON input"
_LARGE = re.compile(rb"\d{19}")
_OTHERWISE_IN_YAML = re.compile(rb"[:,\[]\s*-?\d+[.eE]|\\u[dD][89a-fA-F]|\d{19}")
"""What the one JSON library reads as a float, or YAML otherwise than JSON: numbers with a point, escaped surrogates."""


def duplicates(body: bytes) -> list[str]:
    """Return the paths of keys that a JSON body repeats."""
    found: list[str] = []

    def build(pairs: list[tuple[str, Any]]) -> Object:
        built: Object = {}
        for key, value in pairs:
            if key in built:
                found.append(key)
            built[key] = value
        return built

    try:
        tree = json.loads(body, object_pairs_hook=build)
    except (ValueError, RecursionError):
        return []
    return _locate(tree, found) if found else []


def _locate(tree: Any, keys: list[str]) -> list[str]:
    """Return the full path of each repeated key (the first place that has it)."""
    places: dict[str, str] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                places.setdefault(key, f"{path}.{key}"[1:])
                walk(item, f"{path}.{key}")
        elif isinstance(value, list):
            for at, item in enumerate(value):
                walk(item, f"{path}[{at}]")

    walk(tree, "")
    return [places.get(key, key) for key in keys]


def check_kind(obj: Any, resource: Resource) -> Object:
    """Return the object if it is one of this resource's kind and version (both may be left out).

    Raises
    ------
    StatusError
        400 if it is something else.
    """
    if not isinstance(obj, dict):
        raise bad_request(f"{unrecognized(resource)}: it is no object")
    api_version, kind = obj.get("apiVersion") or resource.api_version, obj.get("kind") or resource.kind
    if not isinstance(api_version, str) or not isinstance(kind, str):
        raise bad_request(f"{unrecognized(resource)}: couldn't get version/kind")
    if (api_version, kind) != (resource.api_version, resource.kind):
        raise _other_kind(api_version, kind, resource)
    obj["apiVersion"], obj["kind"] = resource.api_version, resource.kind
    metadata = obj.get("metadata")
    if metadata is None:
        obj["metadata"] = {}
    elif not isinstance(metadata, dict):
        raise bad_request(f'{kind} in version "{resource.version}" cannot be handled as a {kind}: json: cannot unmarshal into metadata')
    return obj


def _other_kind(api_version: str, kind: str, resource: Resource) -> StatusError:
    version = api_version.rpartition("/")[2]
    if kind == resource.kind:
        message = f"the API version in the data ({api_version}) does not match the expected API version ({resource.api_version})"
        return bad_request(message)
    package = resource.group.partition(".")[0] or "core"
    why = f"converting ({version}.{kind}) to ({package}.{resource.kind}): unknown conversion"
    return bad_request(f'{kind} in version "{version}" cannot be handled as a {resource.kind}: {why}')


def check_place(obj: Object, intent: Intent) -> None:
    """Give the object the namespace (and name) of its path, or refuse it if it names others (400)."""
    route, metadata = intent.route, obj["metadata"]
    if route.resource.namespaced:
        if metadata.get("namespace") not in (None, "", route.namespace):
            raise bad_request(SENT_NAMESPACE)
        metadata["namespace"] = route.namespace
    else:
        metadata.pop("namespace", None)
    if route.name:
        if metadata.get("name") and metadata["name"] != route.name:
            given = metadata["name"]
            raise bad_request(f"the name of the object ({given}) does not match the name on the URL ({route.name})")
        metadata["name"] = route.name


SENT_NAMESPACE = "the namespace of the provided object does not match the namespace sent on the request"
