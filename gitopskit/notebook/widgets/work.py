"""Who applies a plan while the kernel goes on with other cells?

A thread that calls `Workspace.apply` as a cell would, on a connection of its own, and can be asked to stop: the step under way is finished
and written down, then the apply ends in good order.

The trap that shaped it: a kernel that is restarted ends within seconds, whatever its threads do. So at the end of the process everything
that still applies is asked to stop and given a moment; what is cut off all the same stands in the journal as begun. And at that end the
pools of threads that a step needs are closed before anything that `atexit` knows of is called.
"""

from __future__ import annotations

import atexit
import concurrent.futures.thread  # noqa: F401 - it registers what it does at the end, before us
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from weakref import WeakSet

from gitopskit.errors import GitopskitError, plain
from gitopskit.model.events import Event
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report
from gitopskit.notebook.workspace import Workspace

LAST_MOMENT_S: Final = 4.0
"""Front ends give a kernel about five seconds to end."""
_RUNNING: Final[WeakSet[Work]] = WeakSet()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person said beforehand of an apply; see `Workspace.apply`."""

    waive: Mapping[str, str]
    why: str = ""
    ticket: str = ""


class Work:
    """One apply in the background.

    Attributes
    ----------
    report
        Once it has ended well or badly; None while it goes on, or if there is an error instead.
    error
        Why there is no report.
    """

    def __init__(self, workspace: Workspace, plan: Plan, confirm: str, said: Said, on_event: Callable[[Event], None]) -> None:
        self.report: Report | None = None
        self.error: GitopskitError | None = None
        self._stop = threading.Event()
        self._is_over = False
        self._at_end: Callable[[Work], None] = Work.end
        self._arguments = (workspace, plan, confirm, said, on_event)
        self._thread = threading.Thread(target=self._run, name=f"apply {plan.id[:12]}", daemon=True)

    def start(self, at_end: Callable[[Work], None]) -> None:
        """Begin; `at_end` is called from the thread when there is a report or an error, and says by `end` that it was taken in."""
        self._at_end = at_end
        _RUNNING.add(self)
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end after the step that is under way."""
        self._stop.set()

    def end(self) -> None:
        """Let it be over, for whoever waits to begin another."""
        self._is_over = True

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to."""
        return self._stop.is_set()

    @property
    def is_alive(self) -> bool:
        """Whether it goes on, or its end is not taken in yet."""
        return not self._is_over

    def join(self, timeout_s: float | None = None) -> None:
        """Wait for its end."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        workspace, plan, confirm, said, on_event = self._arguments

        def heard(event: Event) -> None:
            on_event(event)
            if self._stop.is_set():
                raise KeyboardInterrupt  # what `execute` takes for a wish to stop

        try:
            self.report = workspace.apart().apply(plan, confirm=confirm, waive=said.waive, why=said.why, ticket=said.ticket, on_event=heard)
        except GitopskitError as error:
            self.error = error
        except Exception as error:  # a thread that ends in silence would look like an apply that hangs
            what = f"the apply broke: {type(error).__name__} {plain(str(error))}"
            self.error = GitopskitError(what, next_step="confirm again: what is done already is not done twice")
        finally:
            _RUNNING.discard(self)
            self._at_end(self)


def _end() -> None:
    for one in list(_RUNNING):
        one.stop()
    for one in list(_RUNNING):
        one.join(LAST_MOMENT_S)


_before_pools_close = getattr(threading, "_register_atexit", atexit.register)  # what `concurrent.futures` itself uses; the last comes first
_before_pools_close(_end)
