"""How does a plan look: what will be done, to what, why, against whom?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gitopskit.model.changes import Action, Change, FieldChange, Method
from gitopskit.model.paths import render_path
from gitopskit.model.plan import Plan
from gitopskit.views.html.markup import FOLDED_ABOVE, affordable, badge, breakable, folded, note, table, tag, text
from gitopskit.views.words import ACTIONS, is_shown, written

ROWS_SHOWN: Final = 200
FIELDS_SHOWN: Final = 40
OPEN_BELOW: Final = 6


def plan_html(plan: Plan, *, code: str = "") -> str:
    """Return a plan: heading, counts, one row per change with its fields side by side, and how to confirm it."""
    shown = [change for change in plan.changes if is_shown(change)]
    is_open = len([change for change in shown if change.action is not Action.CREATE]) <= OPEN_BELOW
    parts = [_heading(plan), _counts(plan)]
    if shown:
        rows = affordable(
            (_row(change, is_open=is_open and change.action is not Action.CREATE, is_left_out=plan.leaves_out(change)) for change in shown),
            ROWS_SHOWN,
        )
        parts.append(table(["action", "object", "fields: live → desired"], rows, tight=2, label="changes of the plan", kind="gk-cards"))
        if len(shown) > len(rows):
            parts.append(note(f"{len(shown) - len(rows):,} more changes: <code>gk.table(plan)</code> shows them all"))
    parts += _remarks(plan)
    parts.append(_confirmation(plan, code))
    return "".join(parts)


def _heading(plan: Plan) -> str:
    source = plan.source
    trunk = f", on {text(source.trunk)}" if source.on_trunk else f", <b>not on {text(source.trunk)}</b>" if source.trunk else ""
    return (
        f"<h4>Plan <code>{plan.id[:12]}</code> for {text(plan.target.name)}</h4>"
        f'<p class="gk-soft">{text(source.url)} {text(source.path or ".")} at <code>{text(source.commit[:12])}</code> '
        f"({text(source.revision)}{trunk}) beside {text(plan.target.server)}</p>"
    )


def _counts(plan: Plan) -> str:
    if plan.is_empty and not plan.left_out:
        return note(f"<b>Nothing to do.</b> {_left(len(plan.changes))}", mood="good")
    counts = "".join(badge(ACTIONS[action], f" {count:,}") for action, count in plan.counts.items())
    left_out = f'<span class="gk-soft">○ left out {len(plan.left_out):,}</span>' if plan.left_out else ""
    return f'<div class="gk-counts">{counts}{left_out}</div>'


def _left(count: int) -> str:
    if not count:
        return "No object is desired, and none is managed."
    return f"{count:,} object{'s are' if count != 1 else ' is'} as desired, or left alone."


def _row(change: Change, *, is_open: bool, is_left_out: bool) -> tuple[str, str, str]:
    marks = "".join(tag(word) for word in [*sorted(item.value for item in change.classes), *(["left out"] if is_left_out else [])])
    place = f"{text(change.id.namespace)}/" if change.id.namespace else ""
    origin = f'<br><span class="gk-soft gk-mono">{text(change.origin)}</span>' if change.origin else ""
    identity = f'<div class="gk-name"><b>{text(change.id.kind)}</b> {place}{text(change.id.name)} {marks}{origin}</div>'
    return badge(ACTIONS[change.action]), identity, "".join(_details(change, is_open=is_open))


def change_html(change: Change) -> str:
    """Return one change by itself, with its fields side by side."""
    return table(["action", "object", "fields: live → desired"], [_row(change, is_open=True, is_left_out=False)], tight=2, label="change")


def _details(change: Change, *, is_open: bool) -> Iterator[str]:
    if change.problem:
        yield note(f"<b>Cannot be applied.</b> {text(change.problem, 800)}", mood="bad")
    if change.owner:
        yield note(f"Belongs to others: {text(change.owner)}", mood="bad")
    for conflict in change.refused_conflicts:
        yield note(f"<code>{text(render_path(conflict.path))}</code> is owned by <b>{text(conflict.owner)}</b>", mood="bad")
    if change.fields:
        opened = " open" if is_open else ""
        summary = f'{len(change.fields)} field{"s" if len(change.fields) != 1 else ""} <span class="gk-soft">— {_why(change)}</span>'
        yield f"<details{opened}><summary>{summary}</summary>{_fields(change)}</details>"
    else:
        yield f'<span class="gk-soft">{_why(change)}</span>'
    for warning in change.warnings:
        yield note(text(warning))


def _why(change: Change) -> str:
    if change.judgement.method is Method.CANNOT_PREVIEW:
        return text(change.reason)  # its mark says the rest
    return f"{text(change.reason)}; {text(change.judgement.method.value)}"


def _fields(change: Change) -> str:
    forced = {conflict.path for conflict in change.conflicts if conflict.forced}
    is_create = change.action is Action.CREATE
    head = ["field", "desired"] if is_create else ["field", "live", "desired", "live field owned by"]
    rows = (_field(field, forced=field.path in forced, is_create=is_create) for field in change.fields[:FIELDS_SHOWN])
    more = len(change.fields) - FIELDS_SHOWN
    rest = note(f"{more} more fields: <code>plan.to_fields()</code>") if more > 0 else ""
    return table(head, rows, tight=0, label=f"fields of {change.id}") + rest


def _field(field: FieldChange, *, forced: bool, is_create: bool) -> tuple[str, ...]:
    path = f"<code>{breakable(render_path(field.path))}</code>"
    after = f'<code class="gk-new">{_value(field.after)}</code>' if field.after is not None else '<span class="gk-soft">removed</span>'
    if is_create:
        return path, after
    before = f'<code class="gk-live">{_value(field.before)}</code>' if field.before is not None else '<span class="gk-soft">absent</span>'
    owners = ", ".join(text(owner) for owner in field.owners) or '<span class="gk-soft">nobody</span>'
    return path, before, after, owners + (f" {tag('taken over')}" if forced else "")


def _value(value: Any) -> str:
    found = written(value)
    return folded(found) if len(found) > FOLDED_ABOVE else breakable(found)


def _remarks(plan: Plan) -> list[str]:
    blind = [
        f"<b>{text(one.group_kind or 'Everything')}</b> {text(one.namespace)} could not be read: {text(one.reason)} {text(one.message)}"
        for one in plan.unreadable
    ]
    parts = [note("<br>".join(blind) + "<br>Nothing is pruned there.", mood="bad")] if blind else []
    return parts + [note(text(warning)) for warning in plan.warnings]


def _confirmation(plan: Plan, code: str) -> str:
    if not plan.steps or plan.problems:
        return ""
    if code:
        return f'<p class="gk-soft">To apply just this plan, type its code: <b class="gk-mono">{text(code)}</b></p>'
    if not plan.target.is_sandbox:
        return '<p class="gk-soft">To apply just this plan, a person types its code, or an approval file names the plan.</p>'
    return '<p class="gk-soft">To apply just this plan: <code>ws.apply(plan, confirm=plan.id)</code></p>'
