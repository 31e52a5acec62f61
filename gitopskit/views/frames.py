"""What does a noun look like as a data frame?

One row per object, change, field or step, with stable columns and dtypes, empty frames included. Secrets are fixed marks. Every
noun has `to_frame()` once the views are imported: the nouns themselves know no pandas (see ``docs/decisions``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from gitopskit.errors import UsageError, expect, plain
from gitopskit.model.changes import Action, Change
from gitopskit.model.fleet import FleetPlan, MemberPlan
from gitopskit.model.health import Health
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object, Origin
from gitopskit.model.paths import render_path
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report
from gitopskit.model.snapshot import Side, Snapshot, SourceRef
from gitopskit.planning.health import assess
from gitopskit.planning.managed import entries, leaves
from gitopskit.planning.selection import Selection
from gitopskit.views.words import sync_status, value_text

_TEXT: Final = "str"
_ID: Final = {"kind": _TEXT, "namespace": _TEXT, "name": _TEXT, "group": _TEXT}

SNAPSHOT: Final = _ID | {"api_version": _TEXT, "origin": _TEXT, "uid": _TEXT, "resource_version": _TEXT}
PLAN: Final = {
    "action": _TEXT, "sync": _TEXT, **_ID, "fields": "int64", "drift": "bool", "classes": _TEXT, "reason": _TEXT,
    "method": _TEXT, "confidence": _TEXT, "problem": _TEXT, "managed_by": _TEXT, "wave": "int64", "origin": _TEXT,
    "left_out": "bool",
}  # fmt: skip
FIELDS: Final = {
    "action": _TEXT, **_ID, "path": _TEXT, "change": _TEXT, "live": _TEXT, "desired": _TEXT, "owner": _TEXT, "operation": _TEXT,
    "time": _TEXT, "contested": "bool", "forced": "bool", "drift": "bool", "method": _TEXT, "origin": _TEXT,
}  # fmt: skip
OWNERS: Final = {**_ID, "path": _TEXT, "owner": _TEXT, "operation": _TEXT, "subresource": _TEXT, "time": _TEXT}
HEALTH: Final = {
    **_ID, "health": _TEXT, "health_message": _TEXT, "health_rule": _TEXT, "kstatus": _TEXT, "kstatus_message": _TEXT,
    "disagree": "bool",
}  # fmt: skip
FLEET: Final = {
    "member": _TEXT, "state": _TEXT, "creates": "int64", "updates": "int64", "replaces": "int64", "deletes": "int64", "drifted": "int64",
    "problems": "int64", "in_sync": "bool", "plan": _TEXT, "server": _TEXT, "seconds": "float64", "message": _TEXT,
}  # fmt: skip
SELECTION: Final = {"state": _TEXT, **_ID, "other": _TEXT, "reason": _TEXT}
REPORT: Final = {"outcome": _TEXT, "action": _TEXT, **_ID, "message": _TEXT}


def to_frame(noun: Snapshot | Plan | Report | FleetPlan | Selection) -> pd.DataFrame:
    """Return a noun as a frame: one row per object of a snapshot, change of a plan, or step of a report.

    Columns
    -------
    Snapshot
        kind, namespace, name, group, api_version : str — identity and version.
        origin : str — ``file:line@commit`` of a desired object; uid, resource_version : str — of a live one.
    Plan
        action : str — no-op, create, update, replace, delete, read; sync : str — Synced, OutOfSync, Missing, Extra, Unreadable.
        kind, namespace, name, group : str — identity. fields : int64 — how many fields change. drift : bool — changed behind our back.
        classes, reason, method, confidence, problem, managed_by : str — why, how it was judged, what stands against it, and who else
        manages the object.
        wave : int64 — order. origin : str — the place in Git. left_out : bool — it would be a step, and was not chosen.
    Report
        outcome, action : str — what became of each step. kind, namespace, name, group : str — identity. message : str — why.
    FleetPlan
        member, state : str — which cluster, and how far its plan came. creates, updates, replaces, deletes, drifted, problems : int64.
        in_sync : bool. plan, server : str — the plan's id and the address. seconds : float64 — how long it took. message : str — why
        there is no plan.
    Selection
        state : str — taken along, left out. kind, namespace, name, group : str — which step. other : str — for whose sake, or for want of
        which. reason : str — why.
    """
    expect(noun, (Snapshot, Plan, Report, FleetPlan, Selection), "gk.to_frame(ws.plan())")
    match noun:
        case Snapshot():
            return _frame(
                SNAPSHOT,
                (
                    [*_identity(o.id), o.api_version, _place(o.origin, noun.source), o.uid, o.resource_version]
                    for o in noun.objects.values()
                ),
            )
        case Selection():
            return _frame(SELECTION, _selection_rows(noun))
        case FleetPlan():
            return _frame(FLEET, map(_member_row, noun.members))
        case Plan():
            return _frame(PLAN, (_plan_row(change, noun) for change in noun.changes))
    return _frame(REPORT, ([row.outcome.value, row.action, *_identity(row.id), row.message] for row in noun.rows))


def ids_in(frame: pd.DataFrame) -> list[ObjectId]:
    """Return the identities of the rows of a plan's or a snapshot's frame, or of a part of one.

    Raises
    ------
    UsageError
        Columns that tell the identity are missing.
    """
    columns = ["group", "kind", "namespace", "name"]
    if missing := [column for column in columns if column not in frame.columns]:
        what = f"these rows do not say which objects they are: {', '.join(missing)} is missing"
        raise UsageError(what, next_step="take rows of plan.to_frame(), with all columns")
    rows = frame[columns].itertuples(index=False, name=None)
    return [ObjectId(group=group, kind=kind, namespace=namespace, name=name) for group, kind, namespace, name in rows]


def to_fields(plan: Plan) -> pd.DataFrame:
    """Return the field changes of a plan, one row per field and owner.

    Columns
    -------
    action, kind, namespace, name, group : str — the change that the field belongs to.
    path : str — as kube-apiserver prints it. change : str — add, change, remove.
    live, desired : str — the two values; secrets as a fixed mark, absent as empty.
    owner, operation, time : str — who holds the live field, how and since when.
    contested, forced, drift : bool — somebody else owns it; the plan takes it over; the object was changed behind our back.
    method, origin : str — how it was judged, and the place in Git.
    """
    expect(plan, Plan, "gk.to_fields(ws.plan())")
    return _frame(FIELDS, (row for change in plan.steps for row in _field_rows(change, plan.source)))


def to_owners(snapshot: Snapshot) -> pd.DataFrame:
    """Return who owns which field of live objects, one row per field and owner.

    Columns
    -------
    kind, namespace, name, group : str — the object. path : str — the field, as kube-apiserver prints it.
    owner, operation, subresource, time : str — the field manager, how and through what it set the field, and since when.
    """
    expect(snapshot, Snapshot, "gk.to_owners(ws.live())")
    rows = (
        [*_identity(item.id), render_path(path), entry.owner.name, entry.owner.operation, entry.owner.subresource, entry.owner.time]
        for item in snapshot.objects.values()
        for entry in entries(item.body)
        for path in leaves(entry.fields)
    )
    return _frame(OWNERS, rows)


def to_health(snapshot: Snapshot) -> pd.DataFrame:
    """Return how the live objects do by two sets of rules, one row per object.

    Columns
    -------
    kind, namespace, name, group : str — the object.
    health, health_message : str — Argo CD's word, and why; empty where our table has no rule of Argo CD for the kind.
    health_rule : str — project and file that the word comes from.
    kstatus, kstatus_message : str — the word of kstatus, which Flux waits for, and why.
    disagree : bool — the two words mean different things.

    Raises
    ------
    UsageError
        The snapshot is of desired state, which has no health.

    Notes
    -----
    What each word is judged by, kind by kind: ``docs/health.md``.
    """
    expect(snapshot, Snapshot, "gk.to_health(ws.live())")
    if snapshot.side is not Side.LIVE:
        raise UsageError("health is judged on live objects; this is desired state", next_step="ws.live().to_health()")
    return _frame(HEALTH, (_health_row(item, assess(item, snapshot.taken_at)) for item in snapshot.objects.values()))


def _health_row(item: Object, health: Health) -> list[Any]:
    ours = [str(health.status or ""), plain(health.message), health.rule]
    return [*_identity(item.id), *ours, health.kstatus.value, plain(health.kstatus_message), health.disagrees]


def _plan_row(change: Change, plan: Plan) -> list[Any]:
    return [
        change.action.value, sync_status(change), *_identity(change.id), len(change.fields), change.drift,
        ", ".join(sorted(item.value for item in change.classes)), change.reason, change.judgement.method.value,
        change.judgement.confidence.value, change.problem, change.owner, change.wave, _place(change.origin, plan.source),
        plan.leaves_out(change),
    ]  # fmt: skip


def _selection_rows(selection: Selection) -> Iterable[list[Any]]:
    for need in selection.dragged:
        yield ["taken along", *_identity(need.needs), str(need.id), need.why]
    for need in selection.blocked:
        yield ["left out", *_identity(need.id), str(need.needs), need.why]


def _member_row(member: MemberPlan) -> list[Any]:
    counts = [member.counts[action] for action in (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE)]
    plan, server = (member.plan.id, member.plan.target.server) if member.plan else ("", "")
    standing = [member.drifted, member.problems, member.is_in_sync, plan, server]
    return [member.name, member.state.value, *counts, *standing, member.seconds, member.message]


def _field_rows(change: Change, source: SourceRef) -> Iterable[list[Any]]:
    contested = {conflict.path: conflict for conflict in change.conflicts}
    for field in change.fields:
        conflict = contested.get(field.path)
        for owner in field.owners or (None,):
            yield [
                change.action.value, *_identity(change.id), render_path(field.path), field.action.value, value_text(field.before),
                value_text(field.after), owner.name if owner else "", owner.operation if owner else "", owner.time if owner else "",
                conflict is not None, bool(conflict and conflict.forced), change.drift, change.judgement.method.value,
                _place(change.origin, source),
            ]  # fmt: skip


def _place(origin: Origin | None, source: SourceRef | None) -> str:
    return origin.at(source.commit if source else "") if origin else ""


def _identity(object_id: Any) -> list[str]:
    return [object_id.kind, object_id.namespace, object_id.name, object_id.group]


def _frame(columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns)).astype(dict(columns))
