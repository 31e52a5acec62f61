"""How does a plan, a report or a proof look in a terminal?

Text that is as good without colour as with it; colour only where a terminal asks for it (NO_COLOR is honoured). Every string from
outside has its control characters made visible before it gets here.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from itertools import chain
from typing import Literal

from rich.console import Console
from rich.text import Text

from gitopskit.errors import plain
from gitopskit.model.binding import Binding
from gitopskit.model.bisection import Bisection
from gitopskit.model.changes import Action, Change, FieldAction, FieldChange
from gitopskit.model.differences import Differences
from gitopskit.model.events import Outcome
from gitopskit.model.fleet import FleetPlan
from gitopskit.model.history import Blame, Timeline
from gitopskit.model.paths import render_path
from gitopskit.model.plan import Plan
from gitopskit.model.promotion import Promotion, Rollback
from gitopskit.model.pull_request import PullRequest, PullRequests
from gitopskit.model.report import Report, steps_left_out
from gitopskit.model.strip import Strip
from gitopskit.planning.selection import Selection
from gitopskit.views.preflight import binding_lines, strip_lines
from gitopskit.views.pull_requests import pull_lines, pulls_lines
from gitopskit.views.terminal_differences import differences_lines
from gitopskit.views.terminal_past import blame_lines, timeline_lines
from gitopskit.views.terminal_turning import bisection_lines, promotion_lines, rollback_lines
from gitopskit.views.words import ACTIONS, OUTCOMES, Look, fleet_counts, is_shown, meanwhile_text, member_look, moment_text, value_text

FIELDS_SHOWN = 12
ROWS_SHOWN = 200
_FIELD_GLYPHS = {FieldAction.ADD: "+", FieldAction.CHANGE: "~", FieldAction.REMOVE: "−"}


Noun = (
    Binding
    | Bisection
    | Blame
    | Differences
    | FleetPlan
    | Plan
    | Promotion
    | PullRequest
    | PullRequests
    | Report
    | Rollback
    | Selection
    | Strip
    | Timeline
)


def render(noun: Noun, *, is_coloured: bool | None = None) -> str:
    """Return the text of a noun.

    Parameters
    ----------
    is_coloured
        By default, whether standard output is a terminal that wants colour.
    """
    lines = _lines(noun)
    coloured = (sys.stdout.isatty() and "NO_COLOR" not in os.environ) if is_coloured is None else is_coloured
    output = io.StringIO()
    system: Literal["truecolor"] | None = "truecolor" if coloured else None
    console = Console(
        file=output, width=10_000, force_terminal=coloured, force_jupyter=False, color_system=system, highlight=False, emoji=False
    )
    for line in lines:
        console.print(line, soft_wrap=True)
    return output.getvalue()


def _lines(noun: Noun) -> Iterator[Text]:
    match noun:
        case Binding():
            return binding_lines(noun)
        case Differences():
            return differences_lines(noun)
        case Promotion():
            return promotion_lines(noun)
        case Rollback():
            return chain(rollback_lines(noun), _plan(noun.plan))
        case Bisection():
            return bisection_lines(noun)
        case Timeline():
            return timeline_lines(noun)
        case Blame():
            return blame_lines(noun)
        case FleetPlan():
            return _fleet(noun)
        case Plan():
            return _plan(noun)
        case PullRequest():
            return pull_lines(noun)
        case PullRequests():
            return pulls_lines(noun)
        case Selection():
            return _selection(noun)
        case Strip():
            return strip_lines(noun)
    return _report(noun)


def _selection(selection: Selection) -> Iterator[Text]:
    reasons = [f"taken along: {need.needs}, for {need.id}: {need.why}" for need in selection.dragged]
    reasons += [f"left out: {need.id}, it needs {need.needs}: {need.why}" for need in selection.blocked]
    for reason in reasons[:ROWS_SHOWN]:
        yield Text(plain(reason, 800))
    if len(reasons) > ROWS_SHOWN:
        yield Text(f"… and {len(reasons) - ROWS_SHOWN} more: .to_frame() has them all", style="dim")
    yield from _plan(selection.plan)


def _plan(plan: Plan) -> Iterator[Text]:
    source = plan.source
    yield Text.assemble(("Plan ", "bold"), (plan.id[:12], "bold"), f"  for {plain(plan.target.name)} ({plain(plan.target.server)})")
    trunk = f", on {plain(source.trunk)}" if source.on_trunk else f", NOT on {plain(source.trunk)}" if source.trunk else ""
    yield Text(
        f"from {plain(source.url)} {plain(source.path) or '.'} @ {plain(source.commit[:12])} ({plain(source.revision)}{trunk})", style="dim"
    )
    yield Text()
    shown = [change for change in plan.changes if is_shown(change)]
    for change in shown[:ROWS_SHOWN]:
        yield from _change(change, plan.source.commit, mark="  [left out]" if plan.leaves_out(change) else "")
    if len(shown) > ROWS_SHOWN:
        yield Text(f"  … and {len(shown) - ROWS_SHOWN} more: --format json has them all", style="dim")
    for one in plan.unreadable:
        what = f"{plain(one.group_kind) or 'everything'} {plain(one.namespace)}"
        yield Text(f"  ? {what} could not be read: {plain(one.reason)} {plain(one.message)}")
    for warning in plan.warnings:
        yield Text(f"  ! {plain(warning)}")
    if shown:
        yield Text()
    yield _counts(plan)
    if plan.steps and not plan.problems:
        yield Text(f"To apply just this plan, confirm its id: {plan.id}", style="dim")


def _counts(plan: Plan) -> Text:
    if plan.is_empty and not plan.left_out:
        return Text(f"Nothing to do: {len(plan.changes)} objects are as desired, or left alone.", style="bold")
    parts: list[str | tuple[str, str]] = []
    for action, count in plan.counts.items():
        look = ACTIONS[action]
        parts += [(f"{look.glyph} {count} {look.word}", look.dark), "   "]
    if plan.left_out:
        parts.append(f"○ {len(plan.left_out)} left out   ")
    problems = len(plan.problems)
    if problems:
        parts.append((f"✗ {problems} with a problem: this plan cannot be applied", "bold"))
    return Text.assemble(*parts)


def _change(change: Change, commit: str, mark: str = "") -> Iterator[Text]:
    look = ACTIONS[change.action]
    classes = "".join(f"  [{name}]" for name in sorted(item.value for item in change.classes))
    yield Text.assemble(
        ("  " + _badge(look), look.dark),
        " ",
        (plain(str(change.id)), "bold"),
        (f"  {plain(change.reason)}; {change.judgement.method.value}", "dim"),
        classes,
        mark,
    )
    if change.problem:
        yield Text(f"      ✗ {plain(change.problem, 800)}", style="bold")
    if change.problem and change.origin:
        yield Text(f"        where: {plain(change.origin.at(commit))}", style="dim")
    for field in change.fields[:FIELDS_SHOWN] if change.action is not Action.CREATE else ():
        yield _field(field)
    if change.action is Action.CREATE:
        yield Text(f"      {len(change.fields)} fields", style="dim")
    elif len(change.fields) > FIELDS_SHOWN:
        yield Text(f"      … and {len(change.fields) - FIELDS_SHOWN} more fields", style="dim")
    for conflict in change.conflicts:
        verb = "taken over from" if conflict.forced else "owned by"
        yield Text(f"      ! {plain(render_path(conflict.path))} {verb} {plain(str(conflict.owner))}")
    if change.owner:
        yield Text(f"      ! belongs to others: {plain(change.owner)}")
    for warning in change.warnings:
        yield Text(f"      ! {plain(warning)}")


def _field(field: FieldChange) -> Text:
    owners = ", ".join(plain(str(owner)) for owner in field.owners)
    if field.action is FieldAction.ADD:
        values = value_text(field.after, limit=120)
    elif field.action is FieldAction.REMOVE:
        values = f"{value_text(field.before, limit=120)} → (removed)"
    else:
        values = f"{value_text(field.before, limit=120)} → {value_text(field.after, limit=120)}"
    path = plain(render_path(field.path))
    return Text.assemble(f"      {_FIELD_GLYPHS[field.action]} {path}: {values}", (f"   {owners}" if owners else "", "dim"))


def _report(report: Report) -> Iterator[Text]:
    yield Text.assemble(("Report ", "bold"), (f"on plan {report.plan.id[:12]}", "bold"))
    if report.recorded_at:
        yield Text(f"  recorded: applied at {moment_text(report.recorded_at)}; nothing was written now", style="bold")
    refused = [event for event in report.guards if event.outcome is not Outcome.PASSED]
    passed = len(report.guards) - len(refused)
    yield Text(f"  ✓ {passed} guards passed" if passed else "  no guard passed", style="dim")
    for event in refused:
        look = OUTCOMES[event.outcome or Outcome.REFUSED]
        yield Text.assemble((f"  {_badge(look)}", look.dark), f" {plain(event.name)}: {plain(event.message, 1200)}")
    for row in report.rows[:ROWS_SHOWN]:
        look = OUTCOMES[row.outcome]
        yield Text.assemble(
            (f"  {_badge(look)}", look.dark),
            " ",
            plain(str(row.id)),
            (f"  {plain(row.action)}", "dim"),
            f"  {plain(row.message)}" if row.message else "",
        )
    if len(report.rows) > ROWS_SHOWN:
        yield Text(f"  … and {len(report.rows) - ROWS_SHOWN} more", style="dim")
    yield Text()
    yield from _ending(report)


def _ending(report: Report) -> Iterator[Text]:
    counts = ", ".join(f"{count} {OUTCOMES[outcome].word}" for outcome, count in report.counts.items())
    yield Text(counts or "nothing was to be done", style="bold")
    if report.meanwhile:
        yield Text(plain(meanwhile_text(report.meanwhile), 800))
    if report.stopped:
        yield Text(f"Stopped: {plain(report.stopped, 800)}", style="bold")
    elif report.proof is not None and report.proof.is_empty:
        said = f"what was chosen is done; {steps_left_out(count)}" if (count := len(report.proof.left_out)) else "a second plan is empty"
        yield Text(f"Proof: {said} ({len(report.proof.changes)} objects, {report.proof.id[:12]}).", style="bold")
    elif report.proof is not None:
        yield Text("No proof: a second plan is not empty.", style="bold")
        yield from _plan(report.proof)


def _fleet(fleet: FleetPlan) -> Iterator[Text]:
    source = fleet.source
    yield Text.assemble(
        ("Fleet ", "bold"), f"of {len(fleet.members)}, {plain(source.url)} {plain(source.path) or '.'} @ {plain(source.commit[:12])}"
    )
    yield Text()
    width = max((len(plain(member.name)) for member in fleet.members), default=0)
    for member in fleet.ranked:
        look = member_look(member)
        writes = [f"{count} {ACTIONS[action].word}" for action, count in member.counts.items() if action is not Action.NO_OP]
        troubles = [f"{count} {word}" for count, word in ((member.drifted, "drifted"), (member.problems, "with problems")) if count]
        said = plain(member.message, 800) or ", ".join(writes + troubles)
        badge = f"{look.glyph} {look.word}".ljust(14)
        yield Text.assemble((f"  {badge}", look.dark), " ", (plain(member.name).ljust(width), "bold"), f"  {said}".rstrip())
    yield Text()
    yield Text(", ".join(f"{count} {look.word}" for look, count in fleet_counts(fleet)), style="bold")


def _badge(look: Look) -> str:
    return f"{look.glyph} {look.word:<11}"
