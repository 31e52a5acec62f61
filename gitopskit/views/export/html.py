"""A noun as one HTML page to hand in or to mail: no script, nothing fetched, below two megabytes.

It opens anywhere and prints well. Every row that is more than an object as desired is there, those are counted; fields of changed
objects follow their row as long as there is room.

The trap that shaped it: ten thousand rows of careful markup are four megabytes, and a mail server takes ten with everything else. So a row
is as plain as HTML allows: end tags that HTML does not ask for are left out, and columns are dressed by their position.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from gitopskit.errors import plain
from gitopskit.model.changes import Action
from gitopskit.views.anybodys import is_missing
from gitopskit.views.export.contents import Contents, Sentence, says_something, worth_showing
from gitopskit.views.words import STATUSES, Look

LIMIT_BYTES: Final = 2_000_000
_ROWS_BYTES: Final = 1_600_000
_FIELDS_BYTES: Final = 300_000
_VALUE: Final = 160
_SENTENCES: Final = 100
_LEAST_BYTES: Final = 40
_OBJECTIONS: Final = frozenset({"problem", "managed_by"})
_FEW: Final = {
    "changes": ("member", "action", "kind", "namespace", "name", "drift", "classes", "reason", "method", "problem", "managed_by", "origin"),
    "steps": ("outcome", "action", "kind", "namespace", "name", "message"),
    "not as desired": ("action", "kind", "namespace", "name", "drift", "reason", "problem"),
}
_STYLE: Final = """
:root{--text:#1f2933;--soft:#52606d;--line:#d9dfe5;--ground:#fff;--raised:#f5f7f9;--bad:#a33b00;--good:#00694b;--new:#00558c;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--text:#e4e9ee;--soft:#9aa7b2;--line:#36414c;--ground:#12181e;--raised:#1a222a;--bad:#f58a55;--good:#3fc598;--new:#6cb8ee}}
body{font:14px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--text);background:var(--ground);margin:0 auto;max-width:1180px;padding:1.2em}
h1{font-size:22px;margin:0 0 .3em;overflow-wrap:anywhere}h2{font-size:16px;margin:1.6em 0 .3em}
h2 small{font-weight:400;color:var(--soft)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1.2em;margin:.6em 0;font-size:13px}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
ul{list-style:none;padding:0;margin:.8em 0}li{padding:.1em 0 .1em .8em;border-left:3px solid var(--line);margin:.3em 0;overflow-wrap:anywhere}
li.bad{border-color:var(--bad)}li.good{border-color:var(--good)}
.wide{overflow-x:auto}
@media (min-width:900px){dl{grid-template-columns:max-content 1fr max-content 1fr}}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{text-align:left;vertical-align:top;padding:.25em 1em .25em 0;border-bottom:1px solid var(--line);overflow-wrap:break-word}
th{color:var(--soft);font-weight:600;white-space:nowrap}td:first-child{white-space:nowrap;overflow-wrap:normal}
td.f{padding:0 0 .5em 1.2em;white-space:normal;overflow-wrap:anywhere}td.f div{padding:.1em 0}
code{font:12px ui-monospace,Menlo,Consolas,monospace}
del{color:var(--bad);text-decoration:none}ins{color:var(--good);text-decoration:none}
.soft{color:var(--soft)}
footer{color:var(--soft);font-size:12px;margin:2em 0 0}
@media print{:root{--text:#000;--soft:#444;--line:#bbb;--ground:#fff;--bad:#a33b00;--good:#00694b;--new:#00558c;color-scheme:light}
body{max-width:none;padding:0;font-size:10pt}table,dl{font-size:8.5pt}tr,li,dl{break-inside:avoid}h2{break-after:avoid}thead{display:table-header-group}.wide{overflow:visible}th,td{overflow-wrap:anywhere}@page{margin:14mm}}
"""  # noqa: E501


def to_html(contents: Contents) -> str:
    """Return the contents as a whole page."""
    title = _text(str(contents.title), 200)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    facts = "".join(f"<dt>{_text(name)}<dd>{_text(value)}" for name, value in contents.facts.items())
    more = len(contents.summary) - _SENTENCES
    rest = f"<li>{more:,} more remarks are left out here: JSON has them.</li>" if more > 0 else ""
    said = "".join(_sentence(sentence) for sentence in contents.summary[:_SENTENCES]) + rest
    tables = "".join(_tables(contents))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>{title}</title><style>{_STYLE}{_colours()}</style></head>'
        f"<body><main><h1>{title}</h1><ul>{said}</ul><dl>{facts}</dl>{tables}</main>"
        f"<footer>A report of {_text(contents.facts.get('made with', 'gitopskit'))}. It holds no script and fetches nothing.</footer>"
        "</body></html>\n"
    )


def _sentence(sentence: Sentence) -> str:
    mood = f' class="{sentence.mood}"' if sentence.mood else ""
    return f"<li{mood}>{_text(sentence.words, 800)} {_text(sentence.quote, 1200)}</li>"


def _tables(contents: Contents) -> Iterator[str]:
    details = _Details(contents) if {"fields", "remarks"} <= contents.tables.keys() else None
    room = _ROWS_BYTES
    for name, frame in contents.tables.items():
        if name in ("fields", "remarks") or frame.empty:
            continue
        part = "".join(_table(name, frame, details if name == "changes" else None, room))
        room -= len(part.encode())
        yield part


def _table(name: str, frame: pd.DataFrame, details: _Details | None, room: int) -> Iterator[str]:
    shown = worth_showing(frame)
    elsewhere = _OBJECTIONS if details else frozenset()
    few = [
        column for column in _FEW.get(name, frame.columns) if column in frame and says_something(shown[column]) and column not in elsewhere
    ]
    left = len(frame) - len(shown)
    counted = f"{len(shown):,}" + (f", and {left:,} as desired" if left else "")
    yield f"<h2>{_text(name)} <small>{counted}</small></h2>"
    if shown.empty:
        return
    label = f'aria-label="{_text(name)}"'
    yield f'<div class="wide" tabindex="0" role="group" {label}><table {label}><thead><tr>'
    yield "".join(f'<th scope="col">{_text(column.replace("_", " "))}' for column in few) + "</thead><tbody>"
    yield from _rows(shown, few, details, room)
    yield "</tbody></table></div>"


def _rows(frame: pd.DataFrame, few: list[str], details: _Details | None, room: int) -> Iterator[str]:
    width = f'<tr><td colspan="{len(few)}">'
    fields_room, cut = min(room, _FIELDS_BYTES), 0
    for position, (row, identity) in enumerate(zip(frame[few].itertuples(index=False, name=None), _identities(frame), strict=True)):
        line = "<tr>" + "".join(f"<td>{_cell(column, value)}" for column, value in zip(few, row, strict=True))
        room -= len(line.encode())
        if room < 0:
            yield f"{width}{len(frame) - position:,} more rows are left out here: CSV and JSON have them."
            return
        yield line
        more = details.of(identity, fields_room) if details else ""
        cut += more is None
        if more:
            line = f'<tr><td class="f" colspan="{len(few)}">{more}'
            fields_room -= len(line.encode())
            yield line
    if cut:
        yield f"{width}The fields of {cut:,} of these objects are left out here: JSON has them."


class _Details:
    """What follows the row of an object: its fields, unless it is created, and what else is to be said of it."""

    def __init__(self, contents: Contents) -> None:
        fields, remarks = contents.tables["fields"], contents.tables["remarks"]
        self._fields = fields.to_dict("records")
        self._rows = _positions(fields[fields["action"] != Action.CREATE.value])
        self._remarks = remarks["remark"].tolist()
        self._remarked = _positions(remarks)
        changes = contents.tables["changes"]
        self._objections = {
            identity: [f"✗ {problem}" if problem else "", f"belongs to others: {owner}" if owner else ""]
            for identity, problem, owner in zip(_identities(changes), changes["problem"], changes["managed_by"], strict=True)
            if problem or owner
        }

    def of(self, identity: tuple[str, ...], room: int) -> str | None:
        """Return the HTML; None where there is no room for it."""
        rows, remarks = self._rows.get(identity, []), self._remarked.get(identity, [])
        if (len(rows) + len(remarks)) * _LEAST_BYTES > room:
            return None
        said = [*self._objections.get(identity, []), *(f"! {self._remarks[at]}" for at in remarks)]
        parts = [*(f"<div>{_text(one, 800)}</div>" for one in said if one), *(_field(self._fields[at]) for at in rows)]
        found = "".join(parts)
        return found if len(found.encode()) <= room else None


def _positions(frame: pd.DataFrame) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = {}
    for at, identity in zip(frame.index, _identities(frame), strict=True):
        found.setdefault(identity, []).append(at)
    return found


def _field(row: dict[Any, Any]) -> str:
    live = f"<del>{_text(row['live'], _VALUE)}</del>" if row["live"] or row["change"] != "add" else ""
    desired = f"<ins>{_text(row['desired'], _VALUE)}</ins>" if row["change"] != "remove" else "removed"
    owner = f" <span class=soft>{_text(row['owner'])} {_text(row['operation'])}</span>" if row["owner"] else ""
    forced = " <b>taken over</b>" if row["forced"] else ""
    return f"<div><code>{_text(row['path'])}: {live} → {desired}</code>{owner}{forced}</div>".replace(":  →", ":")


def _identities(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    columns = [column for column in ("kind", "group", "namespace", "name") if column in frame]
    return list(frame[columns].itertuples(index=False, name=None))


def _cell(column: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if is_missing(value):
        return ""
    look = STATUSES.get(column, {}).get(value)
    if look is not None:
        return f"<b class={_class(look)}>{look.glyph} {look.word}</b>"
    if column == "plan":
        return f"<code>{_text(str(value)[:12])}</code>"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return _text(value)


def _colours() -> str:
    found = {_class(look): look for looks in STATUSES.values() for look in looks.values()}
    light = "".join(f".{name}{{color:{look.light}}}" for name, look in found.items())
    dark = "".join(f".{name}{{color:{look.dark}}}" for name, look in found.items())
    return f"{light}@media screen and (prefers-color-scheme:dark){{{dark}}}"


def _class(look: Look) -> str:
    return f"c{look.light[1:]}"


def _text(value: object, limit: int = 400) -> str:
    return html.escape(plain(str(value), limit))
