"""How is long output shown, so that nobody scrolls and nothing is lost?

Its first lines, its last, and between them those that speak of trouble; the whole of it lies beside, in a private file, with every
secret that is known replaced. Short output is shown as it is, and leaves no file.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

from gitopskit import home
from gitopskit.errors import expect
from gitopskit.model.concealment import conceal

HEAD: Final = 20
TAIL: Final = 20
FOUND: Final = 20
WIDTH: Final = 400
HELD: Final = 65_536
"""Characters that are kept back until a write ends with a line."""
TROUBLE: Final = re.compile(
    r"\b(?:errors?|fail(?:s|ed|ures?)?|fatal|panic|denied|refused|forbidden|exception|traceback|warn(?:ings?)?)\b", re.IGNORECASE
)


@contextmanager
def log(name: str) -> Iterator[None]:
    """Show what a block prints in short, and keep the whole in a private file, whose place is told.

    Parameters
    ----------
    name
        What the file is called, after the moment.

    Examples
    --------
    with gk.log("upgrade"):
        gk.kubectl(ws, "get pods --output=yaml")
    """
    expect(name, str, 'gk.log("upgrade")')
    summary = _Summary(name, sys.stdout)
    try:
        with redirect_stdout(summary), redirect_stderr(summary):
            yield
    finally:
        summary.end()


def show(name: str, text: str) -> None:
    """Print a text; in short, with the whole in a file, where it is long."""
    summary = _Summary(name, sys.stdout)
    summary.write(text)
    summary.end()


class _Summary(io.TextIOBase):
    """Takes text, and tells its first lines as they come, the others at the end."""

    def __init__(self, name: str, shown: TextIO) -> None:
        self._name, self._shown = name, shown
        self._pieces: list[str] = []
        self._size, self._count, self._is_over = 0, 0, False
        self._kept: list[str] = []
        self._last: deque[tuple[int, str]] = deque(maxlen=TAIL)
        self._found: list[tuple[int, str]] = []
        self._troubles = 0
        self._file: TextIO | None = None
        self._path = Path()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        """Take text; nothing is looked at before a line ends there, for a secret may come in pieces.

        Who still writes once all is told, as a handler of `logging` does, writes to where the block was.
        """
        if self._is_over:
            self._shown.write(conceal(text))
            return len(text)
        self._pieces.append(text)
        self._size += len(text)
        if text.endswith("\n") or (self._size > HELD and "\n" in text):
            lines, end, rest = "".join(self._pieces).rpartition("\n")
            self._pieces, self._size = [rest], len(rest)
            self._take(lines + end)
        return len(text)

    def end(self) -> None:
        """Tell the rest, and where the whole is."""
        self._is_over = True
        self._take("".join(self._pieces))
        if self._file is None:
            self._tell([line for _, line in self._last])
            return
        self._file.close()
        last = self._last[0][0]
        found = [(number, line) for number, line in self._found if number < last]
        self._tell([f"… {last - HEAD - 1} lines left out, {self._troubles} of all {self._count} speak of trouble …\n"])
        self._tell([f"{number}: {line}" for number, line in found])
        self._tell(["…\n"] if found else [])
        self._tell([line for _, line in self._last])
        self._tell([f"the whole log: {self._path}\n"])

    def _take(self, text: str) -> None:
        """Take lines that came together: a secret may be longer than one."""
        for line in io.StringIO(conceal(text)):
            self._take_line(line)

    def _take_line(self, line: str) -> None:
        self._count += 1
        is_trouble = bool(TROUBLE.search(line))
        self._troubles += is_trouble
        if self._count <= HEAD:
            self._tell([line])
        else:
            if is_trouble and len(self._found) < FOUND:
                self._found.append((self._count, line))
            self._last.append((self._count, line))
        self._keep(line)

    def _keep(self, line: str) -> None:
        """Put a line into the file, once there are too many to be shown."""
        if self._file is None:
            self._kept.append(line)
            if self._count <= HEAD + TAIL:
                return
            self._file = self._open()
            line = conceal("".join(self._kept))
            self._kept = []
        self._file.write(line)

    def _open(self) -> TextIO:
        name = re.sub(r"[^\w.-]+", "-", self._name)[:60].strip("-.") or "log"
        self._path = home.state_dir("logs") / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S-%f}-{name}.log"
        return os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", errors="replace")

    def _tell(self, lines: list[str]) -> None:
        for line in lines:
            cut = line if len(line) <= WIDTH else f"{line[:WIDTH]}… ({len(line) - WIDTH} more characters)\n"
            self._shown.write(cut)
