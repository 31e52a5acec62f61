"""How do two versions of an object compare and merge, field by field?

Everything here walks values along their `Type`: maps and keyed lists are taken apart, atomic values are one. A list item is known by its
keys, where a key that is not stated has the schema's default.

References
----------
Kubernetes, "Server-Side Apply"; sigs.k8s.io/structured-merge-diff.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from gitopskit.schema.fieldset import MEMBER, Tree
from gitopskit.schema.typed import item_text
from gitopskit.schema.types import ANY, LIST, MAP, SCALAR, Type, shape

_ABSENT: Any = object()


@dataclass(slots=True)
class Comparison:
    """What changed between two versions, as three field sets."""

    added: Tree = field(default_factory=dict)
    modified: Tree = field(default_factory=dict)
    removed: Tree = field(default_factory=dict)


def to_fieldset(value: Any, type_: Type) -> Tree:
    """Return the fields that a value of this type states."""
    tree: Tree = {}
    _state(value, type_, tree)
    return tree


def _state(value: Any, type_: Type, tree: Tree) -> None:
    kind = shape(type_, value)
    if kind == SCALAR or type_.is_atomic or (kind == LIST and type_.kind == ANY):
        tree[MEMBER] = True
    elif kind == MAP and value is not None:
        for name, item in value.items():
            below: Tree = {}
            _state(item, type_.child(name), below)
            if item is None or item == {} or not type_.is_named(name):
                below[MEMBER] = True
            if below:
                tree[f"f:{name}"] = below
    elif kind == LIST and value is not None:
        for item in value:
            below = tree.setdefault(item_text(item, type_), {MEMBER: True})
            if not type_.is_set:
                _state(item, type_.element, below)


# --- compare ----------------------------------------------------------------------------------------------------------------------


def compare(old: Any, new: Any, type_: Type) -> Comparison:
    """Return what differs between two versions."""
    result = Comparison()
    _compare(old, new, type_, (), result)
    return result


def _note(tree: Tree, path: tuple[str, ...]) -> None:
    here = tree
    for text in path:
        here = here.setdefault(text, {})
    here[MEMBER] = True


def _compare(old: Any, new: Any, type_: Type, path: tuple[str, ...], result: Comparison) -> None:
    if old is new or (old is not _ABSENT and new is not _ABSENT and type(old) is type(new) and old == new):
        return
    kind = shape(type_, old if new is _ABSENT or new is None else new)
    is_leaf = kind == SCALAR or type_.is_atomic or (kind == LIST and type_.kind == ANY)
    is_leaf = is_leaf or (_is_void(old) and _is_void(new)) or not (_fits(old, kind) and _fits(new, kind))
    if is_leaf:
        _note(result.added if old is _ABSENT else result.removed if new is _ABSENT else result.modified, path)
        if type_.kind == ANY and not _is_void(old) and not _is_void(new) and isinstance(old, Mapping) != isinstance(new, Mapping):
            before, after = (value if isinstance(value, Mapping) else {} for value in (old, new))
            _compare_maps(before, after, type_, path, result)  # of a structure that comes or goes the fields count too
        return
    if old is _ABSENT:
        _note(result.added, path)
    elif new is _ABSENT:
        _note(result.removed, path)
    if kind == MAP:
        _compare_maps(_or_empty(old, {}), _or_empty(new, {}), type_, path, result)
    else:
        _compare_lists(_or_empty(old, []), _or_empty(new, []), type_, path, result)


def _compare_maps(old: Mapping[str, Any], new: Mapping[str, Any], type_: Type, path: tuple[str, ...], result: Comparison) -> None:
    for name in [*old, *(name for name in new if name not in old)]:
        left, right = old.get(name, _ABSENT), new.get(name, _ABSENT)
        if left is not right:
            _compare(left, right, type_.child(name), (*path, f"f:{name}"), result)


def _compare_lists(old: Sequence[Any], new: Sequence[Any], type_: Type, path: tuple[str, ...], result: Comparison) -> None:
    left, right = _grouped(old, type_), _grouped(new, type_)
    for text in [*left, *(text for text in right if text not in left)]:
        before, after = left.get(text, []), right.get(text, [])
        if len(before) > 1 or len(after) > 1:
            if before != after:
                _note(result.added if not before else result.removed if not after else result.modified, (*path, text))
            continue
        one, other = before[0] if before else _ABSENT, after[0] if after else _ABSENT
        _compare(one, other, type_.element, (*path, text), result)


def _grouped(items: Sequence[Any], type_: Type) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(item_text(item, type_), []).append(item)
    return found


def _is_void(value: Any) -> bool:
    return value is _ABSENT or value is None or value in ({}, [])


def _fits(value: Any, kind: str) -> bool:
    return value is _ABSENT or value is None or isinstance(value, Mapping if kind == MAP else list)


def _or_empty(value: Any, empty: Any) -> Any:
    return empty if value is _ABSENT or value is None else value


# --- merge ------------------------------------------------------------------------------------------------------------------------


def merge(live: Any, config: Any, type_: Type) -> Any:
    """Return the live value with everything that the configuration states."""
    return _merge(live, config, type_)


def _merge(live: Any, config: Any, type_: Type) -> Any:
    if config is _ABSENT:
        return live
    if live is _ABSENT or live is None or config is None:
        return live if config is None and isinstance(live, dict | list) and live and not type_.is_atomic else config
    kind = shape(type_, config)
    if kind == SCALAR or type_.is_atomic or (kind == LIST and type_.kind == ANY):
        return config
    if kind == MAP and isinstance(live, Mapping) and isinstance(config, Mapping):
        merged = dict(live)
        for name, item in config.items():
            merged[name] = _merge(live.get(name, _ABSENT), item, type_.child(name))
        return merged
    if kind == LIST and isinstance(live, list) and isinstance(config, list):
        return _merge_lists(live, config, type_)
    return config


def _merge_lists(live: list[Any], config: list[Any], type_: Type) -> list[Any]:
    """Merge two keyed lists or sets.

    Stated items keep the order in which they are stated; live items that are not stated stay where they stood among those that are.
    """
    left = [item_text(item, type_) for item in live]
    right = [item_text(item, type_) for item in config]
    first_of = {text: position for position, text in reversed(list(enumerate(left)))}
    has_twin = {text for text in left if left.count(text) > 1} if len(set(left)) != len(left) else set()
    stated = set(right)
    shared = [text for text in right if text in first_of]
    merged: list[Any] = []
    taken: set[str] = set()
    at_left, at_right, next_shared = 0, 0, 0

    def take(position: int) -> None:
        text = right[position]
        taken.add(text)
        known = live[first_of[text]] if text in first_of and text not in has_twin else _ABSENT
        merged.append(_merge(known, config[position], type_.element))

    while at_left < len(left) or at_right < len(right):
        if at_left < len(left):
            text = left[at_left]
            if at_right < len(right) and text == right[at_right]:
                take(at_right)
                at_left, at_right, next_shared = at_left + 1, at_right + 1, next_shared + 1
                continue
            if text not in stated:
                merged.append(live[at_left])
                at_left += 1
                continue
            is_awaited = next_shared < len(shared) and shared[next_shared] == text
            if text in taken or (at_right < len(right) and next_shared < len(shared) and not is_awaited):
                at_left += 1
                continue
        if at_right < len(right):
            take(at_right)
            if next_shared < len(shared) and shared[next_shared] == right[at_right]:
                next_shared += 1
            at_right += 1
        else:
            at_left += 1
    return merged


# --- remove -----------------------------------------------------------------------------------------------------------------------


def with_named(tree: Tree, type_: Type) -> Tree:
    """Return a set in which every named field on the way to a member is a member too."""
    found: Tree = {}
    for text, below in tree.items():
        if text == MEMBER:
            found[MEMBER] = True
        elif text.startswith("f:"):
            name = text[2:]
            inner = with_named(below, type_.child(name))
            found[text] = {**inner, MEMBER: True} if type_.is_named(name) else inner
        else:
            found[text] = with_named(below, type_.element)
    return found


def as_one(tree: Tree, type_: Type) -> Tree:
    """Return a set in which what a type holds as one value is a member, and nothing below it is."""
    if type_.is_atomic and tree.keys() - {MEMBER}:
        return {MEMBER: True}
    found: Tree = {}
    for text, below in tree.items():
        if text == MEMBER:
            found[MEMBER] = True
        else:
            found[text] = as_one(below, type_.child(text[2:]) if text.startswith("f:") else type_.element)
    return found


def remove_items(value: Any, tree: Tree, type_: Type) -> Any:
    """Return the value without the fields and items in a set; what is emptied by that becomes None."""
    if not tree or type_.is_atomic:
        return value
    if isinstance(value, Mapping):
        kept = {}
        for name, item in value.items():
            below = tree.get(f"f:{name}")
            if below is None:
                kept[name] = item
            elif MEMBER not in below:
                kept[name] = remove_items(item, below, type_.child(name))
        return kept or None
    if isinstance(value, list) and (type_.is_set or type_.keys):
        left = []
        for item in value:
            below = tree.get(item_text(item, type_))
            if below is None:
                left.append(item)
            elif MEMBER not in below:
                left.append(remove_items(item, below, type_.element))
        return left or None
    return value


def fill_defaults(value: Any, type_: Type) -> Any:
    """Return the value with the schema's defaults where a field is missing, or null without being nullable."""
    if isinstance(value, Mapping):
        filled = dict(value)
        for name in type_.names:
            named = type_.field(name)
            if named is not None and named.default is not None:
                is_null = name in filled and filled[name] is None and not named.schema.get("nullable")
                if name not in filled or is_null:
                    filled[name] = orjson.loads(orjson.dumps(named.default))
        return {name: fill_defaults(item, type_.child(name)) for name, item in filled.items()}
    if isinstance(value, list) and type_.kind == LIST:
        return [fill_defaults(item, type_.element) for item in value]
    return value
