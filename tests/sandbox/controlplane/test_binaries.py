"""Where the control plane's programs are looked for, and what is built when they are not there."""

import os
import subprocess
import sys
import time

import pytest

from gitopskit.errors import SandboxError
from gitopskit.sandbox.controlplane import binaries, build
from tests.conftest import require_controlplane


def put(folder, *programs):
    folder.mkdir(parents=True, exist_ok=True)
    for program in programs:
        (folder / program).write_text("#!/bin/sh\n")
        (folder / program).chmod(0o755)


@pytest.fixture
def bare(home_dir, tmp_path, monkeypatch):
    """A machine that has nothing."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("GITOPSKIT_CONTROLPLANE", raising=False)
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return tmp_path


def test_names_what_is_missing(bare):
    put(bare / "path", "etcd")
    with pytest.raises(SandboxError, match="no kube-apiserver, kube-controller-manager, kube-scheduler, kwok") as caught:
        binaries.find()
    assert "make controlplane" in caught.value.next_step


def test_finds_each_program_on_its_own(bare, monkeypatch):
    put(bare / "path", "etcd", "kwok")
    put(bare / "assets", "etcd", "kube-apiserver")
    put(bare / "own", "kwok")
    put(binaries.built_folder(), "kube-scheduler", "kube-controller-manager")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(bare / "assets"))
    monkeypatch.setenv("GITOPSKIT_CONTROLPLANE", str(bare / "own"))
    found = binaries.find()
    assert {program: path.parent for program, path in found.paths.items()} == {
        "etcd": bare / "assets",
        "kube-apiserver": bare / "assets",
        "kube-controller-manager": binaries.built_folder(),
        "kube-scheduler": binaries.built_folder(),
        "kwok": bare / "own",
    }


def test_one_string_finds_them_again(bare, monkeypatch):
    put(bare / "path", "etcd", "kwok")
    put(binaries.built_folder(), "kube-apiserver", "kube-scheduler", "kube-controller-manager")
    found = binaries.find()
    monkeypatch.setenv("GITOPSKIT_CONTROLPLANE", found.folder)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("GITOPSKIT_CACHE", str(bare / "elsewhere"))
    assert binaries.find() == found


def test_only_what_is_missing_is_built(bare, monkeypatch):
    put(bare / "path", "etcd", "kube-apiserver", "kube-controller-manager")
    built = []

    def pretend(recipe, programs, go, say):
        built.extend(programs)
        put(binaries.built_folder(), *programs)

    monkeypatch.setattr(build, "_build", pretend)
    monkeypatch.setattr(build, "go_program", lambda say: bare / "go")
    build.install(lambda line: None)
    assert built == ["kube-scheduler", "kwok"]


def test_what_a_killed_builder_has_left_is_removed(bare, monkeypatch):
    left = binaries.built_folder().parent / "build-x1" / "bin"
    put(left, "etcd")
    monkeypatch.setattr(build, "_build", lambda recipe, programs, go, say: put(binaries.built_folder(), *programs))
    monkeypatch.setattr(build, "go_program", lambda say: bare / "go")
    assert build.install(lambda line: None)["etcd"].parent == binaries.built_folder()
    assert not left.exists()


def test_a_build_that_fails_says_why_and_leaves_nothing(bare, monkeypatch):
    go = bare / "go"
    go.write_text("#!/bin/sh\necho 'module lookup disabled' >&2\nexit 1\n")
    go.chmod(0o755)
    monkeypatch.setattr(build, "go_program", lambda say: go)
    with pytest.raises(SandboxError, match="module lookup disabled"):
        build.install(lambda line: None)
    assert list(binaries.built_folder().iterdir()) == []
    assert list(binaries.built_folder().parent.glob("build-*")) == []


SECOND_BUILDER = """
from gitopskit.sandbox.controlplane import build
with build._alone(lambda line: print(line, flush=True)):
    pass
"""


def test_two_builders_do_not_meet(bare):
    said = []
    with build._alone(said.append):
        child = subprocess.Popen([sys.executable, "-c", SECOND_BUILDER], stdout=subprocess.PIPE, text=True)
        assert "waiting" in child.stdout.readline()
        assert child.poll() is None
    assert child.wait(10) == 0
    child.stdout.close()
    assert said == []


def test_a_second_call_takes_under_a_second():
    require_controlplane()
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "gitopskit.sandbox.controlplane"], capture_output=True, text=True, env=dict(os.environ), check=True
    )
    assert time.monotonic() - start < 1
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(binaries.PROGRAMS)
