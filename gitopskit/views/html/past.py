"""How does the past of an object look: everything that happened to it, and who said what of each field?"""

from __future__ import annotations

from typing import Final

from gitopskit.model.history import Blame, Deed, FieldSource, Timeline
from gitopskit.model.paths import render_path
from gitopskit.views.html.markup import SHORT, badge, breakable, folded, note, table, text
from gitopskit.views.words import AGREEMENTS, DEEDS, moment_text, value_text

ROWS_SHOWN: Final = 200
FIELDS_SHOWN: Final = 6


def timeline_html(timeline: Timeline) -> str:
    """Return a timeline: one row per deed, newest first."""
    parts = [f"<h4>How {text(timeline.id)} came to this</h4>"]
    parts += [note(text(warning)) for warning in timeline.warnings]
    if not timeline.deeds:
        return "".join([*parts, note("Nobody tells of anything.")])
    rows = (_deed(deed) for deed in timeline.deeds[:ROWS_SHOWN])
    parts.append(table(["when (UTC)", "told by", "who", "what", "commit"], rows, tight=2, label="timeline"))
    if (more := len(timeline) - ROWS_SHOWN) > 0:
        parts.append(note(f"{more} older ones: <code>timeline.to_frame()</code> has them all"))
    return "".join(parts)


def blame_html(blame: Blame) -> str:
    """Return a blame: for each field, who said so beside who did so."""
    parts = [f'<h4>Who says what of {text(blame.id)}</h4><p class="gk-soft">looked back from <code>{text(blame.commit[:12])}</code></p>']
    parts += [note(text(warning)) for warning in blame.warnings]
    if not blame.is_live:
        parts.append(note("It is not there: only Git has something to say."))
    rows = (_field(one) for one in blame.fields[:ROWS_SHOWN])
    parts.append(table(["", "field", "Git says", "said by", "live", "held by"], rows, tight=1, label="blame"))
    if (more := len(blame) - ROWS_SHOWN) > 0:
        parts.append(note(f"{more} more fields: <code>blame.to_frame()</code> has them all"))
    return "".join(parts)


def _deed(deed: Deed) -> list[str]:
    fields = [f"<code>{breakable(render_path(path))}</code>" for path in deed.fields[:FIELDS_SHOWN]]
    more = f" and {len(deed.fields) - FIELDS_SHOWN} more" if len(deed.fields) > FIELDS_SHOWN else ""
    listed = f'<div class="gk-soft">{", ".join(fields)}{more}</div>' if fields else ""
    times = f" (×{deed.count})" if deed.count > 1 else ""
    return [
        text(moment_text(deed.at).removesuffix(" UTC")) if deed.at else '<span class="gk-soft">nobody noted</span>',
        badge(DEEDS[deed.told_by]),
        _short(deed.actor),
        text(deed.what) + times + listed,
        _reference(deed.commit, deed.pull_request),
    ]


def _field(one: FieldSource) -> list[str]:
    owners = "<br>".join(f"{text(owner)}{_since(owner.time)}" for owner in one.owners)
    return [
        badge(AGREEMENTS[one.agreement]),
        f"<code>{breakable(render_path(one.path))}</code>",
        _value(one.desired),
        _commit(one),
        _value(one.live),
        owners or '<span class="gk-soft">nobody</span>',
    ]


def _commit(one: FieldSource) -> str:
    commit = one.commit
    if commit is None:
        return '<span class="gk-soft">Git does not state it</span>'
    doubt = "" if one.is_known else '<div class="gk-soft">or earlier: history ends here</div>'
    origin = f'<div class="gk-soft gk-mono">{breakable(one.origin)}</div>' if one.origin else ""
    said = f"{text(commit.author)}, {_day(f'{commit.authored_at:%Y-%m-%d}')}<br>{text(commit.subject)}"
    return f"{said} {_reference(commit.oid, one.pull_request)}{origin}{doubt}"


def _reference(commit: str, pull_request: str) -> str:
    known = [f'<code class="gk-word">{text(commit[:12])}</code>'] if commit else []
    return " ".join([*known, *([text(pull_request)] if pull_request else [])])


def _since(moment: str) -> str:
    return f" {_day(moment[:16].replace('T', ' '))}" if moment else ""


def _day(moment: str) -> str:
    return f'<span class="gk-soft gk-word">{text(moment)}</span>'


def _value(value: object) -> str:
    if value is None:
        return '<span class="gk-soft">absent</span>'
    return _short(value_text(value, limit=4000))


def _short(value: str) -> str:
    """Return a value that is not broken if it is short, and folded if it is long."""
    return f'<span class="gk-word">{text(value)}</span>' if len(value) <= SHORT else folded(value)
