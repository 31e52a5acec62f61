"""A shell for one test: the installed command, a repository of its own, and a sandbox that lives in the background."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


@dataclass
class Shell:
    """Runs the command line as a person would, in processes of its own."""

    folder: Path
    environment: dict[str, str]
    started: list[str] = field(default_factory=list)

    def run(self, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run ``gitopskit WORDS`` and expect its exit code."""
        done = subprocess.run(
            [sys.executable, "-m", "gitopskit", *words],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert code is None or done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def start_sandbox(self, engine: str, name: str) -> dict[str, Any]:
        """Start a sandbox that outlives the command; the fixture stops it."""
        self.started.append(name)
        answer = self.run("sandbox", "start", "--engine", engine, "--name", name, "--kubeconfig", str(self.folder / f"{name}.kubeconfig"))
        return json.loads(answer.stdout)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell with a private home."""
    environment = dict(os.environ) | {
        "GITOPSKIT_STATE": str(tmp_path / "state"),
        "GITOPSKIT_CACHE": str(tmp_path / "cache"),
        "HOME": str(tmp_path),
    }
    environment.pop("KUBECONFIG", None)
    shell = Shell(tmp_path, environment)
    yield shell
    for name in shell.started:
        shell.run("sandbox", "stop", "--name", name, code=None)


@dataclass
class Repository:
    """A Git repository to commit to."""

    folder: Path

    def git(self, *words: str) -> str:
        """Run git there, as nobody in particular."""
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", "-C", str(self.folder), *identity, *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, subject: str) -> str:
        """Commit everything in the folder and return the commit id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", subject)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An empty repository on branch main."""
    folder = tmp_path / "repository"
    folder.mkdir()
    repository = Repository(folder)
    repository.git("init", "--quiet", "--initial-branch=main")
    return repository


@pytest.fixture
def kubectl(shell: Shell):
    """Unmodified kubectl, from PATH or from its wheel."""
    program = shutil.which("kubectl", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert program, "kubectl is a dependency of the package"

    def run(kubeconfig: str, *words: str, code: int | None = 0) -> str:
        done = subprocess.run(
            [program, "--kubeconfig", kubeconfig, *words], env=shell.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert code is None or done.returncode == code, f"kubectl {words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    return run
