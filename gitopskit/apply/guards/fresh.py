"""Is the plan young enough?"""

from __future__ import annotations

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal


class FreshGuard:
    """Compares the plan's expiry with the clock."""

    name = "fresh"
    is_waivable = True
    asks_system = False

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse a plan that is too old, or that was made in the future."""
        plan, now = attempt.plan, attempt.now()
        age_s, limit_s = (now - plan.created_at).total_seconds(), (plan.expires_at - plan.created_at).total_seconds()
        if now > plan.expires_at:
            return (self._refuse("too-old", "the plan is too old", f"at most {limit_s / 60:.0f} minutes", f"{age_s / 60:.0f} minutes"),)
        if age_s < -60:
            return (
                self._refuse("future", "the plan was made in the future: a clock is wrong", "a moment before now", f"{plan.created_at}"),
            )
        return ()

    def _refuse(self, case: str, what: str, expected: str, found: str) -> Refusal:
        return Refusal(guard=self.name, code=f"fresh/{case}", what=what, expected=expected, found=found, next_step="plan again")
