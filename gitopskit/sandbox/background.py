"""Sandboxes that outlive the command that started them, by name.

Each has an entry in the state folder (its process and address) and a kubeconfig; where the user wanted one too, that is a copy. What
a process that is gone has left is removed by whoever meets it.

The trap that shaped it: two shells that start one name at the same moment must end with one sandbox, not with one that is known and
one that nobody can stop. Starting and stopping a name is done under a lock.
"""

from __future__ import annotations

import fcntl
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from gitopskit import home
from gitopskit.errors import SandboxError
from gitopskit.sandbox.client import Client
from gitopskit.sandbox.handle import Sandbox
from gitopskit.sandbox.host import Access, end, let_stay, spawn
from gitopskit.sandbox.kubeconfig import check_target, is_sandbox_file, write_kubeconfig, write_private
from gitopskit.sandbox.lifetime import birth_of, end_process, is_alive
from gitopskit.sandbox.pools import Nodes, add_nodes, count_and_pools
from gitopskit.sandbox.users import Users, user_kubeconfig
from gitopskit.sandbox.words import check_name, resolve_engine

DEFAULT_NAME: Final = "default"
_PUBLIC: Final = ("name", "engine", "server", "kubeconfig", "version")
_left_running: list[subprocess.Popen[str]] = []  # kept, so that they can be waited for if this process stops them

Entry = dict[str, Any]


def start(
    name: str = DEFAULT_NAME,
    engine: str = "auto",
    kubeconfig: Path | None = None,
    *,
    nodes: Nodes = 3,
    port: int = 0,
    users: Users | None = None,
) -> dict[str, str]:
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
    count, pools = count_and_pools(nodes)
    with _alone(check_name(name)):
        path = (kubeconfig or _kubeconfig_path(name)).absolute()
        check_target(path)
        if running := _read(name):
            return _reuse(running, wanted if engine != "auto" else running["engine"], path if kubeconfig else None)
        _forget(name)
        process, access = spawn(wanted, nodes=count, port=port, users=users)
        try:
            add_nodes(Client(access.server, access.token, access.ca_pem), pools)
            entry = _register(name, wanted, path, process, access)
            let_stay(process)
        except BaseException:
            end(process)
            _forget(name)
            raise
        _left_running.append(process)
    return _public(entry)


def status(name: str | None = None) -> list[dict[str, str]]:
    """Return the running sandboxes, or the one of that name (none: an empty list)."""
    names = [check_name(name)] if name else sorted(path.stem for path in home.state_dir("sandboxes").glob("*.json"))
    for stale in [item for item in names if _entry_path(item).exists() and not _read(item)]:
        _sweep(stale)
    return [_public(entry) for entry in map(_read, names) if entry]


def stop(name: str = DEFAULT_NAME) -> dict[str, str]:
    """Stop a named sandbox and remove its kubeconfig.

    Raises
    ------
    SandboxError
        None of that name runs, or it does not end.
    """
    with _alone(check_name(name)):
        entry = _running(name)
        if not end_process(entry["pid"], entry["birth"]):
            raise SandboxError(f"the sandbox {name!r} does not end", where=f"process {entry['pid']}", next_step="try again")
        _forget(name)
    _left_running[:] = [process for process in _left_running if process.poll() is None]
    return _public(entry) | {"stopped": "yes"}


def attach(name: str | None = None) -> Sandbox:
    """Return the handle of a sandbox that runs in the background; closing the handle does not stop it.

    Parameters
    ----------
    name
        Which one; by default the only one that runs, else the one called "default".

    Raises
    ------
    SandboxError
        None of that name runs.
    """
    running = status()
    entry = running[0] if name is None and len(running) == 1 else _public(_running(check_name(name or DEFAULT_NAME)))
    return Sandbox(
        name=entry["name"], engine=entry["engine"], server=entry["server"], version=entry["version"],
        kubeconfig=Path(entry["kubeconfig"]), close=lambda: None,
    )  # fmt: skip


def _register(name: str, engine: str, path: Path, process: subprocess.Popen[str], access: Access) -> Entry:
    for place in {_kubeconfig_path(name), path}:
        write_kubeconfig(place, name=name, server=access.server, token=access.token, ca_pem=access.ca_pem, users=access.tokens)
    entry: Entry = {
        "name": name, "engine": engine, "server": access.server, "kubeconfig": str(path), "version": access.version,
        "files": [str(path)], "users": list(access.tokens), "pid": process.pid, "birth": birth_of(process.pid),
    }  # fmt: skip
    write_private(_entry_path(name), json.dumps(entry))
    return entry


def _reuse(running: Entry, wanted: str, path: Path | None) -> dict[str, str]:
    name = running["name"]
    if running["engine"] != wanted:
        raise SandboxError(
            f"a sandbox called {name!r} already runs, with the engine {running['engine']}",
            where=running["server"],
            next_step=f"stop it first (gitopskit sandbox stop --name {name}), or choose another --name",
        )
    if path is None:
        return _public(running)
    write_private(path, _kubeconfig_path(name).read_text())
    entry = running | {"kubeconfig": str(path), "files": sorted({*running["files"], str(path)})}
    write_private(_entry_path(name), json.dumps(entry))
    return _public(entry)


def _running(name: str) -> Entry:
    if entry := _read(name):
        return entry
    others = ", ".join(item["name"] for item in status())
    raise SandboxError(
        f"no sandbox called {name!r} is running" + (f"; there is {others}" if others else ""),
        next_step=f"start it: gitopskit sandbox start --name {name}",
    )


def _read(name: str) -> Entry | None:
    """Return the entry of a sandbox that runs."""
    entry = _stored(name)
    return entry if is_alive(entry.get("pid", 0), entry.get("birth", "")) else None


def _stored(name: str) -> Entry:
    try:
        entry = json.loads(_entry_path(name).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _sweep(name: str) -> None:
    try:
        with _alone(name, fcntl.LOCK_NB):
            if not _read(name):
                _forget(name)
    except BlockingIOError:
        return  # it is being started or stopped at this moment


def _forget(name: str) -> None:
    entry = _stored(name)
    for file in [*map(Path, entry.get("files", [])), _kubeconfig_path(name)]:
        for path in (file, *(user_kubeconfig(file, user) for user in entry.get("users", []))):
            if is_sandbox_file(path, name):
                path.unlink()
    _kubeconfig_path(name).unlink(missing_ok=True)
    _entry_path(name).unlink(missing_ok=True)


def _public(entry: Entry) -> dict[str, str]:
    return {name: str(entry[name]) for name in _PUBLIC}


def _entry_path(name: str) -> Path:
    return home.state_dir("sandboxes") / f"{name}.json"


def _kubeconfig_path(name: str) -> Path:
    return home.state_dir("sandboxes") / f"{name}.kubeconfig"


@contextmanager
def _alone(name: str, how: int = 0) -> Iterator[None]:
    path = home.state_dir("sandboxes") / f"{name}.lock"
    path.touch(mode=0o600)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | how)
        yield
