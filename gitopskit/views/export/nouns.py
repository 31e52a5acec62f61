"""What is there to say of each noun?

One function per noun, from the noun to `Contents`; whatever has ``to_frame()`` is at least a table.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pandas as pd

from gitopskit import __version__
from gitopskit.errors import UsageError
from gitopskit.model.changes import Action
from gitopskit.model.differences import Differences
from gitopskit.model.events import Outcome
from gitopskit.model.fleet import FleetPlan
from gitopskit.model.paths import render_path
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report
from gitopskit.model.snapshot import Side, Snapshot, SourceRef, Target, Unreadable
from gitopskit.views.anybodys import sound_frame
from gitopskit.views.differences import to_differences
from gitopskit.views.export.contents import Contents, Sentence
from gitopskit.views.frames import to_fields, to_frame
from gitopskit.views.words import OUTCOMES, counted, fleet_counts, is_shown, moment_text

TOOL: Final = f"gitopskit/{__version__}"
_DONE: Final = {
    Action.CREATE: "to create", Action.UPDATE: "to update", Action.REPLACE: "to replace", Action.DELETE: "to delete",
    Action.READ: "to read", Action.NO_OP: "left as they are",
}  # fmt: skip


def contents_of(noun: Any) -> Contents:
    """Return what there is to say of a plan, a report, a snapshot, the plans of a fleet, a frame, or whatever has ``to_frame()``.

    Raises
    ------
    UsageError
        It is none of these.
    """
    match noun:
        case Plan():
            return _plan(noun)
        case Report():
            return _report(noun)
        case Snapshot():
            return _snapshot(noun)
        case FleetPlan():
            return _fleet(noun)
        case pd.DataFrame():
            return _rows("rows", noun)
        case Differences():
            return replace(_rows("differences", to_differences(noun)), is_ours=True)
    if isinstance(noun, type) or not callable(getattr(noun, "to_frame", None)):
        raise UsageError(f"a {type(noun).__name__} cannot be exported", next_step="hand over a plan, a report, a snapshot or a frame")
    return _rows(type(noun).__name__.lower(), noun.to_frame())


def _plan(plan: Plan) -> Contents:
    moments = {
        "made": moment_text(plan.created_at),
        "valid until": moment_text(plan.expires_at),
        "made with": plan.tool,
        "plan id": plan.id,
    }
    tables = {"changes": to_frame(plan), "fields": to_fields(plan), "remarks": _remarks(plan), "unreadable": _blind(plan.unreadable)}
    return Contents(
        noun="plan",
        title=Sentence(words=f"Plan {plan.id[:12]} for", quote=plan.target.name),
        facts=_source_facts(plan.source) | _target_facts(plan.target) | moments,
        summary=(*_plan_summary(plan), *_warnings(plan.warnings)),
        tables=tables,
        named=_named(plan),
    )


def _named(plan: Plan) -> dict[str, str]:
    """Return the names that a plan knows besides those that it shows."""
    target, inventory = plan.target, plan.inventory
    found = dict.fromkeys(target.groups, "group") | {target.name: "target", target.user: "user", target.server: "host"}
    return found | ({inventory.name: "inventory", inventory.namespace: "namespace"} if inventory else {})


def _plan_summary(plan: Plan) -> list[Sentence]:
    counts = ", ".join(f"{count} {_DONE[action]}" for action, count in plan.counts.items() if action.writes)
    left = len(plan.changes) - len(plan.steps)
    if plan.is_empty:
        said = [Sentence(words=f"Nothing to do: {counted(len(plan.changes), 'object')} as desired, or left alone.", mood="good")]
    else:
        said = [Sentence(words=f"{counted(len(plan.changes), 'object')}: {counts or 'no step'}, {left} left as they are.")]
    drifted = sum(change.drift for change in plan.changes)
    stuck = sum(bool(change.problem) for change in plan.changes)
    contested = sum(bool(change.refused_conflicts) for change in plan.changes)
    said += _objection(drifted, f"{counted(drifted, 'object')} changed behind Git's back.")
    said += _objection(stuck, f"{counted(stuck, 'object')} cannot be applied, so the plan cannot.")
    said += _objection(contested, f"Fields of {counted(contested, 'object')} belong to somebody else.")
    return said + _blindness(plan.unreadable)


def _report(report: Report) -> Contents:
    plan = report.plan
    at = {"applied": moment_text(report.guards[0].at)} if report.guards else {}
    guards = [[event.name, event.outcome or Outcome.UNKNOWN, event.message] for event in report.guards]
    tables = {"steps": to_frame(report), "guards": _frame(["guard", "outcome", "message"], guards)}
    if report.proof is not None and not report.proof.is_empty:
        tables["not as desired"] = _not_as_desired(report.proof)
    return Contents(
        noun="report",
        title=Sentence(words=f"Report on plan {plan.id[:12]} for", quote=plan.target.name),
        facts=_source_facts(plan.source) | _target_facts(plan.target) | at | {"made with": plan.tool, "plan id": plan.id},
        summary=tuple(_report_summary(report)),
        tables=tables,
        named=_named(plan),
    )


def _report_summary(report: Report) -> list[Sentence]:
    counts = ", ".join(f"{count} {OUTCOMES[outcome].word}" for outcome, count in report.counts.items())
    passed = sum(event.outcome is Outcome.PASSED for event in report.guards)
    said = [Sentence(words=f"{counted(len(report.rows), 'step')}{': ' if counts else ''}{counts}."), _guards_said(passed, report)]
    if report.stopped:
        return [*said, Sentence(words="Stopped:", quote=report.stopped, mood="bad")]
    if report.proof is None:
        return said
    if report.proof.is_empty:
        looked = counted(len(report.proof.changes), "object")
        return [*said, Sentence(words=f"Proof: a second plan is empty. {looked} looked at again.", mood="good")]
    return [*said, Sentence(words="No proof: a second plan is not empty.", mood="bad")]


def _guards_said(passed: int, report: Report) -> Sentence:
    refused = [event.name for event in report.guards if event.outcome is Outcome.REFUSED]
    mood = "bad" if refused else ""
    return Sentence(words=f"{passed} of {counted(len(report.guards), 'guard')} passed{', refused by' if refused else '.'}",
                    quote=", ".join(refused), mood=mood)  # fmt: skip


def _snapshot(snapshot: Snapshot) -> Contents:
    facts = _source_facts(snapshot.source) if snapshot.source else {}
    facts |= _target_facts(snapshot.target) if snapshot.target else {}
    side = "Desired" if snapshot.side is Side.DESIRED else "Live"
    place = snapshot.target.name if snapshot.target else snapshot.source.path if snapshot.source else ""
    return Contents(
        noun="snapshot",
        title=Sentence(words=f"{side} state{' of' if place else ''}", quote=place),
        facts=facts | {"taken": moment_text(snapshot.taken_at), "made with": TOOL},
        summary=(
            Sentence(words=f"{counted(len(snapshot), 'object')}."),
            *_blindness(snapshot.unreadable),
            *_warnings(snapshot.warnings),
        ),
        tables={"objects": to_frame(snapshot), "unreadable": _blind(snapshot.unreadable)},
    )


def _fleet(fleet: FleetPlan) -> Contents:
    counts = ", ".join(f"{count} {look.word}" for look, count in fleet_counts(fleet))
    parts = [_not_as_desired(member.plan).assign(member=member.name) for member in fleet.members if member.plan]
    tables = {"members": to_frame(fleet)} | ({"changes": pd.concat(parts, ignore_index=True)} if parts else {})
    if parts:
        tables["changes"].insert(0, "member", tables["changes"].pop("member"))
    made = [moment_text(member.plan.created_at) for member in fleet.members if member.plan]
    return Contents(
        noun="fleet plan",
        title=Sentence(words=f"One commit beside {counted(len(fleet.members), 'member')} of a fleet"),
        facts=_source_facts(fleet.source) | ({"made": min(made)} if made else {}) | {"made with": TOOL},
        summary=(Sentence(words=f"{counted(len(fleet.members), 'member')}: {counts}."),),
        tables=tables,
        named={name: sort for member in fleet.members if member.plan for name, sort in _named(member.plan).items()},
    )


def _rows(name: str, frame: pd.DataFrame) -> Contents:
    return Contents(
        noun=name,
        title=Sentence(words="Export of", quote=name),
        facts={"made with": TOOL},
        summary=(Sentence(words=f"{counted(len(frame), 'row')}."),),
        tables={name: sound_frame(frame)},
        is_ours=False,
    )


def _remarks(plan: Plan) -> pd.DataFrame:
    """Return what is to be said of single objects besides their row: warnings, and fields that belong to somebody else."""
    rows = []
    for change in plan.changes:
        contested = [f"{render_path(one.path)} is owned by {one.owner}" for one in change.refused_conflicts]
        identity = [change.id.kind, change.id.namespace, change.id.name, change.id.group]
        rows += [[*identity, remark] for remark in (*contested, *change.warnings)]
    return _frame(["kind", "namespace", "name", "group", "remark"], rows)


def _not_as_desired(plan: Plan) -> pd.DataFrame:
    frame = to_frame(plan)
    return frame[[is_shown(change) for change in plan.changes]].reset_index(drop=True)


def _source_facts(source: SourceRef) -> dict[str, str]:
    reached = {True: "reached", False: "not reached", None: "unknown whether reached"}[source.on_trunk]
    trunk = {"trunk": source.trunk, "trunk reached": reached} if source.trunk else {}
    told = source.rendering
    chart = {"release": told.release, "values": ", ".join(told.values) or "the chart's own"} if told.release else {}
    return {
        "repository": source.url, "path": source.path or ".", "revision": source.revision, "commit": source.commit,
        **trunk, "rendered by": source.renderer, **chart,
    }  # fmt: skip


def _target_facts(target: Target) -> dict[str, str]:
    facts = {"target": target.name, "system": target.system, "version": target.version, "server": target.server, "user": target.user}
    return {name: value for name, value in facts.items() if value}


def _objection(count: int, words: str) -> list[Sentence]:
    return [Sentence(words=words, mood="bad")] if count else []


def _blindness(unreadable: tuple[Unreadable, ...]) -> list[Sentence]:
    return _objection(len(unreadable), f"{counted(len(unreadable), 'part')} of the system could not be read; nothing is pruned there.")


def _warnings(warnings: tuple[str, ...]) -> list[Sentence]:
    return [Sentence(words="Warning:", quote=warning) for warning in warnings]


def _blind(unreadable: tuple[Unreadable, ...]) -> pd.DataFrame:
    rows = [[one.group_kind or "everything", one.namespace, one.reason, one.message] for one in unreadable]
    return _frame(["group_kind", "namespace", "reason", "message"], rows)


def _frame(columns: list[str], rows: list[list[Any]]) -> pd.DataFrame:
    return pd.DataFrame([[str(item) for item in row] for row in rows], columns=columns).astype(dict.fromkeys(columns, "str"))
