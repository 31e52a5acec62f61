"""Who set which field, by the managed fields of a live object.

A FieldsV1 set is almost its own schema: at ``k:`` entries a list is keyed, at ``v:`` entries it is a set, and a leaf is one value.
So ownership of a field is found, and a desired object compared with what we last applied, along the set.

The trap that shaped it: a structure that was stated empty is a leaf, too. Who filled it since does not own it as one value; only its
type tells.

References
----------
Kubernetes, "Server-Side Apply", field management; FieldsV1 format in the meta/v1 API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, TypeAlias

import orjson

from gitopskit.model.changes import FieldOwner
from gitopskit.model.paths import FieldPath, ListKey, PathElement, SetValue, element_from_text, render_path
from gitopskit.model.values import Sensitive
from gitopskit.planning.diff import is_same, stated
from gitopskit.schema.types import ANY, Type

FIELD_MANAGER: Final = "gitopskit"

Fields: TypeAlias = Mapping[str, Any]

_STRUCTURES: Final = (dict, list)

DEFAULTED_KEYS: Final[Mapping[str, Any]] = {"protocol": "TCP"}
"""The only parts of a list key that the server fills in before it compares keys (ports)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of ``metadata.managedFields``."""

    owner: FieldOwner
    api_version: str
    fields: Fields


def entries(body: Mapping[str, Any]) -> tuple[Entry, ...]:
    """Return the managed-fields entries of a live object."""
    return tuple(
        Entry(
            owner=FieldOwner(
                name=item.get("manager", ""),
                operation=item.get("operation", ""),
                subresource=item.get("subresource", ""),
                time=item.get("time", ""),
            ),
            api_version=item.get("apiVersion", ""),
            fields=item.get("fieldsV1") or {},
        )
        for item in body.get("metadata", {}).get("managedFields") or ()
    )


def our_entry(body: Mapping[str, Any]) -> Entry | None:
    """Return what we last applied to a live object; None if we never did."""
    return next(filter(is_ours, entries(body)), None)


def is_ours(entry: Entry) -> bool:
    """Whether the entry tells what we last applied."""
    return entry.owner.name == FIELD_MANAGER and entry.owner.operation == "Apply" and not entry.owner.subresource


def owners(body: Mapping[str, Any], path: FieldPath) -> tuple[FieldOwner, ...]:
    """Return everybody who owns the field at `path`, or a part of it, on the live object."""
    return tuple(entry.owner for entry in entries(body) if owns(entry.fields, path))


def owns(fields: Fields, path: FieldPath) -> bool:
    """Whether a FieldsV1 set holds the field, something below it, or the whole that it belongs to."""
    here = fields
    for element in path:
        below = _below(here, element)
        if below is None:
            return not [name for name in here if name != "."] and here is not fields  # a leaf above: owned as one value
        here = below
    return True


def path_named(body: Mapping[str, Any], rendered: str) -> FieldPath | None:
    """Return the path that a server printed, found among all fields that anybody owns; printed paths cannot be parsed reliably."""
    return next((path for entry in entries(body) for path in _paths(entry.fields, ()) if render_path(path) == rendered), None)


def _paths(fields: Fields, path: FieldPath) -> Iterator[FieldPath]:
    for name, below in fields.items():
        if name != ".":
            yield (*path, element(name))
            yield from _paths(below, (*path, element(name)))


def leaves(fields: Fields, path: FieldPath = ()) -> Iterator[FieldPath]:
    """Yield the paths of the fields that a FieldsV1 set holds as values (not the containers that it holds with them)."""
    below = [name for name in fields if name != "."]
    if not below and path:
        yield path
    for name in below:
        yield from leaves(fields[name], (*path, element(name)))


@lru_cache(maxsize=65536)
def element(text: str) -> PathElement:
    """Return the path element of a FieldsV1 text, parsed once."""
    return element_from_text(text)


def _below(fields: Fields, wanted: PathElement) -> Fields | None:
    if isinstance(wanted, str | int):
        found: Fields | None = fields.get(f"{'f' if isinstance(wanted, str) else 'i'}:{wanted}")
        return found
    return next((below for text, below in fields.items() if text[:2] in ("k:", "v:") and _means(element(text), wanted)), None)


def _means(held: PathElement, wanted: PathElement) -> bool:
    if isinstance(held, ListKey) and isinstance(wanted, ListKey):
        pairs = dict(held.pairs)
        return all(pairs.get(name, value) == value for name, value in wanted.pairs) and bool(pairs.keys() & dict(wanted.pairs).keys())
    return isinstance(held, SetValue) and held == wanted


def states_exactly(desired: Mapping[str, Any], live: Mapping[str, Any], type_: Type | None) -> bool:
    """Whether `desired` states just the fields that we last applied, each with its live value.

    If so, applying it changes nothing and needs no request. False means "not sure": another spelling of a quantity, a null, a
    defaulted key, a status.

    Parameters
    ----------
    type_
        The server's own type of the object. A set does not tell a value that is owned as one from a structure that was stated empty and
        filled by others since; without a type either is "not sure".
    """
    listed = live.get("metadata", {}).get("managedFields") or ()
    ours = next(filter(tells_ours, listed), None)
    if ours is None or ours.get("apiVersion") != desired.get("apiVersion") or "status" in desired:
        return False
    wanted = stated(desired)
    fields = ours.get("fieldsV1") or {}
    if live.get("kind") == "Secret" and any(wanted.get(name) and not fields.get(f"f:{name}") for name in ("data", "stringData")):
        return False  # we stated it empty before: what is there was put there under the other name
    others = tuple(item.get("fieldsV1") or {} for item in listed if item is not ours)
    return _map_equal(wanted, _with_string_data(live, wanted), fields, others, type_)


def tells_ours(item: Mapping[str, Any]) -> bool:
    """Whether a managed-fields item, as the server writes it, tells what we last applied."""
    return item.get("manager") == FIELD_MANAGER and item.get("operation") == "Apply" and not item.get("subresource")


def _with_string_data(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a live Secret as it was applied: the server keeps ``stringData`` in ``data``, and its owner under the name it had."""
    texts = wanted.get("stringData")
    if live.get("kind") != "Secret" or not isinstance(texts, Mapping):
        return live
    return {**live, "stringData": {name: value for name, value in (live.get("data") or {}).items() if name in texts}}


def _equal(desired: Any, live: Any, fields: Fields, others: tuple[Fields, ...], type_: Type | None) -> bool:
    if not fields or (len(fields) == 1 and "." in fields):  # owned as one value, unless somebody owns parts of it
        if desired is None or not is_same(desired, live):
            return False
        return not desired or not isinstance(desired, dict | list) or (_is_one(desired, type_) and not any(others))
    if type_ is not None and type_.is_atomic:
        return False  # it has become one value since
    if type(desired) is dict:
        return type(live) is dict and _map_equal(desired, live, fields, others, type_)
    return type(desired) is list and type(live) is list and _list_equal(desired, live, fields, others, type_)


def _is_one(value: Any, type_: Type | None) -> bool:
    return type_ is not None and (type_.is_atomic or (type_.kind == ANY and type(value) is list))


def _map_equal(desired: Fields, live: Fields, fields: Fields, others: tuple[Fields, ...], type_: Type | None) -> bool:
    if len(desired) != len(fields) - ("." in fields):
        return False
    for name, value in desired.items():
        text = f"f:{name}"
        if name not in live or (below := fields.get(text)) is None:
            return False
        child = type_.child(name) if type_ is not None and type(value) in _STRUCTURES else None
        if not _equal(value, live[name], below, _within(others, text), child):
            return False
    return True


def _list_equal(desired: list[Any], live: list[Any], fields: Fields, others: tuple[Fields, ...], type_: Type | None) -> bool:
    held = [text for text in fields if text != "."]  # never empty: fields with nothing in them are a leaf
    if len(desired) != len(held):
        return False
    if held[0].startswith("v:"):
        return _set_equal(desired, live, {orjson.dumps(_value(text)) for text in held})
    element_type = type_.element if type_ is not None else None
    positions = [_held_position(item, live, fields, others, element_type) for item in desired]
    return -1 not in positions and all(one < other for one, other in pairwise(positions))  # another order is a change, a twin an error


def _set_equal(desired: list[Any], live: list[Any], held: set[bytes]) -> bool:
    """Whether a set states just what we own of it, in the order in which it is there."""
    if any(isinstance(item, Mapping | list | Sensitive) for item in (*desired, *live)):
        return False
    wanted = [orjson.dumps(item) for item in desired]
    return set(wanted) == held and wanted == [text for item in live if (text := orjson.dumps(item)) in held]


def _held_position(item: Any, live: list[Any], fields: Fields, others: tuple[Fields, ...], type_: Type | None) -> int:
    """Return where in the live list the item is that we own and that is just like this; -1 if there is none."""
    for text, below in fields.items():
        key = element(text) if text.startswith("k:") and isinstance(item, Mapping) else None
        if not isinstance(key, ListKey) or any(item.get(name, DEFAULTED_KEYS.get(name)) != value for name, value in key.pairs):
            continue
        position = next((at for at, found in enumerate(live) if all(found.get(name) == value for name, value in key.pairs)), -1)
        return position if position >= 0 and _map_equal(item, live[position], below, _within(others, text), type_) else -1
    return -1


def _within(others: tuple[Fields, ...], text: str) -> tuple[Fields, ...]:
    return tuple(fields[text] for fields in others if text in fields) if others else others


def _value(text: str) -> Any:
    found = element(text)
    return found.value if isinstance(found, SetValue) else None
