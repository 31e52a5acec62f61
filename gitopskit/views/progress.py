"""How far is it? A bar in a notebook, one line on a terminal, nothing where nobody looks.

It shows itself only when something takes longer than a blink, and is gone when that is done.
"""

from __future__ import annotations

import sys
import time
from typing import Any, Final

from gitopskit.errors import plain

PATIENCE_S: Final = 0.4
TICK_S: Final = 0.1


class Bar:
    """One consumer of progress calls (what is done, steps done, steps in all).

    Parameters
    ----------
    in_kernel
        Whether a notebook front end is there to draw widgets.
    """

    def __init__(self, *, in_kernel: bool) -> None:
        self._in_kernel = in_kernel
        self._what = ""
        self._started = self._drawn = 0.0
        self._widget: Any = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps are done."""
        now = time.monotonic()
        if what != self._what or done <= 1:
            self._close()
            self._what, self._started = what, now
        is_last = done >= total
        if now - self._started < PATIENCE_S or (now - self._drawn < TICK_S and not is_last):
            return
        self._drawn = now
        if is_last:
            self._close()
        else:
            self._draw(done, total)

    def _draw(self, done: int, total: int) -> None:
        text = f"{plain(self._what)} {done} of {total}"
        if not self._in_kernel:
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\x1b[K{text}")
                sys.stderr.flush()
            return
        if self._widget is None:
            import ipywidgets
            from IPython.display import display

            self._widget = ipywidgets.IntProgress(max=total, layout={"width": "26em"}, style={"description_width": "12em"})
            display(self._widget)  # type: ignore[no-untyped-call]
        self._widget.max, self._widget.value, self._widget.description = total, done, text

    def _close(self) -> None:
        if self._widget is not None:
            self._widget.close()
            self._widget = None
        elif self._drawn and not self._in_kernel and sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        self._drawn = 0.0
