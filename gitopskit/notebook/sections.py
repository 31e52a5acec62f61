"""Where does the work in a notebook, or in a workspace, stand?

What was run is known from this kernel; what was applied, from the journal; whether that still holds is found by looking again: at what
Git says now, at the options, and at a plan of this moment. A look again is a reading, one for each workspace.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gitopskit.apply.journal import Journal
from gitopskit.errors import GitopskitError, UsageError
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report
from gitopskit.model.snapshot import snapshot_digest
from gitopskit.model.strip import Standing, Strip, StripRow, folded
from gitopskit.notebook.history import RUNS, CellRun, text_digest

if TYPE_CHECKING:
    from gitopskit.notebook.workspace import Workspace

_HEADING: Final = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")


def sections(path: Path | str | None = None) -> Strip:
    """Say of each section of a notebook how it stands in this kernel.

    Parameters
    ----------
    path
        The notebook, as it was last saved; by default the one that runs, where its front end tells which it is.

    Raises
    ------
    UsageError
        Nobody tells which notebook this is, or it cannot be read.
    """
    known = Path(path) if path is not None else running_notebook()
    if known is None:
        raise UsageError("this front end does not tell which notebook runs", next_step='name it: gk.sections("name.ipynb")')
    looks: dict[int, str] = {}
    rows = [_row(section, looks) for section in _sections(known)]
    return Strip(title=known.name, rows=tuple(rows), at=datetime.now(UTC))


def strip_of(workspace: Workspace) -> Strip:
    """Say of each plan of a workspace how it stands, the oldest first; the last one that was applied is looked at again."""
    plans = [item for item in workspace.history if isinstance(item, Plan)]
    records = {plan.id: Journal(plan.id).read() for plan in plans}
    applied = [plan for plan in plans if records[plan.id].is_finished and plan.steps]
    rows = []
    for plan in plans:
        record = records[plan.id]
        standing, found = Standing.NOT_RUN, f"{_steps(plan)}, planned {plan.created_at:%H:%M:%S} UTC"
        if not plan.steps:
            standing, found = Standing.OK, "nothing to do"
        elif record.is_finished:
            moved = moved_since(workspace, plan) if plan is applied[-1] else "a later plan was applied"
            standing, found = (Standing.STALE, moved) if moved else (Standing.APPLIED, _steps(plan))
        elif record.begun:
            standing, found = Standing.FAILED, f"{len(record.done)} of {len(plan.steps)} steps were taken; the same call goes on from there"
        rows.append(StripRow(name=f"plan {plan.id[:12]} of {plan.source.commit[:12]}", standing=standing, found=found))
    return Strip(title=f"{os.fspath(workspace.repo)} {workspace.path}".strip(), rows=tuple(rows), at=datetime.now(UTC))


def moved_since(workspace: Workspace, plan: Plan) -> str:
    """Say why what a plan made no longer holds: Git, the options or the live side moved; nothing where it does."""
    ours, then = workspace.options, plan.options
    if (ours.namespace, ours.inventory) != (then.namespace, then.inventory):
        return "the options moved: another namespace or inventory"
    try:
        desired = workspace.desired()
        if snapshot_digest(desired) != plan.desired_digest:
            now = desired.source.commit[:12] if desired.source else "now"
            return f"Git moved: {workspace.revision} is {now}, applied was {plan.source.commit[:12]}"
        live = workspace.provider.read(workspace.provider.scope(desired, then), only=desired.objects)
        again = workspace.provider.plan(desired, live, then)
    except GitopskitError as error:
        return f"it cannot be looked at: {error.what}"
    return "" if again.is_empty else f"the live side moved: a plan of this moment has {_steps(again)}"


def running_notebook() -> Path | None:
    """Return the notebook that runs, where its front end tells: VS Code in a variable, Jupyter's server in the environment."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module else None
    names = [(shell.user_ns if shell else {}).get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")]
    for name in filter(None, names):
        for path in (Path(str(name)), Path.cwd() / Path(str(name)).name):  # a server may tell the path below its own root
            if path.suffix == ".ipynb" and path.is_file():
                return path
    return None


# --- pieces -----------------------------------------------------------------------------------------------------------------------


def _steps(plan: Plan) -> str:
    return f"{len(plan.steps)} step" + ("" if len(plan.steps) == 1 else "s")


@dataclass(kw_only=True)
class _Section:
    name: str
    level: int
    cells: list[Mapping[str, Any]] = field(default_factory=list)


def _sections(path: Path) -> Iterator[_Section]:
    section = _Section(name=path.stem, level=1)
    for cell in _cells(path):
        source = _source(cell)
        heading = _HEADING.match(source.lstrip().partition("\n")[0]) if cell.get("cell_type") == "markdown" else None
        if heading:
            if section.cells:
                yield section
            section = _Section(name=heading[2], level=len(heading[1]))
        elif cell.get("cell_type") == "code" and source.strip():
            section.cells.append(cell)
    if section.cells:
        yield section


def _cells(path: Path) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [cell for cell in found if isinstance(cell, dict)]
    except (OSError, ValueError, TypeError, KeyError) as error:
        what = f"the notebook cannot be read ({type(error).__name__})"
        raise UsageError(what, where=str(path), next_step="name another file") from None


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _row(section: _Section, looks: dict[int, str]) -> StripRow:
    runs = [_last_run(cell) for cell in section.cells]
    said: list[str] = []
    cells = tuple(_standing(run, looks, said.append) for run in runs)
    standing = folded(cells)
    left = sum(one is Standing.NOT_RUN for one in cells)
    if standing is Standing.NOT_RUN and 0 < left < len(cells):
        said.append(f"{len(cells) - left} of {len(cells)} cells were run")
    return StripRow(name=section.name, standing=standing, cells=cells, found="; ".join(dict.fromkeys(said)), level=section.level)


def _last_run(cell: Mapping[str, Any]) -> CellRun | None:
    """Return the last run of a cell with the text that it has now; a cell that was edited since has none."""
    text, name = text_digest(_source(cell)), str(cell.get("id") or "")
    return next((run for run in reversed(RUNS) if run.digest == text and run.cell_id in ("", name)), None)


def _standing(run: CellRun | None, looks: dict[int, str], say: Callable[[str], None]) -> Standing:
    if run is None:
        return Standing.NOT_RUN
    if run.is_ok is False:
        return Standing.FAILED
    for workspace, report in run.applied:
        standing, found = _applied(workspace, report, looks)
        if found:
            say(found)
        if standing is not Standing.APPLIED:
            return standing
    return Standing.APPLIED if any(report.plan.steps for _, report in run.applied) else Standing.OK


def _applied(workspace: Workspace, report: Report, looks: dict[int, str]) -> tuple[Standing, str]:
    if not report.is_proved:
        return Standing.FAILED, report.stopped or "a second plan was not empty"
    if report.plan.id != _last_applied(workspace, report).id:
        return Standing.STALE, "a later plan was applied"
    if id(workspace) not in looks:
        looks[id(workspace)] = moved_since(workspace, report.plan)
    moved = looks[id(workspace)]
    return (Standing.STALE, moved) if moved else (Standing.APPLIED, "")


def _last_applied(workspace: Workspace, report: Report) -> Plan:
    reports = (item for item in reversed(workspace.history) if isinstance(item, Report))
    return next((one.plan for one in reports if one.is_proved and one.plan.steps), report.plan)
