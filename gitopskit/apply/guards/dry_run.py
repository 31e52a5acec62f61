"""Does the system itself accept every step, this moment?"""

from __future__ import annotations

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal


class DryRunGuard:
    """Looks for steps that the fresh plan already knows to fail."""

    name = "dry-run"
    is_waivable = False
    asks_system = True

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse a plan with a problem anywhere, before anything else of it is written."""
        plan = attempt.fresh or attempt.plan
        return tuple(
            Refusal(
                guard=self.name, id=change.id, what=change.problem, next_step=f"correct {change.origin or 'it'}, commit, and plan again"
            )
            for change in plan.changes
            if change.problem
        )
