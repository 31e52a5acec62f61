"""What stands in for a cluster on a laptop: one handle, two engines.

The *simulator* is the embedded default: pure Python, in this process. The *control plane* is the real kube-apiserver with its
controllers, in processes of its own. Both listen on loopback only, want a random token, and are gone when this process is.
"""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from pathlib import Path

from gitopskit.sandbox.background import attach, check_name, resolve_engine, start, status, stop
from gitopskit.sandbox.handle import Sandbox
from gitopskit.sandbox.host import spawn, start_engine
from gitopskit.sandbox.kubeconfig import write_kubeconfig

__all__ = ["Sandbox", "attach", "install", "open_sandbox", "start", "status", "stop"]


def open_sandbox(engine: str = "auto", *, name: str = "sandbox", kubeconfig: Path | None = None, nodes: int = 3, port: int = 0) -> Sandbox:
    """Open a sandbox that lives as long as this process, at most.

    Parameters
    ----------
    engine
        "simulator", "controlplane", or "auto" (the simulator).
    name
        What tables and errors call it.
    kubeconfig
        Where to write its kubeconfig; a private temporary folder by default.
    nodes
        How many identical nodes it starts with.
    port
        Loopback port; 0 for a free one.

    Raises
    ------
    SandboxError
        The engine is not there, or did not start.
    """
    wanted = resolve_engine(engine)
    folder = tempfile.TemporaryDirectory(prefix="gitopskit-")
    path = (kubeconfig or Path(folder.name) / "kubeconfig").absolute()
    with contextlib.ExitStack() as undo:
        undo.callback(folder.cleanup)
        if wanted == "controlplane":
            process, answer = spawn(wanted, nodes=nodes, port=port)
            undo.callback(_end, process)
        else:
            running = start_engine(wanted, nodes=nodes, port=port)
            undo.callback(running.close)
            answer = {"server": running.server, "token": running.token, "ca_pem": running.ca_pem, "version": running.version}
        write_kubeconfig(path, name=check_name(name), server=answer["server"], token=answer["token"], ca_pem=answer["ca_pem"])
        undo.callback(path.unlink, missing_ok=True)
        close = undo.pop_all().close
    return Sandbox(name=name, engine=wanted, server=answer["server"], kubeconfig=path, version=answer["version"], close=close)


def install(engine: str = "auto") -> dict[str, str]:
    """Fetch and build what an engine needs; the simulator needs nothing."""
    wanted = resolve_engine(engine)
    if wanted == "simulator":
        return {"engine": wanted, "needs": "nothing"}
    import sys

    from gitopskit.sandbox.controlplane.build import install as install_controlplane

    binaries = install_controlplane(lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201 - minutes pass
    return {"engine": wanted} | {program: str(path) for program, path in binaries.paths.items()}


def _end(process: subprocess.Popen[str]) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
