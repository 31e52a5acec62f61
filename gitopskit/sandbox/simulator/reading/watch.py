"""How a watch streams what happens.

A watch starts at a revision, replays the log from there, and then waits on the store. An object that begins or ceases to match the
selectors is an ADDED or a DELETED, whatever was done to it. A watcher that falls behind the log is told 410 and must list again.

References
----------
Kubernetes API concepts, "Efficient detection of changes", "Watch bookmarks", "Streaming lists".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from gitopskit.sandbox.machinery.causes import Faults
from gitopskit.sandbox.machinery.request import Request, encode
from gitopskit.sandbox.machinery.status import StatusError, internal
from gitopskit.sandbox.machinery.store import Entry, Happening, Store
from gitopskit.sandbox.simulator.reading.lists import Filter, integer_of, refuse_options, revision_problem, selection, too_new
from gitopskit.sandbox.simulator.routing import Route, is_true

BOOKMARK_EVERY_S = 60.0
_DEFAULT_TIMEOUT_S = 1800.0
_POLL_S = 5.0
_LAST_BOOKMARK_S = 2.0
_MATCH = "NotOlderThan"
_INITIAL_END = "k8s.io/initial-events-end"

Render = Callable[[Entry], bytes]
Bookmark = Callable[[dict[str, Any]], bytes]


class Watch:
    """One watch: an iterator of encoded events.

    Parameters
    ----------
    render
        Gives the bytes of one object in the form that was asked for.
    bookmark
        Gives the bytes of a bookmark's object from its metadata.
    is_open
        Says whether the server still runs.
    """

    def __init__(self, store: Store, route: Route, request: Request, *, render: Render, bookmark: Bookmark) -> None:
        self._store = store
        self._storage = route.resource.storage
        self._wanted: Filter = selection(route, request)
        self._render = render
        self._bookmark_body = bookmark
        self._bookmarks = is_true(request.query.get("allowWatchBookmarks"))
        self._deadline = time.monotonic() + _timeout(request)
        initial = request.query.get("sendInitialEvents")
        if problem := revision_problem(request.query.get("resourceVersion", "")):
            raise internal(problem)
        self._asked = int(request.query.get("resourceVersion") or 0)
        self._initial = is_true(initial) if initial is not None else not self._asked
        self._marked = is_true(initial)
        self.is_open: Callable[[], bool] = lambda: True
        _check_options(request)

    def events(self) -> Iterator[bytes]:
        """Yield encoded events until the time is up; silence yields empty chunks, so that a closed connection is noticed."""
        try:
            last = self._asked or self._store.revision
            if self._initial and last > self._store.revision:
                raise too_new(last, self._store.revision)
            if self._initial:
                last, entries = self._store.at(self._storage)
                yield from (_event("ADDED", self._render(entry)) for entry in entries if self._wanted(entry))
                if self._marked and self._bookmarks:
                    yield self._bookmark(last, {"annotations": {_INITIAL_END: "true"}})
            yield from self._follow(last)
        except StatusError as error:
            yield _event("ERROR", encode(error.to_json()))

    def _follow(self, last: int) -> Iterator[bytes]:
        bookmark_at = self._next_bookmark()
        while self.is_open() and time.monotonic() < self._deadline:
            happenings, last = self._wait(last, min(self._deadline, bookmark_at))
            yield b"".join(map(self._told, happenings))  # together, so that a watcher that lags catches up
            if self._bookmarks and time.monotonic() >= bookmark_at:
                bookmark_at = self._next_bookmark()
                yield self._bookmark(last, {})

    def _next_bookmark(self) -> float:
        """Return when the next bookmark is due: once a minute, and shortly before the end."""
        now = time.monotonic()
        last = self._deadline - _LAST_BOOKMARK_S
        return last if now < last < now + BOOKMARK_EVERY_S else now + BOOKMARK_EVERY_S

    def _wait(self, last: int, until: float) -> tuple[list[Happening], int]:
        changed = self._store.changed(self._storage)
        with changed:
            found = self._store.since(self._storage, last)
            if not found:
                changed.wait(max(0.0, min(_POLL_S, until - time.monotonic())))
                found = self._store.since(self._storage, last)
            return found, self._store.revision

    def _told(self, happening: Happening) -> bytes:
        before = happening.before if happening.before is not None and self._wanted(happening.before) else None
        if happening.after is not None and self._wanted(happening.after):
            return _event("MODIFIED" if before else "ADDED", self._render(happening.after))
        if before is None:
            return b""
        return _event("DELETED", self._render(before.moved(happening.revision)))

    def _bookmark(self, revision: int, metadata: dict[str, Any]) -> bytes:
        return _event("BOOKMARK", self._bookmark_body({"resourceVersion": str(revision), **metadata}))


def _event(kind: str, body: bytes) -> bytes:
    return b'{"type":"%s","object":%s}\n' % (kind.encode(), body)


def _check_options(request: Request) -> None:
    """Refuse what a watch cannot be asked for (422)."""
    match, initial = request.query.get("resourceVersionMatch"), request.query.get("sendInitialEvents")
    faults = Faults()
    if match and initial is None:
        faults.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
    if initial is not None and match != _MATCH:
        faults.forbidden("resourceVersionMatch", f"sendInitialEvents requires setting resourceVersionMatch to {_MATCH}")
    if match and match != _MATCH and initial is not None:
        faults.unsupported("resourceVersionMatch", match, (_MATCH,))
    refuse_options(faults)


def _timeout(request: Request) -> float:
    text = request.query.get("timeoutSeconds", "")
    return float(integer_of(text)) or _DEFAULT_TIMEOUT_S
