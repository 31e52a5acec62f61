"""Does what was applied in a workspace still hold?

What was applied is known from the journal and the ledger; whether it holds is found by looking again: at what Git says now, at the
options, and at a plan of this moment. That is a reading, for the last plan that was applied alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gitopskit.apply.journal import Journal, Record
from gitopskit.errors import GitopskitError
from gitopskit.model.plan import Plan, PlanOptions
from gitopskit.model.snapshot import snapshot_digest
from gitopskit.model.strip import Standing, Strip, StripRow
from gitopskit.sources.git import public

if TYPE_CHECKING:
    from gitopskit.notebook.workspace import Workspace

LATER: Final = "a later plan was applied"
EARLIER_SHOWN: Final = 20


def strip_of(workspace: Workspace) -> Strip:
    """Say of each plan of a workspace how it stands, the oldest first: those that the ledger knows from before, and those made here.

    The last one that was applied is looked at again.
    """
    plans = [item for item in workspace.history if isinstance(item, Plan)]
    records = {plan.id: Journal(plan.id).read() for plan in plans}
    applied = [plan for plan in plans if records[plan.id].is_finished and plan.steps]
    earlier = [_earlier_row(entry) for entry in _earlier(workspace, {plan.id for plan in plans})]
    if applied or not earlier:
        rows = [*earlier, *(_plan_row(workspace, plan, records[plan.id], is_last=plan in applied[-1:]) for plan in plans)]
    else:
        rows = [*_looked_at(workspace, earlier), *(_plan_row(workspace, plan, records[plan.id], is_last=False) for plan in plans)]
    return Strip(title=f"{public(os.fspath(workspace.repo))} {workspace.path}".strip(), rows=tuple(rows), at=datetime.now(UTC))


def moved_since(workspace: Workspace, plan: Plan) -> str:
    """Say why what a plan made no longer holds: Git, the options or the live side moved; nothing where it does."""
    ours, then = workspace.options, plan.options
    if (ours.namespace, ours.inventory) != (then.namespace, then.inventory):
        return "the options moved: another namespace or inventory"
    try:
        desired = workspace.desired()
        if snapshot_digest(desired) != plan.desired_digest:
            now = desired.source.commit[:12] if desired.source else "now"
            return f"Git moved: {workspace.revision} is {now}, applied was {plan.source.commit[:12]}"
    except GitopskitError as error:
        return f"it cannot be looked at: {error.what}"
    moved = _differs(workspace, then)
    return f"the live side moved: {moved}" if moved else ""


# --- pieces -----------------------------------------------------------------------------------------------------------------------


def _steps(plan: Plan) -> str:
    return f"{len(plan.steps)} step" + ("" if len(plan.steps) == 1 else "s")


def _differs(workspace: Workspace, options: PlanOptions) -> str:
    """Say how many steps a plan of this moment has; nothing where it has none."""
    try:
        desired = workspace.desired()
        live = workspace.provider.read(workspace.provider.scope(desired, options), only=desired.objects)
        again = workspace.provider.plan(desired, live, options)
    except GitopskitError as error:
        return f"it cannot be looked at: {error.what}"
    return "" if again.is_empty else f"a plan of this moment has {_steps(again)}"


def _plan_row(workspace: Workspace, plan: Plan, record: Record, *, is_last: bool) -> StripRow:
    standing, found = Standing.NOT_RUN, f"{_steps(plan)}, planned {plan.created_at:%H:%M:%S} UTC"
    if not plan.steps:
        standing, found = Standing.OK, "nothing to do"
    elif record.is_finished:
        moved = moved_since(workspace, plan) if is_last else LATER
        standing, found = (Standing.STALE, moved) if moved else (Standing.APPLIED, _steps(plan))
    elif record.begun:
        standing, found = Standing.FAILED, f"{len(record.done)} of {_steps(plan)} were taken; the same call goes on from there"
    return StripRow(name=f"plan {plan.id[:12]} of {plan.source.commit[:12]}", standing=standing, found=found)


def _earlier(workspace: Workspace, ours: set[str]) -> list[Mapping[str, Any]]:
    """Return the last lines of the ledger on plans of the same source that were not made here, one a plan."""
    source = workspace.desired().source
    known: dict[str, Mapping[str, Any]] = {}
    for entry in workspace.ledger():
        plan, said = str(entry.get("plan")), entry.get("source")
        if plan not in ours and source is not None and source.is_told_by(said):
            known[plan] = entry
    return list(known.values())[-EARLIER_SHOWN:]


def _earlier_row(entry: Mapping[str, Any]) -> StripRow:
    who = f"by {entry.get('who', '')} at {str(entry.get('at') or entry.get('began_at'))[:19].replace('T', ' ')} UTC"
    is_proved = bool(entry.get("is_proved"))
    standing, found = (
        (Standing.STALE, f"{LATER}; {who}") if is_proved else (Standing.FAILED, f"{who}: {entry.get('stopped') or 'no end is known'}")
    )
    commit = str((entry.get("source") or {}).get("commit") or "")
    return StripRow(name=f"plan {str(entry.get('plan'))[:12]} of {commit[:12]}", standing=standing, found=found)


def _looked_at(workspace: Workspace, earlier: list[StripRow]) -> list[StripRow]:
    """Return the rows with the last applied one as it is found now: it stands if a plan of this moment is empty."""
    last = next((number for number in reversed(range(len(earlier))) if earlier[number].standing is Standing.STALE), None)
    if last is None:
        return earlier
    row = earlier[last]
    who = row.found.removeprefix(f"{LATER}; ")
    moved = _differs(workspace, workspace.options)
    now = replace(row, standing=Standing.STALE if moved else Standing.APPLIED, found=f"{moved}; {who}" if moved else who)
    return [*earlier[:last], now, *earlier[last + 1 :]]
