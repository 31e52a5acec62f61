"""The fields of an object that is on both sides: what an apply would change, and what it would leave alone.

What changes is taken from the plan as it stands there, never computed again. Everything else that differs between Git and the live object
is, by the plan's own judgement, left alone, and gets a rule that says why. An object that could not be judged has no such judgement: what
differs there is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from gitopskit.model.changes import Action, Change, FieldAction, FieldChange
from gitopskit.model.differences import Difference, DifferenceClass, SyncStatus
from gitopskit.model.paths import FieldPath
from gitopskit.model.values import UNKNOWN
from gitopskit.planning.classes import drifted, is_drift
from gitopskit.planning.comparison import Comparison, is_we
from gitopskit.planning.diff import SERVER_METADATA, differences
from gitopskit.planning.severity import severity_of
from gitopskit.planning.suppression import (
    ARRIVED_RULE,
    READ_ANEW_RULE,
    SERVER_METADATA_RULE,
    STATUS_RULE,
    STORED_RULE,
    rule_for_live_only,
)

_IDENTITY: Final = frozenset({("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")})
_MANAGED: Final = ("metadata", "managedFields")


def field_rows(one: Comparison, change: Change) -> Iterator[Difference]:
    """Yield the rows of an object that is on both sides, from its row of the plan: first what an apply would change."""
    told = list(_changed(one, change))
    left = list(_left(one, change, told))
    rows = [*told, *left]
    if change.action.writes and all(row.rule for row in rows):
        rows.append(_without_fields(one, change))
    yield from rows
    yield from _arrived(one, change, rows)


def _changed(one: Comparison, change: Change) -> Iterator[Difference]:
    """Yield one row per field of the plan's row."""
    moved = _moved(one, change)
    rows = [_row(one, change, field, is_drift=field.path in moved) for field in change.fields]
    direct = _by_beginning(row for row in rows if row.head is not None or row.base is not None or row.planned is None)
    for row in rows:
        is_consequence = direct and row.head is None and row.base is None and row.planned is not None and row.path not in moved
        yield replace(row, cause=_nearest(row.path, direct).cause) if is_consequence else row


def _moved(one: Comparison, change: Change) -> frozenset[FieldPath]:
    """Return the fields that somebody set after us, as far as managed fields tell; of another reading, as far as the plan does."""
    if one.live is not None:
        found = frozenset(field.path for field in drifted(one.live.body, change.fields))
        if found or not change.drift:
            return found
    return frozenset(field.path for field in change.fields if change.drift and not any(map(is_we, field.owners)))


def _by_beginning(rows: Iterable[Difference]) -> dict[FieldPath, Difference]:
    """Return the first row of each beginning of a path, so that thousands of fields are not compared with one another."""
    found: dict[FieldPath, Difference] = {}
    for row in rows:
        for length in range(len(row.path) + 1):
            found.setdefault(row.path[:length], row)
    return found


def _nearest(path: FieldPath, rows: Mapping[FieldPath, Difference]) -> Difference:
    """Return the row with the longest beginning in common: a default comes with what was stated around it."""
    return next(rows[path[:length]] for length in range(len(path), -1, -1) if path[:length] in rows)


def _left(one: Comparison, change: Change, told: list[Difference]) -> Iterator[Difference]:
    """Yield a row per field that differs and is left alone."""
    if one.live is None:
        yield _plain_row(one, change, (), DifferenceClass.LIVE_ONLY, READ_ANEW_RULE)
        return
    known = _Covered(row.path for row in told)
    for field in differences(one.head or {}, one.live.body):
        if field.path not in _IDENTITY and not known.covers(field.path):
            yield _left_row(one, change, field)
    yield from _kept_by_the_server(one, change)


def _left_row(one: Comparison, change: Change, field: FieldChange) -> Difference:
    """Return the row of one field that the plan leaves alone; `field` goes from Git to live."""
    owners = one.owners(field.path)
    if field.action is FieldAction.ADD:
        base = one.base_value(field.path) if one.base is not one.head else None
        rule = rule_for_live_only(owners, base)
        values = {"base": base, "live": field.after, "planned": field.after, "owners": owners}
        return _plain_row(one, change, field.path, DifferenceClass.LIVE_ONLY, rule, **values)
    action = FieldAction.ADD if field.action is FieldAction.REMOVE else FieldAction.CHANGE
    turned = replace(field, action=action, before=field.after, after=field.after, owners=owners)
    if not change.problem:
        return replace(_row(one, change, turned, is_drift=False), cause=DifferenceClass.SAME_WHEN_STORED, rule=STORED_RULE)
    return _row(one, change, turned, is_drift=one.live is not None and is_drift(one.live.body, [turned]))


def _kept_by_the_server(one: Comparison, change: Change) -> Iterator[Difference]:
    body = one.live.body if one.live is not None else {}
    metadata = body.get("metadata") or {}
    kept: list[tuple[FieldPath, Any, str]] = [
        (("metadata", name), value, SERVER_METADATA_RULE) for name, value in metadata.items() if name in SERVER_METADATA
    ]
    if "status" in body:
        kept.append((("status",), body["status"], STATUS_RULE))
    for path, value, rule in kept:
        yield _plain_row(one, change, path, DifferenceClass.LIVE_ONLY, rule, live=value, planned=value)


def _without_fields(one: Comparison, change: Change) -> Difference:
    """Return the row of a step that changes no field: only who owns which, or it cannot be taken."""
    is_moved = one.base_at.is_known and one.base is not one.head and differences(one.base or {}, one.head or {})
    cause = DifferenceClass.CHANGED_IN_GIT if is_moved else DifferenceClass.DIFFERS
    return _plain_row(one, change, () if change.problem else _MANAGED, cause, planned=UNKNOWN)


def _arrived(one: Comparison, change: Change, rows: list[Difference]) -> Iterator[Difference]:
    """Yield what changed in Git since the base and is live already."""
    if not one.base_at.is_known or one.base is one.head:
        return
    if one.base is None:
        if change.action is Action.NO_OP:
            yield _plain_row(one, change, (), DifferenceClass.CHANGED_IN_GIT, ARRIVED_RULE)
        return
    known = _Covered(row.path for row in rows if row.path)
    for field in differences(one.base, one.head or {}):
        if not known.covers(field.path):
            values = {"base": field.before, "head": field.after, "live": field.after, "planned": field.after}
            owners = one.owners(field.path)
            yield _plain_row(one, change, field.path, DifferenceClass.CHANGED_IN_GIT, ARRIVED_RULE, owners=owners, **values)


def _row(one: Comparison, change: Change, field: FieldChange, *, is_drift: bool) -> Difference:
    last = one.last_applied(field.path, field.before, field.owners)
    cause = one.cause(field.path, field.before, last, is_drift=is_drift)
    value, witness = last
    return _plain_row(
        one, change, field.path, cause, base=one.base_value(field.path), head=one.head_value(field.path), live=field.before,
        last_applied=value, witness=witness, planned=field.after, owners=field.owners,
    )  # fmt: skip


def _plain_row(one: Comparison, change: Change, path: FieldPath, cause: DifferenceClass, rule: str = "", **values: Any) -> Difference:
    sync = SyncStatus.SYNCED if change.action is Action.NO_OP else SyncStatus.OUT_OF_SYNC
    return Difference(
        id=one.id, path=path, cause=cause, sync=sync, severity=severity_of(one.id, path), judgement=change.judgement, rule=rule,
        origin=change.origin, **values,
    )  # fmt: skip


class _Covered:
    """Paths that are told already, and everything above and below them."""

    def __init__(self, paths: Iterable[FieldPath]) -> None:
        self._paths = set(paths)
        self._above = {path[:length] for path in self._paths for length in range(len(path))}

    def covers(self, path: FieldPath) -> bool:
        """Whether a path is one of them, above or below."""
        if not self._paths:
            return False
        return path in self._above or any(path[:length] in self._paths for length in range(len(path) + 1))
