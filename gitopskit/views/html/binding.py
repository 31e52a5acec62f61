"""How does a binding look: one row per check, what must hold first?"""

from __future__ import annotations

from gitopskit.model.binding import Binding, CheckRow
from gitopskit.views.html.markup import badge, note, table, text
from gitopskit.views.words import check_look, moment_text


def binding_html(binding: Binding) -> str:
    """Return a binding: the system, a row per check, and whether it is fit to be applied to."""
    rows = (_row(row) for row in binding.rows)
    heading = f"<h4>Bound to {text(binding.name)}</h4><p class='gk-soft'>{text(_said(binding), 800)}</p>"
    return heading + table(["outcome", "level", "check", "found"], rows, tight=3, label="preflight checks") + _ending(binding)


def _said(binding: Binding) -> str:
    ticket = f" ({binding.ticket})" if binding.ticket else ""
    return f"by {binding.who} at {moment_text(binding.at)}: {binding.why or 'no reason given'}{ticket}"


def _row(row: CheckRow) -> tuple[str, str, str, str]:
    step = f'<br><span class="gk-soft">→ {text(row.next_step, 800)}</span>' if row.next_step and not row.holds else ""
    return badge(check_look(row)), text(row.level), f"<b>{text(row.name)}</b>", text(row.found, 800) + step


def _ending(binding: Binding) -> str:
    if binding.is_fit:
        return note(f"<b>Everything that must hold does.</b> {text(binding.verdict)}", mood="good")
    names = ", ".join(text(row.name) for row in binding.failed_musts)
    return note(f"<b>Nothing will be applied: {names} must hold.</b> {text(binding.verdict)}", mood="bad")
