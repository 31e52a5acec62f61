"""Did as many people agree to the change as must?"""

from __future__ import annotations

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal
from gitopskit.model.pull_request import PullRequest


class ReviewGuard:
    """Asks the forge which pull request brought the commit, and counts its approvals."""

    name = "review"
    is_waivable = True
    asks_system = False

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse a commit that too few approved, that no pull request brought, and one of which nobody tells."""
        needed = attempt.policy.required_approvals
        if not needed:
            return ()
        short = attempt.plan.source.commit[:12]
        if attempt.forge is None:
            what = f"who approved commit {short} is unknown: no forge is known that keeps its pull requests"
            return (self._refuse("unknown", what, needed, "unknown", "name it: Workspace(…, forge=…)"),)
        pull = attempt.forge.brought(attempt.plan.source.commit)
        if pull is None:
            what = f"no pull request brought commit {short}"
            return (self._refuse("none", what, needed, "none", "open a pull request, and plan again once it is merged"),)
        return self._counted(pull, needed)

    def _counted(self, pull: PullRequest, needed: int) -> tuple[Refusal, ...]:
        names = ", ".join(str(one.by) for one in pull.counted)
        if len(pull.counted) >= needed:
            return ()
        found = f"{len(pull.counted)} ({names})" if names else "none"
        what = f"pull request {pull} was merged with too few approvals by others than {pull.author}"
        return (self._refuse("approvals", what, needed, found, "have it looked at: revert it, and ask for it again"),)

    def _refuse(self, case: str, what: str, needed: int, found: str, next_step: str) -> Refusal:
        expected = f"{needed} approval{'s' if needed > 1 else ''}"
        return Refusal(guard=self.name, code=f"review/{case}", what=what, expected=expected, found=found, next_step=next_step)
