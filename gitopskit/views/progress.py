"""How far is it? A bar in a notebook, one line on a terminal, nothing where nobody looks.

It shows itself only when something takes longer than a blink. Without anybody to watch (nbclient, papermill, a pipe) there is nothing.

The traps that shaped it: a widget that is closed leaves an error in the saved notebook, and an output that is cleared takes what the
cell printed before with it. So the bar is a display that is updated in place, and ends as a quiet word. And work may end at any moment, by
an interrupt or an error: whoever hands a bar to it ends the bar (`watched`), or the next cell would write into the output of this one.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
        self._done = self._total = 0
        self._handle: Any = None

    def __call__(self, what: str, done: int, total: int, detail: str = "", objects: int = 0) -> None:
        """Show that `done` of `total` steps are done; see `gitopskit.providers.base.Progress`."""
        now = self._clock()
        if what != self._what or done < self._done:  # something else, or the same once more
            self.end()
            self._what, self._started = what, now
        self._done, self._total = done, total
        if done >= total:
            self._close(f"took {now - self._started:.1f} s")
        elif now - self._started >= PATIENCE_S and now - self._drawn >= TICK_S:
            self._drawn = now
            rate = (objects or done) / (now - self._started)
            counted = f"{objects:,} objects, {rate:,.0f}/s" if objects else f"{rate:,.0f}/s"
            self._draw(done, total, ", ".join(filter(None, [plain(detail), counted])))

    def end(self, how: str = "stopped") -> None:
        """Say of what is under way, if anything is, that it was not finished; what is told next begins anew."""
        self._close(f"{how} at {self._done} of {self._total}, after {self._clock() - self._started:.1f} s")

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

    def _close(self, how: str) -> None:
        if self._handle is not None:
            text = f"{plain(self._what)} {how}"
            self._display(f'<p class="gk-soft">{text}</p>', text)
            self._handle = None
        elif self._drawn and not self._in_kernel and sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        self._what, self._done, self._drawn = "", 0, 0.0


@contextmanager
def watched(progress: Callable[..., None]) -> Iterator[None]:
    """End the bar of a block with the block, whether its work is finished or not."""
    how = "stopped"
    try:
        yield
    except KeyboardInterrupt:
        how = "interrupted"
        raise
    finally:
        if isinstance(progress, Bar):
            progress.end(how)


def has_front_end() -> bool:
    """Whether a notebook's front end sent the cell that runs: it names the cell, and whatever runs without a person does not."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module else None
    parent = shell.get_parent() if shell is not None and hasattr(shell, "get_parent") else None
    return bool(((parent or {}).get("metadata") or {}).get("cellId"))
