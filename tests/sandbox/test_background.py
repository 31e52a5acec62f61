"""Sandboxes that live on by name, until they are stopped."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gitopskit import home
from gitopskit.errors import SandboxError
from gitopskit.sandbox import attach, start, status, stop
from gitopskit.sandbox.client import Client
from gitopskit.sandbox.lifetime import birth_of
from tests.conftest import require_controlplane
from tests.sandbox.conftest import descendants, is_running


def entry_of(name: str) -> dict:
    return json.loads((home.state_dir("sandboxes") / f"{name}.json").read_text())


def test_lives_on_after_the_process_that_started_it(engine, names, kubectl):
    name = names("lives-on")
    code = f"import json; from gitopskit.sandbox import start; print(json.dumps(start({name!r}, {engine!r}, nodes=1)))"
    started = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True).stdout)
    assert started.keys() >= {"name", "engine", "server", "kubeconfig"}
    assert started["engine"] == engine
    assert status(name) == [started]
    assert "default" in kubectl(started["kubeconfig"], "get", "namespaces")
    pid = entry_of(name)["pid"]
    family = [pid, *descendants(pid)]
    assert stop(name)["stopped"] == "yes"
    assert [item for item in family if is_running(item)] == []
    assert status(name) == []
    assert not Path(started["kubeconfig"]).exists()


def test_starting_twice_gives_the_one_that_runs(names, tmp_path):
    name = names("twice")
    first = start(name, "simulator", nodes=0)
    assert start(name) == first
    copy = tmp_path / "kubeconfig"
    again = start(name, "simulator", copy)
    assert again == first | {"kubeconfig": str(copy)}
    assert Client.of(copy).get("/version")["gitVersion"] == first["version"]
    assert copy.stat().st_mode & 0o777 == 0o600
    stop(name)
    assert not copy.exists()


def test_starting_twice_at_once_gives_one(names):
    name = names("at-once")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: start(name, "simulator", nodes=0), range(4)))
    assert len({answer["server"] for answer in answers}) == 1


def test_another_engine_under_the_same_name_is_refused(names):
    name = names("engines")
    start(name, "simulator", nodes=0)
    with pytest.raises(SandboxError, match="already runs, with the engine simulator"):
        start(name, "controlplane")


def test_several_run_side_by_side(names):
    started = [start(names(name), "simulator", nodes=0) for name in ("left", "right")]
    assert status() == started
    stop("left")
    assert status() == started[1:]
    assert attach().name == "right"


def test_a_handle_of_one_in_the_background_does_not_stop_it(names):
    started = start(names("handle"), "simulator", nodes=0)
    with attach("handle") as handle:
        handle.wait_ready()
        assert (handle.name, handle.engine, handle.server) == ("handle", "simulator", started["server"])
    assert status("handle") == [started]


def test_what_a_killed_one_has_left_is_removed(names, tmp_path, eventually):
    name = names("killed")
    started = start(name, "simulator", tmp_path / "kubeconfig", nodes=0)
    pid = entry_of(name)["pid"]
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not is_running(pid), "the sandbox gone")
    assert status() == []
    assert not Path(started["kubeconfig"]).exists()
    assert not (home.state_dir("sandboxes") / f"{name}.json").exists()
    assert start(name, "simulator", nodes=0)["server"] != started["server"]


def test_one_that_has_lost_a_part_ends(names, eventually):
    require_controlplane()
    name = names("broken")
    start(name, "controlplane", nodes=0)
    pid = entry_of(name)["pid"]
    family = [pid, *descendants(pid)]
    etcd = next(item for item in family if "/etcd" in Path(f"/proc/{item}/cmdline").read_text().split("\0")[0])
    os.kill(etcd, signal.SIGKILL)
    eventually(lambda: not any(map(is_running, family)), "the whole control plane gone")
    assert status(name) == []


def test_a_process_that_only_has_the_same_id_is_left_alone(home_dir):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        entry = {"name": "old", "engine": "simulator", "server": "", "kubeconfig": "", "version": "", "files": []}
        path = home.state_dir("sandboxes") / "old.json"
        path.write_text(json.dumps(entry | {"pid": stranger.pid, "birth": birth_of(os.getpid())}))
        with pytest.raises(SandboxError, match="no sandbox called 'old'"):
            stop("old")
        assert stranger.poll() is None
        assert status() == []
        assert not path.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "birth": "y"}'])
def test_a_damaged_entry_is_no_sandbox(home_dir, text):
    (home.state_dir("sandboxes") / "odd.json").write_text(text)
    assert status() == []


def test_a_users_file_in_the_place_of_the_kubeconfig_is_kept(names, tmp_path):
    path = tmp_path / "kubeconfig"
    start(names("moved"), "simulator", path, nodes=0)
    path.write_text("kind: Config\n")
    stop("moved")
    assert path.read_text() == "kind: Config\n"


def test_no_token_stands_in_entries_or_arguments(names):
    name = names("quiet")
    started = start(name, "simulator", nodes=0)
    token = json.loads(Path(started["kubeconfig"]).read_text())["users"][0]["user"]["token"]
    entry = entry_of(name)
    assert token not in json.dumps(entry)
    assert token not in Path(f"/proc/{entry['pid']}/cmdline").read_text()
    assert token not in Path(f"/proc/{entry['pid']}/environ").read_text()
    assert (home.state_dir("sandboxes") / f"{name}.json").stat().st_mode & 0o777 == 0o600


def test_nothing_is_imported_from_the_current_folder(names, tmp_path, monkeypatch):
    for module in ("argparse", "json", "gitopskit", "secrets"):
        (tmp_path / f"{module}.py").write_text(f"open({str(tmp_path / 'bitten')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    subprocess.run([sys.executable, "-m", "json"], capture_output=True, check=False)
    assert (tmp_path / "bitten").exists(), "the bait must bite a plain python -m"
    (tmp_path / "bitten").unlink()
    start(names("folder"), "simulator", nodes=0)
    assert not (tmp_path / "bitten").exists()


def test_a_starter_that_is_killed_leaves_nothing(home_dir, eventually):
    code = """
import os, signal
from gitopskit.sandbox import background
background._register = lambda *words: os.kill(os.getpid(), signal.SIGKILL)
import threading, time
from gitopskit.sandbox import host
real = host.spawn
def spawn(*words, **options):
    process, access = real(*words, **options)
    print(process.pid, flush=True)
    return process, access
background.spawn = spawn
background.start("lost", "simulator", nodes=0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    pid = int(done.stdout)
    eventually(lambda: not is_running(pid), "the sandbox gone with the one that started it")
    assert status() == []
