"""Where in a text does a value stand, to the character?

The trap that shaped it: YAML's own marks say where the parser was, not where a value ends. A block ends where the next token begins,
comments and empty lines included; so its end is that of the last thing in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from gitopskit.model.paths import FieldPath, ListKey, PathElement, SetValue
from gitopskit.model.scalars import resolve
from gitopskit.planning.diff import key_of
from gitopskit.sources.nodes import PLAIN, roots

Node: TypeAlias = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A node on the way to a field.

    Attributes
    ----------
    at
        Its position among its parent's children.
    is_flow
        Whether it stands between brackets.
    """

    node: Node
    parent: Place | None = None
    at: int = 0
    is_flow: bool = False


def objects_in(text: str) -> list[Node]:
    """Return the node of each object of a text, in its order."""
    return [node for root in roots(text) for node in _mappings(root)]


def follow(root: Node, path: FieldPath) -> tuple[Place, FieldPath]:
    """Return the deepest node on the way to a field, and what of the path is not there."""
    place = Place(node=root, is_flow=bool(root.flow_style))
    for depth, element in enumerate(path):
        at = position(place.node, element)
        if at is None:
            return place, path[depth:]
        child = child_at(place.node, at)
        place = Place(node=child, parent=place, at=at, is_flow=place.is_flow or bool(place.node.flow_style))
    return place, ()


def position(node: Node, element: PathElement) -> int | None:
    """Return where among a node's children an element is."""
    match element:
        case str() if isinstance(node, yaml.MappingNode):
            return next((at for at, (key, _) in enumerate(node.value) if key.value == element), None)
        case int() if isinstance(node, yaml.SequenceNode):
            return element if 0 <= element < len(node.value) else None
        case ListKey(pairs) if isinstance(node, yaml.SequenceNode):
            return next((at for at, item in enumerate(node.value) if _has(item, pairs, element)), None)
        case SetValue(value) if isinstance(node, yaml.SequenceNode):
            return next((at for at, item in enumerate(node.value) if isinstance(item, yaml.ScalarNode) and meaning(item) == value), None)
    return None


def child_at(node: Node, at: int) -> Node:
    """Return a child by its position."""
    found = node.value[at]
    return found[1] if isinstance(node, yaml.MappingNode) else found


def end_of(node: Node, text: str) -> int:
    """Return where a value really ends."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        start = node.start_mark.index
        return int(start + len(text[start : node.end_mark.index].rstrip()))
    return end_of(child_at(node, -1), text)


def start_of(node: Node) -> int:
    """Return where a value begins."""
    return int(node.start_mark.index)


def column_of(node: Node) -> int:
    """Return the column in which a value begins."""
    return int(node.start_mark.column)


def meaning(node: Node) -> Any:
    """Return what a scalar means."""
    return resolve(node.value) if node.tag is PLAIN else node.value


def _has(item: Node, pairs: tuple[tuple[str, Any], ...], wanted: ListKey) -> bool:
    """Whether an item of a list has the keys."""
    if not isinstance(item, yaml.MappingNode):
        return False
    stated = {key.value: meaning(value) for key, value in item.value if isinstance(value, yaml.ScalarNode)}
    return key_of(stated, tuple(name for name, _ in pairs)) == wanted


def _mappings(node: Node) -> Iterator[Node]:
    """Yield the objects in a document, those of a list one by one."""
    if not isinstance(node, yaml.MappingNode):
        return
    fields = {key.value: value for key, value in node.value}
    kind, items = fields.get("kind"), fields.get("items")
    if kind is not None and str(kind.value).endswith("List") and isinstance(items, yaml.SequenceNode):
        for item in items.value:
            yield from _mappings(item)
    else:
        yield node
