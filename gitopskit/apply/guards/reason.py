"""Does somebody say why?"""

from __future__ import annotations

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal


class ReasonGuard:
    """Looks for the sentence that the ledger will keep."""

    name = "reason"
    is_waivable = False
    asks_system = False

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse an apply without a reason, where the policy asks for one."""
        if attempt.why.strip() or not attempt.policy.needs_reason:
            return ()
        call = 'ws.apply(plan, why="…"), once for all by ws.bind(why="…"), or --why'
        return (Refusal(guard=self.name, code="reason/missing", what="nobody said why this is done", next_step=call),)
