"""How is a line put on disk so that a crash can tear the last one at most?

The trap that shaped it: a line that a crash cut short has no end, so that the next line would be joined to it and both be lost.
Whoever appends mends the end of the file first.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_BLOCK: Final = 65536
_ROOM: Final = b" " * 4096


def append(path: Path, line: Callable[[bytes], bytes]) -> None:
    """Append one line to a file (mode 0600), and return when it is on disk.

    Parameters
    ----------
    line
        Makes the line, without its end, from the last whole line (empty in a new file); nobody else appends meanwhile.

    Raises
    ------
    OSError
        It cannot be written; no part of it stays.
    """
    with _alone(path) as descriptor:
        last, end = _last_line(descriptor)
        try:
            _write(descriptor, line(last) + b"\n", end)
        except OSError:
            os.ftruncate(descriptor, end)
            raise
    if not end:
        _sync_folder(path.parent)


def check(path: Path) -> None:
    """Make sure that a line can be appended: room is taken, synced and given back.

    Raises
    ------
    OSError
        It cannot (disk full, read-only).
    """
    with _alone(path) as descriptor:
        length = os.fstat(descriptor).st_size
        try:
            _write(descriptor, _ROOM, length)
        finally:
            os.ftruncate(descriptor, length)


def whole_lines(path: Path) -> list[bytes]:
    """Return the lines of a file; one that was cut short is left out."""
    content = path.read_bytes() if path.exists() else b""
    return content.split(b"\n")[:-1]


@contextmanager
def _alone(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _last_line(descriptor: int) -> tuple[bytes, int]:
    """Return the last whole line, and where the whole lines end."""
    size = start = os.fstat(descriptor).st_size
    block = b""
    while start and block.count(b"\n") < 2:
        start = max(0, start - _BLOCK)
        block = os.pread(descriptor, size - start, start)
    end = block.rfind(b"\n") + 1
    return block[: max(0, end - 1)].rpartition(b"\n")[2], start + end


def _write(descriptor: int, content: bytes, offset: int) -> None:
    os.ftruncate(descriptor, offset)
    while content:
        written = os.pwrite(descriptor, content, offset)
        content, offset = content[written:], offset + written
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
