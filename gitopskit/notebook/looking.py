"""Where do Git and the live system disagree? The verbs round `Workspace.differences`.

The trap that shaped it: "what was last applied" is known to the ledger of this machine alone, and its commit may be gone from the
repository. Then it is unknown, and that is said; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gitopskit import sources
from gitopskit.apply import baselinefile
from gitopskit.errors import GitopskitError, UsageError, expect, plain
from gitopskit.model.baseline import Baseline
from gitopskit.model.baseline import accept as accepted
from gitopskit.model.differences import Difference, Differences
from gitopskit.model.history import Revision
from gitopskit.model.ids import ObjectId
from gitopskit.model.ignoring import IgnoreRule
from gitopskit.model.paths import FieldPath
from gitopskit.model.snapshot import Snapshot
from gitopskit.notebook.past import named
from gitopskit.planning.differences import compare
from gitopskit.planning.sides import Sides
from gitopskit.sources.history import Past

if TYPE_CHECKING:
    from gitopskit.notebook.workspace import Workspace

OBJECTS_TOLD: Final = 20
_ACCEPT: Final = 'gk.accept_drift(ws.differences(), reason="…", until="2030-01-31", file="accepted.json")'
_ACCEPT_ROWS: Final = 'gk.accept_drift(differences, rows=[row for row in differences if …], reason="…", until="…", file="…")'


def look(
    workspace: Workspace, base: str, rev: str | None, rules: Iterable[IgnoreRule], baseline: Baseline | Path | str | None
) -> Differences:
    """Return the differences of a workspace; see `Workspace.differences`."""
    known = baselinefile.load(baseline) if isinstance(baseline, str | Path) else baseline
    head = workspace.desired(rev)
    applied, warnings = _last_applied(workspace, head)
    before = workspace.desired(base) if base else applied
    live, plan = workspace.look(head, known=_both(head, before))
    sides = Sides(head=head, live=live, base=before, applied=applied)
    found = compare(plan, sides, rules=rules, baseline=known, now=datetime.now(UTC))
    return _with_authors(workspace, replace(found, warnings=(*warnings, *found.warnings)))


def _with_authors(workspace: Workspace, found: Differences) -> Differences:
    """Say of each row who moved the field in Git; of the first objects only, for every one is a walk through history."""
    objects = dict.fromkeys(row.id for row in found)
    if not objects:
        return found
    told = list(objects)[:OBJECTS_TOLD]
    paths: dict[ObjectId, list[FieldPath]] = {object_id: [] for object_id in told}
    for row in found.rows:
        if row.id in paths:
            paths[row.id].append(row.path)
    try:
        with Past(workspace.repo, path=workspace.path, commit=found.plan.source.commit, rendering=workspace.rendering) as past:
            movers = {one: past.movers(named(workspace, one, past), paths[one]) for one in told}
    except GitopskitError as error:
        return replace(found, warnings=(*found.warnings, f"who moved what in Git cannot be told: {plain(error.what)}"))
    rows = tuple(_with_author(row, movers.get(row.id, {}).get(row.path)) for row in found.rows)
    left = len(objects) - len(told)
    warnings = (f"who moved {left} further objects in Git was not looked up: ws.blame() tells of each",) if left > 0 else ()
    return replace(found, rows=rows, warnings=(*found.warnings, *warnings))


def _with_author(row: Difference, mover: Revision | None) -> Difference:
    return row if mover is None else replace(row, commit=mover.commit, pull_request=mover.pull_request)


def accept_drift(
    differences: Differences, *, reason: str, until: datetime | date | str, file: Path | str, rows: Iterable[Difference] | None = None
) -> Baseline:
    """Accept the drift that is shown, for a time and a reason, and keep that in a file for ``ws.differences(baseline=…)``.

    Parameters
    ----------
    until
        When everything shows again: a moment, or a day (its beginning, UTC); ``"2030-01-31"`` is a day.
    rows
        What is accepted; by default every shown row that drifted.

    Raises
    ------
    UsageError
        There is no reason, no time to come, or nothing to accept.
    BaselineError
        The file cannot be written.
    """
    expect(differences, Differences, _ACCEPT)
    if not isinstance(rows, Iterable | None):
        expect(rows, list, _ACCEPT_ROWS)
    chosen = None if rows is None else list(rows)
    for row in chosen or ():
        expect(row, Difference, _ACCEPT_ROWS)
    baseline = accepted(differences, reason=reason, until=moment_of(until), rows=chosen)
    baselinefile.save(baseline, file)
    return baseline


def moment_of(until: datetime | date | str) -> datetime:
    """Return a moment: a day is its beginning, and what names no zone is UTC."""
    try:
        found = datetime.fromisoformat(until) if isinstance(until, str) else until
    except ValueError:
        raise UsageError(f"{plain(str(until))!r} is no day", next_step="name a day: 2030-01-31, or a moment: 2030-01-31 18:00") from None
    moment = found if isinstance(found, datetime) else datetime.combine(found, time.min)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _last_applied(workspace: Workspace, head: Snapshot) -> tuple[Snapshot | None, tuple[str, ...]]:
    """Return what Git said at the commit of the last apply that went well, and a remark where that cannot be told."""
    try:
        commit = _last_commit(workspace.ledger(), head)
        if not commit:
            return None, ()
        if head.source is not None and commit == head.source.commit:
            return head, ()
        return sources.load(workspace.repo, commit, workspace.path, commit=commit, rendering=workspace.rendering), ()
    except GitopskitError as error:
        return None, (f"what was last applied cannot be told: {plain(error.what)}",)


def _last_commit(entries: Iterable[Mapping[str, Any]], head: Snapshot) -> str:
    """Return the commit that was last applied as a whole: of a part, what was left out was never applied."""
    commit = ""
    for entry in entries:
        source = entry.get("source")
        is_whole = entry.get("is_proved") and not entry.get("left_out")
        if is_whole and isinstance(source, dict) and head.source is not None and head.source.is_told_by(source):
            commit = str(source.get("commit", ""))
    return commit


def _both(head: Snapshot, before: Snapshot | None) -> Snapshot:
    """Return all objects of two commits, to be read: what Git no longer states may still be there."""
    return head if before is None or before is head else replace(head, objects={**before.objects, **head.objects})
