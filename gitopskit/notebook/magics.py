"""The verbs in a short spelling: ``%gitops plan``, ``%gitops drift``, ``%%gitops_apply``.

A magic is a spelling and nothing more. It finds the workspace, calls its verb, and returns the noun, so that it shows itself and can be
kept: ``plan = %gitops plan``. There is no second way to an apply.
"""

from __future__ import annotations

import os
import shlex
from datetime import datetime
from typing import Any, Final

import pandas as pd
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class

from gitopskit.errors import UsageError, plain
from gitopskit.model.baseline import DRIFT as DRIFTED
from gitopskit.model.differences import Differences
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report
from gitopskit.notebook.completion import FLAGS, VERBS
from gitopskit.notebook.fleet import name_of
from gitopskit.notebook.variables import find_workspaces, plans_in, workspace_in
from gitopskit.notebook.workspace import Workspace
from gitopskit.sources.git import public
from gitopskit.views.differences import to_differences
from gitopskit.views.telling import hidden_by_rules

STATUS: Final = ("workspace", "repository", "path", "revision", "target", "last")
HISTORY: Final = ("at", "noun", "plan", "commit", "said")
DRIFT: Final = (
    "class", "severity", "kind", "namespace", "name", "group", "path", "base", "head", "live", "last_applied", "last_applied_from",
    "owner", "time",
)  # fmt: skip


def load_ipython_extension(shell: Any) -> None:
    """Let a notebook say ``%gitops …``: what ``%load_ext gitopskit`` calls."""
    shell.register_magics(GitopsMagics)


@magics_class
class GitopsMagics(Magics):
    """Spellings for the verbs of a workspace."""

    chosen = ""

    @line_magic
    def gitops(self, line: str) -> Plan | Workspace | pd.DataFrame:
        """Look at Git and at what is really there.

        %gitops plan [REVISION] [--prune] [--adopt]   what an apply would do; nothing is written
        %gitops drift [BASE]                          fields that were changed behind Git's back, with who did it
        %gitops status                                the workspaces of this notebook, and what each did last
        %gitops history                               plans and reports of this workspace, oldest first
        %gitops use NAME                              choose among several workspaces

        The result shows itself, and can be kept: plan = %gitops plan. To apply it, see %%gitops_apply? or ws.apply?.
        """
        words = _split(line)
        verb, rest = (words[0], words[1:]) if words else ("", [])
        match verb:
            case "plan":
                return self._plan(rest)
            case "drift":
                return _drift(self._workspace.differences(_revision(rest, flags=())))
            case "status":
                return _status(find_workspaces(self._names))
            case "history":
                return _history(self._workspace)
            case "use":
                return self._use(rest)
        what = f"%gitops knows no {plain(verb)!r}" if verb else "say what to do"
        raise UsageError(what, next_step=f"one of: {', '.join(VERBS)}; %gitops? says more")

    @cell_magic
    def gitops_apply(self, line: str, cell: str) -> Report:
        """Apply just the plan that a variable holds, guarded, and prove that a second one is empty.

        %%gitops_apply plan
        K7M-2QX
        waive source: hotfix agreed with Ada

        The body holds the confirmation, as ws.apply(plan, confirm=…) takes it: on a named context the short code that is shown with the
        plan, or an approval file; in a sandbox the plan's id, or the words plan.id. Each further line "waive GUARD: REASON" sets one
        guard aside. Lines that begin with # say nothing. Without a confirmation the code is asked for.
        """
        name = line.strip()
        plan = self._names.get(name)
        if not isinstance(plan, Plan):
            known = ", ".join(f"%%gitops_apply {one}" for one in plans_in(self._names))
            what = f"{plain(name)!r} holds no plan" if name else "say which variable holds the plan"
            raise UsageError(what, next_step=known or "make one: plan = %gitops plan")
        confirm, waivers = _read_confirmation(cell)
        return self._workspace.apply(plan, confirm=plan.id if confirm == f"{name}.id" else confirm, waive=waivers)

    @property
    def _names(self) -> dict[str, Any]:
        return dict(self.shell.user_ns) if self.shell else {}

    @property
    def _workspace(self) -> Workspace:
        return workspace_in(self._names, self.chosen)

    def _plan(self, words: list[str]) -> Plan:
        revision = _revision(words, flags=FLAGS)
        return self._workspace.plan(revision or None, prune="--prune" in words, adopt="--adopt" in words)

    def _use(self, words: list[str]) -> Workspace:
        found = find_workspaces(self._names)
        if len(words) != 1 or not isinstance(self._names.get(words[0]), Workspace):
            what = f"{plain(words[0])!r} is no workspace" if words else "say which workspace"
            raise UsageError(what, next_step=f"one of: {', '.join(found) or 'there is none yet'}")
        self.chosen = words[0]
        return self._workspace


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        raise UsageError("a quotation mark is left open", where=plain(line), next_step="close it") from None


def _revision(words: list[str], *, flags: tuple[str, ...]) -> str:
    """Return the one revision among the words; empty where they name none."""
    if unknown := [word for word in words if word.startswith("-") and word not in flags]:
        instead = f", or take one of: {', '.join(flags)}" if flags else ""
        raise UsageError(f"there is no {plain(unknown[0])}", next_step=f"leave it out{instead}")
    revisions = [word for word in words if not word.startswith("-")]
    if len(revisions) > 1:
        raise UsageError("name one revision only", next_step="%gitops plan main")
    return revisions[0] if revisions else ""


def _drift(differences: Differences) -> pd.DataFrame:
    """Return the rows that are drift, and say beside them what else there is: an empty frame must not be taken for a quiet system."""
    others = [f"{count} {one.value}" for one, count in differences.counts.items() if one not in DRIFTED]
    said = [*map(plain, differences.warnings), f"not drift: {', '.join(others)}" if others else "", hidden_by_rules(differences)]
    for line in filter(None, said):
        print(line)  # noqa: T201 - beside the frame, which can be kept
    frame = to_differences(differences)
    return frame.loc[frame["class"].isin(DRIFTED), list(DRIFT)].reset_index(drop=True)


def _read_confirmation(cell: str) -> tuple[str | None, dict[str, str]]:
    """Return the confirmation and the waivers that a cell holds.

    Raises
    ------
    UsageError
        There are two confirmations, or a waiver without a reason.
    """
    lines = [line.strip() for line in cell.splitlines()]
    said = [line for line in lines if line and not line.startswith("#")]
    waivers: dict[str, str] = {}
    for line in [line for line in said if line.split()[0] == "waive"]:
        guard, _, reason = line.removeprefix("waive").partition(":")
        if not guard.strip() or not reason.strip():
            raise UsageError("a waiver needs a guard and a reason", where=plain(line), next_step="waive source: hotfix agreed with Ada")
        waivers[guard.strip()] = reason.strip()
    words = [line for line in said if line.split()[0] != "waive"]
    if len(words) > 1:
        raise UsageError("there is more than one confirmation", next_step="leave one line: the plan's code or id")
    return (words[0] if words else None), waivers


def _status(found: dict[str, Workspace]) -> pd.DataFrame:
    rows = [
        [name, public(os.fspath(one.repo)), one.path, one.revision, plain(_target(one)), _said(one.history[-1]) if one.history else ""]
        for name, one in found.items()
    ]
    return pd.DataFrame(rows, columns=list(STATUS), dtype="str")


def _target(workspace: Workspace) -> str:
    return f"{'sandbox' if workspace.target.is_sandbox else 'context'} {name_of(workspace.target)}"


def _history(workspace: Workspace) -> pd.DataFrame:
    rows = []
    for noun in workspace.history:
        plan = noun.plan if isinstance(noun, Report) else noun
        rows.append([_moment(noun), type(noun).__name__.lower(), plan.id[:12], plan.source.commit[:12], _said(noun)])
    return pd.DataFrame(rows, columns=list(HISTORY), dtype="str")


def _moment(noun: Plan | Report) -> str:
    at: datetime = noun.created_at if isinstance(noun, Plan) else noun.guards[0].at if noun.guards else noun.plan.created_at
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _said(noun: Plan | Report) -> str:
    counts = ", ".join(f"{count} {word.value}" for word, count in noun.counts.items())
    ending = "" if isinstance(noun, Plan) else "; proved" if noun.is_proved else "; stopped" if noun.stopped else "; not proved"
    return f"{type(noun).__name__.lower()}: {counts or 'nothing'}{ending}"
