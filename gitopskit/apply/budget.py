"""How many deletions does a plan make, of how many that the policy allows?

One count for whoever chooses rows and for the guard that refuses too many.
"""

from __future__ import annotations

from dataclasses import dataclass

from gitopskit.apply.policy import Policy
from gitopskit.model.changes import Action, Change
from gitopskit.model.plan import Plan

TAKEN_AWAY = (Action.DELETE, Action.REPLACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteBudget:
    """What a plan deletes, and may.

    Attributes
    ----------
    gone
        The steps that delete an object, or replace it.
    objects
        How many objects the plan is about.
    max_deletes, max_percent
        The caps of the policy.
    """

    gone: tuple[Change, ...]
    objects: int
    max_deletes: int
    max_percent: int

    @property
    def allowed(self) -> int:
        """How many deletions both caps allow; one is no share that is too large."""
        return min(self.max_deletes, max(1, self.objects * self.max_percent // 100))

    @property
    def is_exceeded(self) -> bool:
        """Whether there are more."""
        return len(self.gone) > self.allowed


def delete_budget(plan: Plan, policy: Policy) -> DeleteBudget:
    """Return what a plan deletes beside what the policy allows; what is left out does not count."""
    return DeleteBudget(
        gone=tuple(change for change in plan.steps if change.action in TAKEN_AWAY),
        objects=len(plan.changes),
        max_deletes=policy.max_deletes,
        max_percent=policy.max_delete_percent,
    )
