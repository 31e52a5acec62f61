"""A sandbox opened by a process: it answers, it is private, and it is gone with its process."""

import base64
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from gitopskit.errors import SandboxError
from gitopskit.sandbox import open_sandbox, start
from gitopskit.sandbox.client import Client
from tests.sandbox.conftest import descendants, is_running


def test_opens_answers_and_closes(engine, kubectl):
    with open_sandbox(engine, name="room-4", nodes=2) as sandbox:
        sandbox.wait_ready()
        nodes = kubectl(sandbox.kubeconfig, "get", "nodes", "--no-headers").splitlines()
        assert [line.split()[1] for line in nodes] == ["Ready", "Ready"]
        assert kubectl(sandbox.kubeconfig, "config", "current-context").strip() == "gitopskit-room-4"
        assert sandbox.engine == engine
        assert sandbox.version == json.loads(kubectl(sandbox.kubeconfig, "version", "-o", "json"))["serverVersion"]["gitVersion"]
    assert not sandbox.kubeconfig.exists()
    with pytest.raises(OSError, match=r"refused|closed|reset"):
        urllib.request.urlopen(sandbox.server, timeout=2)


def test_pods_of_a_deployment_run(engine, kubectl):
    with open_sandbox(engine) as sandbox:
        kubectl(sandbox.kubeconfig, "create", "deployment", "web", "--image=nginx", "--replicas=3")
        kubectl(sandbox.kubeconfig, "rollout", "status", "deployment/web", "--timeout=60s")
        pods = kubectl(sandbox.kubeconfig, "get", "pods", "-l", "app=web", "--no-headers").splitlines()
    assert [line.split()[1:3] for line in pods] == [["1/1", "Running"]] * 3


def test_is_private_and_on_loopback(engine, tmp_path):
    with open_sandbox(engine, kubeconfig=tmp_path / "kubeconfig", nodes=0) as sandbox:
        content = json.loads(sandbox.kubeconfig.read_text())
        token = content["users"][0]["user"]["token"]
        assert sandbox.server.startswith("https://127.0.0.1:")
        assert sandbox.kubeconfig.stat().st_mode & 0o777 == 0o600
        assert len(token) >= 22  # 128 bits in base64
        assert token not in repr(sandbox)
        stranger = Client(
            sandbox.server, "guess", base64.b64decode(content["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
        )
        with pytest.raises(urllib.error.HTTPError, match="401"):
            stranger.get("/api/v1/secrets")


def test_two_side_by_side_know_nothing_of_each_other(engine, kubectl):
    with open_sandbox(engine, nodes=0) as one, open_sandbox(engine, nodes=0) as other:
        kubectl(one.kubeconfig, "create", "namespace", "shop")
        assert "shop" in kubectl(one.kubeconfig, "get", "namespaces")
        assert "shop" not in kubectl(other.kubeconfig, "get", "namespaces")


def test_closing_leaves_no_process(engine):
    before = set(descendants(os.getpid()))
    sandbox = open_sandbox(engine, nodes=0)
    started = set(descendants(os.getpid())) - before
    sandbox.close()
    sandbox.close()
    assert (len(started) >= 5) == (engine == "controlplane")
    assert [pid for pid in started if is_running(pid)] == []
    assert not sandbox.is_open


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_parent_leaves_no_orphan(engine, eventually):
    code = f"""
from gitopskit.sandbox import open_sandbox
sandbox = open_sandbox({engine!r}, nodes=0)
print(sandbox.server, flush=True)
input()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        server = parent.stdout.readline().strip()
        everyone = [parent.pid, *descendants(parent.pid)]
        assert (len(everyone) >= 6) == (engine == "controlplane")
        parent.send_signal(signal.SIGKILL)
    eventually(lambda: not any(map(is_running, everyone)), "every process gone", timeout_s=5)
    with pytest.raises(OSError, match=r"refused|closed|reset"):
        urllib.request.urlopen(server, timeout=2)


@pytest.mark.parametrize("path", ["config", "link"])
def test_never_replaces_a_users_own_kubeconfig(tmp_path, path):
    text = "apiVersion: v1\nkind: Config\ncontexts: [{name: prod, context: {cluster: prod, user: me}}]\n"
    (tmp_path / "config").write_text(text)
    (tmp_path / "link").symlink_to(tmp_path / "config")
    with pytest.raises(SandboxError, match="left alone"):
        open_sandbox(kubeconfig=tmp_path / path)
    assert (tmp_path / "config").read_text() == text


def test_never_replaces_a_kubeconfig_that_holds_more_than_sandboxes(tmp_path):
    mixed = tmp_path / "config"
    mixed.write_text(json.dumps({"contexts": [{"name": "gitopskit-a"}, {"name": "prod"}]}))
    with pytest.raises(SandboxError, match="left alone"):
        open_sandbox(kubeconfig=mixed)


@pytest.mark.parametrize("name", ["", "Room", "a/b", "..", "-a", "a" * 41, "a\x1b[2J", "a\n"])
def test_refuses_a_name_that_is_none(name, home_dir):
    with pytest.raises(SandboxError) as caught:
        start(name)
    assert "\x1b" not in str(caught.value)
    assert list(Path(home_dir).rglob("*.json")) == []


def test_refuses_an_engine_that_is_none():
    with pytest.raises(SandboxError, match="no engine 'docker'"):
        open_sandbox("docker")


def test_says_that_a_port_is_taken(engine):
    with open_sandbox(engine, nodes=0) as first:
        port = int(first.server.rpartition(":")[2])
        with pytest.raises(SandboxError, match=str(port)) as caught:
            open_sandbox(engine, nodes=0, port=port)
    assert caught.value.next_step
