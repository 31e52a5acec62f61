"""What the real control plane must do here: roles, jobs, deletion, and clear words when it cannot start."""

import os
import stat
from pathlib import Path

import pytest

from gitopskit.errors import SandboxError
from gitopskit.sandbox.controlplane import binaries, cluster
from tests.conftest import require_controlplane
from tests.sandbox.conftest import descendants


def test_a_job_completes_and_pods_can_be_deleted(controlplane, kubectl):
    kubectl(controlplane.kubeconfig, "create", "job", "once", "--image=busybox")
    kubectl(controlplane.kubeconfig, "wait", "--for=condition=complete", "job/once", "--timeout=60s")
    kubectl(controlplane.kubeconfig, "delete", "pods", "--all", "--wait", "--timeout=60s")
    assert kubectl(controlplane.kubeconfig, "get", "pods", "--no-headers") == ""


def test_rights_are_checked(controlplane, kubectl):
    path = controlplane.kubeconfig
    kubectl(path, "create", "serviceaccount", "reader")
    kubectl(path, "create", "rolebinding", "reader", "--clusterrole=view", "--serviceaccount=default:reader")
    reader = "--as=system:serviceaccount:default:reader"
    assert kubectl(path, "auth", "can-i", "list", "pods", reader).strip() == "yes"
    with pytest.raises(AssertionError, match="no"):
        kubectl(path, "auth", "can-i", "delete", "pods", reader)


@pytest.fixture
def fake_programs(tmp_path, monkeypatch):
    """Programs that say their name and end at once."""
    for name in binaries.PROGRAMS:
        (tmp_path / name).write_text(f"#!/bin/sh\necho \"{name} cannot: $(printf 'bad \\033[2J byte')\" >&2\nexit 3\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("GITOPSKIT_CONTROLPLANE", str(tmp_path))
    return tmp_path


def test_a_program_that_dies_is_named_with_its_last_lines(fake_programs):
    before = set(descendants(os.getpid()))
    with pytest.raises(SandboxError, match="etcd ended with exit code 3") as caught:
        cluster.start()
    assert "cannot: bad" in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert set(descendants(os.getpid())) <= before


def test_a_failed_start_leaves_no_folder(fake_programs, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with pytest.raises(SandboxError):
        cluster.start()
    assert list(folder.iterdir()) == []


def test_its_folder_is_private():
    require_controlplane()
    plane = cluster.start(nodes=0)
    try:
        assert stat.S_IMODE(plane.folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((plane.folder / "tokens.csv").stat().st_mode) == 0o600
        assert stat.S_IMODE((plane.folder / "sa.key").stat().st_mode) == 0o600
        assert plane.token not in repr(plane)
        assert all(plane.token not in Path(f"/proc/{item.pid}/cmdline").read_text() for item in plane.processes.values())
    finally:
        plane.close()
        plane.close()
    assert not plane.folder.exists()
