"""Repositories to render, and stand-ins for renderers."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gitopskit import sources
from gitopskit.sources import desired
from gitopskit.sources.renderers import child
from tests.sources.history.conftest import Writer

SCRIPT = Path(child.__file__).with_name("helm_child.py")


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


@pytest.fixture(params=["program", "library"])
def helm(request, monkeypatch):
    """Which helm is used."""
    if request.param == "program":
        if not shutil.which("helm"):
            pytest.skip("no helm on PATH")
    else:
        pytest.importorskip("helm_python")
        folders = os.environ["PATH"].split(os.pathsep)
        monkeypatch.setenv("PATH", os.pathsep.join(folder for folder in folders if not shutil.which("helm", path=folder)))
    return request.param


@pytest.fixture
def plain_helm(repo, request):
    """What the plain tool says of a chart of the working copy."""

    def render(*flags: str) -> str:
        words = ["helm", "template"] if "program" in request.node.name else [sys.executable, SCRIPT]
        done = subprocess.run([*words, "x", repo.folder / "shop", *flags], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    return render


def load(repo: Writer, path: str = "", **more):
    return sources.load(repo.folder, "main", path, **more)


def places(snapshot) -> dict[str, str]:
    """Return {kind name: file:line} of the objects of a snapshot."""
    return {f"{item.id.kind} {item.id.name}": str(item.origin) for item in snapshot.objects.values()}


def forget() -> None:
    """Do as another process does that starts anew."""
    desired._renders.clear()
