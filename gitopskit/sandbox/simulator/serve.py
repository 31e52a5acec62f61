"""How a simulator is started: an API, its first objects, its controllers and its port, all in this process.

Ready when `start` returns. Everything lives in threads of this process and ends with it.
"""

from __future__ import annotations

import secrets
import threading
import time
from datetime import timedelta

from gitopskit.sandbox.controllers import Controllers
from gitopskit.sandbox.machinery.request import User
from gitopskit.sandbox.simulator import checkpoint, teaching
from gitopskit.sandbox.simulator.api import Api
from gitopskit.sandbox.simulator.checkpoint import Checkpoint
from gitopskit.sandbox.simulator.clock import VirtualClock
from gitopskit.sandbox.simulator.control import Control
from gitopskit.sandbox.simulator.http.certificate import make_identity
from gitopskit.sandbox.simulator.http.server import LoopbackServer
from gitopskit.sandbox.simulator.seed import fill
from gitopskit.sandbox.users import Bearers
from gitopskit.schema.library import bundled

_IDLE_S = 60.0
_FURTHEST_S = 366 * 24 * 3600
_BATCH = 4
_STOP_WITHIN_S = 5.0


class RunningSimulator:
    """One simulator with its port and its controllers.

    Attributes
    ----------
    token
        The bearer token that clients must send.
    ca_pem
        The certificate that clients must trust.
    api
        The API itself, for use without a socket.
    """

    def __init__(self, api: Api, controllers: Controllers, clock: VirtualClock, *, port: int, token: str) -> None:
        identity = make_identity()
        self.api = api
        self.clock = clock
        self.token = token
        self.ca_pem = identity.ca_pem
        self.marks: dict[str, Checkpoint] = {}
        self.loading = ""
        self._controllers = controllers
        self._stopping = threading.Event()
        self._stepping = threading.Lock()
        api.extras = lambda request: teaching.answer(self, request)
        self._server = LoopbackServer(api.handle, identity.context, port)
        api.reader.is_open = lambda: not self._stopping.is_set()
        self._loop = threading.Thread(target=self._run, name="gitopskit-controllers", daemon=True)
        self._loop.start()

    @property
    def server(self) -> str:
        """The address for clients."""
        return self._server.url

    @property
    def version(self) -> str:
        """The Kubernetes version that is simulated."""
        return self.api.library.version

    def settle(self) -> None:
        """Let the controllers finish what there is to do now."""
        with self._stepping:
            self._settle()

    def advance(self, seconds: float) -> None:
        """Move the clock on, and let everything happen that falls due on the way, each thing at its own moment."""
        if not 0 <= seconds <= _FURTHEST_S:
            raise ValueError(f"the clock moves on by 0 to {_FURTHEST_S} seconds at a time, not by {seconds:g}")
        with self._stepping:
            was_stopped, end = self.clock.stopped_at is not None, self.clock() + timedelta(seconds=seconds)
            self.clock.stop()
            self._settle()
            while (due := self._controllers.next_at()) is not None and due <= end:
                self.clock.stop(max(due, self.clock()))
                self._settle()
            self.clock.stop(end)
            self._settle()
            if not was_stopped:
                self.clock.start()

    def checkpoint(self) -> Checkpoint:
        """Return the state between two steps of the controllers."""
        with self._stepping:
            return checkpoint.take(self)

    def back_to(self, past: Checkpoint) -> None:
        """Make the state what it was."""
        with self._stepping:
            checkpoint.back_to(self, past)

    def _settle(self) -> None:
        while self._controllers.step():
            pass

    def close(self) -> None:
        """Stop serving; a second call does nothing."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self.api.wrote.set()
        self.api.store.wake()
        self._server.close()
        self._loop.join(_STOP_WITHIN_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.api.wrote.wait(self._pause_s())
            self.api.wrote.clear()
            while not self._stopping.is_set() and self._step():
                time.sleep(0)  # requests come first: whoever waits for the interpreter gets it now

    def _pause_s(self) -> float:
        """Return how long there is nothing to do, as far as the clock is concerned."""
        due = self._controllers.next_at()
        wait_s = self.clock.wait_s(due) if due else None
        return _IDLE_S if wait_s is None else min(_IDLE_S, max(0.01, wait_s))

    def _step(self) -> bool:
        with self._stepping:
            return self._controllers.step(_BATCH)


def start(*, port: int = 0, nodes: int = 3, token: str = "", bearers: Bearers | None = None) -> RunningSimulator:
    """Start a simulator and return it when it answers.

    Parameters
    ----------
    port
        0 for a free one.
    token
        The administrator's bearer token; a random one of 256 bits if empty.
    bearers
        Further tokens, each with a user and his groups.

    Raises
    ------
    SandboxError
        The port is taken.
    """
    token = token or secrets.token_urlsafe(32)
    clock = VirtualClock()
    users = {key: User(name=name, uid=name, groups=(*groups, "system:authenticated")) for key, (name, groups) in (bearers or {}).items()}
    api = Api(bundled(), token=token, clock=clock, users=users)
    controllers = Controllers(Control(api))
    fill(api, nodes)
    while controllers.step():
        pass
    return RunningSimulator(api, controllers, clock, port=port, token=token)
