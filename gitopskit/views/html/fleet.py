"""How does a fleet look: which members are as Git says, which are not, and which did not answer?"""

from __future__ import annotations

from gitopskit.model.changes import Action
from gitopskit.model.fleet import FleetPlan, MemberPlan
from gitopskit.views.html.markup import badge, note, table, text
from gitopskit.views.words import ACTIONS, fleet_counts, member_look

ROWS_SHOWN = 500


def fleet_html(fleet: FleetPlan) -> str:
    """Return the plans of a fleet, one row per member, those first that need somebody to look at them."""
    source = fleet.source
    place = f"{text(source.url)} {text(source.path or '.')} @ <code>{text(source.commit[:12])}</code> ({text(source.revision)})"
    parts = [
        f"<h4>Fleet of {len(fleet.members)}</h4>",
        f'<p class="gk-soft">{place}</p>',
        '<div class="gk-counts">' + "".join(badge(look, f" {count}") for look, count in fleet_counts(fleet)) + "</div>",
        table(
            ["", "member", "changes", "drift", "problems", "plan", "seconds", ""],
            (_row(member) for member in fleet.ranked[:ROWS_SHOWN]),
            tight=7,
            label="members",
        ),
    ]
    if len(fleet.members) > ROWS_SHOWN:
        parts.append(note(f"{len(fleet.members) - ROWS_SHOWN} more members: <code>fleet.to_frame()</code> has them all"))
    return "".join(parts)


def _row(member: MemberPlan) -> tuple[str, ...]:
    writes = {action: count for action, count in member.counts.items() if action is not Action.NO_OP}
    changes = " ".join(badge(ACTIONS[action], f" {count}") for action, count in writes.items())
    plan = f"<code>{member.plan.id[:12]}</code>" if member.plan else ""
    counted = (str(member.drifted or ""), str(member.problems or ""))
    name = f'<div class="gk-name"><b>{text(member.name)}</b></div>'
    return badge(member_look(member)), name, changes, *counted, plan, f"{member.seconds:.1f}", text(member.message)
