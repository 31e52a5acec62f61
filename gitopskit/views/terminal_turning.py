"""How do a promotion, a rollback and a bisection look in a terminal?"""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from gitopskit.errors import plain
from gitopskit.model.bisection import Bisection
from gitopskit.model.history import Commit
from gitopskit.model.paths import render_path
from gitopskit.model.promotion import Promotion, Rollback
from gitopskit.model.snapshot import SourceRef
from gitopskit.views.words import LACKS, TOUCHES, VERDICTS, counted, value_text

ROWS_SHOWN = 200
LONGEST = 60


def promotion_lines(promotion: Promotion) -> Iterator[Text]:
    """Yield the text of a promotion."""
    yield Text.assemble(("What ", "bold"), (_place(promotion.ahead), "bold"), " has and ", (_place(promotion.behind), "bold"), " has not")
    yield from (Text(f"  ! {plain(warning)}") for warning in promotion.warnings)
    for row in promotion.rows[:ROWS_SHOWN]:
        look = LACKS[row.lack]
        values = f"   {_value(row.behind)} → {_value(row.ahead)}" if row.path else ""
        yield Text.assemble(
            (f"  {look.glyph} {look.word:<9} ", look.dark), (plain(str(row.id)), "bold"), f"  {plain(render_path(row.path))}{values}"
        )
        if row.commit:
            yield Text(f"      since {_commit(row.commit)} {plain(row.pull_request)}".rstrip(), style="dim")
    if not promotion.rows:
        yield Text("Nothing: both say the same.", style="bold")


def rollback_lines(rollback: Rollback) -> Iterator[Text]:
    """Yield the text of whose work a rollback undoes; the plan follows it."""
    yield Text.assemble(("Back to ", "bold"), _revision(rollback.plan.source))
    yield from (Text(f"  ! {plain(warning)}") for warning in rollback.warnings)
    for one in rollback.undone[:ROWS_SHOWN]:
        look = TOUCHES[one.revision.touch]
        asked = f" {plain(one.revision.pull_request)}" if one.revision.pull_request else ""
        yield Text.assemble(
            (f"  {look.glyph} {look.word:<9} ", look.dark), (plain(str(one.id)), "bold"), f"  {_commit(one.revision.commit)}{asked}"
        )
    people = ", ".join(f"{plain(name)} ({counted(count, 'object')})" for name, count in rollback.people.items())
    yield Text(f"This undoes work of {people}." if people else "Nobody's work is undone.", style="bold")
    yield Text()


def bisection_lines(bisection: Bisection) -> Iterator[Text]:
    """Yield the text of a bisection."""
    for trial in bisection.trials:
        look = VERDICTS[trial.verdict]
        why = f": {plain(trial.why)}" if trial.why else ""
        yield Text.assemble((f"  {look.glyph} {look.word:<15} ", look.dark), f"{_commit(trial.commit)}{why}")
    suspects = bisection.suspects
    said = _commit(suspects[0]) if len(suspects) == 1 else f"one of {counted(len(suspects), 'commit')}; those between could not be tried"
    yield Text(f"“{plain(bisection.check)}” fails since {said}", style="bold")


def _commit(commit: Commit) -> str:
    return plain(f"{commit.short} {commit.author}: {commit.subject}")


def _place(source: SourceRef) -> str:
    return plain(f"{source.path or '.'} at {_revision(source)}")


def _revision(source: SourceRef) -> str:
    commit = source.commit[:12]
    return plain(commit if source.commit.startswith(source.revision) else f"{source.revision} ({commit})")


def _value(value: object) -> str:
    return "absent" if value is None else value_text(value, limit=LONGEST)
