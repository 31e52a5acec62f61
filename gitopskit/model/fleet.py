"""One commit beside many targets: a plan for each, or a word on why there is none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from gitopskit.errors import UsageError
from gitopskit.model.brief import ID_LENGTH, brief, many, tally
from gitopskit.model.changes import Action
from gitopskit.model.plan import Plan
from gitopskit.model.snapshot import SourceRef


class MemberState(StrEnum):
    """How far the plan for one member came."""

    PLANNED = "planned"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPlan:
    """What became of the plan for one member of a fleet.

    Attributes
    ----------
    name
        The member, as the fleet calls it.
    plan
        None where there is none.
    message
        Why there is none.
    seconds
        How long it took, there.
    """

    name: str
    state: MemberState
    plan: Plan | None = None
    message: str = ""
    seconds: float = 0.0

    @property
    def counts(self) -> Counter[Action]:
        """How many changes of each action."""
        return Counter(change.action for change in self.plan.changes) if self.plan else Counter()

    @property
    def drifted(self) -> int:
        """How many objects were changed behind Git's back."""
        return sum(change.drift for change in self.plan.changes) if self.plan else 0

    @property
    def problems(self) -> int:
        """How much cannot be planned for: objects with a problem, and parts that could not be read."""
        return sum(bool(change.problem) for change in self.plan.changes) + len(self.plan.unreadable) if self.plan else 0

    @property
    def is_in_sync(self) -> bool:
        """Whether there is nothing to do and nothing to worry about."""
        return self.plan is not None and self.plan.is_empty and not self.problems

    def __repr__(self) -> str:
        plan = f"plan {self.plan.id[:ID_LENGTH]}" if self.plan else self.message
        return brief(self, f"{self.name} {self.state}", plan, tally(self.plan.counts if self.plan else {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """The plans of a fleet, for one commit.

    Attributes
    ----------
    members
        One per member, in the order of the fleet.
    """

    source: SourceRef
    members: tuple[MemberPlan, ...]

    def __getitem__(self, name: str) -> Plan:
        """Return the plan for a member.

        Raises
        ------
        UsageError
            There is no such member, or no plan for it.
        """
        found = next((member for member in self.members if member.name == name), None)
        if found is None:
            raise UsageError(f"{name!r} is no member of this fleet", next_step=f"one of {', '.join(m.name for m in self.members)}")
        if found.plan is None:
            raise UsageError(f"there is no plan for {name}: {found.message}", next_step="plan again when that is mended")
        return found.plan

    @property
    def ranked(self) -> tuple[MemberPlan, ...]:
        """The members, those first that need somebody to look at them."""
        return tuple(sorted(self.members, key=_rank))

    def __repr__(self) -> str:
        states = Counter(member.state for member in self.members)
        return brief(
            self,
            f"of {self.source.commit[:ID_LENGTH]}",
            many(len(self.members), "member"),
            tally({state: states[state] for state in MemberState}),
        )


def _rank(member: MemberPlan) -> tuple[bool, int, int, int]:
    steps = len(member.plan.steps) if member.plan else 0
    return member.plan is not None, -member.problems, -member.drifted, -steps
