"""The process around an engine: ``python -m gitopskit.sandbox --engine controlplane``.

It prints one JSON line when the engine answers, then waits. It ends with its parent, even after kill -9, and stays only when told to:
then it ends at SIGTERM. A sandbox of which a part has died is ended too: no answer is better than one that hangs.

The traps that shaped it: a token in the arguments of a process can be read by every user of the machine, so it goes through the pipe;
``python -m`` imports from the current folder first, which may be a repository that a stranger wrote, so it is told not to; and a parent
that is killed between starting a sandbox and writing down its name must not leave one that nobody can find.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import select
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from gitopskit.errors import GitopskitError, SandboxError, plain
from gitopskit.sandbox.users import Users, check_users

START_TIMEOUT_S: Final = 120.0
STOP_TIMEOUT_S: Final = 5.0
CHECK_S: Final = 1.0
STAY: Final = "stay\n"


class Engine(Protocol):
    """What stands behind a sandbox."""

    @property
    def server(self) -> str: ...

    @property
    def ca_pem(self) -> str: ...

    @property
    def version(self) -> str: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to reach a running engine."""

    server: str
    ca_pem: str
    version: str
    token: str = field(repr=False)
    tokens: dict[str, str] = field(repr=False, default_factory=dict)  # of the further users


def start_engine(engine: str, *, nodes: int, port: int = 0, users: Users | None = None) -> tuple[Engine, Access]:
    """Start an engine in this process, with a token of its own, and one for each further user."""
    groups = check_users(users)
    token, tokens = secrets.token_urlsafe(32), {user: secrets.token_urlsafe(32) for user in groups}
    bearers = {tokens[user]: (user, groups[user]) for user in groups}
    running: Engine
    if engine == "controlplane":
        from gitopskit.sandbox.controlplane import cluster

        running = cluster.start(nodes=nodes, port=port, token=token, bearers=bearers)
    else:
        from gitopskit.sandbox.simulator import serve

        running = serve.start(nodes=nodes, port=port, token=token, bearers=bearers)
    return running, Access(server=running.server, ca_pem=running.ca_pem, version=running.version, token=token, tokens=tokens)


def spawn(engine: str, *, nodes: int, port: int = 0, users: Users | None = None) -> tuple[subprocess.Popen[str], Access]:
    """Start a host process; it ends with this process unless `let_stay` is called.

    Raises
    ------
    SandboxError
        The engine did not start; the message is its own.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "gitopskit.sandbox", "--engine", engine, "--nodes", str(nodes), "--port", str(port),
         "--users", json.dumps(check_users(users))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True,  # an interrupt in the notebook is not for the sandbox
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))},
    )  # fmt: skip
    try:
        return process, _read_answer(process)
    except BaseException:
        end(process)
        raise


def let_stay(process: subprocess.Popen[str]) -> None:
    """Let a host process outlive this one.

    Raises
    ------
    SandboxError
        It has ended already.
    """
    try:
        if process.stdin:
            process.stdin.write(STAY)
            process.stdin.close()
    except BrokenPipeError as error:
        raise SandboxError("the sandbox ended as soon as it was ready", next_step="try again") from error
    if process.stdout:
        process.stdout.close()


def end(process: subprocess.Popen[str]) -> None:
    """End a host process and its engine."""
    if process.stdin:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def _read_answer(process: subprocess.Popen[str]) -> Access:
    watchdog = threading.Timer(START_TIMEOUT_S, process.kill)
    watchdog.start()
    try:
        line = process.stdout.readline() if process.stdout else ""
    finally:
        watchdog.cancel()
    answer = json.loads(line) if line else {"what": "the sandbox ended before it was ready", "next_step": "try again"}
    if "server" not in answer:
        raise SandboxError(answer["what"], where=answer.get("where", ""), next_step=answer.get("next_step", ""))
    return Access(**answer)


def main() -> int:
    """Run one engine until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", required=True)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--users", type=json.loads, default={})
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    parent = os.getppid()
    try:
        engine, access = start_engine(arguments.engine, nodes=arguments.nodes, port=arguments.port, users=arguments.users)
    except GitopskitError as error:
        _answer({"what": error.what, "where": error.where, "next_step": error.next_step})
        return 1
    except Exception as error:
        _answer({"what": f"the {arguments.engine} did not start: {plain(f'{type(error).__name__}: {error}')}", "next_step": "report this"})
        raise
    try:
        _answer(asdict(access))
        _wait(parent, engine)
    finally:
        engine.close()
    return 0


def _answer(content: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)  # nobody reads on


def _wait(parent: int, engine: Engine) -> None:
    while os.getppid() == parent and _is_whole(engine):  # the pipe alone is not enough: a fork of the parent may hold it open
        if select.select([sys.stdin], [], [], CHECK_S)[0]:
            if sys.stdin.readline() == STAY:
                _stay(engine)
            return


def _stay(engine: Engine) -> None:
    never = threading.Event()
    while _is_whole(engine):
        never.wait(CHECK_S)


def _is_whole(engine: Engine) -> bool:
    return all(process.poll() is None for process in getattr(engine, "processes", {}).values())
