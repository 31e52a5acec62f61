"""On which line of a file does a field of an object stand?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from gitopskit import home
from gitopskit.errors import SourceError
from gitopskit.model.objects import Origin
from gitopskit.model.paths import FieldPath
from gitopskit.planning.diff import value_at
from gitopskit.sources import manifests
from gitopskit.sources.nodes import TooMuchError, roots


def line_of(content: bytes, start: int, body: Mapping[str, Any], path: FieldPath) -> int:
    """Return the line (1-based) of the key or list item that says the field, or as near as the text tells.

    Parameters
    ----------
    start
        The first line of the object.
    body
        The object as it was read from there.
    """
    try:
        node = next((node for root in roots(content.decode("utf-8-sig")) for node in _mappings(root) if _line(node) == start), None)
    except (yaml.YAMLError, UnicodeDecodeError, TooMuchError, SourceError):
        return start
    line, here = start, body
    for depth, element in enumerate(path):
        position: Any = element
        if not isinstance(element, str | int):
            items: list[Any] = here if isinstance(here, list) else []
            position = next(
                (at for at, _ in enumerate(items) if value_at(body, (*path[:depth], at)) is value_at(body, path[: depth + 1])), -1
            )
        found = _child(node, position)
        if found is None:
            return line
        (line, node), here = found, value_at(body, path[: depth + 1])
    return line


def body_at(content: bytes, origin: Origin, commit: str) -> Mapping[str, Any] | None:
    """Return the object that a file states at a line; None where it states none, as a template does."""
    try:
        found = manifests.objects(origin.file, manifests.read(origin.file, content, commit), commit, home.mask_key())
    except SourceError:
        return None
    return next((item.body for item in found if item.origin == origin), None)


def _mappings(node: Any) -> Iterator[Any]:
    """Yield a node and the mappings in a list of objects below it."""
    if isinstance(node, yaml.MappingNode):
        yield node
        for key, value in node.value:
            if key.value == "items" and isinstance(value, yaml.SequenceNode):
                for item in value.value:
                    yield from _mappings(item)


def _child(node: Any, element: Any) -> tuple[int, Any] | None:
    if isinstance(node, yaml.MappingNode) and isinstance(element, str):
        return next(((_line(key), value) for key, value in node.value if key.value == element), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(element, int) and 0 <= element < len(node.value):
        return _line(node.value[element]), node.value[element]
    return None


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1
