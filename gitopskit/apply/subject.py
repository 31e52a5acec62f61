"""What do the preflight checks look at?

Each thing is asked for once, when the first check needs it; an answer that could not be had is remembered as well, so that a system
that is not there costs one timeout, and every check that needs it says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gitopskit.apply.attempt import utc_now
from gitopskit.apply.ledger import Ledger
from gitopskit.apply.policy import Policy
from gitopskit.errors import GitopskitError
from gitopskit.model.plan import Plan, PlanOptions
from gitopskit.model.snapshot import Snapshot, Target
from gitopskit.providers.base import Denied, Progress, Provider, Vital, Vitals, no_progress
from gitopskit.sources.trunk import Ahead


@dataclass(kw_only=True)
class Subject:
    """One source beside one target, before any work.

    Attributes
    ----------
    load
        Gives the desired state.
    ahead
        Asks Git anew how far a trunk is ahead of a commit; None where nobody can be asked.
    before
        What this name stood for when it was last bound; None where it never was, or is to be taken as new.
    """

    provider: Provider
    policy: Policy
    load: Callable[[], Snapshot]
    options: PlanOptions = field(default_factory=PlanOptions)
    ahead: Callable[[str, str], Ahead | None] | None = None
    before: Target | None = None
    now: Callable[[], datetime] = utc_now
    progress: Progress = no_progress
    _known: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def target(self) -> Target:
        """Who the system says it is."""
        found: Target = self._once("target", self.provider.identify)
        return found

    @property
    def desired(self) -> Snapshot:
        """What Git says."""
        found: Snapshot = self._once("desired", self.load)
        return found

    @property
    def live(self) -> Snapshot:
        """What is there, as far as a plan is concerned."""
        found: Snapshot = self._once("live", self._read)
        return found

    @property
    def plan(self) -> Plan:
        """What an apply would do now."""
        found: Plan = self._once("plan", self._plan)
        return found

    @property
    def denied(self) -> tuple[Denied, ...]:
        """The rights that the plan needs and the user lacks."""
        found: tuple[Denied, ...] = self._once("denied", lambda: self.provider.denied(self.plan))
        return found

    @property
    def vitals(self) -> Vitals | None:
        """What the system tells of its health; None where it does not."""
        found: Vitals | None = self._once("vitals", lambda: self.provider.vitals() if isinstance(self.provider, Vital) else None)
        return found

    @property
    def ledger(self) -> Ledger:
        """The ledger of the target."""
        return Ledger(self.target)

    def _read(self) -> Snapshot:
        scope = self.provider.scope(self.desired, self.options)
        return self.provider.read(scope, self.progress, only=self.desired.objects)

    def _plan(self) -> Plan:
        return self.provider.plan(self.desired, self.live, self.options, self.progress)

    def _once(self, name: str, ask: Callable[[], Any]) -> Any:
        if name not in self._known:
            try:
                self._known[name] = ask()
            except GitopskitError as error:
                self._known[name] = error
        found = self._known[name]
        if isinstance(found, GitopskitError):
            raise found
        return found
