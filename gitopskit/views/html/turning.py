"""How do a promotion, a rollback and a bisection look?"""

from __future__ import annotations

from typing import Final

from gitopskit.model.bisection import Bisection, Trial
from gitopskit.model.history import Commit
from gitopskit.model.paths import render_path
from gitopskit.model.promotion import Promotion, PromotionRow, Rollback, Undone
from gitopskit.model.snapshot import SourceRef
from gitopskit.views.html.markup import badge, breakable, folded, note, table, text
from gitopskit.views.html.plan import plan_html
from gitopskit.views.words import LACKS, TOUCHES, VERDICTS, counted, moment_text, value_text

ROWS_SHOWN: Final = 200
FIELDS_SHOWN: Final = 6


def promotion_html(promotion: Promotion) -> str:
    """Return a promotion: one row per field, with who brought it to the environment that is ahead."""
    parts = [f"<h4>What {_place(promotion.ahead)} has and {_place(promotion.behind)} has not</h4>"]
    parts += [note(text(warning)) for warning in promotion.warnings]
    if not promotion.rows:
        return "".join([*parts, note("<b>Nothing: both say the same.</b>", mood="good")])
    rows = (_promotion_row(row) for row in promotion.rows[:ROWS_SHOWN])
    parts.append(table(["", "object and field", "ahead", "behind", "since"], rows, tight=1, label="promotion"))
    return "".join([*parts, _more(len(promotion.rows), "promotion.to_frame()")])


def rollback_html(rollback: Rollback) -> str:
    """Return a rollback: whose work is undone, and the plan."""
    people = ", ".join(f"{text(name)} ({counted(count, 'object')})" for name, count in rollback.people.items())
    parts = [f"<h4>Back to {_revision(rollback.plan.source)}</h4>"]
    parts += [note(text(warning)) for warning in rollback.warnings]
    parts.append(note(f"This undoes work of {people}." if people else "Nobody's work is undone: Git says the same at both commits."))
    if rollback.undone:
        rows = (_undone_row(one) for one in rollback.undone[:ROWS_SHOWN])
        parts.append(table(["undoes", "object and fields", "who", "commit"], rows, tight=1, label="undone work"))
        parts.append(_more(len(rollback.undone), "rollback.to_frame()"))
    return "".join([*parts, plan_html(rollback.plan)])


def bisection_html(bisection: Bisection) -> str:
    """Return a bisection: the commit since which the check fails, and what was tried."""
    suspects = bisection.suspects
    if len(suspects) == 1:
        said = f"Since {_commit(suspects[0], bisection.pull_requests.get(suspects[0].oid, ''))}"
    else:
        said = f"Since one of {counted(len(suspects), 'commit')}: those between could not be tried"
    parts = [f"<h4>Since when does “{text(bisection.check)}” fail?</h4>", note(said, mood="bad")]
    parts.append(table(["", "commit", "why"], map(_trial_row, bisection.trials), tight=1, label="trials"))
    return "".join(parts)


def _promotion_row(row: PromotionRow) -> list[str]:
    field = f"<br><code>{breakable(render_path(row.path))}</code>" if row.path else ""
    return [
        badge(LACKS[row.lack]),
        f"<b>{text(row.id.kind)}</b> {text(_name(row))}{field}",
        _value(row, row.ahead),
        _value(row, row.behind),
        _commit(row.commit, row.pull_request) if row.commit else '<span class="gk-soft">unknown</span>' if row.path else "",
    ]


def _undone_row(one: Undone) -> list[str]:
    fields = [f"<code>{breakable(render_path(field.path))}</code>" for field in one.revision.fields[:FIELDS_SHOWN]]
    more = f" and {len(one.revision.fields) - FIELDS_SHOWN} more" if len(one.revision.fields) > FIELDS_SHOWN else ""
    listed = f'<div class="gk-soft">{", ".join(fields)}{more}</div>' if fields else ""
    commit = one.revision.commit
    return [
        badge(TOUCHES[one.revision.touch]),
        f"<b>{text(one.id.kind)}</b> {text(_name(one))}{listed}",
        text(commit.author),
        _commit(commit, one.revision.pull_request),
    ]


def _trial_row(trial: Trial) -> list[str]:
    return [badge(VERDICTS[trial.verdict]), _commit(trial.commit, trial.commit.pull_request), text(trial.why)]


def _commit(commit: Commit, pull_request: str) -> str:
    asked = f" {text(pull_request)}" if pull_request else ""
    moment = f'<span class="gk-soft">{text(moment_text(commit.committed_at))}</span>'
    return f"<code>{text(commit.oid[:12])}</code>{asked} {text(commit.subject)}<br>{text(commit.author)}, {moment}"


def _name(row: PromotionRow | Undone) -> str:
    return f"{row.id.namespace}/{row.id.name}" if row.id.namespace else row.id.name


def _place(source: SourceRef) -> str:
    return f"{text(source.path or '.')} at {_revision(source)}"


def _revision(source: SourceRef) -> str:
    commit = f"<code>{text(source.commit[:12])}</code>"
    return commit if source.commit.startswith(source.revision) else f"{text(source.revision)} ({commit})"


def _value(row: PromotionRow, value: object) -> str:
    if not row.path:
        return ""
    return '<span class="gk-soft">absent</span>' if value is None else folded(value_text(value, limit=4000))


def _more(count: int, call: str) -> str:
    return note(f"{count - ROWS_SHOWN} more: <code>{call}</code> has them all") if count > ROWS_SHOWN else ""
