"""How is another program run?

The one place (besides the sandbox) that starts a process: fixed words, no shell, an environment from an allow-list, limits on time
and output. What it prints is foreign text.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitopskit.errors import GitopskitError, plain


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
    """

    time_s: float = 60.0
    output_bytes: int = 64 * 2**20


def run(words: Sequence[str | Path], *, cwd: Path, environment: Mapping[str, str], limits: Limits | None = None) -> bytes:
    """Run a program and return what it printed.

    Parameters
    ----------
    environment
        All that the program sees; nothing is inherited.

    Raises
    ------
    CommandError
        It is missing, ended with an error (the message carries its last words), or went over a limit.
    """
    limits = limits or Limits()
    name = Path(words[0]).name
    try:
        done = subprocess.run(
            [os.fspath(word) for word in words],
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limits.time_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CommandError(f"{name} took longer than {limits.time_s:.0f} s", where=str(cwd), next_step="make the input smaller") from None
    except OSError as error:
        raise CommandError(
            f"{name} cannot be run: {error.strerror}", where=str(words[0]), next_step="install it, or correct PATH"
        ) from None
    if done.returncode:
        said = plain(done.stderr.decode(errors="replace").strip(), 800)
        raise CommandError(f"{name} failed: {said or f'exit code {done.returncode}'}", where=str(cwd), next_step="correct what it names")
    if len(done.stdout) > limits.output_bytes:
        raise CommandError(f"{name} printed more than {limits.output_bytes} bytes", where=str(cwd), next_step="make the input smaller")
    return done.stdout
