"""How do a binding and a strip look in a terminal?"""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from gitopskit.errors import plain
from gitopskit.model.binding import Binding
from gitopskit.model.strip import Strip
from gitopskit.views.words import STANDINGS, check_look


def binding_lines(binding: Binding) -> Iterator[Text]:
    """Yield a binding line by line."""
    yield Text.assemble(("Bound to ", "bold"), (plain(binding.name), "bold"), f"  {binding.verdict}")
    width = max((len(plain(row.name)) for row in binding.rows), default=0)
    for row in binding.rows:
        look = check_look(row)
        badge = f"{look.glyph} {look.word}".ljust(10)
        yield Text.assemble(
            (f"  {badge}", look.dark), f" {row.level:<6} ", (plain(row.name).ljust(width), "bold"), f"  {plain(row.found, 800)}"
        )
        if row.next_step and not row.holds:
            yield Text(f"      → {plain(row.next_step, 800)}", style="dim")
    yield Text()
    musts = ", ".join(plain(row.name) for row in binding.failed_musts)
    yield Text(f"Nothing will be applied: {musts} must hold." if musts else "Everything that must hold does.", style="bold")


def strip_lines(strip: Strip) -> Iterator[Text]:
    """Yield a strip line by line."""
    yield Text.assemble((plain(strip.title), "bold"), f"  looked at {strip.at:%H:%M:%S} UTC")
    width = max((len(plain(row.name)) for row in strip.rows), default=0)
    for row in strip.rows:
        look = STANDINGS[row.standing]
        badge = f"{look.glyph} {look.word}".ljust(10)
        bricks = " ".join(STANDINGS[cell].glyph for cell in row.cells)
        said = f"  {bricks}  {plain(row.found, 800)}".rstrip()
        yield Text.assemble((f"  {badge}", look.dark), " ", (plain(row.name).ljust(width), "bold"), said)
