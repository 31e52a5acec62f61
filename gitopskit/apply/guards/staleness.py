"""Has the world moved since the plan was shown?

The plan is made again. Each of its steps must be the step that was approved, or have become unnecessary; and no step may have come
up that nobody saw, nor one that is left out and that a step of the part cannot do without. What is sent is the fresh plan, with the
versions of this moment.

The trap that shaped it: after a crash some steps are done. Done means that the fresh plan finds nothing left to do there, whoever
did it, so a resumed apply needs no special case; but for a replacement that had got no further than the deletion. And a step that
was given up is not one that was done: an object that is kept was not deleted. And a step that is left out is no step: what a part
has come to need would come up unseen, so a part is held against its needs, whoever chose it and however.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal
from gitopskit.model.changes import Action, Change
from gitopskit.model.ids import ObjectId
from gitopskit.model.paths import render_path
from gitopskit.model.plan import Plan, step_content
from gitopskit.planning.needs import Need, needs_of


class StalenessGuard:
    """Plans again and compares."""

    name = "staleness"
    is_waivable = False
    asks_system = True

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse when the steps would no longer be those that were approved; name only what differs."""
        attempt.fresh = attempt.plan_again()
        return (
            *self._given_up(attempt.plan, attempt.fresh),
            *self._moved(attempt, attempt.fresh),
            *self._needed(attempt.plan, attempt.fresh),
        )

    def _given_up(self, plan: Plan, fresh: Plan) -> Iterator[Refusal]:
        """Yield deletions that the fresh plan leaves out although the object is still there."""
        kept = {change.id: change for change in fresh.changes if not change.action.writes}
        for before in plan.steps:
            if before.action is Action.DELETE and (now := kept.get(before.id)):
                yield self._refuse(now, "given-up", "it would no longer be deleted", "delete", now.reason)

    def _moved(self, attempt: Attempt, fresh: Plan) -> Iterator[Refusal]:
        approved = {change.id: change for change in attempt.plan.steps}
        for change in fresh.steps:
            before = approved.get(change.id)
            if before is None:
                yield self._refuse(change, "new-step", "a step came up that the plan did not have", "", change.action.value)
            elif not _is_same(before, change) and not _is_half_done(before, change, attempt):
                expected, found = _difference(before, change)
                yield self._refuse(change, "moved", "it moved since the plan was made", expected, found)

    def _needed(self, plan: Plan, fresh: Plan) -> Iterator[Refusal]:
        """Yield the steps that need others which are left out."""
        for one, needs in _left_out_needs(plan, fresh).items():
            more = f", and {len(needs) - 1} more" if len(needs) > 1 else ""
            yield Refusal(
                guard=self.name, code="staleness/needs-left-out", id=one,
                what=f"it needs a step that is left out: {needs[0].needs} ({needs[0].why}){more}",
                next_step="plan again, look at it, and choose again: what is needed is taken along",
            )  # fmt: skip

    def _refuse(self, change: Change, case: str, what: str, expected: str, found: str) -> Refusal:
        return Refusal(
            guard=self.name, code=f"staleness/{case}", id=change.id, what=what, expected=expected, found=found,
            next_step="plan again and look at it",
        )  # fmt: skip


def _left_out_needs(plan: Plan, fresh: Plan) -> Mapping[ObjectId, list[Need]]:
    """Return what the steps of a part need now and the part leaves out, by step."""
    found: dict[ObjectId, list[Need]] = defaultdict(list)
    steps, left_out = ({change.id for change in changes} for changes in (fresh.steps, fresh.left_out))
    for need in needs_of(fresh, known=[change.id for change in plan.changes]) if left_out else ():
        if need.id in steps and need.needs in left_out:
            found[need.id].append(need)
    return found


def _is_same(before: Change, after: Change) -> bool:
    """Whether it is the same step, on the same incarnation, and nobody has claimed the object since."""
    return step_content(before) == step_content(after) and before.uid == after.uid and before.owner == after.owner


def _is_half_done(before: Change, after: Change, attempt: Attempt) -> bool:
    """Whether this plan itself has deleted the object in order to create it anew, and came no further."""
    is_rest = before.action is Action.REPLACE and after.action is Action.CREATE and before.desired_digest == after.desired_digest
    return is_rest and before.id in attempt.record.begun


def _difference(before: Change, after: Change) -> tuple[str, str]:
    if before.action is not after.action:
        return before.action.value, after.action.value
    old, new = ({render_path(f.path): (f.before, f.after) for f in change.fields} for change in (before, after))
    for path in [*new, *old]:
        if old.get(path) != new.get(path):
            return _step(path, old.get(path)), _step(path, new.get(path))
    if before.owner != after.owner:
        return before.owner or "no other owner", after.owner or "no other owner"
    if before.uid != after.uid:
        return f"uid {before.uid or 'none'}", f"uid {after.uid or 'none'}: it was made anew"
    if before.problem != after.problem:
        return before.problem or "no problem", after.problem or "no problem"
    if before.conflicts != after.conflicts:
        return "the same conflicts", "other conflicts"
    return "the same content", "other content"


def _step(path: str, values: tuple[object, object] | None) -> str:
    return f"{path}: {values[0]} → {values[1]}" if values else f"{path} untouched"
