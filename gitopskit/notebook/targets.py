"""What a workspace points at: a sandbox, or a context that the code names.

A target offers a provider and says whether it is a sandbox; nothing more is asked of it, so another system's target, or a test's,
fits as well.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any, Protocol

from gitopskit.errors import expect
from gitopskit.providers.base import Provider
from gitopskit.sandbox import Sandbox, attach, open_sandbox, status
from gitopskit.sandbox.pools import Nodes


class Target(Protocol):
    """Something that a workspace can point at."""

    @property
    def is_sandbox(self) -> bool:
        """Whether it was started by us, to be thrown away."""

    def provider(self) -> Provider:
        """Return the live system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextTarget:
    """A cluster, by kubeconfig context."""

    context: str | None
    kubeconfig: Path | None = None
    is_sandbox: bool = False
    name: str = ""

    def provider(self) -> Provider:
        """Open a connection; nothing is written."""
        from gitopskit.providers.kubernetes import open_provider

        return open_provider(kubeconfig=self.kubeconfig, context=self.context, is_sandbox=self.is_sandbox, name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxTarget:
    """A running sandbox."""

    sandbox: Sandbox
    is_sandbox: bool = True

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig for kubectl and other clients."""
        return self.sandbox.kubeconfig

    @property
    def engine(self) -> str:
        """Which engine is behind it."""
        return self.sandbox.engine

    def provider(self) -> Provider:
        """Open a connection."""
        from gitopskit.providers.kubernetes import open_provider

        return open_provider(kubeconfig=self.sandbox.kubeconfig, is_sandbox=True, name=self.sandbox.name)

    def close(self) -> None:
        """End the sandbox, if it is this process's own."""
        self.sandbox.close()

    def __repr__(self) -> str:
        return repr(self.sandbox)

    def __getattr__(self, name: str) -> Any:
        """Offer what the sandbox itself offers: its clock, nodes, faults and checkpoints."""
        if name.startswith("_") or name == "sandbox":
            raise AttributeError(name)
        return getattr(self.sandbox, name)


def sandbox(engine: str = "auto", *, name: str = "", nodes: Nodes = 3, load: Path | str | None = None) -> SandboxTarget:
    """Return a sandbox to work on.

    Parameters
    ----------
    engine
        "simulator", "controlplane", or "auto": what `GITOPSKIT_ENGINE` says, else the simulator.
    name
        A sandbox that runs in the background (``gitopskit sandbox start --name …``); `GITOPSKIT_SANDBOX` names one for lessons. Without,
        a new one is opened, which ends with this process.

    nodes
        How many identical nodes a new one has, or its pools: ``[{"name": "old", "count": 2, "kernel": "5.4.0"}, …]``.
    load
        A state to begin with, which ``sandbox.save`` wrote.

    Raises
    ------
    SandboxError
        It is not running, or cannot be opened.
    """
    expect(engine, str, 'gk.sandbox("simulator")')
    expect(name, str, 'gk.sandbox(name="class-1")')
    known = name or (os.environ.get("GITOPSKIT_SANDBOX", "") if engine == "auto" else "")
    if known:
        found = running_sandbox(known)
        if load:
            found.sandbox.load(load)
        return found
    return new_sandbox(engine, nodes=nodes, load=load)


def new_sandbox(engine: str = "auto", *, nodes: Nodes = 3, load: Path | str | None = None) -> SandboxTarget:
    """Return a sandbox that nobody has used, whichever one is there for lessons."""
    wanted = os.environ.get("GITOPSKIT_ENGINE", "auto") if engine == "auto" else engine
    return SandboxTarget(sandbox=open_sandbox(engine=wanted, nodes=nodes, load=load))


def running_sandbox(name: str) -> SandboxTarget:
    """Return a sandbox that runs in the background, by name."""
    return SandboxTarget(sandbox=attach(name))


def context(name: str | None, *, kubeconfig: Path | str | None = None) -> ContextTarget | SandboxTarget:
    """Return a cluster by the name of its context; nothing is asked of it yet.

    Parameters
    ----------
    name
        A context of the kubeconfig; may be None where `kubeconfig` is a file of its own.
    kubeconfig
        The file; the user's own by default. One that belongs to a sandbox of ours stands for that sandbox.
    """
    expect(name, (str, NoneType), 'gk.context("production")')
    expect(kubeconfig, (str, os.PathLike, NoneType), 'gk.context("production", kubeconfig="config.yaml")')
    path = Path(kubeconfig) if kubeconfig else None
    if path is not None:
        for running in status():
            if _is_same(path, Path(running["kubeconfig"])):
                return running_sandbox(running["name"])
    return ContextTarget(context=name, kubeconfig=path)


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other) or path.read_bytes() == other.read_bytes()
    except OSError:
        return False
