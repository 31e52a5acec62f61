"""What is really there now, without reading it all again?

A follower lists what a scope needs once, and then takes in what the server tells of every change. A watch that ends is taken up again
where it ended; one that is too old (410) begins with a new list, and what may be listed but not watched is listed every time. A part
whose watch is broken is unreadable until it is well again.

The trap that shaped it: a watch that hangs looks like a cluster in which nothing happens. So it is given up when it stays silent for
longer than servers do, and nothing is applied by what was followed: an apply reads anew, and every write names the version it is for.

References
----------
Kubernetes, "Kubernetes API Concepts": efficient detection of changes, watch bookmarks, 410 Gone.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from gitopskit import home
from gitopskit.errors import ProviderError
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.plan import Scope
from gitopskit.model.snapshot import Snapshot, Unreadable
from gitopskit.providers.base import Progress, no_progress
from gitopskit.providers.kubernetes.connection import Answer, Connection
from gitopskit.providers.kubernetes.discovery import Discovery
from gitopskit.providers.kubernetes.pages import PartialListError, read_pages
from gitopskit.providers.kubernetes.reading import NOTHING, PARALLEL_LISTS, id_of, live_object, same_or_new
from gitopskit.providers.kubernetes.selection import OneList, Selection

WATCH_S: Final = 240
SILENCE_S: Final = 90.0
"""A server sends a bookmark every minute or so; a watch that says nothing for longer is given up."""
FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 10.0
PATIENCE_S: Final = 5.0
"""How long a snapshot waits for watches that are being taken up again."""


_NOT_WATCHED: Final = frozenset({403, 404, 405})
"""What a server answers where a list can be read and not watched; if it is the list that is gone, that is told when it is read."""


class _GoneError(Exception):
    """The version to go on from is too old."""


class Follower:
    """Keeps the objects of a selection fresh; safe to use from several threads.

    Parameters
    ----------
    served
        What the server serves, and where its schemas are.
    selection
        What to follow; everything in its scope is kept, for what is desired next may be among it.
    known
        What was read before.
    """

    def __init__(
        self,
        connection: Connection,
        served: tuple[Discovery, Mapping[str, str]],
        selection: Selection,
        progress: Progress = no_progress,
        known: Mapping[ObjectId, Object] = NOTHING,
    ) -> None:
        self.selection = replace(selection, only=None)
        self._served = served
        self._connection, self._known = connection, known
        self._changed = threading.Condition()
        self._seats = threading.BoundedSemaphore(PARALLEL_LISTS)
        self._lists: list[_List] = []
        self._objects: Mapping[ObjectId, Object] = NOTHING
        self._versions: tuple[int, ...] = ()
        self._told: tuple[tuple[int, bool], ...] = ()
        try:
            self._begin(list(self.selection.lists(served[0], None)), progress)
        except BaseException:  # an interrupt, too, leaves no thread behind
            self.close()
            raise

    def follows(self, scope: Scope, served: tuple[Discovery, Mapping[str, str]]) -> bool:
        """Whether this is what is followed, and the server still serves what it did, by the same schemas."""
        return self.selection.scope == scope and self._served == served

    def gave(self, live: Snapshot) -> bool:
        """Whether a snapshot is what this gave last."""
        return live.objects is self._objects

    def objects(self) -> tuple[Mapping[ObjectId, Object], list[Unreadable]]:
        """Return what is there, and what cannot be told; the very mapping of before if nothing has changed since."""
        with self._changed:
            for one in self._lists:
                one.refresh()
            self._changed.wait_for(lambda: all(one.is_settled for one in self._lists), PATIENCE_S)
            versions = tuple(one.changes for one in self._lists)
            if versions != self._versions:
                self._objects = {object_id: item for one in self._lists if one.problem is None for object_id, item in one.objects.items()}
                self._versions = versions
            self._told = self._now()
            return self._objects, [problem for one in self._lists if (problem := one.problem or one.silent_problem())]

    def wait(self, timeout_s: float) -> bool:
        """Wait for news since `objects` gave last: a change, or a watch that broke or came back; whether there are any."""
        with self._changed:
            return self._changed.wait_for(lambda: self._now() != self._told, timeout_s)

    def _now(self) -> tuple[tuple[int, bool], ...]:
        return tuple((one.changes, one.is_settled) for one in self._lists)

    def close(self) -> None:
        """End every watch."""
        for one in self._lists:
            one.close()
        for one in self._lists:
            one.join()

    def _begin(self, wanted: Collection[OneList], progress: Progress) -> None:
        """Follow these lists; what may not be listed everywhere is followed namespace by namespace."""
        begun = [_List(self._connection, one, self.selection, self._changed, self._seats, self._known) for one in wanted]
        self._lists += begun
        for done, one in enumerate(begun, 1):
            with self._changed:
                self._changed.wait_for(lambda one=one: one.is_settled)  # type: ignore[misc]
            progress("reading", done, len(begun), one.what.resource.group_kind, sum(len(some.objects) for some in begun))
        hidden = [one for one in begun if one.is_hidden and self.selection.scope.namespaces]
        for one in hidden:
            one.close()
            self._lists.remove(one)
        parts = [replace(one.what, namespace=name) for one in hidden for name in sorted(self.selection.scope.namespaces)]
        if parts:
            self._begin(parts, progress)


class _List:
    """One list that is followed, in a thread of its own.

    Attributes
    ----------
    objects
        What is kept of it.
    changes
        How often it changed.
    problem
        Why it cannot be told now; None where it can.
    is_settled
        Whether what there is to tell is up to date, a problem included.
    """

    def __init__(
        self,
        connection: Connection,
        what: OneList,
        selection: Selection,
        changed: threading.Condition,
        seats: threading.BoundedSemaphore,
        known: Mapping[ObjectId, Object],
    ) -> None:
        self.what = what
        self.objects: dict[ObjectId, Object] = {}
        self.changes = 0
        self.problem: Unreadable | None = None
        self.is_settled = False
        self._known, self._failures = known, 0
        self._connection, self._selection, self._changed, self._seats = connection, selection, changed, seats
        self._version = ""
        self._ending = threading.Event()
        self._is_polled, self._wanted = False, threading.Event()
        self._stream: Any = None
        self._thread = threading.Thread(target=self._run, name=f"watch {what.resource.plural}", daemon=True)
        self._thread.start()

    @property
    def is_hidden(self) -> bool:
        """Whether the user may not read it in every namespace at once."""
        is_everywhere = self.what.resource.is_namespaced and not self.what.namespace
        return bool(is_everywhere and self.problem and self.problem.reason == "Forbidden")

    def silent_problem(self) -> Unreadable | None:
        """Return what to say of a list that is not up to date."""
        return None if self.is_settled else self._unreadable("Unreachable", "its watch broke and has not come back yet")

    def refresh(self) -> None:
        """Have it listed again if it cannot be watched."""
        if self._is_polled and self.is_settled:
            self.is_settled = False
            self._wanted.set()

    def close(self) -> None:
        """End the watch."""
        self._ending.set()
        self._wanted.set()
        stream = self._stream
        if stream is not None:
            stream.shutdown()

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join(PATIENCE_S)

    # --- in its thread -----------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                if self._is_polled:
                    self._wanted.wait()
                    self._wanted.clear()
                if self._is_polled or not self._version:
                    self._list()
                if not self._is_polled:
                    self._watch()
            except _GoneError:
                self._version = ""
            except PartialListError as error:
                self._fail(error.reason, error.what)
            except ProviderError as error:
                self._fail("Unreachable", error.what)
            except Exception as error:  # whatever it is: a thread that ends in silence would look like a quiet cluster
                self._fail("Malformed", f"the list or its watch cannot be read ({type(error).__name__})")

    def _fail(self, reason: str, message: str) -> None:
        """Tell what is wrong from the second time on, for a broken watch comes back as a rule; and wait."""
        with self._changed:
            if self._failures or not self._version:
                self.problem, self.is_settled, self._version = self._unreadable(reason, message), True, ""
                self.changes += 1
            else:
                self.is_settled = False
            self._changed.notify_all()
        pause = min(FIRST_PAUSE_S * 2**self._failures, LONGEST_PAUSE_S) * (0.5 + random.random())  # noqa: S311 - jitter
        self._failures += 1
        self._ending.wait(pause)

    def _list(self) -> None:
        resource, key, known = self.what.resource, home.mask_key(), self.objects or self._known

        def keep(item: dict[str, Any]) -> Object | None:
            object_id = id_of(item, resource)
            return same_or_new(object_id, item, resource, key, known) if self._selection.keeps(object_id, item["metadata"]) else None

        with self._seats:
            found, version = read_pages(self._connection, resource.path(self.what.namespace), self.what.query, keep)
        with self._changed:
            self.objects = {item.id: item for item in found}
            self._version, self.problem, self._known = version, None, NOTHING
            self._settle(has_changed=True)

    def _watch(self) -> None:
        query = {
            **self.what.query,
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version,
            "timeoutSeconds": WATCH_S,
        }
        with self._connection.stream(self.what.resource.path(self.what.namespace), query=query, silence_s=SILENCE_S) as stream:
            if stream.refused is not None:
                return self._refused(stream.refused)
            self._stream = stream
            with self._changed:
                self._settle()
            try:
                for line in iter(()) if self._ending.is_set() else stream.lines():
                    self._take(orjson.loads(line))
            finally:
                self._stream = None

    def _refused(self, answer: Answer) -> None:
        if answer.status == 410:
            raise _GoneError
        if answer.status not in _NOT_WATCHED:
            raise PartialListError(answer.message, reason=answer.reason)
        self._is_polled = True

    def _take(self, event: Mapping[str, Any]) -> None:
        """Take in one event."""
        body, resource = event["object"], self.what.resource
        if event["type"] == "ERROR":
            if body.get("code") == 410:
                raise _GoneError
            raise PartialListError(str(body.get("message")), reason=str(body.get("reason")))
        self._failures = 0
        with self._changed:
            self._version = body["metadata"]["resourceVersion"]
            if event["type"] == "BOOKMARK":
                return
            object_id = id_of(body, resource)
            if event["type"] == "DELETED":
                has_changed = self.objects.pop(object_id, None) is not None
            elif has_changed := self._selection.keeps(object_id, body["metadata"]):
                self.objects[object_id] = live_object(body, resource, home.mask_key())
            self._settle(has_changed=has_changed)

    def _settle(self, *, has_changed: bool = False) -> None:
        self.is_settled = True
        self.changes += has_changed
        self._changed.notify_all()

    def _unreadable(self, reason: str, message: str) -> Unreadable:
        return Unreadable(group_kind=self.what.resource.group_kind, namespace=self.what.namespace, reason=reason, message=message)
