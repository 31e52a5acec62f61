"""Is everything that the plan writes ours to write?"""

from __future__ import annotations

from collections.abc import Iterator

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal
from gitopskit.model.changes import Change, Conflict
from gitopskit.model.paths import render_path


class OwnershipGuard:
    """Looks for objects that another tool manages, and for contested fields that the plan does not take over."""

    name = "ownership"
    is_waivable = True
    asks_system = False

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse what belongs to others, unless the plan says that it is adopted or taken over."""
        return tuple(refusal for change in attempt.plan.steps for refusal in self._check(change, attempt))

    def _check(self, change: Change, attempt: Attempt) -> Iterator[Refusal]:
        if change.owner and not attempt.plan.options.adopt:
            advice = "leave it out; or take it over, if that is agreed: plan(adopt=True), --adopt"
            yield Refusal(
                guard=self.name, code="ownership/object", id=change.id, what=f"it belongs to others: {change.owner}", next_step=advice
            )
        for conflict in change.refused_conflicts:
            yield self._conflict(change, conflict)
        if not attempt.policy.allow_force and any(conflict.forced for conflict in change.conflicts):
            what = "it takes fields over (allow_force is off)"
            yield Refusal(guard=self.name, code="ownership/force", id=change.id, what=what, next_step="allow it in the policy")

    def _conflict(self, change: Change, conflict: Conflict) -> Refusal:
        path = render_path(conflict.path)
        advice = f"take it out of Git; or take it over: plan(force_fields=['{change.id}: {path}'])"
        return Refusal(guard=self.name, code="ownership/field", id=change.id, what=f"{path} is owned by {conflict.owner}", next_step=advice)
