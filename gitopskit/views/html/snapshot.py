"""How does a snapshot look: what is there, and where from?"""

from __future__ import annotations

from typing import Final

from gitopskit.model.snapshot import Side, Snapshot
from gitopskit.views.html.markup import affordable, note, table, text
from gitopskit.views.words import counted

ROWS_SHOWN: Final = 200


def snapshot_html(snapshot: Snapshot) -> str:
    """Return a snapshot: one row per object."""
    is_desired = snapshot.side is Side.DESIRED
    head = ["kind", "namespace", "name", "origin" if is_desired else "resource version"]
    rows = (
        (
            f"<b>{text(o.id.kind)}</b>",
            text(o.id.namespace),
            text(o.id.name),
            f'<span class="gk-mono">{text(o.origin or o.resource_version)}</span>',
        )
        for o in snapshot.objects.values()
    )
    shown = affordable(rows, ROWS_SHOWN)
    parts = [
        _heading(snapshot, is_desired=is_desired),
        table(head, shown, tight=2, label="objects") if shown else note("There is no object."),
    ]
    if len(snapshot) > len(shown):
        parts.append(note(f"{len(snapshot) - len(shown):,} more objects: <code>gk.table(…)</code> shows them all"))
    parts += [
        note(f"<b>{text(one.group_kind or 'Everything')}</b> {text(one.namespace)} could not be read: {text(one.reason)}", mood="bad")
        for one in snapshot.unreadable
    ]
    return "".join(parts + [note(text(warning)) for warning in snapshot.warnings])


def _heading(snapshot: Snapshot, *, is_desired: bool) -> str:
    count = counted(len(snapshot), "object")
    if is_desired and snapshot.source:
        source = snapshot.source
        return (
            f"<h4>Desired state: {count}</h4><p class='gk-soft'>{text(source.url)} {text(source.path or '.')} at "
            f"<code>{text(source.commit[:12])}</code> ({text(source.revision)}), {text(source.renderer)}</p>"
        )
    place = f"{text(snapshot.target.name)}, {text(snapshot.target.server)}" if snapshot.target else ""
    return f"<h4>Live state: {count}</h4><p class='gk-soft'>{place}, read {snapshot.taken_at:%H:%M:%S} UTC</p>"
