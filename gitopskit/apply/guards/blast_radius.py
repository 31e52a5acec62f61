"""How much would be gone if the plan were wrong?"""

from __future__ import annotations

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal
from gitopskit.model.changes import Action

_NAMED = 10


class BlastRadiusGuard:
    """Counts deletions and changes against the caps of the policy."""

    name = "blast radius"
    is_waivable = True
    asks_system = False

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse an empty desired set, too many deletions, and too many changes."""
        plan, policy = attempt.plan, attempt.policy
        gone = [change for change in plan.steps if change.action in (Action.DELETE, Action.REPLACE)]
        deleted = [change for change in gone if change.action is Action.DELETE]
        if deleted and len(deleted) == len(plan.changes):
            return (self._refuse("nothing is desired, and everything would be deleted", f"some of {len(plan.changes)} objects", "none"),)
        names = ", ".join(str(change.id) for change in gone[:_NAMED]) + (f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else "")
        percent = 100 * len(gone) / max(1, len(plan.changes))
        if len(gone) > policy.max_deletes:
            return (self._refuse(f"too many objects would be deleted: {names}", f"at most {policy.max_deletes}", str(len(gone))),)
        if len(gone) > 1 and percent > policy.max_delete_percent:
            what = f"too large a share would be deleted: {names}"
            return (self._refuse(what, f"at most {policy.max_delete_percent} %", f"{percent:.0f} % of {len(plan.changes)}"),)
        if len(plan.steps) > policy.max_changes:
            return (self._refuse("too many objects would be written", f"at most {policy.max_changes}", str(len(plan.steps))),)
        return ()

    def _refuse(self, what: str, expected: str, found: str) -> Refusal:
        advice = "check revision and path; if it is meant, raise the cap in the policy"
        return Refusal(guard=self.name, what=what, expected=expected, found=found, next_step=advice)
