"""An object that is on one side only, or could not be read: one row for all of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from gitopskit.model.changes import Action, Confidence, Judgement, Method
from gitopskit.model.differences import Difference, DifferenceClass, SyncStatus, Witness
from gitopskit.model.snapshot import Unreadable
from gitopskit.planning.comparison import Body, Comparison, who_moved
from gitopskit.planning.diff import declared, stated
from gitopskit.planning.severity import severity_of
from gitopskit.planning.suppression import ARRIVED_RULE

COMPARED: Final = Judgement(method=Method.COMPARED, confidence=Confidence.BEST_EFFORT)


def is_whole(one: Comparison) -> bool:
    """Whether the object is missing, extra or unreadable, so that there are no fields to compare."""
    change = one.change
    return change is None or change.action is Action.READ or one.head is None or (one.live is None and change.action is Action.CREATE)


def whole_row(one: Comparison, unreadable: Iterable[Unreadable]) -> Difference:
    """Return the row of such an object; of one that is gone on both sides, hidden."""
    sync = _sync(one, unreadable)
    last, witness = _last_applied(one)
    base, head, live = _all_of(one.base), _all_of(one.head), declared(one.live.body) if one.live else None
    cause = DifferenceClass.UNREADABLE
    if sync is not SyncStatus.UNREADABLE:
        cause = _cause(one, base is not None, head is not None, live is not None, None if witness is Witness.NOBODY else last is not None)
    return Difference(
        id=one.id, path=(), cause=cause, sync=sync, severity=severity_of(one.id, ()), base=base, head=head, live=live, last_applied=last,
        witness=witness, planned=_planned(one, head, live), judgement=one.change.judgement if one.change else COMPARED,
        rule=ARRIVED_RULE if sync is SyncStatus.SYNCED else "", owners=tuple(entry.owner for entry in one.entries),
        origin=one.change.origin if one.change else None,
    )  # fmt: skip


def _sync(one: Comparison, unreadable: Iterable[Unreadable]) -> SyncStatus:
    change = one.change
    is_judged = change is not None and not change.problem
    if (change is not None and change.action is Action.READ) or (
        one.live is None and not is_judged and any(part.covers(one.id) for part in unreadable)
    ):
        return SyncStatus.UNREADABLE
    if one.live is not None:
        return SyncStatus.EXTRA
    return SyncStatus.MISSING if one.head is not None else SyncStatus.SYNCED


def _last_applied(one: Comparison) -> tuple[Any, Witness]:
    if one.applied is not None:
        return stated(one.applied), Witness.COMMIT
    if one.live is not None and one.ours is not None:
        return declared(one.live.body), Witness.OWNED
    if one.live is not None and one.live.remembered is not None:
        return stated(one.live.remembered), Witness.ANNOTATION
    return None, Witness.COMMIT if one.applied_at.is_known else Witness.NOBODY


def _cause(one: Comparison, base: bool, head: bool, live: bool, last: bool | None) -> DifferenceClass:
    git_moved = head != base if one.base_at.is_known else head != last if last is not None else None
    before = last if last is not None else base if one.base_at.is_known else None
    return who_moved(git_moved, live != before if before is not None else None)


def _planned(one: Comparison, head: Any, live: Any) -> Any:
    action = one.change.action if one.change else Action.NO_OP
    return head if action is Action.CREATE else None if action is Action.DELETE else live


def _all_of(body: Body | None) -> Any:
    return stated(body) if body is not None else None
