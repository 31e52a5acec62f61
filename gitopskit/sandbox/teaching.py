"""How a handle asks its simulator for what no real cluster does, wherever the simulator runs.

A control plane has none of it; whoever asks is told so before anything is sent.
"""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from gitopskit.errors import SandboxError
from gitopskit.sandbox.client import Client, refusal_of

_PATH: Final = "/gitopskit.dev/"
_TIMEOUT_S: Final = 600.0
PART: Final = 2 * 1024 * 1024


class Extras:
    """The simulator's extra requests.

    Parameters
    ----------
    engine, server, kubeconfig
        Whose they are.
    """

    def __init__(self, *, engine: str, server: str, kubeconfig: Path) -> None:
        self._engine, self._server, self._kubeconfig = engine, server, kubeconfig

    def ask(self, name: str, asked: Mapping[str, Any] | None = None) -> Any:
        """Return the answer to one request.

        Raises
        ------
        SandboxError
            The engine is no simulator, the simulator has ended, or it refuses.
        """
        require_simulator(self._engine, name)
        content = json.dumps(asked or {}).encode()
        try:
            return json.loads(Client.of(self._kubeconfig).send("POST", _PATH + name, content, timeout_s=_TIMEOUT_S))
        except urllib.error.HTTPError as error:
            raise SandboxError(refusal_of(error), where=self._server, next_step="see docs/sandbox.md for what it takes") from None
        except OSError as error:
            raise SandboxError(f"the sandbox does not answer: {error}", where=self._server, next_step="open another one") from error

    def load(self, state: str) -> None:
        """Hand over a state, in parts that fit into a request; errors as of `ask`."""
        parts = [state[start : start + PART] for start in range(0, len(state), PART)] or [""]
        for number, part in enumerate(parts):
            asked = {"do": "load", "part": part, "is_first": number == 0, "is_last": number == len(parts) - 1}
            self.ask("checkpoints", asked)


def require_simulator(engine: str, what: str) -> None:
    """Refuse what a control plane does not have."""
    if engine != "simulator":
        raise SandboxError(
            f"only the simulator has {what}: a real control plane keeps its own time, state and faults",
            next_step="open this sandbox with engine='simulator'",
        )


class Clock:
    """The time in a sandbox: the wall clock, until it is stopped or moved on."""

    def __init__(self, extras: Extras) -> None:
        self._extras = extras

    def now(self) -> datetime:
        """Return the sandbox's time."""
        return self._ask("read")

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Move on, let everything happen that falls due on the way, and return the new time."""
        return self._ask("advance", timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds())

    def stop(self) -> datetime:
        """Stand still until `start` or `advance`, and return the time."""
        return self._ask("stop")

    def start(self) -> datetime:
        """Run on from where it stands, and return the time."""
        return self._ask("start")

    def _ask(self, what: str, seconds: float = 0) -> datetime:
        return datetime.fromisoformat(self._extras.ask("clock", {"do": what, "seconds": seconds})["now"])


class Lasting:
    """Something that holds until `end` is called, or the ``with`` block is left."""

    def __init__(self, extras: Extras, name: str, asked: Mapping[str, Any]) -> None:
        self._extras, self._name = extras, name
        self._number = extras.ask(name, asked)["number"]
        self._told: list[dict[str, Any]] | None = None

    def end(self) -> list[dict[str, Any]]:
        """End it; a second call does nothing.

        Returns
        -------
        What was asked for, one mapping each; of faults, with how many requests each ``met`` and ``hit``.
        """
        if self._told is None:
            self._told = list(self._extras.ask(self._name, {"end": self._number})[self._name])
        return self._told

    def __enter__(self) -> Lasting:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end()

    def __repr__(self) -> str:
        return f"<{self._name} {self._number}: until .end()>"
