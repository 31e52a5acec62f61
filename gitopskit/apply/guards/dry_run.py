"""Does the system itself accept every step, this moment?"""

from __future__ import annotations

from collections.abc import Iterator

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal
from gitopskit.model.changes import Change
from gitopskit.model.paths import render_path


class DryRunGuard:
    """Looks for steps that the fresh plan already knows to fail."""

    name = "dry-run"
    is_waivable = False
    asks_system = True

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse a plan with a problem anywhere, or a field that it would not get, before anything else of it is written."""
        attempt.fresh = attempt.fresh or attempt.plan_again()
        fresh = attempt.fresh
        ours = [change for change in fresh.changes if not fresh.leaves_out(change)]
        return tuple(refusal for change in ours for refusal in self._check(change, fresh.source.commit))

    def _check(self, change: Change, commit: str) -> Iterator[Refusal]:
        if change.problem:
            advice = f"correct {change.origin.at(commit) if change.origin else 'it'}, commit, and plan again"
            yield Refusal(guard=self.name, code="dry-run/problem", id=change.id, what=change.problem, next_step=advice)
        for conflict in change.refused_conflicts if change.action.writes else ():
            path = render_path(conflict.path)
            what, advice = f"the system will not give {path} away, {conflict.owner} owns it", f"force_fields=['{change.id}: {path}']"
            yield Refusal(guard=self.name, code="dry-run/conflict", id=change.id, what=what, next_step=f"plan again with {advice}")
