"""What a YAML body says, as the server's own library reads it; its messages are that library's.

The trap that shaped it: nesting and aliases cost more than they weigh, so both are counted before anything is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson
import yaml

from gitopskit.model.scalars import key_text, resolve

_DEPTH_LIMIT = 200
_NODE_LIMIT = 200_000
_PLAIN = "!plain"


class _Loader(yaml.CSafeLoader):
    """Leaves plain scalars unresolved."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012


_Loader.add_implicit_resolver(_PLAIN, re.compile("(?s).*"), None)


def read_yaml(body: bytes) -> tuple[Any, list[str]]:
    """Return the value of the first document, as JSON has it, and a text for each key that is repeated.

    Raises
    ------
    ValueError
        It is no YAML, or has no place in JSON.
    """
    try:
        text = body.decode()
        _check_events(text)
        reading = _Reading()
        node = next(yaml.compose_all(text, Loader=_Loader), None)
        return (None if node is None else reading.value(node)), list(dict.fromkeys(reading.repeated))
    except UnicodeDecodeError as error:
        raise ValueError("yaml: invalid leading UTF-8 octet") from error
    except yaml.MarkedYAMLError as error:
        raise ValueError(_message(error)) from error
    except yaml.YAMLError as error:
        raise ValueError("yaml: control characters are not allowed") from error


_TOO_DEEP = "yaml: exceeded max depth of 10000"


def _message(error: yaml.MarkedYAMLError) -> str:
    if "nesting depth" in str(error.problem):  # libyaml's own bound, which is lower
        return _TOO_DEEP
    line = (error.problem_mark.line if error.problem_mark else 0) + isinstance(error, yaml.scanner.ScannerError)
    if "Unicode" in str(error.problem):
        line = 0
    return f"yaml: {f'line {line}: ' if line else ''}{error.problem}"


def _check_events(text: str) -> None:
    """Refuse what would be expensive to build, and aliases of nothing."""
    depth = 0
    anchors = set()
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchors:
                raise ValueError(f"yaml: unknown anchor '{event.anchor}' referenced")
            continue
        anchors.add(getattr(event, "anchor", None))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentEndEvent):
            return
        if depth > _DEPTH_LIMIT:
            raise ValueError(_TOO_DEEP)


class _Reading:
    """One document under way."""

    def __init__(self) -> None:
        self.repeated: list[str] = []
        self._left = _NODE_LIMIT
        self._open: set[int] = set()

    def value(self, node: yaml.Node) -> Any:
        self._left -= 1
        if self._left < 0:
            raise ValueError("yaml: document contains excessive aliasing")
        if not isinstance(node, yaml.CollectionNode):
            return _scalar(node)
        if id(node) in self._open:
            raise ValueError("yaml: an anchor's value contains itself")
        self._open.add(id(node))
        value = self._mapping(node) if isinstance(node, yaml.MappingNode) else [self.value(item) for item in node.value]
        self._open.remove(id(node))
        return value

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in _pairs(node):
            value = self.value(item)
            name = _key(self.value(key), value)
            if name in found:
                self.repeated.append(f'line {item.start_mark.line + 1}: key "{name}" already set in map')
            found[name] = value
        return found


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """Yield keys and values in the order in which they are set, those of merged maps among them."""
    for key, item in node.value:
        if (key.tag, key.value) != (_PLAIN, "<<"):
            yield key, item
            continue
        for source in reversed(item.value) if isinstance(item, yaml.SequenceNode) else [item]:
            if not isinstance(source, yaml.MappingNode):
                raise ValueError("yaml: map merge requires map or sequence of maps as the value")
            yield from _pairs(source)


def _scalar(node: yaml.Node) -> Any:
    if node.tag.removeprefix("tag:yaml.org,2002:") not in (_PLAIN, "int", "float", "bool", "null"):
        return node.value
    try:
        return resolve(node.value)
    except ValueError as error:
        shown = "NaN" if "nan" in node.value.lower() else "-Inf" if node.value.startswith("-") else "+Inf"
        raise ValueError(f"json: unsupported value: {shown}") from error


def _key(key: Any, value: Any) -> str:
    try:
        return key_text(key)
    except ValueError as error:
        kind = "%!s(<nil>), key: <nil>" if key is None else "map[interface {}]interface {}"
        raise ValueError(f"unsupported map key of type: {kind}, value: {orjson.dumps(value).decode()}") from error
