"""What was an object, and what will it be: two bodies from one change?

A change knows the fields that it touches; a body round them comes from the live object where it was read, or else from what Git says.
So what is shown of the other fields is known in the first case, and desired in the second, and the view has to say which.

The trap that shaped it: the desired body beside the live one shows every default of the server as a difference. So both sides have the
same body, and differ by the fields of the change alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from gitopskit.model.changes import Action, Change, FieldAction, FieldChange
from gitopskit.model.objects import Object
from gitopskit.model.paths import FieldPath, ListKey, PathElement, SetValue
from gitopskit.planning.diff import declared

_ABSENT: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Two bodies, each empty where there is no object on that side, and what is not known of them."""

    before: Mapping[str, Any] = field(repr=False)
    after: Mapping[str, Any] = field(repr=False)
    unknown: str = ""


def sides_of(change: Change, live: Object | None = None) -> Sides:
    """Return the object before and after a change.

    Parameters
    ----------
    live
        The live object, where it was read.
    """
    base = _base(change, live)
    before = {} if change.action is Action.CREATE else patched(base, change.fields, is_after=False)
    after = {} if change.action is Action.DELETE else patched(base, change.fields, is_after=True)
    return Sides(before=before, after=after, unknown=_unknown(change, live))


def patched(body: Mapping[str, Any], fields: tuple[FieldChange, ...], *, is_after: bool) -> dict[str, Any]:
    """Return a copy of a body in which the fields have the values of one side."""
    found: dict[str, Any] = _copied(body)
    gone = FieldAction.REMOVE if is_after else FieldAction.ADD
    for item in (item for item in fields if item.action is not gone):
        _put(found, item.path, item.after if is_after else item.before)
    for item in reversed([item for item in fields if item.action is gone]):
        _put(found, item.path, _ABSENT)
    return found


def place_of(body: Any, path: FieldPath) -> tuple[str | int, ...]:
    """Return a path by positions alone, as far as the body has it."""
    place: list[str | int] = []
    here = body
    for element in path:
        position = element if isinstance(element, str) else _position(here, element)
        here = _at(here, element)
        if position == -1:
            break
        place.append(position)
    return tuple(place)


def _base(change: Change, live: Object | None) -> Mapping[str, Any]:
    if live is not None:
        return declared(live.body)
    if change.desired is not None:
        return declared(change.desired.body)
    metadata = {"name": change.id.name, **({"namespace": change.id.namespace} if change.id.namespace else {})}
    version = {"apiVersion": change.api_version} if change.api_version else {}
    return {**version, "kind": change.id.kind, "metadata": metadata}


def _unknown(change: Change, live: Object | None) -> str:
    if live is not None and change.resource_version and live.resource_version != change.resource_version:
        return "The live object was read at another moment than the plan was made: fields round the changed ones may be older or newer."
    if live is not None or change.action is Action.CREATE:
        return ""
    if change.desired is not None:
        return "The live object is not at hand: round the changed fields stands what Git says; what only the system knows is not shown."
    return "Neither the live nor the desired object is at hand: only the changed fields are shown."


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copied(item) for name, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list | tuple) else value


def _put(body: dict[str, Any], path: FieldPath, value: Any) -> None:
    """Set the value at a path, with the structures that lead there, or take it away; what does not fit the body stays as it is."""
    here: Any = body
    for element, following in pairwise(path):
        below = _at(here, element)
        if not isinstance(below, dict | list):
            if value is _ABSENT:
                return
            below = {} if isinstance(following, str) else []
            below = dict(element.pairs) if isinstance(element, ListKey) and isinstance(below, dict) else below
            _set(here, element, below)
        here = below
    if path:
        _remove(here, path[-1]) if value is _ABSENT else _set(here, path[-1], _copied(value))


def _at(here: Any, element: PathElement) -> Any:
    if isinstance(here, dict) and isinstance(element, str):
        return here.get(element)
    position = _position(here, element)
    return here[position] if position >= 0 else None


def _set(here: Any, element: PathElement, value: Any) -> None:
    if isinstance(here, dict) and isinstance(element, str):
        here[element] = value
    elif isinstance(here, list):
        position = _position(here, element)
        if position >= 0:
            here[position] = value
        else:
            here.append(value)


def _remove(here: Any, element: PathElement) -> None:
    if isinstance(here, dict) and isinstance(element, str):
        here.pop(element, None)
    elif (position := _position(here, element)) >= 0:
        del here[position]


def _position(here: Any, element: PathElement) -> int:
    """Return where the item of a list is; -1 if it is not there."""
    if not isinstance(here, list):
        return -1
    match element:
        case int():
            return element if element < len(here) else -1
        case SetValue(value):
            return next((at for at, item in enumerate(here) if item == value), -1)
        case ListKey(pairs):
            return next((at for at, item in enumerate(here) if isinstance(item, dict) and _has(item, pairs)), -1)
    return -1


def _has(item: Mapping[str, Any], pairs: tuple[tuple[str, Any], ...]) -> bool:
    return all(item.get(name, "TCP" if name == "protocol" else None) == value for name, value in pairs)
