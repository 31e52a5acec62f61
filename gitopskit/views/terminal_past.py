"""How does the past of an object look in a terminal?"""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from gitopskit.errors import plain
from gitopskit.model.history import Blame, Timeline
from gitopskit.model.paths import render_path
from gitopskit.views.words import AGREEMENTS, DEEDS, moment_text, value_text

ROWS_SHOWN = 200
FIELDS_SHOWN = 6
LONGEST = 60


def timeline_lines(timeline: Timeline) -> Iterator[Text]:
    """Yield the text of a timeline, newest first."""
    yield Text.assemble(("How ", "bold"), (plain(str(timeline.id)), "bold"), " came to this")
    yield from (Text(f"  ! {plain(warning)}") for warning in timeline.warnings)
    for deed in timeline.deeds[:ROWS_SHOWN]:
        look = DEEDS[deed.told_by]
        moment = moment_text(deed.at) if deed.at else "nobody noted when"
        reference = " ".join(filter(None, (deed.commit[:12], deed.pull_request)))
        times = f" (×{deed.count})" if deed.count > 1 else ""
        yield Text.assemble(
            f"  {moment:<22} ", (f"{look.glyph} {look.word:<15}", look.dark), f" {plain(deed.actor)}  {plain(deed.what)}{times}",
            (f"  {plain(reference)}" if reference else "", "dim"),
        )  # fmt: skip
        if deed.fields:
            more = f" and {len(deed.fields) - FIELDS_SHOWN} more" if len(deed.fields) > FIELDS_SHOWN else ""
            yield Text(f"{'':26}{plain(', '.join(map(render_path, deed.fields[:FIELDS_SHOWN])))}{more}", style="dim")
    if (more_deeds := len(timeline) - ROWS_SHOWN) > 0:
        yield Text(f"  … and {more_deeds} older ones: timeline.to_frame() has them all")


def blame_lines(blame: Blame) -> Iterator[Text]:
    """Yield the text of a blame: two lines per field."""
    yield Text.assemble(("Who says what of ", "bold"), (plain(str(blame.id)), "bold"), f", looked back from {plain(blame.commit[:12])}")
    yield from (Text(f"  ! {plain(warning)}") for warning in blame.warnings)
    for one in blame.fields[:ROWS_SHOWN]:
        owners = ", ".join(f"{owner} {owner.time}".strip() for owner in one.owners)
        live = "absent" if one.live is None else value_text(one.live, limit=LONGEST)
        look = AGREEMENTS[one.agreement]
        yield Text.assemble((f"{look.glyph} {look.word:<10}", look.dark), (plain(render_path(one.path)), "bold"))
        if one.commit is None:
            yield Text("    Git does not state it", style="dim")
        else:
            said = f"    Git   {value_text(one.desired, limit=LONGEST)}  {one.commit.author}, {moment_text(one.commit.authored_at)}"
            place = " ".join(filter(None, (one.origin.at(one.commit.oid) if one.origin else one.commit.short, one.pull_request)))
            doubt = "" if one.is_known else "  (or earlier: history ends here)"
            yield Text.assemble(plain(said), (f"  {plain(place)}  {plain(one.commit.subject)}{doubt}", "dim"))
        yield Text.assemble(f"    live  {plain(live)}", (f"  {plain(owners) or 'nobody'}", "dim"))
    if (more := len(blame) - ROWS_SHOWN) > 0:
        yield Text(f"  … and {more} more fields: blame.to_frame() has them all")
