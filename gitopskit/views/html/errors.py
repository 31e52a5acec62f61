"""How does an error look: what, where, what next?"""

from __future__ import annotations

from gitopskit.errors import GitopskitError
from gitopskit.views.html.markup import note, text


def error_html(error: GitopskitError) -> str:
    """Return an error without its traceback."""
    lines = [f"<b>{text(error.what, 1200)}</b>"]
    if error.where:
        lines.append(f'<span class="gk-soft">where</span> <span class="gk-mono">{text(error.where)}</span>')
    if error.next_step:
        lines.append(f'<span class="gk-soft">next</span> {text(error.next_step)}')
    return note("<br>".join(lines), mood="bad")
