"""Is this still the newest that was agreed on?"""

from __future__ import annotations

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal


class TrunkGuard:
    """Asks Git once more what the trunk has by now, and the plan's commit lacks."""

    name = "trunk"
    is_waivable = True
    asks_system = False

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse a commit that the trunk has left behind, and one of which that is unknown."""
        source = attempt.plan.source
        if not attempt.policy.require_trunk_tip:
            return ()
        if not source.trunk:
            return (self._refuse("no-trunk", "no trunk is named", "", "", 'name it: Workspace(…, trunk="main"), or --trunk main'),)
        ahead = attempt.ahead() if attempt.ahead else None
        if ahead is None:
            what = f"whether {source.trunk} moved on from commit {source.commit[:12]} is unknown"
            return (self._refuse("unknown", what, "known", "unknown", "fetch the whole history: git fetch --unshallow"),)
        if not ahead.count:
            return ()
        noun = "commit" if ahead.count == 1 else "commits"
        what = f"{source.trunk} moved: it has {ahead.count} {noun} that the plan lacks"
        return (self._refuse("moved", what, ahead.tip[:12], source.commit[:12], "plan again, from the trunk"),)

    def _refuse(self, case: str, what: str, expected: str, found: str, next_step: str) -> Refusal:
        return Refusal(guard=self.name, code=f"trunk/{case}", what=what, expected=expected, found=found, next_step=next_step)
