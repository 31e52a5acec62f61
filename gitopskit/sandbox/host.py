"""The process around an engine: ``python -m gitopskit.sandbox.host --engine controlplane``.

It prints one JSON line when the engine answers, then waits. Attached, it ends when its standard input does: a parent that dies, even
by kill -9, takes its sandbox along. Detached, it ends when it is told to (SIGTERM).

The trap that shaped it: a token in the arguments of a process can be read by every user of the machine, so it goes through the pipe.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

from gitopskit.errors import GitopskitError, SandboxError

START_TIMEOUT_S: Final = 120.0


def spawn(engine: str, *, nodes: int, port: int = 0, is_detached: bool = False) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """Start a host process and return it with what it printed: server, token, ca_pem, version.

    Raises
    ------
    SandboxError
        The engine did not start; the message is its own.
    """
    words = [sys.executable, "-m", "gitopskit.sandbox.host", "--engine", engine, "--nodes", str(nodes), "--port", str(port)]
    process = subprocess.Popen(
        words + (["--detached"] if is_detached else []),
        stdin=subprocess.DEVNULL if is_detached else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # an interrupt in the notebook is not for the sandbox
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])},
    )
    watchdog = threading.Timer(START_TIMEOUT_S, process.kill)
    watchdog.start()
    line = process.stdout.readline() if process.stdout else ""
    watchdog.cancel()
    answer = json.loads(line) if line else {"what": "the sandbox ended before it was ready", "next_step": "try again"}
    if "server" not in answer:
        process.kill()
        process.wait()
        raise SandboxError(answer["what"], where=answer.get("where", ""), next_step=answer.get("next_step", ""))
    return process, answer


def main() -> int:
    """Run one engine until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", required=True)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--detached", action="store_true")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        engine = start_engine(arguments.engine, nodes=arguments.nodes, port=arguments.port)
    except GitopskitError as error:
        _answer({"what": error.what, "where": error.where, "next_step": error.next_step})
        return 1
    try:
        _answer({"server": engine.server, "token": engine.token, "ca_pem": engine.ca_pem, "version": engine.version})
        _wait(is_detached=arguments.detached)
    finally:
        engine.close()
    return 0


def start_engine(engine: str, *, nodes: int, port: int = 0) -> Any:
    """Start an engine in this process: something with `server`, `token`, `ca_pem`, `version` and `close()`."""
    if engine == "controlplane":
        from gitopskit.sandbox.controlplane import cluster

        return cluster.start(nodes=nodes, port=port)
    from gitopskit.sandbox.simulator import serve

    return serve.start(nodes=nodes, port=port)


def _answer(content: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)  # nobody reads on


def _wait(*, is_detached: bool) -> None:
    if is_detached:
        threading.Event().wait()
    else:
        sys.stdin.read()


if __name__ == "__main__":
    sys.exit(main())
