"""What happens after a write: the controllers, the scheduler and the kubelets of the simulated cluster.

`Controllers` holds a queue of what has to be looked at. Every change puts the few keys into it that the change concerns, and `step` takes
them out in the order of `triggers.CONTROLLERS`. Nothing runs by itself: the API calls `step` after writes until it answers False, and
again at `next_at`, so that the same writes always come to the same state.
"""

from __future__ import annotations

import heapq
import logging
from collections import Counter
from datetime import datetime, timedelta
from itertools import count

from gitopskit.sandbox.controllers import quotas
from gitopskit.sandbox.controllers.api import ControlApi
from gitopskit.sandbox.controllers.events import Recorder
from gitopskit.sandbox.controllers.index import Index, Key
from gitopskit.sandbox.controllers.triggers import CONTROLLERS, QUOTA, Due, due_after
from gitopskit.sandbox.controllers.work import Work
from gitopskit.sandbox.machinery.status import StatusError
from gitopskit.sandbox.machinery.store import Happening

_log = logging.getLogger(__name__)
_RETRY_S = 2
_RETRY_LIMIT_S = 300
_SPIN_LIMIT = 100
_RANKS = {name: rank for rank, name in enumerate([*CONTROLLERS, QUOTA])}


class Controllers:
    """All controllers of one cluster.

    Parameters
    ----------
    api
        Where they read what was written, and write themselves. Objects that are already there come as changes, too.
    """

    def __init__(self, api: ControlApi) -> None:
        self._api = api
        self._index = Index()
        self._ledger = quotas.Ledger()
        self._recorder = Recorder()
        self._moments: dict[Due, dict[str, datetime]] = {}
        self._queue: list[tuple[int, int, Due]] = []
        self._queued: set[Due] = set()
        self._order = count()
        self._later: list[tuple[datetime, int, Due]] = []
        self._later_at: dict[Due, datetime] = {}
        self._failures: dict[Due, int] = {}
        self._spins: Counter[Due] = Counter()

    def step(self, limit: int = 200) -> bool:
        """Look at up to `limit` things that are due; return whether more is."""
        for _ in range(limit):
            self._take_changes()
            self._wake()
            if not self._queue:
                self._spins.clear()
                return False
            _, _, due = heapq.heappop(self._queue)
            self._queued.discard(due)
            self._reconcile(due)
        self._take_changes()
        return bool(self._queue)

    def next_at(self) -> datetime | None:
        """Return when something is due by the clock alone, or None."""
        while self._later and self._later_at.get(self._later[0][2]) != self._later[0][0]:
            heapq.heappop(self._later)  # it was asked for earlier meanwhile
        return self._later[0][0] if self._later else None

    def _take_changes(self) -> None:
        for happening in self._api.changes():
            before = happening.before.object if happening.before else None
            after = happening.after.object if happening.after else None
            key = Key(happening.storage, *_place(happening))
            self._index.put(key, before, after)
            self._ledger.move(key, before, after)
            for due in due_after(self._index, key, before, after):
                self._enqueue(due)

    def _enqueue(self, due: Due) -> None:
        if due not in self._queued:
            self._queued.add(due)
            heapq.heappush(self._queue, (_RANKS[due[0]], next(self._order), due))

    def _wake(self) -> None:
        if not self._later:
            return
        now = self._api.now()
        while self._later and self._later[0][0] <= now:
            at, _, due = heapq.heappop(self._later)
            if self._later_at.get(due) == at:
                del self._later_at[due]
                self._enqueue(due)

    def _remember(self, due: Due, at: datetime) -> None:
        known = self._later_at.get(due)
        if known is None or at < known:
            self._later_at[due] = at
            heapq.heappush(self._later, (at, next(self._order), due))

    def _reconcile(self, due: Due) -> None:
        self._spins[due] += 1
        if self._spins[due] > _SPIN_LIMIT:  # two writers that undo each other's work must not stop everything else
            self._remember(due, self._api.now() + timedelta(seconds=_RETRY_S))
            return
        name, key = due
        work = Work(self._api, self._index, key, name=name, recorder=self._recorder, moments=self._moments.pop(due, {}))
        try:
            if name == QUOTA:
                quotas.reconcile(work, self._ledger)
            else:
                CONTROLLERS[name](work)
            self._failures.pop(due, None)
        except StatusError:
            work.later(self._retry_at(due))
        except Exception:  # a fault of ours in one controller must not end all the others
            _log.exception("the %s controller failed at %s", name, "/".join((*key.storage, key.namespace, key.name)))
            work.later(self._retry_at(due))
        if work.seen and work.current() is not None:
            self._moments[due] = work.seen
        if work.wake_at is not None:
            self._remember(due, work.wake_at)

    def _retry_at(self, due: Due) -> datetime:
        """Return when to try again what was refused: each time twice as late."""
        failures = self._failures[due] = self._failures.get(due, 0) + 1
        return self._api.now() + timedelta(seconds=min(_RETRY_S * 2 ** (failures - 1), _RETRY_LIMIT_S))


def _place(happening: Happening) -> tuple[str, str]:
    """Return namespace and name of what was written."""
    entry = happening.after or happening.before
    namespace, _, name = entry.key.partition("/") if entry else ("", "", "")
    return namespace, name
