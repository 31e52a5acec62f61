"""May we do all of this?"""

from __future__ import annotations

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal
from gitopskit.providers.base import Denied


class RightsGuard:
    """Asks the system for every right that the plan needs, before the first step rather than in the middle."""

    name = "rights"
    is_waivable = True
    asks_system = True

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse a plan that would stop halfway for want of a right."""
        user = attempt.plan.target.user or "this user"
        return tuple(self._refuse(one, user) for one in attempt.provider.denied(attempt.plan))

    def _refuse(self, one: Denied, user: str) -> Refusal:
        place = f" in {one.namespace}" if one.namespace else ""
        reason = f": {one.reason}" if one.reason else ""
        what = f"{user} may not {one.verb} {one.resource}{place}{reason}"
        return Refusal(guard=self.name, code="rights/denied", what=what, next_step="ask for the right, or apply as somebody who has it")
