"""One commit, many clusters: which of them are as Git says?

Every member is planned by itself, on whatever executor there is: threads by default, an engine that people operate already for
hundreds. Read-only: applying is done one member at a time, by somebody who looked at its plan.

The trap that shaped it: in a large fleet something is always down. A member that does not answer is a row that says so, never the end
of the run, and one that hangs is not waited for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

from gitopskit import sources
from gitopskit.errors import CredentialsError, ForbiddenError, GitopskitError, UnreachableError, UsageError, expect, plain
from gitopskit.model.fleet import FleetPlan, MemberPlan, MemberState
from gitopskit.model.rendering import Rendering
from gitopskit.model.snapshot import SourceRef
from gitopskit.notebook.targets import ContextTarget, SandboxTarget, Target
from gitopskit.notebook.workspace import Workspace
from gitopskit.providers.base import no_progress

THREADS: Final = 16
PATIENCE_S: Final = 300.0

_CALL: Final = 'gk.fleet(["prod-eu", "prod-us"])'

Member: TypeAlias = "str | Target"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What is planned, everywhere: an address and a commit, so that no object and no secret travels."""

    repo: str
    path: str
    revision: str
    commit: str
    trunk: str
    namespace: str
    inventory: str
    rendering: Rendering
    prune: bool
    adopt: bool


class Fleet:
    """Clusters that should all be as one commit says; see `fleet`."""

    def __init__(self, members: dict[str, Target]) -> None:
        self.members = members

    def __repr__(self) -> str:
        return f"Fleet({', '.join(self.members)})"

    def plan(
        self,
        repo: str | os.PathLike[str],
        path: str = "",
        *,
        revision: str = "HEAD",
        trunk: str = "",
        namespace: str = "default",
        inventory: str = "",
        rendering: Rendering | None = None,
        prune: bool = False,
        adopt: bool = False,
        executor: Executor | None = None,
        patience_s: float = PATIENCE_S,
    ) -> FleetPlan:
        """Say for every member what an apply would do; nothing is written.

        Parameters
        ----------
        repo, path, revision, trunk, namespace, inventory, rendering
            As a `Workspace` takes them. The revision is resolved once: all members are planned for the same commit.
        prune, adopt
            As `Workspace.plan` takes them.
        executor
            Any `concurrent.futures.Executor`; threads of this process by default. Another process or machine needs the repository and
            the kubeconfig under the same names; what comes back holds fingerprints of secrets, not their values.
        patience_s
            Once nobody has answered for so many seconds, who has not is told as unreachable, and who has not been asked as such.

        Raises
        ------
        SourceError
            The desired state cannot be loaded, which no member could do anything about.
        """
        told = replace(rendering or Rendering(), namespace=namespace)
        source = sources.load(repo, revision, path, trunk=trunk, rendering=told).source or SourceRef(url="", revision="", commit="")
        order = _Order(
            repo=os.fspath(repo), path=path, revision=revision, commit=source.commit, trunk=trunk, namespace=namespace,
            inventory=inventory, rendering=told, prune=prune, adopt=adopt,
        )  # fmt: skip
        if executor is not None:
            return FleetPlan(source=source, members=self._planned(order, executor, patience_s))
        threads = ThreadPoolExecutor(min(THREADS, len(self.members)), thread_name_prefix="fleet")
        try:
            return FleetPlan(source=source, members=self._planned(order, threads, patience_s))
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def _planned(self, order: _Order, executor: Executor, patience_s: float) -> tuple[MemberPlan, ...]:
        futures = {name: _submitted(executor, name, target, order) for name, target in self.members.items()}
        left: set[Future[MemberPlan]] = set(futures.values())
        try:
            while left:
                done, left = wait(left, patience_s, FIRST_COMPLETED)
                if not done:
                    break
            return tuple(_outcome(name, future, patience_s) for name, future in futures.items())
        finally:
            for future in left:
                future.cancel()


def fleet(members: Iterable[Member], *, kubeconfig: Path | str | None = None) -> Fleet:
    """Return a fleet.

    Parameters
    ----------
    members
        Names of contexts, or targets (`gk.context(…)`, `gk.sandbox(…)`).
    kubeconfig
        Where the named contexts are; the user's own file by default.

    Raises
    ------
    UsageError
        There is no member, or two of one name.
    """
    if isinstance(members, str) or not isinstance(members, Iterable):
        expect(members, list, _CALL)
    path = Path(kubeconfig) if kubeconfig else None
    found: dict[str, Target] = {}
    for member in members:
        target = ContextTarget(context=member, kubeconfig=path, name=member) if isinstance(member, str) else _portable(member)
        name = member if isinstance(member, str) else name_of(target)
        if name in found:
            raise UsageError(f"two members of the fleet are called {name}", next_step="give one another name: gk.context(…) takes one")
        found[name] = target
    if not found:
        raise UsageError("a fleet needs a member", next_step="name contexts, as `kubectl config get-contexts` lists them")
    return Fleet(found)


def name_of(target: Target) -> str:
    """Return what a target is called."""
    return str(getattr(target, "name", "") or getattr(target, "context", "") or "?")


def plan_member(name: str, target: Target, order: _Order) -> MemberPlan:
    """Plan for one member; whatever goes wrong is told in its row."""
    start = time.monotonic()
    try:
        workspace = Workspace(
            order.repo, order.path, revision=order.revision, commit=order.commit, trunk=order.trunk, target=target,
            namespace=order.namespace, inventory=order.inventory, rendering=order.rendering,
        )  # fmt: skip
        workspace.progress = no_progress
        plan = workspace.plan(prune=order.prune, adopt=order.adopt)
        return MemberPlan(name=name, state=MemberState.PLANNED, plan=plan, seconds=time.monotonic() - start)
    except GitopskitError as error:
        return MemberPlan(name=name, state=_state_of(error), message=error.what, seconds=time.monotonic() - start)
    except Exception as error:  # whatever it is, it concerns one member; its text may hold a secret
        message = f"planning broke: {type(error).__name__}"
        return MemberPlan(name=name, state=MemberState.FAILED, message=message, seconds=time.monotonic() - start)


def _state_of(error: GitopskitError) -> MemberState:
    if isinstance(error, UnreachableError):
        return MemberState.UNREACHABLE
    return MemberState.REFUSED if isinstance(error, CredentialsError | ForbiddenError) else MemberState.FAILED


def _submitted(executor: Executor, name: str, target: Target, order: _Order) -> Future[MemberPlan]:
    """Hand a member to the executor; one that takes no work any more is told like one that loses it."""
    try:
        return executor.submit(plan_member, name, target, order)
    except RuntimeError as error:
        failed: Future[MemberPlan] = Future()
        failed.set_exception(error)
        return failed


def _outcome(name: str, future: Future[MemberPlan], patience_s: float) -> MemberPlan:
    if not future.done() and future.cancel():
        message = f"it was not asked: nobody has answered for {patience_s:.0f} s, and there is no worker left"
        return MemberPlan(name=name, state=MemberState.FAILED, message=message)
    if not future.done():
        return MemberPlan(name=name, state=MemberState.UNREACHABLE, message=f"no answer within {patience_s:.0f} s", seconds=patience_s)
    error = future.exception()
    if error is not None:
        return MemberPlan(name=name, state=MemberState.FAILED, message=f"the executor lost it: {plain(type(error).__name__)}")
    return future.result()


def _portable(target: Target) -> Target:
    """Return a target that can be sent to another process."""
    if not callable(getattr(target, "provider", None)):
        expect(target, (str, ContextTarget, SandboxTarget), _CALL)
    if isinstance(target, SandboxTarget):
        return ContextTarget(context=None, kubeconfig=target.kubeconfig, is_sandbox=True, name=target.sandbox.name)
    return target
