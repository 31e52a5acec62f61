"""Back and forward: an older revision and whose work it undoes, one environment beside another, and since when a check fails.

The trap that shaped it: a search that tries commits on a cluster which was used before finds what the try before left there. Every trial
has a sandbox of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeAlias

from gitopskit.errors import GitopskitError, RevisionError, UsageError, expect, plain
from gitopskit.model.bisection import Bisection, Trial, Verdict
from gitopskit.model.changes import FieldChange
from gitopskit.model.health import HealthStatus
from gitopskit.model.history import Commit, FieldSource
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.paths import FieldPath
from gitopskit.model.promotion import Lack, Promotion, PromotionRow, Rollback, Undone
from gitopskit.notebook.looking import moment_of
from gitopskit.notebook.past import past_of
from gitopskit.notebook.targets import Target, new_sandbox
from gitopskit.notebook.workspace import Workspace
from gitopskit.planning.bisection import halve
from gitopskit.planning.diff import is_same
from gitopskit.planning.health import assess
from gitopskit.planning.promotion import unequal
from gitopskit.providers.base import no_progress

Check: TypeAlias = Callable[[Workspace], bool | str]
_ILL: Final = (HealthStatus.DEGRADED, HealthStatus.PROGRESSING, HealthStatus.MISSING)
_SAID: Final = 3


def commit_at(workspace: Workspace, moment: datetime | date | str) -> str:
    """Return the commit that was desired at a moment, to be named wherever a revision is: ``ws.desired(gk.commit_at(ws, "2026-02-05"))``.

    Parameters
    ----------
    moment
        A moment, or a day (its beginning, UTC).

    Raises
    ------
    RevisionError
        There was no commit yet.

    Notes
    -----
    Moments in commits are what the clocks of those who made them said.
    """
    expect(workspace, Workspace, 'gk.commit_at(ws, "2026-02-05")')
    expect(moment, (datetime, date, str), 'gk.commit_at(ws, "2026-02-05")')
    with past_of(workspace) as past:
        found = past.commit_at(moment_of(moment))
        if found is None:
            first = list(past.commits.values())[-1]
            what = f"nothing was desired yet at {plain(str(moment))}"
            raise RevisionError(
                what, where=str(workspace.repo), next_step=f"the first commit is of {first.committed_at:%Y-%m-%d %H:%M} UTC"
            )
        return found.oid


def rollback(workspace: Workspace, revision: str, *, prune: bool = False) -> Rollback:
    """Plan for an older revision, and say whose work that would undo; the plan is applied like every other.

    Parameters
    ----------
    prune
        Delete what the older revision does not state.

    Raises
    ------
    RevisionError
        It is no older state of the workspace's revision.
    """
    expect(workspace, Workspace, 'gk.rollback(ws, "v1.4")')
    expect(revision, str, 'gk.rollback(ws, "v1.4")')
    plan = workspace.plan(revision, prune=prune)
    older, newer = workspace.desired(revision).objects, workspace.desired().objects
    unlike = [one for one in {**newer, **older} if not _is_alike(older.get(one), newer.get(one))]
    with past_of(workspace) as past:
        since = past.since(plan.source.commit)
        if since is None:
            what = f"{plain(revision)!r} is no older state of {plain(workspace.revision)!r}"
            raise RevisionError(what, where=plan.source.url, next_step="plan for it as for any other revision: ws.plan(rev)")
        histories = map(past.of, unlike)
        undone = [Undone(id=one.id, revision=revision) for one in histories for revision in one.revisions if revision.commit.oid in since]
        order = {oid: position for position, oid in enumerate(past.commits)}
        return Rollback(plan=plan, undone=tuple(sorted(undone, key=lambda one: order[one.revision.commit.oid])), warnings=past.warnings)


def _is_alike(one: Object | None, other: Object | None) -> bool:
    return one is not None and other is not None and is_same(one.body, other.body)


def promotion(ahead: Workspace, behind: Workspace) -> Promotion:
    """Say what one environment has that another has not, by what Git says of both, and since when; no cluster is asked.

    Parameters
    ----------
    ahead, behind
        Workspaces of two paths, revisions or repositories: staging, and production.
    """
    expect(ahead, Workspace, "gk.promotion(staging, production)")
    expect(behind, Workspace, "gk.promotion(staging, production)")
    first, second = ahead.desired(), behind.desired()
    if first.source is None or second.source is None:
        raise UsageError("these workspaces have no source", next_step="gk.Workspace(repo=…, path=…)")
    rows: list[PromotionRow] = []
    with past_of(ahead) as past:
        for object_id, twin, fields in unequal(first.objects, second.objects):
            if object_id is not None:
                rows += _lacking(object_id, fields, {one.path: one for one in past.blame(object_id)}, is_missing=twin is None)
            elif twin is not None:
                rows.append(PromotionRow(id=twin, lack=Lack.EXTRA))
        warnings = past.warnings
    return Promotion(ahead=first.source, behind=second.source, rows=tuple(rows), warnings=warnings)


def _lacking(
    object_id: ObjectId, fields: tuple[FieldChange, ...], said: Mapping[FieldPath, FieldSource], *, is_missing: bool
) -> Iterator[PromotionRow]:
    if is_missing:
        latest = max((one for one in said.values() if one.commit), key=_when, default=None)
        yield PromotionRow(id=object_id, lack=Lack.MISSING, commit=latest.commit if latest else None, pull_request=_by(latest))
    for field in fields:
        source = said.get(field.path)
        yield PromotionRow(
            id=object_id,
            lack=Lack.DIFFERS,
            path=field.path,
            ahead=field.after,
            behind=field.before,
            commit=source.commit if source else None,
            pull_request=_by(source),
        )


def _when(source: FieldSource) -> float:
    return source.commit.committed_at.timestamp() if source.commit else 0


def _by(source: FieldSource | None) -> str:
    return source.pull_request if source else ""


def bisect(workspace: Workspace, good: str, bad: str = "", *, check: str | Check = "healthy", timeout_s: float = 30) -> Bisection:
    """Find the commit since which a check fails, each commit tried in a sandbox of its own.

    Parameters
    ----------
    good, bad
        A revision that passes, and a later one that fails; by default the workspace's own.
    check
        "healthy": everything becomes healthy. "applies": it can be applied, and proved. Or a function of the workspace after its apply,
        which returns whether all is well, or what is not; what cannot be applied cannot be asked then.
    timeout_s
        How long a trial waits until nothing is on its way any more, in seconds.

    Raises
    ------
    UsageError
        There is no such check, the good revision fails, or the bad one passes.
    RevisionError
        The good revision is no older state of the bad one.
    """
    expect(workspace, Workspace, 'gk.bisect(ws, "v1.4")')
    expect(good, str, 'gk.bisect(ws, "v1.4")')
    test = _test(check, timeout_s)
    with past_of(workspace, bad) as past:
        first = past.resolve(good)
        line = past.line(first)
        if line is None:
            what = f"{plain(good)!r} is no older state of {plain(bad or workspace.revision)!r}"
            raise RevisionError(what, where=str(workspace.repo), next_step="name an ancestor of it")
        trials: list[Trial] = []

        def ask(commit: Commit) -> Verdict:
            trials.append(_try(workspace, commit, test))
            return trials[-1].verdict

        _expect(ask(past.commits[first]), Verdict.PASSED, f"{plain(good)!r} does not pass", trials)
        _expect(ask(line[-1]), Verdict.FAILED, f"{plain(bad or workspace.revision)!r} does not fail", trials)
        suspects = halve(line, ask)
        brought = {commit.oid: past.brought_by(commit) for commit in suspects}
        name = check if isinstance(check, str) else getattr(check, "__name__", "the given check")
        return Bisection(check=name, good=past.commits[first], suspects=suspects, trials=tuple(trials), pull_requests=brought)


def _elsewhere(workspace: Workspace, target: Target, commit: str) -> Workspace:
    """Return a workspace for the same source at another commit, on another target, with that target's own policy."""
    other = type(workspace)(workspace.repo, workspace.path, revision=commit, target=target)
    other.options, other.rendering, other.progress = workspace.options, workspace.rendering, no_progress
    return other


def _expect(verdict: Verdict, wanted: Verdict, what: str, trials: list[Trial]) -> None:
    if verdict is not wanted:
        why = f": {trials[-1].why}" if trials[-1].why else ""
        raise UsageError(f"{what}{why}", where=trials[-1].commit.short, next_step="name a revision that passes, and a later one that fails")


@dataclass(frozen=True, slots=True)
class _Test:
    """What is asked of a commit; one that `needs_apply` says nothing of what could not be applied."""

    ask: Check
    needs_apply: bool


def _test(check: str | Check, timeout_s: float) -> _Test:
    known: dict[str, Check] = {"healthy": lambda tried: _is_healthy(tried, timeout_s), "applies": lambda _: True}
    if callable(check):
        return _Test(check, needs_apply=True)
    if check not in known:
        raise UsageError(f"there is no check {plain(str(check))!r}", next_step=f"one of {', '.join(known)}, or a function of the workspace")
    return _Test(known[check], needs_apply=False)


def _is_healthy(tried: Workspace, timeout_s: float) -> bool | str:
    seen = tried.settled(timeout_s)
    found = {one: assess(item, seen.taken_at) for one, item in seen.objects.items()}
    ill = [f"{one}: {health.message or health.status}" for one, health in found.items() if health.status in _ILL]
    return "; ".join(ill[:_SAID]) if ill else True


def _try(workspace: Workspace, commit: Commit, test: _Test) -> Trial:
    """Apply a commit in a new sandbox, and check what came of it."""
    with closing(new_sandbox()) as place:
        tried = _elsewhere(workspace, place, commit.oid)
        try:
            plan = tried.plan()
        except GitopskitError as error:
            return Trial(commit=commit, verdict=Verdict.UNTRIED, why=plain(error.what))
        report = tried.apply(plan, confirm=plan.id)
        if not report.is_proved:
            why = report.stopped or "a second plan is not empty"
            return Trial(commit=commit, verdict=Verdict.UNTRIED if test.needs_apply else Verdict.FAILED, why=why)
        found = test.ask(tried)
    is_well = found is True
    return Trial(commit=commit, verdict=Verdict.PASSED if is_well else Verdict.FAILED, why="" if is_well else plain(str(found or ""), 400))
