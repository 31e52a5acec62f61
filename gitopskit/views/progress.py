"""How far is it? A bar in a notebook, one line on a terminal, nothing where nobody looks.

It shows itself only when something takes longer than a blink. Without anybody to watch (nbclient, papermill, a pipe) there is nothing.

The trap that shaped it: a widget that is closed leaves an error in the saved notebook, and an output that is cleared takes what the
cell printed before with it. So the bar is a display that is updated in place, and ends as a quiet word.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from gitopskit.errors import plain
from gitopskit.views.html.markup import progress_html, wrap

PATIENCE_S: Final = 0.4
TICK_S: Final = 0.1


class Bar:
    """One consumer of progress calls (what is done, steps done, steps in all).

    Parameters
    ----------
    in_kernel
        Whether a notebook front end may be there to draw in.
    clock
        Seconds, for tests.
    """

    def __init__(self, *, in_kernel: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._in_kernel = in_kernel
        self._clock = clock
        self._what = ""
        self._started = self._drawn = 0.0
        self._done = 0
        self._handle: Any = None

    def __call__(self, what: str, done: int, total: int, detail: str = "", objects: int = 0) -> None:
        """Show that `done` of `total` steps are done; see `gitopskit.providers.base.Progress`."""
        now = self._clock()
        if what != self._what or done < self._done:  # something else, or the same once more
            self._close()
            self._what, self._started = what, now
        self._done = done
        if done >= total:
            self._close()
            self._what = ""
        elif now - self._started >= PATIENCE_S and now - self._drawn >= TICK_S:
            self._drawn = now
            rate = (objects or done) / (now - self._started)
            counted = f"{objects:,} objects, {rate:,.0f}/s" if objects else f"{rate:,.0f}/s"
            self._draw(done, total, ", ".join(filter(None, [plain(detail), counted])))

    def _draw(self, done: int, total: int, detail: str) -> None:
        text = f"{plain(self._what)} {done} of {total}: {detail}"
        if self._in_kernel:
            if self._handle is not None or has_front_end():
                self._display(progress_html(self._what, done, total, detail), text)
        elif sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{text[: shutil.get_terminal_size().columns - 1]}")
            sys.stderr.flush()

    def _display(self, html: str, text: str) -> None:
        from IPython.display import display

        content = {"text/html": wrap(html), "text/plain": text}
        if self._handle is None:
            self._handle = display(content, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(content, raw=True)

    def _close(self) -> None:
        if self._handle is not None:
            text = f"{plain(self._what)} took {self._clock() - self._started:.1f} s"
            self._display(f'<p class="gk-soft">{text}</p>', text)
            self._handle = None
        elif self._drawn and not self._in_kernel and sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        self._drawn = 0.0


def has_front_end() -> bool:
    """Whether a notebook's front end sent the cell that runs: it names the cell, and whatever runs without a person does not."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module else None
    parent = shell.get_parent() if shell is not None and hasattr(shell, "get_parent") else None
    return bool(((parent or {}).get("metadata") or {}).get("cellId"))
