"""When is an interrupt heard?

While steps are being sent, the first one only asks to stop: the current step is finished and written down, then the apply ends in good
order. A second one breaks in at once, and what was being sent is unknown.

The trap that shaped it: Python raises KeyboardInterrupt between any two instructions, also between a write and its journal line.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def deferred(stop: threading.Event) -> Iterator[None]:
    """Turn the first interrupt in this block into a request to stop.

    Only where Python's own answer to an interrupt is in place, and in the thread that gets it.
    """
    is_ours = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not is_ours:
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            signal.default_int_handler(number, frame)
        stop.set()

    signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
