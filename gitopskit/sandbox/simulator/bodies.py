"""What a request body says: JSON or YAML, one object, for this path.

The trap that shaped it: a repeated key is legal JSON and the last one wins, so only a parse that sees the pairs can warn of it or,
under ``fieldValidation=Strict``, refuse it.
"""

from __future__ import annotations

import json
from typing import Any

import orjson
import yaml

from gitopskit.sandbox.simulator.options import Intent
from gitopskit.sandbox.simulator.registry import Resource
from gitopskit.sandbox.simulator.status import StatusError, bad_request

Object = dict[str, Any]

_MERGE_KEY_LIMIT = 8
_YAML_DEPTH_LIMIT = 200
_NODE_LIMIT = 200_000


def parse(body: bytes, *, is_yaml: bool, where: str) -> Any:
    """Return the value that a body holds.

    Raises
    ------
    StatusError
        400 if it is not JSON (or YAML, where that is taken).
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if not is_yaml:
            shown = body[:50].decode(errors="replace") or "<empty>"
            why = "unexpected end of JSON input" if not body.strip() else str(error)
            raise bad_request(f"{where}: couldn't get version/kind; json parse error: {why} ({shown})") from error
    return _parse_yaml(body)


def _parse_yaml(body: bytes) -> Any:
    try:
        text = body.decode()
        _check_yaml(text)
        return _plain(next(yaml.load_all(text, Loader=yaml.CSafeLoader), None), [_NODE_LIMIT])
    except (UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise bad_request(f"error decoding YAML: {_first_line(error)}") from error


def _check_yaml(text: str) -> None:
    """Refuse nesting and merge keys that would cost more than a request may."""
    depth = merges = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.events.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.events.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.events.ScalarEvent) and event.value == "<<":
            merges += 1
        if depth > _YAML_DEPTH_LIMIT or merges > _MERGE_KEY_LIMIT:
            raise ValueError("yaml: exceeded max depth or excessive aliasing")


def _plain(value: Any, budget: list[int]) -> Any:
    """Return YAML's value as JSON has it: text keys, no dates; aliases are written out, up to a number of nodes."""
    budget[0] -= 1
    if budget[0] < 0:
        raise ValueError("yaml: document contains excessive aliasing")
    if isinstance(value, dict):
        return {key if isinstance(key, str) else json.dumps(key): _plain(item, budget) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, budget) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


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
        raise bad_request(f"the object provided is unrecognized (must be of type {resource.kind}): it is no object")
    api_version, kind = obj.get("apiVersion") or resource.api_version, obj.get("kind") or resource.kind
    if not isinstance(api_version, str) or not isinstance(kind, str):
        raise bad_request(f"the object provided is unrecognized (must be of type {resource.kind}): couldn't get version/kind")
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
            raise bad_request(_SENT_NAMESPACE)
        metadata["namespace"] = route.namespace
    else:
        if metadata.get("namespace"):
            raise bad_request(_SENT_NAMESPACE)
        metadata.pop("namespace", None)
    if route.name:
        if metadata.get("name") and metadata["name"] != route.name:
            given = metadata["name"]
            raise bad_request(f"the name of the object ({given}) does not match the name on the URL ({route.name})")
        metadata["name"] = route.name


_SENT_NAMESPACE = "the namespace of the provided object does not match the namespace sent on the request"
