"""How do differences look: who moved, what says each side, and how much is hidden by which rule?"""

from __future__ import annotations

from typing import Any, Final

from gitopskit.model.differences import Difference, Differences, Witness
from gitopskit.model.paths import render_path
from gitopskit.model.values import UNKNOWN, Sensitive
from gitopskit.planning.diff import is_same
from gitopskit.views.html.markup import badge, breakable, note, table, text
from gitopskit.views.telling import held_by, most_urgent_first, value_of
from gitopskit.views.words import DIFFERENCES, SEVERITIES, counted

ROWS_SHOWN: Final = 500
FOLDED: Final = 80
START: Final = 36
LONGEST: Final = 4000


def differences_html(differences: Differences) -> str:
    """Return differences: counts, one row per field with its four values, the most urgent first, and what is hidden."""
    rows = most_urgent_first(differences)
    parts = [_heading(differences), _counts(differences)]
    if rows:
        has_base = differences.base is not None
        values = [*(["Git base"] if has_base else []), "Git", "live", "last applied"]
        cells = (_row(differences, row, has_base=has_base) for row in rows[:ROWS_SHOWN])
        parts.append(table(["who moved", "object and field", *values, "held by"], cells, tight=1, label="differences"))
    if len(rows) > ROWS_SHOWN:
        parts.append(note(f"{len(rows) - ROWS_SHOWN} more rows: <code>differences.to_frame()</code> has them all"))
    parts += _unreadable(differences)
    parts += [note(text(warning)) for warning in differences.warnings]
    parts.append(_hidden(differences))
    return "".join(parts)


def _heading(differences: Differences) -> str:
    source, base = differences.plan.source, differences.base
    since = f", since <code>{text(base.commit[:12])}</code>" if base else ", without a base"
    return (
        f"<h4>Differences on {text(differences.plan.target.name)}</h4>"
        f'<p class="gk-soft">{text(source.url)} {text(source.path or ".")} at <code>{text(source.commit[:12])}</code> '
        f"({text(source.revision)}){since}</p>"
    )


def _counts(differences: Differences) -> str:
    if not len(differences):
        return note("<b>No difference is shown.</b>", mood="" if differences.plan.unreadable else "good")
    return '<div class="gk-counts">' + "".join(badge(DIFFERENCES[one], f" {n}") for one, n in differences.counts.items()) + "</div>"


def _row(differences: Differences, row: Difference, *, has_base: bool) -> list[str]:
    place = f"{row.id.namespace}/{row.id.name}" if row.id.namespace else row.id.name
    field = f"<code>{breakable(render_path(row.path))}</code>" if row.path else f'<span class="gk-soft">{text(row.sync.value)}</span>'
    origin = f'<br><span class="gk-soft gk-mono">{breakable(row.origin)}</span>' if row.origin else ""
    said = f'<br><span class="gk-soft">{_said(row)}</span>' if row.commit else ""
    rule = f'<br><span class="gk-soft">rule {text(row.rule)} is off</span>' if row.rule else ""
    name = f"<b>{text(row.id.kind)}</b> {text(place)}<br>{field}{origin}{said}{rule}"
    values = [_value(row, row.base)] if has_base else []
    values += [_head(row), _value(row, row.live, look="gk-live"), _last(row)]
    owners = text(held_by(row)) or '<span class="gk-soft">nobody</span>'
    standing = badge(DIFFERENCES[differences.class_of(row)]) + "<br>" + badge(SEVERITIES[row.severity])
    return [standing, name, *values, owners]


def _said(row: Difference) -> str:
    """Return who last moved the field in Git."""
    if row.commit is None:
        return ""
    asked = "" if row.pull_request in row.commit.subject else f" {text(row.pull_request)}"
    return f"{text(row.commit.author)}, {row.commit.committed_at:%Y-%m-%d}: {text(row.commit.subject, 120)}{asked}"


def _head(row: Difference) -> str:
    """Return what Git says, with what becomes of it where that is something else."""
    is_said = row.planned is None or is_same(row.planned, row.head) or is_same(row.planned, row.live) or not row.path
    made = "" if is_said else f'<div class="gk-soft">becomes {_value(row, row.planned)}</div>'
    return ("" if made and row.head is None else _value(row, row.head, look="gk-new")) + made


def _last(row: Difference) -> str:
    if row.witness is Witness.NOBODY:
        return _word("unknown")
    return _value(row, row.last_applied)


def _word(word: str) -> str:
    """Return a word of ours in the place of a value."""
    return f'<span class="gk-soft gk-word">{text(word)}</span>'


def _value(row: Difference, value: Any, *, look: str = "") -> str:
    """Return one value, a long one folded."""
    if value is None:
        return _word("absent")
    if value is UNKNOWN or isinstance(value, Sensitive) or not row.path:
        return _word(value_of(row, value))
    shown = value_of(row, value, limit=LONGEST)
    mark = f' class="{look}"' if look else ""
    if len(shown) <= FOLDED:
        return f"<code{mark}>{breakable(shown)}</code>"
    start = f"<code{mark}>{text(shown[:START])}…</code>"
    return f"<details><summary>{start}</summary><code{mark}>{text(shown, LONGEST + 100)}</code></details>"


def _unreadable(differences: Differences) -> list[str]:
    blind = [
        f"<b>{text(one.group_kind or 'Everything')}</b> {text(one.namespace)} could not be read: {text(one.reason)} {text(one.message)}"
        for one in differences.plan.unreadable
    ]
    return [note("<br>".join(blind), mood="bad")] if blind else []


def _hidden(differences: Differences) -> str:
    hidden = differences.hidden
    if not hidden:
        return '<p class="gk-soft">Nothing is hidden.</p>'
    rows = (
        (f"<code>{text(one.id)}</code>", str(hidden[one.id]), text(one.hides), text(one.why), text(one.source))
        for one in differences.rules
        if one.id in hidden
    )
    summary = f"{sum(hidden.values())} more are hidden by {counted(len(hidden), 'rule')}"
    first = next(iter(hidden))
    how = f'<p class="gk-soft">To look at them: <code>differences.show("{text(first)}")</code>, or all: <code>differences.show()</code></p>'
    listed = table(["rule", "hidden", "what", "why", "source"], rows, tight=2, label="rules that hide differences")
    return f"<details><summary>{summary}</summary>{listed}{how}</details>"
