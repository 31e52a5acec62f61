"""Where do Git and the live system disagree, and who moved?

The rows of a plan are the differences that an apply would settle; every field of them is a row here, with the value that Git had at the
base and the one that was last applied. What an apply would leave alone is compared by the same rules and hidden by a rule that says why.

Who moved is told from the last applied value, which is known from, in this order:

1. our own managed fields: a field that we still own has the value that we applied, for whoever changes it takes it over;
2. the commit of our last apply that went well, where the caller knows it (`Sides.applied`);
3. the annotation that ``kubectl apply`` leaves, for objects that we never applied;
4. nobody. Then the base stands in for it; without a base the row only says that the two differ.

The trap that shaped it: a default of the server on a field that Git has not stated so far looks as if somebody had changed it. A field
counts as drifted only if it was stated and is otherwise, or if its managed fields say that somebody set it after us.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from gitopskit.bulk import bulk
from gitopskit.errors import UsageError, plain
from gitopskit.model.baseline import Baseline
from gitopskit.model.changes import Change
from gitopskit.model.differences import Difference, Differences
from gitopskit.model.ids import ObjectId
from gitopskit.model.ignoring import IgnoreRule
from gitopskit.model.objects import Object
from gitopskit.model.plan import Plan
from gitopskit.model.snapshot import Snapshot
from gitopskit.planning.acceptance import Acceptance
from gitopskit.planning.comparison import Comparison
from gitopskit.planning.fields import field_rows
from gitopskit.planning.presence import is_whole, whole_row
from gitopskit.planning.sides import Commit, Sides
from gitopskit.planning.suppression import BASELINE_RULE, BUILT_IN, catalogue


@bulk()
def compare(
    plan: Plan, sides: Sides, *, rules: Iterable[IgnoreRule] = (), baseline: Baseline | None = None, now: datetime | None = None
) -> Differences:
    """Return every field on which the sides of a plan disagree, hidden ones included.

    Parameters
    ----------
    plan
        Made from `sides.head` and `sides.live`.
    rules
        Rules of the user; they hide rows of this look, and change nothing about the plan.
    baseline
        Drift that was accepted for a time.
    now
        The moment that decides whether the baseline still holds; by default when the live side was read.

    Raises
    ------
    UsageError
        Two rules have one id.
    BaselineError
        The baseline is another system's.
    """
    listed = tuple(rules)
    _check(listed)
    acceptance = Acceptance(baseline, plan, now or sides.live.taken_at)
    rows = tuple(acceptance.judge(_ignored(row, listed)) for row in _rows(plan, sides))
    own = {rule.id: rule.as_hiding for rule in listed}
    return Differences(
        plan=plan,
        rows=rows,
        rules=(*catalogue(own), *acceptance.rules),
        base=sides.base.source if sides.base else None,
        warnings=acceptance.warnings,
    )


def _check(rules: tuple[IgnoreRule, ...]) -> None:
    taken = {rule.id for rule in BUILT_IN} | {BASELINE_RULE}
    for rule in rules:
        if rule.id in taken:
            raise UsageError(f"two rules are called {plain(rule.id)}", next_step="give the ignore rule another id")
        taken.add(rule.id)


def _ignored(row: Difference, rules: tuple[IgnoreRule, ...]) -> Difference:
    """Return a row that would be shown, hidden if a rule of the user's says so."""
    found = "" if row.rule else next((rule.id for rule in rules if rule.matches(row.id, row.path, row.owners)), "")
    return replace(row, rule=found) if found else row


def _rows(plan: Plan, sides: Sides) -> Iterator[Difference]:
    head, base = (Commit(snapshot, plan, sides.live) for snapshot in (sides.head, sides.base))
    applied = base if sides.applied is sides.base else Commit(sides.applied, plan, sides.live)

    def compared(object_id: ObjectId, change: Change | None, live: Object | None) -> Comparison:
        return Comparison(id=object_id, change=change, live=live, head_at=head, base_at=base, applied_at=applied)

    for change in plan.changes:
        one = compared(change.id, change, _judged(change, sides.live))
        yield from (whole_row(one, sides.live.unreadable),) if is_whole(one) else field_rows(one, change)
    planned = {change.id for change in plan.changes}
    for object_id in dict.fromkeys((*base.ids, *applied.ids)):
        if object_id not in planned:
            yield whole_row(compared(object_id, None, sides.live.objects.get(object_id)), sides.live.unreadable)


def _judged(change: Change, live: Snapshot) -> Object | None:
    """Return the live object, if it is the very reading that the plan judged."""
    found = live.objects.get(change.id)
    if found is None or (change.api_version and found.api_version != change.api_version):
        return None
    return found if change.resource_version in ("", found.resource_version) else None
