"""Where the controllers look things up: every object by identity, owner, namespace and label, kept up to date by what was written.

One pass per change and no scan of everything, so that a write among five thousand objects costs what a write among five costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.usage import NodeUsage
from gitopskit.sandbox.machinery.registry import StorageKey

PODS: StorageKey = ("", "pods")
REPLICA_SETS: StorageKey = ("apps", "replicasets")
SERVICES: StorageKey = ("", "services")
_LABELLED = {PODS, REPLICA_SETS}

Pair = tuple[StorageKey, str, str, str]


class Key(NamedTuple):
    """The identity of an object in the store."""

    storage: StorageKey
    namespace: str
    name: str


def owners_of(obj: Object) -> list[Mapping[str, Any]]:
    """Return an object's owner references."""
    return obj["metadata"].get("ownerReferences") or []


def controller_of(obj: Object) -> Mapping[str, Any] | None:
    """Return the owner reference of the controller that made an object."""
    return next((owner for owner in owners_of(obj) if owner.get("controller")), None)


class Index:
    """All objects, as the controllers last heard of them."""

    def __init__(self) -> None:
        self._objects: dict[Key, Object] = {}
        self._rooms: dict[tuple[StorageKey, str], dict[str, Object]] = {}
        self._namespaces: dict[str, dict[Key, None]] = {}
        self._by_uid: dict[str, Key] = {}
        self._owned: dict[str, dict[Key, None]] = {}
        self._labelled: dict[Pair, dict[Key, None]] = {}
        self._services: dict[tuple[str, str, str], dict[Key, None]] = {}
        self.usage = NodeUsage()

    def put(self, key: Key, before: Object | None, after: Object | None) -> None:
        """Take over one change."""
        if before is not None:
            self._forget(key, before)
        if after is not None:
            self._remember(key, after)
        if key.storage == PODS:
            self.usage.move(before, after)

    def _remember(self, key: Key, obj: Object) -> None:
        self._objects[key] = obj
        self._rooms.setdefault((key.storage, key.namespace), {})[key.name] = obj
        self._namespaces.setdefault(key.namespace, {})[key] = None
        self._by_uid[obj["metadata"]["uid"]] = key
        for owner in owners_of(obj):
            self._owned.setdefault(owner["uid"], {})[key] = None
        for pair in _pairs(key, obj):
            self._labelled.setdefault(pair, {})[key] = None
        if key.storage == SERVICES and (selector := obj["spec"].get("selector")):
            self._services.setdefault((key.namespace, *min(selector.items())), {})[key] = None

    def _forget(self, key: Key, obj: Object) -> None:
        if self._objects.pop(key, None) is None:
            return
        del self._rooms[key.storage, key.namespace][key.name]
        del self._namespaces[key.namespace][key]
        self._by_uid.pop(obj["metadata"]["uid"], None)
        for owner in owners_of(obj):
            _drop(self._owned, owner["uid"], key)
        for pair in _pairs(key, obj):
            _drop(self._labelled, pair, key)
        if key.storage == SERVICES and (selector := obj["spec"].get("selector")):
            _drop(self._services, (key.namespace, *min(selector.items())), key)

    def get(self, key: Key) -> Object | None:
        """Return an object, or None."""
        return self._objects.get(key)

    def all(self, storage: StorageKey) -> Iterator[Object]:
        """Return the objects of one kind in every namespace."""
        for (kind, _), room in list(self._rooms.items()):
            if kind == storage:
                yield from list(room.values())

    def within(self, storage: StorageKey, namespace: str) -> list[Object]:
        """Return the objects of one kind in one namespace."""
        return list(self._rooms.get((storage, namespace), {}).values())

    def contents(self, namespace: str) -> list[Key]:
        """Return the keys of everything in a namespace."""
        return list(self._namespaces.get(namespace, {}))

    def by_uid(self, uid: str) -> Key | None:
        """Return where the object with this uid is, or None."""
        return self._by_uid.get(uid)

    def owned(self, uid: str) -> list[Key]:
        """Return the keys of the objects that name this owner."""
        return list(self._owned.get(uid, {}))

    def controlled(self, owner: Object, storage: StorageKey) -> list[Object]:
        """Return the objects of one kind that this owner controls, oldest first."""
        uid = owner["metadata"]["uid"]
        found = [self._objects[key] for key in self._owned.get(uid, {}) if key.storage == storage]
        return [obj for obj in found if (controller_of(obj) or {}).get("uid") == uid]

    def labelled(self, storage: StorageKey, namespace: str, labels: Mapping[str, str]) -> list[Object]:
        """Return the objects of one kind in a namespace that carry all these labels."""
        if not labels or storage not in _LABELLED:
            return [obj for obj in self.within(storage, namespace) if _carries(obj, labels)]
        smallest = min((self._labelled.get((storage, namespace, *pair), {}) for pair in labels.items()), key=len)
        return [obj for obj in map(self._objects.__getitem__, smallest) if _carries(obj, labels)]

    def services_for(self, namespace: str, labels: Mapping[str, str]) -> list[Key]:
        """Return the keys of the Services whose selector picks these labels."""
        found = [key for pair in labels.items() for key in self._services.get((namespace, *pair), ())]
        return [key for key in found if labels.items() >= self._objects[key]["spec"]["selector"].items()]


def _carries(obj: Object, labels: Mapping[str, str]) -> bool:
    carried = obj["metadata"].get("labels") or {}
    return all(carried.get(key) == value for key, value in labels.items())


def _pairs(key: Key, obj: Object) -> Iterable[Pair]:
    if key.storage not in _LABELLED:
        return ()
    return [(key.storage, key.namespace, name, value) for name, value in (obj["metadata"].get("labels") or {}).items()]


def _drop(table: dict[Any, dict[Key, None]], entry: Any, key: Key) -> None:
    keys = table.get(entry)
    if keys is not None:
        keys.pop(key, None)
        if not keys:
            del table[entry]
