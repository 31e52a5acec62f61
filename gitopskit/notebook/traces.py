"""Which way did an error come? The lines of a traceback that may be shown: places and code, never a value.

The trap that shaped it: the text of an error underneath comes from a library, and can hold an address with a password in it. So of a cause
that is not ours only the type is told.
"""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType
from typing import Final

from gitopskit.errors import GitopskitError

FRAMES_SHOWN: Final = 8
_PACKAGE: Final = Path(__file__).parents[1]


def trace_lines(error: BaseException, trace: TracebackType | None) -> list[str]:
    """Return where an error was raised and what caused it: two lines per frame, outermost first."""
    frames = [frame for frame in traceback.extract_tb(trace) if "IPython" not in Path(frame.filename).parts]
    left = len(frames) - FRAMES_SHOWN
    lines = [
        line
        for frame in frames[-FRAMES_SHOWN:]
        for line in (f"{_place(frame)}, in {frame.name}", f"    {frame.line or ''}".rstrip())
        if line
    ]
    cause = error.__cause__
    told = f": {cause.what}" if isinstance(cause, GitopskitError) else ""
    return [*([f"… {left} frames before"] if left > 0 else []), *lines, *([f"caused by {type(cause).__name__}{told}"] if cause else [])]


def entrance(trace: TracebackType | None) -> str:
    """Return which verb of the package a traceback went through first, and where that is; nothing where it never came to it."""
    frames = traceback.StackSummary.extract(traceback.walk_tb(trace), lookup_lines=False)
    ours = next((frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)), None)
    return f"{ours.name}, {_place(ours)}" if ours else ""


def _place(frame: traceback.FrameSummary) -> str:
    path = Path(frame.filename)
    if any(part.startswith("ipykernel_") for part in path.parts) or frame.filename.startswith("<"):
        return f"this notebook, line {frame.lineno}"
    if path.is_relative_to(_PACKAGE):
        return f"{path.relative_to(_PACKAGE.parent)}:{frame.lineno}"
    return f"{Path(*path.parts[-2:])}:{frame.lineno}"
