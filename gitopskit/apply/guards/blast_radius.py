"""How much would be gone if the plan were wrong?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.budget import DeleteBudget, delete_budget
from gitopskit.apply.refusal import Refusal
from gitopskit.model.changes import Action, Change

_NAMED: Final = 10
_HOLDS_OTHERS: Final = ("Namespace", "CustomResourceDefinition.apiextensions.k8s.io")


class BlastRadiusGuard:
    """Counts deletions and changes against the caps of the policy."""

    name = "blast radius"
    is_waivable = True
    asks_system = False

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse an empty desired set, deletions that take more than themselves, too many deletions, and too many changes."""
        budget = delete_budget(attempt.plan, attempt.policy)
        return tuple(self._emptied(attempt, budget.gone)) or (*self._cascading(attempt, budget.gone), *self._too_many(attempt, budget))

    def _emptied(self, attempt: Attempt, gone: Sequence[Change]) -> Iterator[Refusal]:
        deleted = sum(1 for change in gone if change.action is Action.DELETE)
        if deleted and (not attempt.desired.objects or deleted == len(attempt.plan.changes)):
            yield self._refuse(
                "empty", f"nothing is desired, and {deleted} objects would be deleted: {_names(gone)}", "some objects", "none"
            )

    def _cascading(self, attempt: Attempt, gone: Sequence[Change]) -> Iterator[Refusal]:
        holders = [change for change in gone if change.id.group_kind in _HOLDS_OTHERS]
        if holders and not attempt.policy.allow_cascading_deletes:
            what = f"with them everything in them would be deleted (allow_cascading_deletes is off): {_names(holders)}"
            yield self._refuse("cascade", what, "none", str(len(holders)))

    def _too_many(self, attempt: Attempt, budget: DeleteBudget) -> Iterator[Refusal]:
        plan, policy, gone = attempt.plan, attempt.policy, budget.gone
        if len(gone) > policy.max_deletes:
            yield self._refuse(
                "deletes", f"too many objects would be deleted: {_names(gone)}", f"at most {policy.max_deletes}", str(len(gone))
            )
        elif budget.is_exceeded:
            found = f"{100 * len(gone) / budget.objects:.0f} % of {budget.objects}"
            yield self._refuse(
                "share", f"too large a share would be deleted: {_names(gone)}", f"at most {policy.max_delete_percent} %", found
            )
        if len(plan.steps) > policy.max_changes:
            yield self._refuse("changes", "too many objects would be written", f"at most {policy.max_changes}", str(len(plan.steps)))

    def _refuse(self, case: str, what: str, expected: str, found: str) -> Refusal:
        advice = "check revision and path; if it is meant, allow it in the policy"
        return Refusal(guard=self.name, code=f"blast-radius/{case}", what=what, expected=expected, found=found, next_step=advice)


def _names(changes: Sequence[Change]) -> str:
    more = f" and {len(changes) - _NAMED} more" if len(changes) > _NAMED else ""
    return ", ".join(str(change.id) for change in changes[:_NAMED]) + more
