"""Who owns which field after a write?

The managed-fields algorithm on whole objects, for the two ways to write: an apply states all that its manager wants, an update takes
over whatever it changes. Conversion between versions is not needed as long as versions have the same structure.

References
----------
Kubernetes, "Server-Side Apply", field management.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from gitopskit.model.paths import FieldPath
from gitopskit.schema.fieldset import Tree, difference, from_fields_v1, intersection, paths, to_fields_v1, union, without_below
from gitopskit.schema.merge import Comparison, compare, merge, remove_items, to_fieldset, with_named
from gitopskit.schema.typed import check_typed
from gitopskit.schema.types import Type

MAX_UPDATE_MANAGERS: Final = 10
BEFORE_FIRST_APPLY: Final = "before-first-apply"
ANCIENT: Final = "ancient-changes"
_CURRENT: Final = "current-operation"

Object: TypeAlias = dict[str, Any]

_UNOWNED: Final = from_fields_v1({
    "f:apiVersion": {}, "f:kind": {},
    "f:metadata": {
        "f:name": {}, "f:namespace": {}, "f:creationTimestamp": {}, "f:selfLink": {}, "f:uid": {}, "f:clusterName": {},
        "f:generation": {}, "f:managedFields": {}, "f:resourceVersion": {},
    },
})  # fmt: skip
_METADATA: Final = from_fields_v1({"f:metadata": {}})
_STATUS: Final = from_fields_v1({"f:status": {}})
_NOT_STATUS: Final = from_fields_v1({"f:spec": {}})


@dataclass(frozen=True, slots=True)
class ConflictItem:
    """One field that somebody else owns with another value."""

    manager: str
    operation: str
    api_version: str
    subresource: str
    time: str
    path: FieldPath


class Conflicts(Exception):  # noqa: N818 - a value that is thrown, not an error
    """Fields that an apply would take from other managers."""

    def __init__(self, items: list[ConflictItem]) -> None:
        super().__init__(f"{len(items)} conflicts")
        self.items = items


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply makes of an object."""

    object: Object
    changed: bool


@dataclass(slots=True)
class _Entry:
    manager: str
    operation: str
    api_version: str
    subresource: str
    time: str
    fields: Tree

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes two entries the same manager: appliers keep theirs across versions."""
        return (self.manager, self.operation, "" if self.operation == "Apply" else self.api_version, self.subresource)


@dataclass(slots=True)
class _Managed:
    entries: dict[tuple[str, str, str, str], _Entry] = field(default_factory=dict)

    @classmethod
    def read(cls, listed: Any) -> _Managed:
        managed = cls()
        for item in listed or ():
            if not item.get("manager") and not item.get("fieldsV1"):
                continue
            entry = _Entry(
                manager=item.get("manager", ""),
                operation=item.get("operation", ""),
                api_version=item.get("apiVersion", ""),
                subresource=item.get("subresource", ""),
                time=item.get("time", ""),
                fields=from_fields_v1(item.get("fieldsV1") or {}),
            )
            managed.entries[entry.key] = entry
        return managed

    def write(self) -> list[Object]:
        ordered = sorted(self.entries.values(), key=lambda e: (e.operation, e.time, e.manager, e.api_version, e.subresource))
        return [_encoded(entry) for entry in ordered if entry.fields]


def _encoded(entry: _Entry) -> Object:
    found: Object = {
        "manager": entry.manager,
        "operation": entry.operation,
        "apiVersion": entry.api_version,
        "time": entry.time,
        "fieldsType": "FieldsV1",
        "fieldsV1": to_fields_v1(entry.fields),
    }
    if entry.subresource:
        found["subresource"] = entry.subresource
    if not entry.time:
        del found["time"]
    return found


def apply(
    live: Object | None,
    config: Object,
    type_: Type,
    *,
    manager: str,
    api_version: str,
    subresource: str = "",
    time: str,
    force: bool = False,
    empty: Object | None = None,
) -> Applied:
    """Apply a configuration.

    Parameters
    ----------
    empty
        What the past of an object that nobody keeps track of is compared with: the structures that are always there.

    Raises
    ------
    Conflicts
        Other managers own fields with other values, and `force` is off.
    ValueError
        The configuration does not fit the type.
    """
    base: Object = live if live is not None else {}
    managed = _Managed.read((base.get("metadata") or {}).get("managedFields"))
    old = _bare(base)
    if live is not None and not managed.entries:
        _adopt_past(managed, old, type_, api_version, subresource, time, empty or {})
    wanted = _bare(config)
    check_typed(wanted, type_)
    reset = _reset_fields(type_, subresource)
    stated = without_below(to_fieldset(wanted, type_), reset)  # name and namespace too, so that pruning leaves them alone
    merged = merge(old, _without(wanted, reset, type_), type_)
    own = _Entry(manager, "Apply", api_version, subresource, "", stated)
    last = managed.entries.get(own.key)
    managed.entries[own.key] = own
    if last is not None:
        merged = _pruned(merged, managed, last.fields, type_)
        own.time = last.time
    _take(managed, compare(old, merged, type_), own.key, reset, force=force)
    own.fields = difference(without_below(stated, _UNOWNED), _METADATA)
    is_same = merged == old
    if not is_same:
        own.time = time
    return Applied(_with_managed(merged, managed), not is_same)


def update(
    old: Object | None,
    new: Object,
    type_: Type,
    *,
    manager: str,
    operation: str = "Update",
    api_version: str,
    subresource: str = "",
    time: str,
    empty: Object | None = None,
) -> Object:
    """Return a new version with the managed fields that an update (POST, PUT, patch) leaves.

    Parameters
    ----------
    empty
        What a new object is compared with: one that holds just the structures that are always there.
    """
    given = (new.get("metadata") or {}).get("managedFields")
    before = (old.get("metadata") or {}).get("managedFields") if old else None
    is_reset = old is not None and given is not None and (given == [] or given == [{}])
    managed = _Managed() if is_reset else _Managed.read(given)
    if not managed.entries and not is_reset:
        managed = _Managed.read(before)
    fresh = _bare(new)
    if old is not None and not managed.entries:
        return _with_managed(fresh, managed)  # nobody keeps track of this object
    changes = compare(_bare(old) if old else empty or {}, fresh, type_)
    own = _Entry(manager, operation, api_version, subresource, time, {})
    reset = _reset_fields(type_, subresource)
    _take(managed, changes, (_CURRENT, "", "", ""), reset, force=True)
    gained = without_below(union(changes.added, changes.modified), union(_UNOWNED, reset))
    gained = difference(gained, _METADATA)
    if gained:
        previous = managed.entries.get(own.key)
        own.fields = union(previous.fields, gained) if previous else gained
        managed.entries[own.key] = own
        _cap(managed)
    return _with_managed(fresh, managed)


def _take(managed: _Managed, changes: Comparison, own: tuple[str, str, str, str], reset: Tree, *, force: bool) -> None:
    """Take changed fields from the other managers, or raise their conflicts; forget removed ones."""
    changed = without_below(union(changes.modified, changes.added), reset)
    removed = without_below(changes.removed, reset)
    items = []
    for key, entry in managed.entries.items():
        if key == own:
            continue
        contested = intersection(entry.fields, changed)
        if contested and not force:
            items += [
                ConflictItem(entry.manager, entry.operation, entry.api_version, entry.subresource, entry.time, p) for p in paths(contested)
            ]
        entry.fields = difference(difference(entry.fields, contested), removed)
    if items:
        raise Conflicts(items)
    for key in [key for key, entry in managed.entries.items() if not entry.fields]:
        del managed.entries[key]


def _pruned(merged: Object, managed: _Managed, last: Tree, type_: Type) -> Object:
    """Return the merged object without what its manager stated before and nobody states now; what that empties is None."""
    without = remove_items(merged, with_named(last, type_), type_) or {}
    all_fields = with_named(to_fieldset(merged, type_), type_)
    gone = difference(all_fields, with_named(to_fieldset(without, type_), type_))
    owned: Tree = {}
    for entry in managed.entries.values():
        owned = union(owned, entry.fields)
    gone = intersection(difference(gone, with_named(owned, type_)), with_named(last, type_))
    return remove_items(merged, gone, type_) or {}


def _adopt_past(managed: _Managed, old: Object, type_: Type, api_version: str, subresource: str, time: str, empty: Object) -> None:
    changes = compare(empty, old, type_)
    fields = difference(without_below(union(changes.added, changes.modified), union(_STATUS, _UNOWNED)), _METADATA)
    if fields:
        entry = _Entry(BEFORE_FIRST_APPLY, "Update", api_version, subresource, time, fields)
        managed.entries[entry.key] = entry


def _cap(managed: _Managed) -> None:
    """Keep at most so many updaters: the oldest become one bucket per version."""
    updaters = sorted(
        (e for e in managed.entries.values() if e.operation == "Update" and not e.subresource), key=lambda e: (e.time, e.manager)
    )
    excess = len(updaters) - MAX_UPDATE_MANAGERS
    if excess <= 0:
        return
    for entry in [e for e in updaters if e.manager != ANCIENT][: excess + 1]:
        del managed.entries[entry.key]
        bucket = _Entry(ANCIENT, "Update", entry.api_version, "", entry.time, entry.fields)
        known = managed.entries.get(bucket.key)
        if known:
            bucket.fields = union(known.fields, bucket.fields)
        managed.entries[bucket.key] = bucket
        if sum(1 for e in managed.entries.values() if e.operation == "Update" and not e.subresource) <= MAX_UPDATE_MANAGERS:
            return


def _reset_fields(type_: Type, subresource: str) -> Tree:
    """Return the fields that a write through this subresource does not touch."""
    if subresource == "status":
        return _NOT_STATUS
    return _STATUS if type_.resets_status and not subresource else {}


def _without(config: Object, reset: Tree, type_: Type) -> Object:
    return remove_items(config, reset, type_) or {} if reset else config


def _bare(body: Mapping[str, Any]) -> Object:
    """Return an object without its managed fields."""
    metadata = body.get("metadata")
    if not isinstance(metadata, Mapping) or "managedFields" not in metadata:
        return dict(body)
    return {**body, "metadata": {name: value for name, value in metadata.items() if name != "managedFields"}}


def _with_managed(body: Object, managed: _Managed) -> Object:
    listed = managed.write()
    metadata = dict(body.get("metadata") or {})
    if listed:
        metadata["managedFields"] = listed
    return {**body, "metadata": metadata}
