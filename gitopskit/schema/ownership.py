"""Who owns which field after a write?

The managed-fields algorithm on whole objects, for the two ways to write: an apply states all that its manager wants, an update takes
over whatever it changes. Who wrote another version is asked in the words of that version.

References
----------
Kubernetes, "Server-Side Apply", field management.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from gitopskit.model.paths import FieldPath
from gitopskit.schema.fieldset import Tree, difference, from_fields_v1, intersection, paths, to_fields_v1, union, without_below
from gitopskit.schema.merge import Comparison, as_one, compare, merge, remove_items, to_fieldset, with_named
from gitopskit.schema.typed import check_typed
from gitopskit.schema.types import Type

MAX_UPDATE_MANAGERS: Final = 10
BEFORE_FIRST_APPLY: Final = "before-first-apply"
ANCIENT: Final = "ancient-changes"

Object: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str, str, str]

_UNOWNED: Final = from_fields_v1({
    "f:apiVersion": {}, "f:kind": {},
    "f:metadata": {
        "f:name": {}, "f:namespace": {}, "f:creationTimestamp": {}, "f:selfLink": {}, "f:uid": {}, "f:clusterName": {},
        "f:generation": {}, "f:managedFields": {}, "f:resourceVersion": {},
    },
})  # fmt: skip
_METADATA: Final = from_fields_v1({"f:metadata": {}})

Convert: TypeAlias = Callable[[Object, str], "tuple[Object, Type] | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write: by whom, through what.

    Attributes
    ----------
    resets
        The fields that a write through this subresource does not touch.
    empty
        What a new object, or one that nobody keeps track of, is compared with: the structures that are always there.
    convert
        Gives an object as another version has it, with its type; None for a version that is not known. Raises ValueError where the
        version cannot have it.
    reconciles
        Whether the type may have changed since fields were noted: then what has become one value is owned as one.
    """

    manager: str
    api_version: str
    time: str
    subresource: str = ""
    force: bool = False
    resets: Tree = field(default_factory=dict)
    empty: Object = field(default_factory=dict)
    convert: Convert | None = None
    reconciles: bool = False

    def entry(self, operation: str, fields: Tree) -> _Entry:
        """Return the managed fields of this write's manager."""
        return _Entry(self.manager, operation, self.api_version, self.subresource, self.time, fields)


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


class ConversionError(ValueError):
    """An object has fields that another version, in which somebody owns some, does not know."""


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
    def key(self) -> Key:
        """What makes two entries the same manager: appliers keep theirs across versions."""
        return (self.manager, self.operation, "" if self.operation == "Apply" else self.api_version, self.subresource)

    def conflicts(self, contested: Tree) -> list[ConflictItem]:
        """Return what another manager is told that wants these fields otherwise."""
        return [
            ConflictItem(self.manager, self.operation, self.api_version, self.subresource, self.time, path) for path in paths(contested)
        ]


@dataclass(slots=True)
class _Managed:
    entries: dict[Key, _Entry] = field(default_factory=dict)

    @classmethod
    def of(cls, body: Mapping[str, Any] | None) -> _Managed:
        managed = cls()
        for item in ((body or {}).get("metadata") or {}).get("managedFields") or ():
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


def apply(live: Object | None, config: Object, type_: Type, write: Write) -> Applied:
    """Apply a configuration.

    Raises
    ------
    Conflicts
        Other managers own fields with other values, and the write does not force.
    ConversionError
        A version in which another manager owns fields does not know what is applied.
    ValueError
        The configuration does not fit the type.
    """
    old = _bare(live or {})
    managed = _Managed.of(live)
    _reconcile(managed, type_, write)
    if live is not None and not managed.entries:
        _adopt_past(managed, old, type_, write)
    wanted = _bare(config)
    check_typed(wanted, type_)
    stated = without_below(to_fieldset(wanted, type_), write.resets)  # name and namespace too, so that pruning leaves them alone
    merged = merge(old, wanted, type_)
    own = write.entry("Apply", stated)
    last = managed.entries.get(own.key)
    managed.entries[own.key] = own
    if last is not None:
        _check_versions(merged, managed, write)
        merged = _pruned(merged, managed, last.fields, type_)
    is_same = merged == old
    own.time = write.time if not is_same else last.time if last else ""
    _take(managed, _Changes(old, merged, type_, write), own.key)
    own.fields = difference(without_below(stated, _UNOWNED), _METADATA)
    return Applied(_with_managed(merged, managed), not is_same)


def update(old: Object | None, new: Object, type_: Type, write: Write) -> Object:
    """Return a new version with the managed fields that an update (POST, PUT, patch) leaves."""
    given = (new.get("metadata") or {}).get("managedFields")
    is_reset = old is not None and given in ([], [{}])
    managed = _Managed() if is_reset else _Managed.of(new if is_valid(given) else None)
    if not managed.entries and not is_reset:
        managed = _Managed.of(old)
    _reconcile(managed, type_, write)
    fresh = _bare(new)
    if old is not None and not managed.entries:
        return _with_managed(fresh, managed)  # nobody keeps track of this object
    changes = _Changes(_bare(old) if old else write.empty, fresh, type_, write)
    try:
        _take(managed, changes, None)
    except ConversionError:  # then nobody keeps track of this write
        return _with_managed(fresh, _Managed.of(old))
    if gained := changes.gained():
        own = write.entry("Update", gained)
        previous = managed.entries.get(own.key)
        own.fields = union(previous.fields, gained) if previous else gained
        managed.entries[own.key] = own
        _cap(managed)
    return _with_managed(fresh, managed)


def is_valid(listed: Any) -> bool:
    """Whether managed fields that a client sends can be read."""
    try:
        for item in listed or ():
            list(paths(from_fields_v1(item["fieldsV1"])))
        return all(
            item["operation"] in ("Apply", "Update") and item["apiVersion"] and item["fieldsType"] == "FieldsV1" for item in listed or ()
        )
    except (KeyError, ValueError):
        return False


class _Changes:
    """What a write changes, as each version has it."""

    def __init__(self, old: Object, new: Object, type_: Type, write: Write) -> None:
        self._old, self._new, self.write = old, new, write
        self._known: dict[str, Comparison | None] = {write.api_version: compare(old, new, type_)}

    def of(self, version: str) -> Comparison | None:
        """Return the changes in a version's fields; None for a version that is not known."""
        if version not in self._known:
            old, new = self._converted(self._old, version, "old"), self._converted(self._new, version, "new")
            self._known[version] = compare(old[0], new[0], new[1]) if old and new else None
        return self._known[version]

    def _converted(self, obj: Object, version: str, which: str) -> tuple[Object, Type] | None:
        try:
            return self.write.convert(obj, version) if self.write.convert else None
        except ValueError as error:
            raise ConversionError(f"failed to convert {which} object: {error}") from error

    def gained(self) -> Tree:
        """Return the fields that the manager comes to own."""
        changes = self.of(self.write.api_version) or Comparison()
        gained = without_below(union(changes.added, changes.modified), union(_UNOWNED, self.write.resets))
        return difference(gained, _METADATA)


def _take(managed: _Managed, changes: _Changes, own: Key | None) -> None:
    """Take changed fields from the other managers, or raise their conflicts; forget removed ones, and managers of unknown versions."""
    items: list[ConflictItem] = []
    for key, entry in list(managed.entries.items()):
        if key == own:
            continue
        found = changes.of(entry.api_version)
        if found is None:
            del managed.entries[key]
            continue
        contested = intersection(entry.fields, without_below(union(found.modified, found.added), changes.write.resets))
        items += [
            ConflictItem(entry.manager, entry.operation, entry.api_version, entry.subresource, entry.time, p) for p in paths(contested)
        ]
        entry.fields = difference(difference(entry.fields, contested), without_below(found.removed, changes.write.resets))
        if not entry.fields:
            del managed.entries[key]
    if items and own and not changes.write.force:
        raise Conflicts(items)


def _check_versions(merged: Object, managed: _Managed, write: Write) -> None:
    """Make sure that every version in which something is owned can have the merged object."""
    for version in {entry.api_version for entry in managed.entries.values()} - {write.api_version}:
        try:
            if write.convert:
                write.convert(merged, version)
        except ValueError as error:
            why = f"failed to prune fields: failed add back owned items: failed to convert merged object at version {version}"
            raise ConversionError(f"{why}: {error}") from error


def _reconcile(managed: _Managed, type_: Type, write: Write) -> None:
    """Bring owned fields in line with a type that has changed since."""
    for entry in managed.entries.values() if write.reconciles else ():
        if entry.api_version == write.api_version:
            entry.fields = as_one(entry.fields, type_)


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


def _adopt_past(managed: _Managed, old: Object, type_: Type, write: Write) -> None:
    past = replace(write, manager=BEFORE_FIRST_APPLY)
    if fields := _Changes(write.empty, old, type_, past).gained():
        entry = past.entry("Update", fields)
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
