"""How does a person apply a plan in a workspace? The verb behind `Workspace.apply`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gitopskit import sources
from gitopskit.apply import Attempt, execute
from gitopskit.apply.approval import grant
from gitopskit.errors import UsageError, expect
from gitopskit.model.events import Event, EventKind
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report
from gitopskit.notebook.history import note, running_place
from gitopskit.providers.base import Progress, no_progress
from gitopskit.sources.trunk import ahead_of
from gitopskit.views.progress import watched

if TYPE_CHECKING:
    from gitopskit.notebook.workspace import Workspace


def apply(
    workspace: Workspace,
    plan: Plan,
    confirm: str | Path | None,
    *,
    waive: Mapping[str, str] | None,
    why: str,
    ticket: str,
    on_event: Callable[[Event], None] | None,
) -> Report:
    """Apply just this plan; see `Workspace.apply`."""
    expect(plan, Plan, "ws.apply(plan, confirm=plan.id)")
    source, binding = plan.source, workspace.binding
    if confirm is None and not workspace.accepts_id:
        confirm = _ask()
    attempt = Attempt(
        plan=plan,
        desired=sources.reload(workspace.repo, source),
        provider=workspace.provider,
        policy=workspace.policy,
        approval=grant(plan, confirm, accepts_id=workspace.accepts_id),
        waivers=dict(waive or {}),
        why=why or (binding.why if binding else ""),
        ticket=ticket or (binding.ticket if binding else ""),
        place=running_place(),
        binding=binding,
        forge=workspace.forge,
        ahead=lambda: ahead_of(workspace.repo, source.commit, source.trunk),
        progress=workspace.progress if on_event is None else no_progress,
    )
    with watched(workspace.progress):
        report = execute(attempt, on_event or _count_steps(plan, workspace.progress))
    workspace.history.append(report)
    note(workspace, report)
    return report


def _count_steps(plan: Plan, progress: Progress) -> Callable[[Event], None]:
    """Return a reader of events that shows how many steps are taken."""
    ours = {change.id for change in plan.steps}
    done = 0

    def count(event: Event) -> None:
        nonlocal done
        if event.kind is EventKind.OUTCOME and event.id in ours:
            done += 1
            progress("applying", done, len(ours))

    return count


def _ask() -> str | None:
    """Ask the person at the keyboard for the short code; nobody there is no confirmation."""
    try:
        return input("Type the code shown with the plan to apply it: ")
    except Exception as error:  # the kernel's "no standard input here" is no exception of ours to import
        if isinstance(error, EOFError) or type(error).__name__ == "StdinNotImplementedError":
            return None
        raise UsageError("the code could not be asked for", next_step='name it in the call: confirm="…"') from error
