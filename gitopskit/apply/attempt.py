"""One try at applying one plan: everything that the guards look at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gitopskit.apply.approval import Approval
from gitopskit.apply.journal import Journal, Record
from gitopskit.apply.meanwhile import Look, movements, versions
from gitopskit.apply.policy import Policy
from gitopskit.model.binding import Binding
from gitopskit.model.events import Movement
from gitopskit.model.ids import ObjectId
from gitopskit.model.operation import Operation
from gitopskit.model.plan import Plan
from gitopskit.model.snapshot import Snapshot
from gitopskit.providers.base import Progress, Provider, no_progress
from gitopskit.sources.forges.base import Forge
from gitopskit.sources.trunk import Ahead


def utc_now() -> datetime:
    """Return the moment."""
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Attempt:
    """One try at applying one plan.

    Attributes
    ----------
    desired
        The plan's commit, rendered again just now.
    waivers
        Guard name to reason.
    why, ticket
        The reason, and where it was agreed on.
    place
        The notebook and the cell that act, where that is known.
    forge
        Where the pull requests of the source are kept; None where none is known.
    ahead
        Asks Git anew how far the trunk is ahead of the plan's commit.
    binding
        What the preflight checks of this workspace found; None where nobody asked for them.
    operation
        What the ledger was told before the first write.
    fresh
        The plan made again just before the first write, by the staleness guard; this is what is sent.
    proof
        The plan made after the last step.
    before
        Which versions were there at the last look, and what it could not read; None before the first.
    written
        The objects of our steps, and the version that each step left.
    meanwhile
        What moved between the last two looks, and no step meant.
    record
        What earlier tries wrote into the journal; read again once the lock is held.
    stop
        Set it to end the apply after the current step (an interrupt does).
    held
        What must be released at the end (the lock).
    """

    plan: Plan
    desired: Snapshot
    provider: Provider
    policy: Policy
    approval: Approval | None = None
    waivers: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    ticket: str = ""
    place: str = ""
    forge: Forge | None = None
    ahead: Callable[[], Ahead | None] | None = None
    binding: Binding | None = None
    operation: Operation | None = None
    now: Callable[[], datetime] = utc_now
    progress: Progress = no_progress
    fresh: Plan | None = None
    proof: Plan | None = None
    before: Look | None = field(default=None, repr=False)
    written: dict[ObjectId, str] = field(default_factory=dict, repr=False)
    meanwhile: tuple[Movement, ...] = ()
    record: Record = field(default_factory=Record, repr=False)
    stop: threading.Event = field(default_factory=threading.Event, repr=False)
    held: ExitStack = field(default_factory=ExitStack, repr=False)

    def __post_init__(self) -> None:
        """Make what people wrote fit for a file: half a surrogate pair (an argument that was no UTF-8) becomes an escape."""
        self.why, self.ticket, self.place = map(_writable, (self.why, self.ticket, self.place))
        self.waivers = {_writable(name): _writable(reason) for name, reason in self.waivers.items()}

    @property
    def journal(self) -> Journal:
        """The journal of this plan."""
        return Journal(self.plan.id)

    def plan_again(self) -> Plan:
        """Read and plan once more, with the same options; what moved since the last look is noted."""
        scope = self.provider.scope(self.desired, self.plan.options)
        live = self.provider.read(scope, self.progress, only=self.desired.objects)
        if self.before is not None:
            self.meanwhile = tuple(movements(self.before, live, self.written))
        self.before = versions(live)
        return self.provider.plan(self.desired, live, self.plan.options, self.progress)


def _writable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
