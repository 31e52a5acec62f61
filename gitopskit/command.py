"""How is another program run?

The one place (besides the sandbox) that starts a process: fixed words, no shell, an environment from an allow-list, limits on time,
output and memory. What it prints is foreign text.

The trap that shaped it: a limit that is looked at once the program has ended comes too late for one that prints without an end.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from gitopskit.errors import GitopskitError, plain

_PIECE: Final = 2**16
_WORDS: Final = 800


class CommandError(GitopskitError):
    """A program could not be run, failed, or went over a limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a program may take.

    Attributes
    ----------
    time_s
        Seconds.
    output_bytes
        Bytes on standard output.
    memory_bytes
        Bytes of memory of its own, where the system can limit that; 0 for no limit.
    """

    time_s: float = 60.0
    output_bytes: int = 64 * 2**20
    memory_bytes: int = 0


def run(words: Sequence[str | Path], *, cwd: Path, environment: Mapping[str, str], limits: Limits | None = None, name: str = "") -> bytes:
    """Run a program and return what it printed.

    Parameters
    ----------
    environment
        All that the program sees; nothing is inherited.
    name
        What errors call the program; by default the first word.

    Raises
    ------
    CommandError
        It is missing, ended with an error (the message carries its last words), or went over a limit.
    """
    limits = limits or Limits()
    name = name or Path(words[0]).name
    try:
        process = subprocess.Popen(
            [os.fspath(word) for word in words],
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise CommandError(
            f"{name} cannot be run: {error.strerror}", where=str(words[0]), next_step="install it, or correct PATH"
        ) from None
    with process:
        return _watched(process, limits, name, str(cwd))


def _watched(process: subprocess.Popen[bytes], limits: Limits, name: str, where: str) -> bytes:
    is_late = threading.Event()

    def end_late() -> None:
        is_late.set()
        _kill(process)

    _limit_memory(process, limits.memory_bytes)
    timer = threading.Timer(limits.time_s, end_late)
    timer.start()
    try:
        with ThreadPoolExecutor(1) as reader:
            last_words = reader.submit(_last_words, process.stderr)
            output = _output(process, limits.output_bytes)
            said = last_words.result()
        code = process.wait()
    finally:
        timer.cancel()
        _kill(process)
    if is_late.is_set():
        raise CommandError(f"{name} took longer than {limits.time_s:.0f} s", where=where, next_step="make the input smaller")
    if len(output) > limits.output_bytes:
        raise CommandError(f"{name} printed more than {limits.output_bytes} bytes", where=where, next_step="make the input smaller")
    if code:
        text = plain(said.decode(errors="replace").strip()[-_WORDS:], _WORDS) or f"exit code {code}"
        raise CommandError(f"{name} failed: {text}", where=where, next_step="correct what it names")
    return output


def _output(process: subprocess.Popen[bytes], limit: int) -> bytes:
    """Return what a program prints; as soon as that is more than the limit, end it."""
    assert process.stdout is not None  # noqa: S101 - it was asked for
    output = process.stdout.read(limit + 1)
    if len(output) > limit:
        _kill(process)
    return output


def _last_words(stream: IO[bytes] | None) -> bytes:
    """Read a stream to its end and return the last of it."""
    kept: deque[bytes] = deque(maxlen=2)
    while stream is not None and (piece := stream.read(_PIECE)):
        kept.append(piece)
    return b"".join(kept)


def _limit_memory(process: subprocess.Popen[bytes], limit: int) -> None:
    if limit and hasattr(resource, "prlimit"):
        with suppress(OSError):  # it has ended, or the system does not let us
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (limit, limit))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program that has not ended, and what it started."""
    if process.poll() is None:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
