"""Has the world moved since the plan was shown?

The plan is made again. Each of its steps must be the step that was approved, or have become unnecessary; and no step may have come
up that nobody saw. What is sent is the fresh plan, with the versions of this moment.

The trap that shaped it: after a crash some steps are done. Done means that the fresh plan finds nothing left to do there, whoever
did it, so a resumed apply needs no special case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal
from gitopskit.model.changes import Change
from gitopskit.model.ids import ObjectId
from gitopskit.model.paths import render_path
from gitopskit.model.plan import Plan, step_content


class StalenessGuard:
    """Plans again and compares."""

    name = "staleness"
    is_waivable = False
    asks_system = True

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse when the steps would no longer be those that were approved; name only what differs."""
        attempt.fresh = attempt.plan_again()
        approved = {change.id: change for change in attempt.plan.steps}
        return tuple(self._check(approved, attempt.fresh))

    def _check(self, approved: Mapping[ObjectId, Change], fresh: Plan) -> Iterator[Refusal]:
        for change in fresh.steps:
            before = approved.get(change.id)
            if before is None:
                yield self._refuse(change, "a step came up that the plan did not have", "", change.action.value)
            elif step_content(before) != step_content(change):
                expected, found = _difference(before, change)
                yield self._refuse(change, "it moved since the plan was made", expected, found)

    def _refuse(self, change: Change, what: str, expected: str, found: str) -> Refusal:
        return Refusal(guard=self.name, id=change.id, what=what, expected=expected, found=found, next_step="plan again and look at it")


def _difference(before: Change, after: Change) -> tuple[str, str]:
    if before.action is not after.action:
        return before.action.value, after.action.value
    old, new = ({render_path(f.path): (f.before, f.after) for f in change.fields} for change in (before, after))
    for path in [*new, *old]:
        if old.get(path) != new.get(path):
            return _step(path, old.get(path)), _step(path, new.get(path))
    return before.problem or "the same conflicts", after.problem or "other conflicts"


def _step(path: str, values: tuple[object, object] | None) -> str:
    return f"{path}: {values[0]} → {values[1]}" if values else f"{path} untouched"
