"""Repositories to render, and stand-ins for renderers."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from gitopskit import sources
from gitopskit.sources import desired
from tests.sources.history.conftest import Writer


@pytest.fixture
def repo(tmp_path, home_dir):
    return Writer(tmp_path / "repo")


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Put a Python script on PATH in place of a renderer."""

    def put(name: str, text: str) -> Path:
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!{sys.executable} -I\nimport os, sys\n{text}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        return program

    return put


@pytest.fixture
def kubectl() -> str:
    """The kubectl whose kustomize is used where there is no other."""
    return shutil.which("kubectl") or str(Path(sys.executable).parent / "kubectl")


def load(repo: Writer, path: str = "", **more):
    return sources.load(repo.folder, "main", path, **more)


def places(snapshot) -> dict[str, str]:
    """Return {kind name: file:line} of the objects of a snapshot."""
    return {f"{item.id.kind} {item.id.name}": str(item.origin) for item in snapshot.objects.values()}


def forget() -> None:
    """Do as another process does that starts anew."""
    desired._renders.clear()
