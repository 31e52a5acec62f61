"""Is it still the same process, and how is it ended?

The trap that shaped it: a process id is used again, at the latest after a restart of the machine, so a process is named by its id
*and* the moment it started; and a process that has ended but was not waited for (a zombie) still has both.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

STOP_TIMEOUT_S: Final = 5.0
POLL_S: Final = 0.02


def birth_of(pid: int) -> str:
    """Return a text that tells one process from a later one with the same id; empty when there is none."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "" if Path("/proc/self/stat").exists() else _birth_by_ps(pid)
    return "" if state in "ZX" else f"{_boot()}/{fields[18]}"


def is_alive(pid: int, birth: str) -> bool:
    """Whether that very process still runs."""
    return bool(birth) and birth_of(pid) == birth


def end_process(pid: int, birth: str) -> bool:
    """Ask a process to end, then make it; return whether it is gone."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not is_alive(pid, birth):
            return True
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while is_alive(pid, birth) and time.monotonic() < deadline:
            time.sleep(POLL_S)
    return not is_alive(pid, birth)


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _birth_by_ps(pid: int) -> str:
    words = ["ps", "-o", "state=,lstart=", "-p", str(pid)]
    state, _, moment = subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip().partition(" ")
    return "" if state.startswith("Z") else moment.strip()
