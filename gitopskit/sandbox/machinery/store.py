"""Where the objects are, and what happened to them.

One revision counter for everything, as in etcd: every write gets the next number, which becomes the object's resourceVersion. An
`Entry` is never changed, only replaced; its JSON bytes are made once and serve every get, list and watch.

The trap that shaped it: objects are shared between the store, the watch log and whoever reads them, so nobody may change one in
place. Writers build a new one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.machinery.request import copy, encode
from gitopskit.sandbox.machinery.status import StatusError, gone

LOG_LENGTH = 10_000
IDENTITY = {"kind", "apiVersion"}


class Entry:
    """One object at one revision, with its bytes."""

    __slots__ = ("_inner", "key", "object", "revision")

    def __init__(self, key: str, obj: dict[str, Any], revision: int) -> None:
        self.key = key
        self.object = obj
        self.revision = revision
        self._inner: bytes | None = None

    def moved(self, revision: int) -> Entry:
        """Return the entry under another revision, as the last that is seen of it."""
        metadata = {**self.object["metadata"], "resourceVersion": str(revision)}
        return Entry(self.key, {**self.object, "metadata": metadata}, revision)

    @property
    def inner(self) -> bytes:
        """The object as JSON without its ``kind`` and ``apiVersion``, which depend on the version it is read in."""
        if self._inner is None:
            self._inner = encode({name: value for name, value in self.object.items() if name not in IDENTITY})
        return self._inner

    @property
    def labels(self) -> dict[str, str]:
        """The object's labels."""
        return self.object["metadata"].get("labels") or {}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the watch log: what an object was, and what it became (None: it was not there, or is gone)."""

    revision: int
    storage: StorageKey
    before: Entry | None
    after: Entry | None


class Store:
    """All objects, by storage key and ``namespace/name``."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._changed: dict[StorageKey, threading.Condition] = {}
        self.revision = 1
        self._rooms: dict[StorageKey, dict[str, Entry]] = {}
        self._sorted: dict[StorageKey, list[Entry] | None] = {}
        self._logs: dict[StorageKey, deque[Happening]] = {}
        self._listeners: list[deque[Happening]] = []
        self._floor = 0

    def get(self, storage: StorageKey, namespace: str, name: str) -> Entry | None:
        """Return the stored entry, or None."""
        return self._rooms.get(storage, {}).get(f"{namespace}/{name}")

    def put(self, storage: StorageKey, obj: dict[str, Any]) -> Entry:
        """Store the object (which becomes the store's own) under the next revision and return its entry."""
        with self.lock:
            metadata = obj["metadata"]
            key = f"{metadata.get('namespace', '')}/{metadata['name']}"
            room = self._rooms.setdefault(storage, {})
            before = room.get(key)
            self.revision += 1
            metadata["resourceVersion"] = str(self.revision)
            entry = room[key] = Entry(key, obj, self.revision)
            self._sorted[storage] = None
            self._tell(Happening(self.revision, storage, before, entry))
            return entry

    def amend(self, storage: StorageKey, entry: Entry, obj: dict[str, Any]) -> None:
        """Let an object be read otherwise than it was written, at the same revision; nobody is told."""
        with self.lock:
            self._rooms[storage][entry.key] = Entry(entry.key, obj, entry.revision)
            self._sorted[storage] = None

    def delete(self, storage: StorageKey, namespace: str, name: str) -> Entry:
        """Remove the object and return its last state, with the revision of its removal."""
        with self.lock:
            before = self._rooms[storage].pop(f"{namespace}/{name}")
            self.revision += 1
            self._sorted[storage] = None
            self._tell(Happening(self.revision, storage, before, None))
            return before.moved(self.revision)

    def entries(self, storage: StorageKey) -> list[Entry]:
        """Return the entries sorted by key; the list is shared and must not be changed."""
        ready = self._sorted.get(storage)
        if ready is None:
            with self.lock:
                room = self._rooms.get(storage, {})
                ready = self._sorted[storage] = [room[key] for key in sorted(room)]
        return ready

    def at(self, storage: StorageKey) -> tuple[int, list[Entry]]:
        """Return the present revision and the entries at it, together."""
        with self.lock:
            return self.revision, self.entries(storage)

    def as_of(self, storage: StorageKey, revision: int) -> list[Entry]:
        """Return the entries at an earlier revision, worked out backwards from the log.

        Raises
        ------
        StatusError
            410 if the log no longer reaches back so far.
        """
        with self.lock:
            room = {entry.key: entry for entry in self.entries(storage)}
            for happening in reversed(self.since(storage, revision)):
                if happening.before is not None:
                    room[happening.before.key] = happening.before
                elif happening.after is not None:
                    del room[happening.after.key]
            return [room[key] for key in sorted(room)]

    def since(self, storage: StorageKey, revision: int) -> list[Happening]:
        """Return what happened after a revision.

        Raises
        ------
        StatusError
            410 if the log no longer reaches back so far.
        """
        if revision < self._floor:
            raise too_old(revision, self._floor)
        log = self._logs.get(storage)
        if log is None:
            return []
        if len(log) == LOG_LENGTH and log[0].revision > revision + 1:
            raise too_old(revision, log[0].revision)
        return list(_newer(log, revision))

    def objects(self) -> tuple[int, dict[StorageKey, dict[str, dict[str, Any]]]]:
        """Return the present revision and all objects at it; they are shared and must not be changed."""
        with self.lock:
            return self.revision, {kind: {key: entry.object for key, entry in room.items()} for kind, room in self._rooms.items()}

    def restore(self, objects: Mapping[StorageKey, Mapping[str, Mapping[str, Any]]], revision: int) -> None:
        """Let the objects be these, by writes under new revisions (above that one), and forget all that watchers could go on from."""
        with self.lock:
            self.revision = max(self.revision, revision)
            for storage in sorted({*self._rooms, *objects}):
                wanted = objects.get(storage, {})
                for key in [key for key in self._rooms.get(storage, {}) if key not in wanted]:
                    self.delete(storage, *key.split("/", 1))
                for key, obj in wanted.items():
                    present = self._rooms.get(storage, {}).get(key)
                    if present is None or not _is_same(present.object, obj):
                        self.put(storage, copy(obj))
            self.revision += 1
            self._floor = self.revision
            self._logs.clear()
            self.wake()

    def changed(self, storage: StorageKey) -> threading.Condition:
        """Return the condition that is notified of every write to one kind of object."""
        with self.lock:
            return self._changed.setdefault(storage, threading.Condition(self.lock))

    def wake(self) -> None:
        """Wake everybody who waits for a change, so that they can see that the server stops."""
        with self.lock:
            for condition in self._changed.values():
                condition.notify_all()

    def listen(self) -> deque[Happening]:
        """Return a queue that receives everything from now on (for controllers)."""
        queue: deque[Happening] = deque()
        self._listeners.append(queue)
        return queue

    def nudge(self, storage: StorageKey) -> None:
        """Let the listeners look at every object of a kind again, as if it had been written."""
        with self.lock:
            for entry in self.entries(storage):
                for queue in self._listeners:
                    queue.append(Happening(self.revision, storage, entry, entry))

    def _tell(self, happening: Happening) -> None:
        self._logs.setdefault(happening.storage, deque(maxlen=LOG_LENGTH)).append(happening)
        for queue in self._listeners:
            queue.append(happening)
        if happening.storage in self._changed:
            self._changed[happening.storage].notify_all()


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two objects differ in their version at most."""
    if one is other:
        return True
    bare = [{**obj, "metadata": {**obj["metadata"], "resourceVersion": ""}} for obj in (one, other)]
    return bare[0] == bare[1]


def too_old(asked: int, oldest: int) -> StatusError:
    """410 for a revision that the log no longer holds."""
    return gone(f"too old resource version: {asked} ({oldest})")


def _newer(log: deque[Happening], revision: int) -> Iterator[Happening]:
    found = []
    for happening in reversed(log):
        if happening.revision <= revision:
            break
        found.append(happening)
    return reversed(found)
