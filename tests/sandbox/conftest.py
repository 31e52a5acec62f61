"""What tests of the sandboxes' lives need: kubectl, and a way to see which processes are left."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitopskit.sandbox import status, stop


@pytest.fixture
def kubectl() -> Callable[..., str]:
    """Unmodified kubectl, from its wheel or from PATH."""
    program = shutil.which("kubectl", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert program, "kubectl is a dependency of the package"

    def run(kubeconfig: Path | str, *words: str) -> str:
        done = subprocess.run([program, "--kubeconfig", str(kubeconfig), *words], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"kubectl {words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


@pytest.fixture
def names(home_dir) -> Iterator[Callable[[str], str]]:
    """Names for sandboxes that are stopped when the test is over."""
    given: list[str] = []

    def name(text: str) -> str:
        given.append(text)
        return text

    yield name
    for text in given:
        if status(text):
            stop(text)


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Wait for a condition, and fail when it does not come."""

    def wait(is_so: Callable[[], object], what: str, timeout_s: float = 5.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not is_so():
            assert time.monotonic() < deadline, f"not after {timeout_s:g} s: {what}"
            time.sleep(0.05)

    return wait


def descendants(pid: int) -> list[int]:
    """Return the processes below a process (Linux)."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *descendants(child)]
    return found


def is_running(pid: int) -> bool:
    """Whether a process is there, and not only its corpse."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
