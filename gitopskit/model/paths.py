"""How a field inside an object is named.

A path is a tuple of elements as structured merge knows them: a field name, the keys of a list item, a value of a set, an index.
It prints as kube-apiserver prints it in conflicts (``.spec.containers[name="web"].image``) and is stored as a list of FieldsV1
elements, because names with dots make the printed form ambiguous.

References
----------
Kubernetes, "Server-Side Apply"; sigs.k8s.io/structured-merge-diff, ``fieldpath.PathElement``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson


@dataclass(frozen=True, slots=True)
class ListKey:
    """The item of a keyed list: (key name, value) pairs, sorted by name."""

    pairs: tuple[tuple[str, Any], ...]

    def __str__(self) -> str:
        return "[" + ",".join(f"{name}={_json(value)}" for name, value in self.pairs) + "]"


@dataclass(frozen=True, slots=True)
class SetValue:
    """The item of a set, by its value."""

    value: Any

    def __str__(self) -> str:
        return f"[={_json(self.value)}]"


PathElement: TypeAlias = str | int | ListKey | SetValue
FieldPath: TypeAlias = tuple[PathElement, ...]


def list_key(**pairs: Any) -> ListKey:
    """Return the element for a keyed list item.

    Examples
    --------
    >>> render_path(("spec", "containers", list_key(name="web"), "image"))
    '.spec.containers[name="web"].image'
    """
    return ListKey(tuple(sorted(pairs.items())))


def render_path(path: FieldPath) -> str:
    """Return the path as kube-apiserver prints it."""
    return "".join(_render(element) for element in path)


def is_within(one: FieldPath, other: FieldPath) -> bool:
    """Whether two paths name the same field, or one names a part of what the other names."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def element_to_text(element: PathElement) -> str:
    """Return the FieldsV1 text of one element (``f:name``, ``k:{…}``, ``v:…``, ``i:0``)."""
    match element:
        case str():
            return f"f:{element}"
        case int():
            return f"i:{element}"
        case ListKey(pairs):
            return f"k:{_json(dict(pairs))}"
        case SetValue(value):
            return f"v:{_json(value)}"


def element_from_text(text: str) -> PathElement:
    """Return the element that a FieldsV1 text stands for.

    Raises
    ------
    ValueError
        The text has no known prefix or holds no JSON.
    """
    prefix, rest = text[:2], text[2:]
    match prefix:
        case "f:":
            return rest
        case "i:":
            return int(rest)
        case "k:":
            return ListKey(tuple(sorted(orjson.loads(rest).items())))
        case "v:":
            return SetValue(orjson.loads(rest))
    raise ValueError(f"not a path element: {text!r}")


def path_to_list(path: FieldPath) -> list[str]:
    """Return the path as a list of FieldsV1 texts, unambiguous and fit for JSON."""
    return [element_to_text(element) for element in path]


def path_from_list(texts: list[str]) -> FieldPath:
    """Return the path that `path_to_list` wrote."""
    return tuple(element_from_text(text) for text in texts)


def _render(element: PathElement) -> str:
    match element:
        case str():
            return f".{element}"
        case int():
            return f"[{element}]"
    return str(element)


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
