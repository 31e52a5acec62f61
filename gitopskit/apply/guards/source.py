"""Does the desired state come from where changes have been agreed on, and is it still the same?"""

from __future__ import annotations

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal
from gitopskit.model.snapshot import snapshot_digest


class SourceGuard:
    """Compares the commit with the trunk, and the commit rendered again with what was planned."""

    name = "source"
    is_waivable = True
    asks_system = False

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse a commit that has not reached the trunk, and a render that is not reproducible."""
        source = attempt.plan.source
        if snapshot_digest(attempt.desired) != attempt.plan.desired_digest:
            what = f"commit {source.commit[:12]} renders to something else than was planned"
            return (
                Refusal(
                    guard=self.name, code="source/render", what=what, next_step="plan again, as the same user and with the same renderer"
                ),
            )
        if not attempt.policy.require_trunk or source.on_trunk:
            return ()
        if not source.trunk:
            advice = 'name it: Workspace(…, trunk="main"), or --trunk main'
            return (Refusal(guard=self.name, code="source/no-trunk", what="no trunk is named", next_step=advice),)
        what = f"commit {source.commit[:12]} has not reached {source.trunk}"
        if source.on_trunk is None:
            what = f"whether commit {source.commit[:12]} has reached {source.trunk} is unknown: the clone is shallow"
        return (
            Refusal(
                guard=self.name,
                code="source/not-on-trunk",
                what=what,
                next_step="merge it through a reviewed pull request, then plan again",
            ),
        )
