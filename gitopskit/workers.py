"""Threads for a while, that a person can interrupt.

The trap that shaped it: leaving a pool waits for all that was ever submitted to it, so an interrupt would come after the last of ten
thousand requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def workers(count: int) -> Iterator[ThreadPoolExecutor]:
    """Give so many threads; where the block ends early, what has not begun is dropped and what has is not waited for."""
    pool = ThreadPoolExecutor(count)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
