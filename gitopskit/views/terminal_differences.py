"""How do differences look in a terminal: two lines each, and one line on what is hidden."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from gitopskit.errors import plain
from gitopskit.model.differences import Difference, Differences, Witness
from gitopskit.model.paths import render_path
from gitopskit.views.telling import held_by, hidden_by_rules, most_urgent_first, value_of
from gitopskit.views.words import DIFFERENCES, SEVERITIES

ROWS_SHOWN = 100


def differences_lines(differences: Differences) -> Iterator[Text]:
    """Yield the text of differences, the most urgent first."""
    source, base = differences.plan.source, differences.base
    since = f", since {plain(base.commit[:12])}" if base else ", without a base"
    yield Text.assemble(("Differences ", "bold"), f"on {plain(differences.plan.target.name)} ({plain(differences.plan.target.server)})")
    yield Text(
        f"{plain(source.url)} {plain(source.path) or '.'} @ {plain(source.commit[:12])} ({plain(source.revision)}{since})", style="dim"
    )
    yield Text()
    rows = most_urgent_first(differences)
    for row in rows[:ROWS_SHOWN]:
        yield from _row(differences, row)
    if len(rows) > ROWS_SHOWN:
        yield Text(f"  … and {len(rows) - ROWS_SHOWN} more: differences.to_frame() has them all")
    for one in differences.plan.unreadable:
        yield Text(f"  ? {plain(one.group_kind) or 'everything'} {plain(one.namespace)} could not be read: {plain(one.message)}")
    yield from (Text(f"  ! {plain(warning)}") for warning in differences.warnings)
    yield from _ending(differences)


def _row(differences: Differences, row: Difference) -> Iterator[Text]:
    severity, look = SEVERITIES[row.severity], DIFFERENCES[differences.class_of(row)]
    field = plain(render_path(row.path)) if row.path else f"({row.sync.value})"
    yield Text.assemble(
        (f"  {severity.glyph} {severity.word:<8} ", severity.dark), (f"{look.glyph} {look.word:<16} ", look.dark),
        (plain(str(row.id)), "bold"), f"  {field}",
    )  # fmt: skip
    last = "unknown" if row.witness is Witness.NOBODY else _value(row, row.last_applied)
    base = f"base {_value(row, row.base)}   " if differences.base else ""
    owners = plain(held_by(row))
    rule = f"   rule {plain(row.rule)}" if row.rule else ""
    said = f"   in Git: {plain(f'{row.commit.author}: {row.commit.subject}', 100)}" if row.commit else ""
    yield Text.assemble(
        f"      {base}Git {_value(row, row.head)}   live {_value(row, row.live)}   last applied {last}",
        (f"   {owners}{said}{rule}" if owners or said or rule else "", "dim"),
    )


def _value(row: Difference, value: object) -> str:
    return "absent" if value is None else value_of(row, value, limit=60)


def _ending(differences: Differences) -> Iterator[Text]:
    counts = "   ".join(f"{DIFFERENCES[one].glyph} {count} {DIFFERENCES[one].word}" for one, count in differences.counts.items())
    yield Text()
    yield Text(counts or "No difference is shown.", style="bold")
    if hidden := hidden_by_rules(differences):
        yield Text(f"{hidden}. differences.show() shows them.", style="dim")
