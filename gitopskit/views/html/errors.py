"""How does an error look: what, where, what next? The way to it is folded away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gitopskit.errors import GitopskitError
from gitopskit.views.html.markup import note, text

TRACE_SHOWN: Final = 30


def error_html(error: GitopskitError, trace: Sequence[str] = ()) -> str:
    """Return an error as a short panel.

    Parameters
    ----------
    trace
        The lines of its traceback, outermost first, to be folded away; none by default.
    """
    lines = [f"<b>{text(error.what, 1200)}</b>"]
    if error.where:
        lines.append(f'<span class="gk-soft">where</span> <span class="gk-mono">{text(error.where)}</span>')
    if error.next_step:
        lines.append(f'<span class="gk-soft">next</span> {text(error.next_step)}')
    return note("<br>".join(lines) + _folded(trace), mood="bad")


def _folded(trace: Sequence[str]) -> str:
    if not trace:
        return ""
    shown = "<br>".join(_line(line) for line in trace[-TRACE_SHOWN:])
    return f'<details><summary class="gk-soft">traceback</summary>{shown}</details>'


def _line(line: str) -> str:
    """Return a line of a traceback; the code under a place is set in."""
    if line.startswith(" "):
        return f'&nbsp;&nbsp;&nbsp;&nbsp;<span class="gk-mono gk-soft">{text(line.strip(), 200)}</span>'
    return f'<span class="gk-mono">{text(line, 200)}</span>'
