"""Sandboxes that outlive the command that started them, by name.

Each has a file in the state folder with its process, its address and its kubeconfig. The trap that shaped it: a process id is used
again after a restart of the machine, so the file also holds when the process started, and an entry whose process is gone is removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Final

from gitopskit import home
from gitopskit.errors import SandboxError, plain
from gitopskit.sandbox.handle import Sandbox
from gitopskit.sandbox.host import spawn
from gitopskit.sandbox.kubeconfig import write_kubeconfig, write_private

STOP_TIMEOUT_S: Final = 5.0
POLL_S: Final = 0.02
ENGINES: Final = ("auto", "simulator", "controlplane")
_PUBLIC: Final = ("name", "engine", "server", "kubeconfig", "version")


def start(name: str, engine: str = "auto", kubeconfig: Path | None = None, *, nodes: int = 3, port: int = 0) -> dict[str, str]:
    """Start a named sandbox and leave it running; one that already runs is returned as it is.

    Returns
    -------
    Its name, engine, server, kubeconfig and version.

    Raises
    ------
    SandboxError
        The name or engine is none, the engine does not start, or one of that name runs with another engine.
    """
    wanted = resolve_engine(engine)
    running = _read(check_name(name))
    if running is not None:
        return _reuse(running, wanted, engine, kubeconfig)
    path = (kubeconfig or home.state_dir("sandboxes") / f"{name}.kubeconfig").absolute()
    process, answer = spawn(wanted, nodes=nodes, port=port, is_detached=True)
    try:
        write_kubeconfig(path, name=name, server=answer["server"], token=answer["token"], ca_pem=answer["ca_pem"])
        entry = {
            "name": name, "engine": wanted, "server": answer["server"], "kubeconfig": str(path), "version": answer["version"],
            "pid": process.pid, "started": _started(process.pid),
        }  # fmt: skip
        write_private(_entry_path(name), json.dumps(entry))
    except BaseException:
        process.terminate()
        raise
    return _public(entry)


def status(name: str | None = None) -> list[dict[str, str]]:
    """Return the running sandboxes, or the one of that name (none: an empty list)."""
    names = [check_name(name)] if name else sorted(path.stem for path in home.state_dir("sandboxes").glob("*.json"))
    return [_public(entry) for entry in map(_read, names) if entry is not None]


def stop(name: str) -> dict[str, str]:
    """Stop a named sandbox and remove its kubeconfig.

    Raises
    ------
    SandboxError
        None of that name runs.
    """
    entry = _read(check_name(name))
    if entry is None:
        raise _not_running(name)
    _end(int(entry["pid"]), entry["started"])
    _forget(entry)
    return _public(entry) | {"stopped": "yes"}


def attach(name: str) -> Sandbox:
    """Return the handle of a sandbox that runs in the background; closing the handle does not stop it.

    Raises
    ------
    SandboxError
        None of that name runs.
    """
    entry = _read(check_name(name))
    if entry is None:
        raise _not_running(name)
    public = _public(entry)
    return Sandbox(**(public | {"kubeconfig": Path(public["kubeconfig"])}), close=lambda: None)  # type: ignore[arg-type]


def resolve_engine(engine: str) -> str:
    """Return the engine that a word stands for; "auto" is the embedded simulator."""
    if engine not in ENGINES:
        raise SandboxError(f"there is no engine {plain(engine)!r}", next_step=f"name one of {', '.join(ENGINES)}")
    return "simulator" if engine == "auto" else engine


def check_name(name: str) -> str:
    """Return a sandbox name that is fit for a file and a context."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", name):
        raise SandboxError(
            f"a sandbox cannot be called {plain(name)!r}", next_step="use up to 40 lower-case letters, digits and dashes, as in 'room-4'"
        )
    return name


def _reuse(running: dict[str, Any], wanted: str, engine: str, kubeconfig: Path | None) -> dict[str, str]:
    name = running["name"]
    if engine != "auto" and running["engine"] != wanted:
        raise SandboxError(
            f"a sandbox called {name!r} already runs, with the engine {running['engine']}",
            where=running["server"],
            next_step=f"stop it first (gitopskit sandbox stop --name {name}), or choose another --name",
        )
    if kubeconfig is not None and kubeconfig.absolute() != Path(running["kubeconfig"]):
        write_private(kubeconfig.absolute(), Path(running["kubeconfig"]).read_text())
        return _public(running) | {"kubeconfig": str(kubeconfig.absolute())}
    return _public(running)


def _not_running(name: str) -> SandboxError:
    return SandboxError(f"no sandbox called {name!r} is running", next_step=f"start it: gitopskit sandbox start --name {name}")


def _entry_path(name: str) -> Path:
    return home.state_dir("sandboxes") / f"{name}.json"


def _read(name: str) -> dict[str, Any] | None:
    """Return the entry of a running sandbox; remove one whose process is gone."""
    try:
        entry: dict[str, Any] = json.loads(_entry_path(name).read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        entry = {"name": name, "pid": 0, "started": "", "kubeconfig": ""}
    if entry["pid"] and _started(int(entry["pid"])) == entry["started"]:
        return entry
    _forget(entry)
    return None


def _forget(entry: dict[str, Any]) -> None:
    _entry_path(entry["name"]).unlink(missing_ok=True)
    if entry["kubeconfig"]:
        Path(entry["kubeconfig"]).unlink(missing_ok=True)


def _public(entry: dict[str, Any]) -> dict[str, str]:
    return {name: str(entry[name]) for name in _PUBLIC}


def _started(pid: int) -> str:
    """Return a text that tells one process from a later one with the same id; empty when there is none (or only its corpse)."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return ""
        done = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return done.stdout.strip()
    return "" if state in "ZX" else fields[18]


def _end(pid: int, started: str) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while _started(pid) == started and time.monotonic() < deadline:
            time.sleep(POLL_S)
        if _started(pid) != started:
            return
