"""One running sandbox, whichever engine is behind it."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from pathlib import Path
from types import TracebackType


class Sandbox:
    """A Kubernetes API on loopback that stands in for a cluster.

    Use it as a context manager, or call `close`; it is closed at the latest when the process ends.

    Parameters
    ----------
    name
        What the user calls it.
    engine
        "simulator" or "controlplane".
    server
        Its address.
    kubeconfig
        A file that unmodified kubectl can use.
    version
        The Kubernetes version that it serves.
    close
        What ends it; does nothing for a sandbox that lives on in the background.
    """

    def __init__(self, *, name: str, engine: str, server: str, kubeconfig: Path, version: str, close: Callable[[], None]) -> None:
        self.name = name
        self.engine = engine
        self.server = server
        self.kubeconfig = kubeconfig
        self.version = version
        self._close: Callable[[], None] | None = close
        atexit.register(self.close)

    def close(self) -> None:
        """End the sandbox; safe to call twice."""
        close, self._close = self._close, None
        if close is not None:
            close()
            atexit.unregister(self.close)

    @property
    def is_open(self) -> bool:
        """Whether `close` has not been called."""
        return self._close is not None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Sandbox({self.name!r}, engine={self.engine!r}, server={self.server!r}, {'open' if self.is_open else 'closed'})"
