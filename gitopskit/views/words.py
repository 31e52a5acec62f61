"""One word, one glyph and one colour for each status, the same in every view.

The colours are told apart by people who see fewer of them (after Okabe and Ito), and never stand alone: a word and a glyph say the
same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from gitopskit.errors import plain
from gitopskit.model.binding import CheckRow, Level
from gitopskit.model.bisection import Verdict
from gitopskit.model.changes import Action, Change, FieldAction
from gitopskit.model.differences import DifferenceClass, Severity
from gitopskit.model.events import Movement, Outcome
from gitopskit.model.fleet import FleetPlan, MemberPlan, MemberState
from gitopskit.model.health import HealthStatus, KStatus
from gitopskit.model.history import Agreement, DeedSource, Touch
from gitopskit.model.promotion import Lack
from gitopskit.model.pull_request import MergeStatus, PullRequest, PullState
from gitopskit.model.strip import Standing
from gitopskit.model.values import MASK, UNKNOWN, Sensitive


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a status looks: word, glyph, colour on light and on dark ground."""

    word: str
    glyph: str
    light: str
    dark: str


_GREY, _GREEN, _BLUE = ("#5f6b76", "#9aa7b2"), ("#00694b", "#3fc598"), ("#00558c", "#6cb8ee")
_ORANGE, _RED, _PURPLE = ("#8a5a00", "#e8ac3f"), ("#a33b00", "#f58a55"), ("#8a3a6b", "#dd94bd")


def pull_look(pull: PullRequest) -> Look:
    """Return how the state of a pull request looks: of an open one, what stands in the way first."""
    return PULLS[pull.status if pull.state is PullState.OPEN else pull.state]


def _look(word: str, glyph: str, colours: tuple[str, str]) -> Look:
    return Look(word=word, glyph=glyph, light=colours[0], dark=colours[1])


ACTIONS: Final = {
    Action.NO_OP: _look("no-op", "·", _GREY),
    Action.CREATE: _look("create", "+", _GREEN),
    Action.UPDATE: _look("update", "~", _BLUE),
    Action.REPLACE: _look("replace", "±", _PURPLE),
    Action.DELETE: _look("delete", "−", _RED),
    Action.READ: _look("unreadable", "?", _ORANGE),
}
FIELD_ACTIONS: Final = {
    FieldAction.ADD: _look("add", "+", _GREEN),
    FieldAction.CHANGE: _look("change", "~", _BLUE),
    FieldAction.REMOVE: _look("remove", "−", _RED),
}
OUTCOMES: Final = {
    Outcome.CHANGED: _look("changed", "✓", _GREEN),
    Outcome.UNCHANGED: _look("unchanged", "·", _GREY),
    Outcome.FAILED: _look("failed", "✗", _RED),
    Outcome.SKIPPED: _look("not started", "○", _GREY),
    Outcome.REFUSED: _look("refused", "■", _ORANGE),
    Outcome.UNKNOWN: _look("unknown", "?", _PURPLE),
    Outcome.PASSED: _look("passed", "✓", _GREEN),
    Outcome.WAIVED: _look("waived", "!", _ORANGE),
}
STANDINGS: Final = {
    Standing.NOT_RUN: _look("not run", "○", _GREY),
    Standing.RUNNING: _look("running", "…", _BLUE),
    Standing.OK: _look("ok", "✓", _GREEN),
    Standing.FAILED: _look("failed", "✗", _RED),
    Standing.APPLIED: _look("applied", "■", _BLUE),
    Standing.STALE: _look("stale", "!", _ORANGE),
}
SYNC: Final = {
    "Synced": _look("Synced", "✓", ("#009e73", "#009e73")),
    "OutOfSync": _look("OutOfSync", "~", ("#e69f00", "#e69f00")),
    "Missing": _look("Missing", "+", ("#56b4e9", "#56b4e9")),
    "Extra": _look("Extra", "−", ("#d55e00", "#d55e00")),
    "Unreadable": _look("Unreadable", "?", ("#999999", "#999999")),
}

HEALTH: Final = {
    HealthStatus.HEALTHY: _look("Healthy", "✓", _GREEN),
    HealthStatus.SUSPENDED: _look("Suspended", "‖", _GREY),
    HealthStatus.PROGRESSING: _look("Progressing", "…", _BLUE),
    HealthStatus.MISSING: _look("Missing", "+", _ORANGE),
    HealthStatus.DEGRADED: _look("Degraded", "✗", _RED),
    HealthStatus.UNKNOWN: _look("Unknown", "?", _PURPLE),
}
KSTATUS: Final = {
    KStatus.CURRENT: _look("Current", "✓", _GREEN),
    KStatus.IN_PROGRESS: _look("InProgress", "…", _BLUE),
    KStatus.FAILED: _look("Failed", "✗", _RED),
    KStatus.TERMINATING: _look("Terminating", "−", _GREY),
    KStatus.NOT_FOUND: _look("NotFound", "+", _ORANGE),
    KStatus.UNKNOWN: _look("Unknown", "?", _PURPLE),
}
DIFFERENCES: Final = {
    DifferenceClass.CHANGED_IN_GIT: _look("changed in Git", "→", _BLUE),
    DifferenceClass.DRIFTED: _look("drifted", "~", _ORANGE),
    DifferenceClass.BOTH: _look("both", "±", _RED),
    DifferenceClass.DIFFERS: _look("differs", "≠", _PURPLE),
    DifferenceClass.UNREADABLE: _look("unreadable", "?", _PURPLE),
    DifferenceClass.LIVE_ONLY: _look("live only", "+", _GREY),
    DifferenceClass.SAME_WHEN_STORED: _look("same when stored", "=", _GREY),
    DifferenceClass.SUPPRESSED: _look("suppressed", "○", _GREY),
}
AGREEMENTS: Final = {
    Agreement.SAME: _look("same", "=", _GREY),
    Agreement.DIFFERS: _look("differs", "≠", _ORANGE),
    Agreement.GIT_ONLY: _look("Git only", "→", _BLUE),
    Agreement.LIVE_ONLY: _look("live only", "+", _GREY),
}
DEEDS: Final = {
    DeedSource.GIT: _look("Git", "→", _BLUE),
    DeedSource.LEDGER: _look("ledger", "✓", _GREEN),
    DeedSource.MANAGED_FIELDS: _look("managed fields", "~", _ORANGE),
    DeedSource.EVENT: _look("event", "·", _GREY),
    DeedSource.ARGO_CD: _look("Argo CD", "◆", _PURPLE),
    DeedSource.HELM: _look("Helm", "◆", _PURPLE),
    DeedSource.OBJECT: _look("object", "○", _GREY),
}
TOUCHES: Final = {
    Touch.CREATED: _look("created", "+", _GREEN),
    Touch.CHANGED: _look("changed", "~", _BLUE),
    Touch.MOVED: _look("moved", "→", _GREY),
    Touch.DELETED: _look("deleted", "−", _RED),
    Touch.BROKE: _look("could not be read", "?", _PURPLE),
}
LACKS: Final = {
    Lack.MISSING: _look("missing", "+", _GREEN),
    Lack.DIFFERS: _look("differs", "~", _BLUE),
    Lack.EXTRA: _look("extra", "−", _RED),
}
VERDICTS: Final = {
    Verdict.PASSED: _look("passed", "✓", _GREEN),
    Verdict.FAILED: _look("failed", "✗", _RED),
    Verdict.UNTRIED: _look("cannot be tried", "?", _PURPLE),
}
SEVERITIES: Final = {
    Severity.CRITICAL: _look("critical", "‼", _RED),
    Severity.HIGH: _look("high", "▲", _ORANGE),
    Severity.MEDIUM: _look("medium", "◆", _BLUE),
    Severity.LOW: _look("low", "·", _GREY),
}
PULLS: Final = {
    PullState.MERGED: _look("merged", "✓", _PURPLE),
    PullState.CLOSED: _look("closed", "✗", _GREY),
    MergeStatus.READY: _look("ready", "✓", _GREEN),
    MergeStatus.CONFLICT: _look("conflict", "✗", _RED),
    MergeStatus.UNAPPROVED: _look("approvals missing", "○", _ORANGE),
    MergeStatus.BEHIND: _look("trunk moved", "!", _ORANGE),
    MergeStatus.UNKNOWN: _look("unknown", "?", _PURPLE),
}

_IN_SYNC: Final = _look("in sync", "✓", _GREEN)
_DIFFERS: Final = _look("differs", "~", _BLUE)
_TROUBLED: Final = _look("has problems", "!", _ORANGE)
MEMBERS: Final = {
    MemberState.UNREACHABLE: _look("unreachable", "?", _PURPLE),
    MemberState.REFUSED: _look("refused", "■", _ORANGE),
    MemberState.FAILED: _look("failed", "✗", _RED),
}
_SYNC_TEXT: Final = {
    name: _look(name, SYNC[name].glyph, colours)
    for name, colours in {"Synced": _GREEN, "OutOfSync": _BLUE, "Missing": _ORANGE, "Extra": _RED, "Unreadable": _PURPLE}.items()
}
STATUSES: Final[Mapping[str, Mapping[str, Look]]] = {
    "action": {action.value: look for action, look in ACTIONS.items()},
    "outcome": {outcome.value: look for outcome, look in OUTCOMES.items()},
    "sync": _SYNC_TEXT,
    "class": {one.value: look for one, look in DIFFERENCES.items()},
    "agreement": {one.value: look for one, look in AGREEMENTS.items()},
    "touch": {one.value: look for one, look in TOUCHES.items()},
    "lack": {one.value: look for one, look in LACKS.items()},
    "verdict": {one.value: look for one, look in VERDICTS.items()},
    "told_by": {one.value: look for one, look in DEEDS.items()},
    "severity": {severity.value: look for severity, look in SEVERITIES.items()},
    "health": {status.value: look for status, look in HEALTH.items()},
    "kstatus": {status.value: look for status, look in KSTATUS.items()},
    "state": {MemberState.PLANNED.value: _look("planned", "✓", _GREEN), **{state.value: look for state, look in MEMBERS.items()}},
}
"""Columns of frames that hold statuses, and how each value looks as text; the colours of `SYNC` are for areas."""


def check_look(row: CheckRow) -> Look:
    """Return how a preflight check came out: what should hold and does not is no alarm."""
    look = OUTCOMES[row.outcome]
    return look if row.holds or row.level is Level.MUST else _look(look.word, look.glyph, _ORANGE if row.level is Level.SHOULD else _GREY)


def moment_text(moment: datetime) -> str:
    """Return a moment to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def meanwhile_text(moved: Sequence[Movement]) -> str:
    """Say how many objects moved besides our steps, and who moved them."""
    besides = [one for one in moved if not one.is_step]
    answers = len(moved) - len(besides)
    people = sorted({name.partition(" (")[0] for one in besides for name in one.by.split(", ") if name})
    by = f" (by {', '.join(plain(one, 80) for one in people[:3])}{', …' if len(people) > 3 else ''})" if people else ""
    said = [f"besides our steps, {len(besides)} object{_s(besides)} changed meanwhile{by}"] if besides else []
    return "; ".join(said + ([f"{answers} changed again after our step"] if answers else []))


def _s(things: Sequence[object]) -> str:
    return "" if len(things) == 1 else "s"


def member_look(member: MemberPlan) -> Look:
    """Return how a member of a fleet stands."""
    if member.state in MEMBERS:
        return MEMBERS[member.state]
    return _IN_SYNC if member.is_in_sync else _TROUBLED if member.problems else _DIFFERS


def fleet_counts(fleet: FleetPlan) -> list[tuple[Look, int]]:
    """Return how many members stand how, those first that are well."""
    counted = Counter(map(member_look, fleet.members))
    return [(look, counted[look]) for look in (_IN_SYNC, _DIFFERS, _TROUBLED, *MEMBERS.values()) if counted[look]]


def is_extra(change: Change) -> bool:
    """Whether the row is of a member that is no longer desired."""
    return change.action is Action.DELETE or change.reason.startswith("no longer desired")


def is_shown(change: Change) -> bool:
    """Whether a person decides about the change or should see it: it is more than an object as desired."""
    return change.action is not Action.NO_OP or bool(change.problem) or is_extra(change)


def counted(count: int, word: str, words: str = "") -> str:
    """Return a number and its word; `words` where the plural takes more than an s."""
    return f"{count:,} {word if count == 1 else words or f'{word}s'}"


def sync_status(change: Change) -> str:
    """Return the sync status that a planned change means."""
    if change.action is Action.READ:
        return "Unreadable"
    if change.action is Action.CREATE:
        return "Missing"
    if is_extra(change):
        return "Extra"
    return "Synced" if change.action is Action.NO_OP else "OutOfSync"


def value_text(value: Any, *, limit: int = 400) -> str:
    """Return one value as text: JSON for structures, a fixed mark for a secret, nothing for None."""
    return plain(written(value), limit)


def written(value: Any) -> str:
    """Return one value as text of any length that has yet to be made safe to show."""
    if value is None:
        return ""
    if isinstance(value, Sensitive):
        return MASK
    return str(value) if value is UNKNOWN or isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_json(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_json(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)
