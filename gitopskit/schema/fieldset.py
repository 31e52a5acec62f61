"""A set of field paths, as a tree.

Each node is a dict from the FieldsV1 text of a path element to the node below; a node that is itself in the set holds `MEMBER`.
FieldsV1 writes the same tree a little differently: a member without children is an empty object, one with children holds ``"."``.

References
----------
Kubernetes meta/v1 ``FieldsV1``; sigs.k8s.io/structured-merge-diff, ``fieldpath.Set``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from gitopskit.model.paths import FieldPath, element_from_text

MEMBER: Final = ""
Tree = dict[str, Any]


def from_fields_v1(fields: Mapping[str, Any]) -> Tree:
    """Return the set that a FieldsV1 object stands for."""
    tree: Tree = {}
    for text, below in fields.items():
        if text == ".":
            tree[MEMBER] = True
        else:
            tree[text] = from_fields_v1(below) if below else {MEMBER: True}
    return tree


def to_fields_v1(tree: Tree) -> dict[str, Any]:
    """Return the FieldsV1 object of a set, sorted as the server sorts it."""
    found: dict[str, Any] = {}
    for text in sorted(tree):
        if text == MEMBER:
            if len(tree) > 1:
                found["."] = {}
        else:
            found[text] = to_fields_v1(tree[text])
    return found


def insert(tree: Tree, path: Iterable[str]) -> None:
    """Put a path (FieldsV1 texts) into the set."""
    here = tree
    for text in path:
        here = here.setdefault(text, {})
    here[MEMBER] = True


def union(left: Tree, right: Tree) -> Tree:
    """Return what is in either set."""
    found = dict(left)
    for text, below in right.items():
        found[text] = below if text == MEMBER or text not in found else union(found[text], below)
    return found


def difference(left: Tree, right: Tree) -> Tree:
    """Return what is in the left set and not in the right one."""
    return _filtered(left, right, lambda inside: not inside)


def intersection(left: Tree, right: Tree) -> Tree:
    """Return what is in both sets."""
    return _filtered(left, right, lambda inside: inside)


def _filtered(left: Tree, right: Tree, keeps: Callable[[bool], bool]) -> Tree:
    found: Tree = {}
    for text, below in left.items():
        if text == MEMBER:
            if keeps(MEMBER in right):
                found[MEMBER] = True
        elif kept := _filtered(below, right.get(text, {}), keeps):
            found[text] = kept
    return found


def without_below(left: Tree, right: Tree) -> Tree:
    """Return the left set without everything at or below a member of the right one."""
    found: Tree = {}
    for text, below in left.items():
        if text == MEMBER:
            found[MEMBER] = True
            continue
        other = right.get(text)
        if other is None:
            found[text] = below
        elif MEMBER not in other and (kept := without_below(below, other)):
            found[text] = kept
    return found


def is_empty(tree: Tree) -> bool:
    """Whether nothing is in the set."""
    return not tree


def paths(tree: Tree, prefix: FieldPath = ()) -> Iterator[FieldPath]:
    """Yield every path in the set, at each level those of single fields first."""
    children = sorted((text, below) for text, below in tree.items() if text != MEMBER)
    yield from ((*prefix, element_from_text(text)) for text, below in children if MEMBER in below)
    for text, below in children:
        yield from paths(below, (*prefix, element_from_text(text)))
