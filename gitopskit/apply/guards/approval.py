"""Did somebody agree to just this plan?"""

from __future__ import annotations

from gitopskit.apply.approval import code_for
from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal


class ApprovalGuard:
    """Looks for an approval that names this plan and has not ended."""

    name = "approval"
    is_waivable = False
    asks_system = False

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse a plan that nobody confirmed."""
        plan, approval = attempt.plan, attempt.approval
        if approval is None:
            return (Refusal(guard=self.name, what="nobody confirmed this plan (approval)", next_step=self._call(attempt)),)
        if approval.plan_id != plan.id:
            what = "the approval is for another plan"
            return (Refusal(guard=self.name, what=what, expected=plan.id[:12], found=approval.plan_id[:12], next_step=self._call(attempt)),)
        if approval.until is not None and attempt.now() > approval.until:
            what = f"the approval by {approval.by} ended at {approval.until.isoformat()}"
            return (Refusal(guard=self.name, what=what, next_step=self._call(attempt)),)
        return ()

    def _call(self, attempt: Attempt) -> str:
        if attempt.policy.needs_person:
            return (
                f'ws.apply(plan, confirm="{code_for(attempt.plan)}"), typed by a person; or gitopskit apply … --confirm {attempt.plan.id}'
            )
        return "ws.apply(plan, confirm=plan.id)"
