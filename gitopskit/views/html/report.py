"""How does a report look: guards, steps, proof?"""

from __future__ import annotations

from typing import Final

from gitopskit.model.events import Event, Outcome
from gitopskit.model.report import Report, steps_left_out
from gitopskit.views.html.markup import affordable, badge, folded, note, table, text
from gitopskit.views.html.meanwhile import meanwhile_html
from gitopskit.views.html.plan import plan_html
from gitopskit.views.words import OUTCOMES, moment_text

ROWS_SHOWN: Final = 500


def report_html(report: Report) -> str:
    """Return a report: what the guards said, what became of each step, and the proof."""
    rows = (
        (
            badge(OUTCOMES[row.outcome]),
            text(row.action),
            f"<b>{text(row.id.kind)}</b> {text(_place(row.id.namespace, row.id.name))}",
            folded(row.message),
        )
        for row in report.rows
    )
    parts = [f"<h4>Report on plan <code>{report.plan.id[:12]}</code></h4>", _recorded(report), _counts(report), _guards(report.guards)]
    if report.rows:
        shown = affordable(rows, ROWS_SHOWN)
        parts.append(table(["outcome", "action", "object", ""], shown, tight=3, label="steps"))
        if len(report.rows) > len(shown):
            parts.append(note(f"{len(report.rows) - len(shown):,} more steps: <code>gk.table(report)</code> shows them all"))
    else:
        parts.append(note("There was nothing to do."))
    parts += [meanwhile_html(report.meanwhile), _ending(report)]
    return "".join(parts)


def _recorded(report: Report) -> str:
    if report.recorded_at is None:
        return ""
    return note(f"<b>Recorded:</b> applied at {moment_text(report.recorded_at)}; nothing was written now.")


def _place(namespace: str, name: str) -> str:
    return f"{namespace}/{name}" if namespace else name


def _counts(report: Report) -> str:
    counts = "".join(badge(OUTCOMES[outcome], f" {count:,}") for outcome, count in report.counts.items())
    return f'<div class="gk-counts">{counts}</div>'


def _guards(guards: tuple[Event, ...]) -> str:
    rows = [(badge(OUTCOMES[event.outcome or Outcome.UNKNOWN]), text(event.name), text(event.message, 1200)) for event in guards]
    others = [event for event in guards if event.outcome is not Outcome.PASSED]
    summary = f"{len(guards) - len(others)} of {len(guards)} guards passed"
    said = "".join(_objection(event) for event in others)
    return f"{said}<details><summary>{summary}</summary>{table(['outcome', 'guard', ''], rows, tight=2, label='guards')}</details>"


def _objection(event: Event) -> str:
    look = OUTCOMES[event.outcome or Outcome.UNKNOWN]
    mood = "bad" if event.outcome is Outcome.REFUSED else ""
    return note(f"{badge(look)} by guard <b>{text(event.name)}</b><br>{text(event.message, 1200)}", mood=mood)


def _ending(report: Report) -> str:
    if report.stopped:
        return note(f"<b>Stopped:</b> {text(report.stopped, 800)}", mood="bad")
    if report.proof is None:
        return ""
    if report.proof.is_empty and (count := len(report.proof.left_out)):
        return note(f"<b>Proof: what was chosen is done.</b> {steps_left_out(count)}.", mood="good")
    if report.proof.is_empty:
        return note(f"<b>Proof: a second plan is empty.</b> {len(report.proof.changes):,} objects were looked at again.", mood="good")
    return note("<b>No proof: a second plan is not empty.</b>", mood="bad") + plan_html(report.proof)
