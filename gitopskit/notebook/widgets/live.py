"""What happens on the system while somebody looks on?

A table that follows what the system tells of changes. It is followed in a thread, on a connection of its own, for as long as a page shows
it; a page that is gone is noticed by its silence.

The trap that shaped it: a table in which nothing moves looks the same whether nothing happens or nobody tells. So what cannot be read, and
a watch that broke, is said above it, and so is the moment of the last word.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Final
from weakref import WeakSet

from gitopskit.errors import GitopskitError, UsageError, plain
from gitopskit.model.objects import Object
from gitopskit.model.plan import Scope
from gitopskit.model.snapshot import Snapshot
from gitopskit.notebook.widgets.panel import Message, Panel
from gitopskit.notebook.widgets.rows import look_of
from gitopskit.notebook.widgets.sightings import Sightings
from gitopskit.notebook.workspace import Workspace
from gitopskit.planning.health import assess
from gitopskit.planning.order import KNOWN_KINDS
from gitopskit.providers.base import Follows, Provider
from gitopskit.views.html.markup import badge, note, table, text, wrap
from gitopskit.views.live import status_word
from gitopskit.views.words import HEALTH

TICK_S: Final = 0.5
LOOK_AGAIN_S: Final = 15.0
"""How often the system is asked anew what it serves, and for what cannot be watched."""
SILENCE_S: Final = 150.0
"""A page says every few seconds that it is there; one in the background may do so once a minute."""
ROWS_SHOWN: Final = 200
_LIVE: Final[WeakSet[Live]] = WeakSet()


class Live(Panel):
    """A live table of objects.

    Attributes
    ----------
    scope
        What is looked at.
    """

    script = "live.js"

    def __init__(self, workspace: Workspace, scope: Scope) -> None:
        super().__init__()
        if not isinstance(workspace.provider, Follows):
            raise UsageError(f"{workspace.provider.name} does not tell of changes by itself", next_step="read it again: ws.live()")
        self.scope = scope
        self.is_paused = False
        self._workspace = workspace
        self._sightings = Sightings()
        self._lock = threading.RLock()
        self._ending = threading.Event()
        self._heard_at = 0.0
        self._trouble = ""
        self._thread: threading.Thread | None = None

    @property
    def snapshot(self) -> Snapshot | None:
        """What was there at the last word; None before the first."""
        return self._sightings.snapshot

    def pause(self) -> None:
        """Let the table stand; what happens meanwhile is shown once it goes on."""
        self.is_paused = True
        self._tell()

    def resume(self) -> None:
        """Let the table go on."""
        self.is_paused = False
        self._tell()

    def close(self) -> None:
        """End the watches; the table stays as it is."""
        self._ending.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        self._tell(is_over=True)

    # --- shown ---------------------------------------------------------------------------------------------------------------------------

    def static(self) -> dict[str, str]:
        """Return what is there now, read once if nothing is followed."""
        seen = self.snapshot if self.snapshot is not None else self._workspace.provider.read(self.scope)
        objects = sorted(seen.objects.values(), key=lambda item: item.id.parts)
        cells = [
            [text(one.id.group_kind), text(one.id.namespace), text(one.id.name), _health_badge(one, seen.taken_at), text(status_word(one))]
            for one in objects[:ROWS_SHOWN]
        ]
        parts = [f"<h4>Live state: {len(objects)} objects</h4>", f'<p class="gk-soft">{text(_place(seen))}</p>']
        parts.append(table(["kind", "namespace", "name", "health", "says of itself"], cells, tight=2, label="live objects"))
        if len(objects) > ROWS_SHOWN:
            parts.append(note(f"{len(objects) - ROWS_SHOWN} more objects: <code>ws.live().to_frame()</code> has them all"))
        parts += [note(text(words), mood="bad") for words in _blind(seen)]
        return {"text/html": wrap("".join(parts)), "text/plain": f"live state: {len(objects)} objects, {_place(seen)}"}

    def received(self, message: Message) -> None:
        """Take in what was done on the page."""
        self._heard_at = time.monotonic()
        match message:
            case {"type": "ready" | "here" as kind}:
                self._begin()
                if kind == "ready":
                    self._tell()
            case {"type": "pause", "on": bool(on)}:
                self.pause() if on else self.resume()
            case {"type": "end"}:
                threading.Thread(target=self.close, name="unwatch", daemon=True).start()  # watches take a moment to end

    # --- following -----------------------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        with self._lock:
            if self._ending.is_set() or (self._thread is not None and self._thread.is_alive()):
                return
            self._thread = threading.Thread(target=self._run, name="live view", daemon=True)
            _LIVE.add(self)
            self._thread.start()

    def _run(self) -> None:
        """Follow until nobody looks any more."""
        provider: Provider | None = None
        try:
            provider = self._workspace.apart().provider
            while self._is_looked_at():
                self._follow(provider)
        except Exception as error:  # a thread that ends in silence would look like a quiet system
            self._say(f"the table broke, and stands still: {type(error).__name__}")
        finally:
            if isinstance(provider, Follows):
                provider.unfollow()

    def _follow(self, provider: Provider) -> None:
        """Look at everything once, then listen for a while."""
        assert isinstance(provider, Follows)  # noqa: S101 - it was when this began
        try:
            self._see(provider.followed(self.scope))
        except GitopskitError as error:
            self._say(f"{error.what}; trying again")
            self._ending.wait(LOOK_AGAIN_S / 3)
            return
        until = time.monotonic() + LOOK_AGAIN_S
        while self._is_looked_at() and time.monotonic() < until:
            news = provider.told(TICK_S)
            if news is not None:
                self._see(news)
                self._ending.wait(TICK_S)  # at most twice a second

    def _is_looked_at(self) -> bool:
        return not self._ending.is_set() and time.monotonic() - self._heard_at < SILENCE_S

    def _see(self, snapshot: Snapshot) -> None:
        with self._lock:
            before = self._sightings.snapshot
            is_news = before is None or self._trouble or (before.objects, before.unreadable) != (snapshot.objects, snapshot.unreadable)
            self._sightings.take(snapshot)
            self._trouble = ""
        if is_news and not self.is_paused:
            self._tell()

    def _say(self, trouble: str) -> None:
        self._trouble = plain(trouble)
        self._tell()

    def _tell(self, *, is_over: bool = False) -> None:
        with self._lock:
            seen = self._sightings.snapshot
            rows, more = self._sightings.rows()
            kinds = Counter(object_id.group_kind for object_id in seen.objects) if seen is not None else Counter[str]()
            watched = [f"{kind} {kinds.pop(kind, 0)}" for kind in self.scope.group_kinds]
            self.tell(
                "live",
                rows=rows if not self.is_paused or is_over else None,
                looks={status.value: look_of(look) for status, look in HEALTH.items()},
                more=more,
                place=plain(_place(seen)) if seen is not None else "",
                at=seen.taken_at.isoformat() if seen is not None else "",
                counts=self._sightings.counts(),
                watched=plain(", ".join(watched)),
                alerts=[
                    plain(words) for words in (*([self._trouble] if self._trouble else []), *(_blind(seen) if seen is not None else []))
                ],
                paused=self.is_paused,
                over=is_over or self._ending.is_set(),
            )


def scope_of(workspace: Workspace, kinds: list[str], namespaces: list[str]) -> Scope:
    """Return the scope of the workspace's desired state, or of the kinds and namespaces that are named."""
    found = workspace.provider.scope(workspace.desired(), workspace.options)
    known = {name.partition(".")[0]: name for name in (*KNOWN_KINDS, *found.group_kinds)}
    named = tuple(dict.fromkeys(known.get(kind, kind) for kind in kinds))
    return replace(found, group_kinds=named or found.group_kinds, namespaces=tuple(namespaces) or found.namespaces, inventory="")


def _health_badge(item: Object, now: datetime) -> str:
    status = assess(item, now).status
    return badge(HEALTH[status]) if status else ""


def _place(snapshot: Snapshot) -> str:
    return f"{snapshot.target.name}, {snapshot.target.server}" if snapshot.target else ""


def _blind(snapshot: Snapshot) -> list[str]:
    return [
        " ".join(filter(None, [one.group_kind or "everything", one.namespace, "cannot be told now:", one.reason, one.message]))
        for one in snapshot.unreadable
    ]


@atexit.register
def _end() -> None:
    for one in list(_LIVE):
        one.close()
