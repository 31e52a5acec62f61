"""What does a page need to know of a plan to list it? Plain texts and numbers, nothing secret, nothing long."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from gitopskit.errors import plain
from gitopskit.model.changes import Change
from gitopskit.model.plan import Plan
from gitopskit.views.words import ACTIONS, Look, is_shown

TEXT_LIMIT: Final = 200


def shown_changes(plan: Plan) -> list[Change]:
    """Return the changes that a person decides about or should see: not those that stay as they are."""
    return [change for change in plan.changes if is_shown(change)]


def head(plan: Plan) -> dict[str, Any]:
    """Return what stands above the list."""
    source = plan.source
    trunk = f", on {source.trunk}" if source.on_trunk else f", NOT on {source.trunk}" if source.trunk else ""
    where = f"{source.url} {source.path or '.'} at {source.commit[:12]} ({source.revision}{trunk}) beside {plan.target.server}"
    blind = [f"{one.group_kind or 'Everything'} {one.namespace} could not be read: {one.reason} {one.message}" for one in plan.unreadable]
    rows = shown_changes(plan)
    return {
        "title": f"Review of plan {plan.id[:12]} for {plain(plan.target.name)}",
        "source": plain(where),
        "alerts": [plain(words) for words in (*blind, *plan.warnings)],
        "looks": {action.value: look_of(look) for action, look in ACTIONS.items()},
        "steps": sum(1 for change in rows if change.action.writes),
        "unchanged": len(plan.changes) - len(rows),
        "fixed": bool(plan.tool_plan),
    }


def packed(changes: Iterable[Change]) -> dict[str, Any]:
    """Return the lines of the list, with every text told once: ten thousand lines say the same few things."""
    words = Words()
    rows = [[*map(words.number, _texts(change)), len(change.fields), int(change.action.writes)] for change in changes]
    return {"words": words.listed, "rows": rows}


class Words:
    """Texts by number, in the order in which they came up."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, word: str) -> int:
        """Return the number of a text."""
        return self._numbers.setdefault(word, len(self._numbers))

    @property
    def listed(self) -> list[str]:
        """All texts."""
        return list(self._numbers)


def _texts(change: Change) -> tuple[str, ...]:
    """Return action, kind, namespace, name, reason and problem of a change."""
    marks = [*sorted(item.value for item in change.classes), *([f"belongs to others: {change.owner}"] if change.owner else [])]
    return (
        change.action.value,
        plain(change.id.group_kind),
        plain(change.id.namespace),
        plain(change.id.name, TEXT_LIMIT),
        plain("; ".join([change.reason, *marks]), TEXT_LIMIT),
        plain(change.problem, TEXT_LIMIT),
    )


def look_of(look: Look) -> dict[str, str]:
    """Return word, glyph and colours of a status, for a page."""
    return {"word": look.word, "glyph": look.glyph, "light": look.light, "dark": look.dark}
