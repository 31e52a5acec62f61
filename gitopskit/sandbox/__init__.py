"""What stands in for a cluster on a laptop: one handle, two engines.

The *simulator* is the embedded default: pure Python, in this process. The *control plane* is the real kube-apiserver with its
controllers, in processes of its own. Both listen on loopback only, want a random token, and are gone when this process is.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from gitopskit.sandbox.background import attach, start, status, stop
from gitopskit.sandbox.client import Client
from gitopskit.sandbox.handle import Sandbox
from gitopskit.sandbox.host import end, spawn, start_engine
from gitopskit.sandbox.kubeconfig import check_target, write_kubeconfig
from gitopskit.sandbox.pools import Nodes, add_nodes, count_and_pools
from gitopskit.sandbox.statefile import read_state
from gitopskit.sandbox.teaching import Extras, require_simulator
from gitopskit.sandbox.users import Users, user_kubeconfig
from gitopskit.sandbox.words import check_name, resolve_engine

__all__ = ["Sandbox", "attach", "install", "open_sandbox", "start", "status", "stop"]


def open_sandbox(
    engine: str = "auto",
    *,
    name: str | None = None,
    kubeconfig: Path | None = None,
    nodes: Nodes = 3,
    port: int = 0,
    load: Path | str | None = None,
    users: Users | None = None,
) -> Sandbox:
    """Open a sandbox that lives as long as this process, at most.

    Parameters
    ----------
    engine
        "simulator", "controlplane", or "auto" (the simulator).
    name
        What tables and errors call it; "sandbox" by default.
    kubeconfig
        Where to write its kubeconfig; a private temporary folder by default.
    nodes
        How many identical nodes it starts with, or its pools (see `Sandbox.add_nodes`).
    port
        Loopback port; 0 for a free one.
    load
        A state that `Sandbox.save` wrote, to begin with instead of `nodes` (the simulator alone).
    users
        Who may speak to it besides its administrator, each with his groups: ``{"ada": ["developers"]}``; see `Sandbox.user`.

    Raises
    ------
    SandboxError
        The engine is not there, or did not start.
    """
    wanted, name = resolve_engine(engine), check_name(name or "sandbox")
    count, pools = count_and_pools(0 if load else nodes)
    state = read_state(Path(load)) if load else ""
    if load:
        require_simulator(wanted, "checkpoints")
    with contextlib.ExitStack() as undo:
        folder = undo.enter_context(tempfile.TemporaryDirectory(prefix="gitopskit-"))
        path = (kubeconfig or Path(folder) / "kubeconfig").absolute()
        check_target(path)
        if wanted == "controlplane":
            process, access = spawn(wanted, nodes=count, port=port, users=users)
            undo.callback(end, process)
        else:
            running, access = start_engine(wanted, nodes=count, port=port, users=users)
            undo.callback(running.close)
        write_kubeconfig(path, name=name, server=access.server, token=access.token, ca_pem=access.ca_pem, users=access.tokens)
        undo.callback(_forget, path, access.tokens)
        if load:
            Extras(engine=wanted, server=access.server, kubeconfig=path).load(state)
        add_nodes(Client.of(path), pools)
        close = undo.pop_all().close
    return Sandbox(name=name, engine=wanted, server=access.server, kubeconfig=path, version=access.version, close=close)


def _forget(kubeconfig: Path, users: Iterable[str]) -> None:
    for path in (kubeconfig, *(user_kubeconfig(kubeconfig, user) for user in users)):
        path.unlink(missing_ok=True)


def install(engine: str = "auto") -> dict[str, str]:
    """Find or build what an engine needs, with progress on standard error; the simulator needs nothing.

    Returns
    -------
    The engine, and for the control plane the path of each program.
    """
    wanted = resolve_engine(engine)
    if wanted == "simulator":
        return {"engine": wanted, "needs": "nothing"}
    from gitopskit.sandbox.controlplane.build import install as install_controlplane

    binaries = install_controlplane(lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201 - minutes pass
    return {"engine": wanted} | {program: str(path) for program, path in binaries.paths.items()}
