"""What differs between a live object and what it would become?

Lists whose items have a well-known key are compared item by item; other lists of scalars as a whole, other lists of objects by
position. What the server keeps for itself (managed fields, versions, status) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from gitopskit.model.changes import FieldAction, FieldChange
from gitopskit.model.paths import FieldPath, ListKey

SERVER_METADATA: Final = frozenset(
    {
        "managedFields",
        "resourceVersion",
        "uid",
        "generation",
        "creationTimestamp",
        "selfLink",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    }
)
_KEYS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "ports": (("containerPort", "protocol"), ("port", "protocol"), ("name",)),
    "volumeMounts": (("mountPath",),),
    "volumeDevices": (("devicePath",),),
    "hostAliases": (("ip",),),
    "topologySpreadConstraints": (("topologyKey", "whenUnsatisfiable"),),
    "ownerReferences": (("uid",),),
    "conditions": (("type",),),
}
_NAME_KEY: Final = (("name",),)
_ABSENT: Final = object()


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Return one change per field, in the order of the object that is left."""
    return tuple(_map(declared(before), declared(after), ()))


def stated_fields(body: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Return one addition per field that a desired object states, in its order: the fields of a create."""
    return tuple(_map({}, stated(body), ()))


def stored_fields(body: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Return one addition per field that a new object states, with the value that the server makes of it."""
    return tuple(field if (kept := value_at(after, field.path)) is None else replace(field, after=kept) for field in stated_fields(body))


def stated(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a desired object states beyond its identity; its status is not its to state."""
    metadata = {name: value for name, value in (body.get("metadata") or {}).items() if name not in ("name", "namespace")}
    kept = {name: value for name, value in body.items() if name not in ("apiVersion", "kind", "metadata", "status")}
    return {"metadata": metadata, **kept} if metadata else kept


def declared(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without what the server keeps for itself."""
    metadata = {name: value for name, value in (body.get("metadata") or {}).items() if name not in SERVER_METADATA}
    return {name: value for name, value in body.items() if name != "status"} | {"metadata": metadata}


def is_same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same; unlike Python, JSON tells ``true`` from 1."""
    if one is other:
        return True
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, dict):
        return all(is_same(value, other[name]) for name, value in one.items())
    return not isinstance(one, list) or all(is_same(left, right) for left, right in zip(one, other, strict=True))


def _any(before: Any, after: Any, path: FieldPath) -> Iterator[FieldChange]:
    if is_same(before, after):
        return
    if isinstance(after, Mapping) and (isinstance(before, Mapping) or (before is _ABSENT and after)):
        yield from _map(before if isinstance(before, Mapping) else {}, after, path)
    elif isinstance(before, Mapping) and after is _ABSENT and before:
        yield from _map(before, {}, path)
    elif keys := _list_keys(before, after, path):
        yield from _keyed(before, after, path, keys)
    else:
        yield _leaf(before, after, path)


def _map(before: Mapping[str, Any], after: Mapping[str, Any], path: FieldPath) -> Iterator[FieldChange]:
    for name in [*before, *(name for name in after if name not in before)]:
        yield from _any(before.get(name, _ABSENT), after.get(name, _ABSENT), (*path, name))


def _keyed(before: Any, after: Any, path: FieldPath, keys: tuple[str, ...]) -> Iterator[FieldChange]:
    old = {key_of(item, keys): item for item in (before if isinstance(before, list) else ())}
    new = {key_of(item, keys): item for item in (after if isinstance(after, list) else ())}
    for key in [*old, *(key for key in new if key not in old)]:
        yield from _any(old.get(key, _ABSENT), new.get(key, _ABSENT), (*path, key))


def _leaf(before: Any, after: Any, path: FieldPath) -> FieldChange:
    if before is _ABSENT:
        return FieldChange(path=path, action=FieldAction.ADD, after=after)
    if after is _ABSENT:
        return FieldChange(path=path, action=FieldAction.REMOVE, before=before)
    return FieldChange(path=path, action=FieldAction.CHANGE, before=before, after=after)


def _list_keys(before: Any, after: Any, path: FieldPath) -> tuple[str, ...]:
    """Return the key under which every item of both lists is unique; empty if there is none."""
    lists = [value for value in (before, after) if value is not _ABSENT]
    if not all(isinstance(value, list) and all(isinstance(item, Mapping) for item in value) for value in lists) or not any(lists):
        return ()
    name = path[-1] if path and isinstance(path[-1], str) else ""
    for keys in _KEYS.get(name, _NAME_KEY):
        if all(_is_unique(value, keys) for value in lists):
            return keys
    return ()


def _is_unique(items: Sequence[Mapping[str, Any]], keys: tuple[str, ...]) -> bool:
    if not all(keys[0] in item and not any(isinstance(item.get(name), Mapping | list) for name in keys) for item in items):
        return False
    return len({key_of(item, keys) for item in items}) == len(items)


def key_of(item: Mapping[str, Any], keys: tuple[str, ...]) -> ListKey:
    """Return the path element of an item in a keyed list; a key that it leaves out has its default."""
    defaults = {"protocol": "TCP"}
    return ListKey(tuple(sorted((name, item.get(name, defaults.get(name))) for name in keys)))


def value_at(body: Any, path: FieldPath) -> Any:
    """Return the value at a path; None where there is none."""
    here = body
    for element in path:
        if isinstance(element, ListKey) and isinstance(here, list):
            keys = tuple(name for name, _ in element.pairs)
            here = next((item for item in here if isinstance(item, Mapping) and key_of(item, keys) == element), None)
        elif isinstance(element, str) and isinstance(here, Mapping):
            here = here.get(element)
        elif isinstance(element, int) and isinstance(here, list) and element < len(here):
            here = here[element]
        else:
            return None
    return here
