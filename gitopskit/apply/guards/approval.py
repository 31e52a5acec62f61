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
            return (self._refuse(attempt, "missing", "nobody confirmed this plan (approval)"),)
        if approval.plan_id != plan.id:
            return (self._refuse(attempt, "other-plan", "the approval is for another plan", plan.id[:12], approval.plan_id[:12]),)
        if approval.until is not None and attempt.now() > approval.until:
            what = f"the approval by {approval.by} ended at {approval.until.isoformat()}"
            return (self._refuse(attempt, "ended", what),)
        return ()

    def _refuse(self, attempt: Attempt, case: str, what: str, expected: str = "", found: str = "") -> Refusal:
        call = self._call(attempt)
        return Refusal(guard=self.name, code=f"approval/{case}", what=what, expected=expected, found=found, next_step=call)

    def _call(self, attempt: Attempt) -> str:
        if attempt.policy.needs_person:
            return (
                f'ws.apply(plan, confirm="{code_for(attempt.plan)}"), typed by a person; or gitopskit apply … --confirm {attempt.plan.id}'
            )
        return "ws.apply(plan, confirm=plan.id)"
