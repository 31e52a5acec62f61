"""One running sandbox, whichever engine is behind it.

It answers as soon as it is open. Its nodes may need a moment longer: whoever schedules Pods at once calls `Sandbox.wait_ready`.
"""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from gitopskit.errors import SandboxError
from gitopskit.sandbox.client import Client
from gitopskit.sandbox.fingerprint import fingerprint
from gitopskit.sandbox.pools import add_nodes, facts_of, pools_of, set_kubelets
from gitopskit.sandbox.statefile import read_state, write_state
from gitopskit.sandbox.teaching import Clock, Extras, Lasting
from gitopskit.sandbox.users import write_user_kubeconfig

_POLL_S: Final = 0.1


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

    Attributes
    ----------
    clock
        Its time (the simulator alone).
    """

    def __init__(self, *, name: str, engine: str, server: str, kubeconfig: Path, version: str, close: Callable[[], None]) -> None:
        self.name = name
        self.engine = engine
        self.server = server
        self.kubeconfig = kubeconfig
        self.version = version
        self._extras = Extras(engine=engine, server=server, kubeconfig=kubeconfig)
        self.clock = Clock(self._extras)
        self._close: Callable[[], None] | None = close
        atexit.register(self.close)

    def close(self) -> None:
        """End the sandbox; safe to call twice."""
        close, self._close = self._close, None
        if close is not None:
            close()
            atexit.unregister(self.close)

    def wait_ready(self, timeout_s: float = 30.0) -> None:
        """Wait until every node is Ready and may be scheduled on.

        Raises
        ------
        SandboxError
            That took longer than `timeout_s` seconds.
        """
        client = Client.of(self.kubeconfig)
        deadline = time.monotonic() + timeout_s
        while waiting := [node["metadata"]["name"] for node in client.get("/api/v1/nodes")["items"] if not _is_ready(node)]:
            if time.monotonic() > deadline:
                raise SandboxError(
                    f"nodes not Ready after {timeout_s:g} s: {', '.join(waiting)}", where=self.server, next_step="wait longer"
                )
            time.sleep(_POLL_S)

    def user(self, name: str) -> Path:
        """Return the kubeconfig of one of the users that the sandbox was opened with.

        Raises
        ------
        SandboxError
            It has no such user.
        """
        return write_user_kubeconfig(self.kubeconfig, self.name, name)

    def add_nodes(self, pools: Iterable[Mapping[str, Any]] | str) -> list[str]:
        """Add pools of equal nodes, on either engine; they become Ready by themselves.

        Parameters
        ----------
        pools
            One mapping per pool, or YAML of such a list; what may be in it is what `gitopskit.sandbox.pools.Pool` has.

        Returns
        -------
        The names of the new nodes.

        Raises
        ------
        SandboxError
            They describe no nodes, or the server refuses one.
        """
        return add_nodes(Client.of(self.kubeconfig), pools_of(pools))

    def stop_kubelets(self, *nodes: str) -> None:
        """Let nodes fall silent, on either engine: after 50 s they are NotReady, and Pods are driven away when they tolerate it no longer.

        It is the label ``gitopskit.dev/kubelet=stopped``, which kubectl can set as well.

        Raises
        ------
        SandboxError
            There is no such node.
        """
        set_kubelets(Client.of(self.kubeconfig), nodes, stopped=True)

    def start_kubelets(self, *nodes: str) -> None:
        """Let nodes be heard again: they are Ready at once, and end the Pods that were driven away; errors as of `stop_kubelets`."""
        set_kubelets(Client.of(self.kubeconfig), nodes, stopped=False)

    def facts(self) -> dict[str, dict[str, Any]]:
        """Return what a node audit wants to know, by node: kernel, OS image, versions, packages, sysctls."""
        return {node["metadata"]["name"]: facts_of(node) for node in Client.of(self.kubeconfig).get("/api/v1/nodes")["items"]}

    def faults(self, *faults: Mapping[str, Any], seed: int = 0) -> Lasting:
        """Let requests go wrong until the answer's `end`, or as long as a ``with`` block lasts (the simulator alone).

        Parameters
        ----------
        faults
            What goes wrong, and which requests: ``{"verb": "patch", "kind": "deployments", "nth": 3, "what": 429, "retry_after_s": 1}``;
            see `gitopskit.sandbox.simulator.faults.Fault`.
        seed
            Decides every fault that has a probability.
        """
        return Lasting(self._extras, "faults", {"begin": faults, "seed": seed})

    def fail_pods(
        self, how: str, *, where: str | Mapping[str, str] = "", of: str = "", namespace: str = "", container: str = ""
    ) -> Lasting:
        """Let Pods fail, as a real kubelet shows it, until the answer's `end` or as long as a ``with`` block lasts (the simulator alone).

        Parameters
        ----------
        how
            "image pull", "crash loop", "oom" or "unready".
        where
            On which nodes: a label selector, or what is true of them (``{"nodeInfo.kernelVersion": "5.4"}``); on all by default.
        of
            Which Pods: a label selector; all by default.
        container
            Which of their containers; the first by default.
        """
        begin = {"how": how, "where": where, "of": of, "namespace": namespace, "container": container}
        return Lasting(self._extras, "failures", {"begin": begin})

    def checkpoint(self) -> str:
        """Keep the whole state in the sandbox's memory, and return the mark to go back to it by (the simulator alone)."""
        return str(self._extras.ask("checkpoints", {"do": "take"})["mark"])

    def back_to(self, mark: str) -> None:
        """Make everything as it was at a checkpoint; whoever watches is told to list again."""
        self._extras.ask("checkpoints", {"do": "back", "mark": mark})

    def save(self, path: Path | str) -> Path:
        """Save the whole state to one file, secrets included (mode 0600), and return its path (the simulator alone)."""
        found = self._extras.ask("checkpoints", {"do": "save"})
        write_state(Path(path), found["state"], found["version"])
        return Path(path)

    def load(self, path: Path | str) -> None:
        """Replace everything by a state that was saved.

        Raises
        ------
        SandboxError
            The file is damaged, of another format, or none.
        """
        self._extras.load(read_state(Path(path)))

    def fingerprint(self) -> str:
        """Return a digest of the declarative state; see `gitopskit.sandbox.fingerprint`."""
        return fingerprint(Client.of(self.kubeconfig))

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


def _is_ready(node: dict[str, Any]) -> bool:
    conditions = node.get("status", {}).get("conditions", [])
    kept_off = any(taint["key"].startswith("node.kubernetes.io/") for taint in node["spec"].get("taints") or ())
    return not kept_off and any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)
