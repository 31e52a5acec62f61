"""How does the difference of an object look: side by side or one below the other, and folded where nothing differs?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from gitopskit.model.changes import FieldAction
from gitopskit.views.diff import Difference, ObjectDifference, Style, said
from gitopskit.views.html.markup import affordable, badge, folded, note, table, text
from gitopskit.views.lines import Line, Pair, Place
from gitopskit.views.words import ACTIONS, FIELD_ACTIONS

OBJECTS_SHOWN: Final = 50
OPEN_BELOW: Final = 6
LINES_SHOWN: Final = 400
FOLDED_SHOWN: Final = 100
HEADS: Final = {
    Style.SIDE_BY_SIDE: ["", "live", "after the apply", "live field owned by"],
    Style.INLINE: ["", "line", "live field owned by"],
}


def difference_html(difference: Difference) -> str:
    """Return the difference of each object; with many objects each is folded."""
    if not difference.objects:
        return note("<b>Nothing changes.</b>", mood="good")
    shown = affordable(((_object(item, difference),) for item in difference.objects), OBJECTS_SHOWN)
    more = len(difference.objects) - len(shown)
    rest = note(f"{more:,} more objects: ask for one with <code>gk.diff(plan.changes[…])</code>") if more else ""
    return "".join(part for (part,) in shown) + rest


def _object(item: ObjectDifference, difference: Difference) -> str:
    counts = " ".join(badge(FIELD_ACTIONS[action], f" {said(count)}") for action, count in item.counts.items())
    title = f"{badge(ACTIONS[item.change.action])} <b>{text(item.change.id)}</b> {counts}"
    opened = " open" if len(difference.objects) <= OPEN_BELOW else ""
    unknown = note(text(item.unknown)) if item.unknown else ""
    body = "".join(_runs(item, difference.style)) if item.counts else note("No field of it changes.")
    return f'<details class="gk-diff"{opened}><summary>{title}</summary>{unknown}{body}</details>'


def _runs(item: ObjectDifference, style: Style) -> Iterator[str]:
    for run in item.runs:
        label = f"{'lines alike' if run.is_folded else 'changed lines'} of {item.change.id}"
        limit = FOLDED_SHOWN if run.is_folded else LINES_SHOWN
        lines = affordable((row for pair in run.pairs for row in _rows(pair, item.owners, style)), limit)
        made = _table(lines, style, label, is_first=run is item.runs[0] or (item.runs[0].is_folded and run is item.runs[1]))
        more = len(run.pairs) - len(lines)
        made += note(f"{said(more)} more") if more > 0 else ""
        yield f'<details><summary class="gk-soft">⋯ {said(len(run.pairs))} alike</summary>{made}</details>' if run.is_folded else made


def _table(rows: Iterable[tuple[str, ...]], style: Style, label: str, *, is_first: bool) -> str:
    """Return a table whose columns stand in line with those of the other runs; only the first shows its head."""
    kind = f"gk-code{'' if style is Style.SIDE_BY_SIDE else ' gk-inline'}{'' if is_first else ' gk-next'}"
    return table(HEADS[style], rows, tight=0, label=label, kind=kind, is_boxed=False)


def _rows(pair: Pair, owners: Mapping[Place, str], style: Style) -> list[tuple[str, ...]]:
    owner = _owner(pair, owners)
    before, after = _line(pair.before, pair.action, "gk-live"), _line(pair.after, pair.action, "gk-new")
    if pair.action is None:
        return [("", before, after, owner) if style is Style.SIDE_BY_SIDE else ("", before, owner)]
    look = FIELD_ACTIONS[pair.action]
    if style is Style.SIDE_BY_SIDE:
        return [(badge(look), before, after, owner)]
    if pair.action is FieldAction.CHANGE:
        return [(badge(look, " from"), before, owner), (badge(look, " to"), after, "")]
    return [(badge(look), before or after, owner)]


def _line(line: Line | None, action: FieldAction | None, colour: str) -> str:
    if line is None:
        return ""
    indent = len(line.text) - len(line.text.lstrip(" "))
    hidden = ' <span class="gk-soft">another value</span>' if line.secret and action is FieldAction.CHANGE else ""
    kind = f"gk-line {colour}" if action and colour else "gk-line"
    return f'<code class="{kind}"><span>{"&nbsp;" * indent}</span><span>{folded(line.text[indent:])}{hidden}</span></code>'


def _owner(pair: Pair, owners: Mapping[Place, str]) -> str:
    line = pair.before
    return f'<span class="gk-soft">{text(owners[line.place])}</span>' if line and line.place in owners else ""
