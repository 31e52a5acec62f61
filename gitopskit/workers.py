"""Threads for a while, that a person can interrupt.

What was lent is kept for the next one who asks for as many: starting a thread takes longer than a small question to a server, all the more
when several begin at once.

The trap that shaped it: leaving a pool waits for all that was ever submitted to it, so an interrupt would come after the last of ten
thousand requests. A pool that is left early is given up, and nobody gets it again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, Final, ParamSpec, TypeVar

KEPT: Final = 4
"""How many pools of one size wait for the next one."""
Arguments = ParamSpec("Arguments")
Item = TypeVar("Item")
Result = TypeVar("Result")

_idle: dict[int, list[ThreadPoolExecutor]] = {}
_lock = threading.Lock()


class Workers:
    """Threads that somebody lent."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._work: list[Future[Any]] = []

    def submit(self, work: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Future[Result]:
        """Have something done by one of the threads, in its turn."""
        future = self._pool.submit(work, *args, **kwargs)
        self._work.append(future)
        return future

    def map(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Have it done to each item; yield what comes of it, in their order."""
        futures = [self.submit(work, item) for item in items]
        return (future.result() for future in futures)

    def finish(self) -> None:
        """Wait until everything is done."""
        wait(self._work)


@contextmanager
def workers(count: int) -> Iterator[Workers]:
    """Give so many threads; where the block ends early, what has not begun is dropped and what has is not waited for."""
    pool = _taken(count)
    lent = Workers(pool)
    try:
        yield lent
        lent.finish()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    _give_back(count, pool)


def _taken(count: int) -> ThreadPoolExecutor:
    with _lock:
        idle = _idle.get(count)
        if idle:
            return idle.pop()
    return ThreadPoolExecutor(count, thread_name_prefix="gitopskit")


def _give_back(count: int, pool: ThreadPoolExecutor) -> None:
    with _lock:
        idle = _idle.setdefault(count, [])
        if len(idle) < KEPT:
            idle.append(pool)
            return
    pool.shutdown(wait=False)


def _forget() -> None:
    """Know of no pools in a process that was forked: their threads are not there."""
    global _lock
    _lock = threading.Lock()
    _idle.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
