"""What every live system must be able to do, and what it can promise.

Views, guards and notebooks know this protocol and no system. A system that plans by itself (a Terraform plan, a change set)
translates its plan into `Plan` and names its saved file in `Plan.tool_plan`; the others use `planning`.

The trap that shaped it: "the same plan" must be decided the same way for all systems. So there is no verb for staleness or
dry-run: whoever wants to know whether the world has moved reads and plans again, and compares `Plan.content_digest`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from gitopskit.model.events import Event
from gitopskit.model.ids import ObjectId
from gitopskit.model.plan import Plan, PlanOptions, Scope
from gitopskit.model.snapshot import Snapshot, Target


class Progress(Protocol):
    """Told how far something is, from the thread that asked for it."""

    def __call__(self, what: str, done: int, total: int, detail: str = "", objects: int = 0) -> None:
        """Take note.

        Parameters
        ----------
        what
            What is being done.
        done, total
            Steps; `total` is 0 where nobody knows.
        detail
            With what it is busy now.
        objects
            How many objects that makes so far, where a step is more than one.
        """


def no_progress(what: str, done: int, total: int, detail: str = "", objects: int = 0) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What a system can promise.

    Attributes
    ----------
    applies_saved_plan
        Exactly the tool's own saved plan is applied.
    dry_runs
        The system itself judges each step before it is taken.
    tells_drift
        Drift is told apart from intended change.
    prunes
        Objects that are no longer desired can be found and deleted.
    """

    applies_saved_plan: bool
    dry_runs: bool
    tells_drift: bool
    prunes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """A right that a plan needs and the user lacks."""

    verb: str
    resource: str
    namespace: str
    name: str
    reason: str = ""


@runtime_checkable
class Follows(Protocol):
    """A system that tells of every change by itself."""

    def followed(self, scope: Scope, progress: Progress = no_progress) -> Snapshot:
        """Return the live objects in `scope` as the system tells of them, without reading them again; begins to follow on first use.

        What it has not told yet is missing, a moment's worth; and an apply reads anew.
        """

    def told(self, timeout_s: float) -> Snapshot | None:
        """Return what is there once the system has told something since `followed` or this gave last; None if it has not within the time.

        Nothing is asked of the system: for somebody who looks on.
        """

    def unfollow(self) -> None:
        """End it."""


@runtime_checkable
class NamesKinds(Protocol):
    """A system that knows its kinds by the names that people give them."""

    def name_kinds(self, kinds: Collection[str]) -> list[str]:
        """Return the full names (``Kind.group``) of kinds as people name them.

        Raises
        ------
        UnknownKindError
            It serves no such kind.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What a system tells of itself beyond its identity.

    Attributes
    ----------
    round_trip_s
        How long a small question took.
    skew_s
        How far the system's clock is ahead of ours, in seconds; None where it does not tell.
    known_version
        The version of the system that we know best; empty where that means nothing.
    mutators
        How many rules may change objects on their way in; None where they cannot all be read.
    """

    round_trip_s: float
    skew_s: float | None = None
    known_version: str = ""
    mutators: int | None = 0


@runtime_checkable
class Vital(Protocol):
    """A system that tells more of itself than its identity."""

    def vitals(self) -> Vitals:
        """Ask it; nothing is written."""


class Provider(Protocol):
    """One live system."""

    @property
    def name(self) -> str:
        """Provider name ("kubernetes", …)."""

    @property
    def promises(self) -> Promises:
        """What this system can promise."""

    def identify(self) -> Target:
        """Ask the system who it is and who we are to it."""

    def scope(self, desired: Snapshot, options: PlanOptions) -> Scope:
        """Say what has to be read to plan for `desired`: its kinds and namespaces, and those of its inventory."""

    def read(self, scope: Scope, progress: Progress = no_progress, *, only: Collection[ObjectId] | None = None) -> Snapshot:
        """Read the live objects in `scope`; what cannot be read is listed in the snapshot, not left out.

        Parameters
        ----------
        only
            The desired objects, where the snapshot is to plan for them: what is neither among them nor belongs to the inventory can be
            left out.
        """

    def plan(self, desired: Snapshot, live: Snapshot, options: PlanOptions, progress: Progress = no_progress) -> Plan:
        """Say what an apply of `desired` would do. Nothing is written."""

    def denied(self, plan: Plan) -> tuple[Denied, ...]:
        """Ask the system which rights the plan needs and the user lacks."""

    def lock(self, plan: Plan) -> AbstractContextManager[None]:
        """Keep others from applying to the same inventory meanwhile.

        Raises
        ------
        RefusedError
            Another live holder has the lock; the message names it, since when and until when.
        """

    def apply(self, plan: Plan) -> Iterator[Event]:
        """Take the steps of `plan`, wave by wave.

        Yields an `INTENT` before each step and goes on only when asked for the next event; ends with the first unexpected
        outcome. Every write is conditional on the uid and the version that the plan was made from.
        """
