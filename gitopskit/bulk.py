"""Many objects that come to stay: read without the garbage collector looking through them again and again.

Python looks for reference cycles whenever enough objects were made, and looks at all of them each time. Parsed documents hold no cycles,
and there are hundreds of thousands: looking took three quarters of the time that reading took.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_depth = 0
_was_enabled = False


@contextmanager
def bulk() -> Iterator[None]:
    """Let the collector rest while this lasts, in every thread; also a decorator. Memory without cycles is freed at once all the same."""
    global _depth, _was_enabled
    with _lock:
        if _depth == 0:
            _was_enabled = gc.isenabled()
            gc.disable()
        _depth += 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0 and _was_enabled:
                gc.enable()
