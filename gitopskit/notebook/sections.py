"""Where does the work in a notebook stand, section by section?

What was run, and what it applied, is known from this kernel; what an earlier kernel applied, from the ledgers, which name the cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

from gitopskit.apply.ledger import all_executions
from gitopskit.errors import UsageError, expect
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report
from gitopskit.model.strip import Standing, Strip, StripRow, folded
from gitopskit.notebook.history import RUNS, CellRun, place_of, running_notebook, text_digest
from gitopskit.notebook.standing import LATER, moved_since

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
    expect(path, (str, PathLike, NoneType), 'gk.sections("name.ipynb")')
    known = Path(path) if path is not None else running_notebook()
    if known is None:
        raise UsageError("this front end does not tell which notebook runs", next_step='name it: gk.sections("name.ipynb")')
    book = _Book(path=known, recorded={str(entry.get("place")): entry for entry in all_executions() if entry.get("is_proved")})
    rows = [_row(section, book) for section in _sections(known)]
    return Strip(title=known.name, rows=tuple(rows), at=datetime.now(UTC))


# --- pieces -----------------------------------------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class _Book:
    """One notebook, what the ledgers know of its cells, and what was looked at again."""

    path: Path
    recorded: Mapping[str, Mapping[str, Any]]
    looks: dict[int, str] = field(default_factory=dict)

    def applied_before(self, cell: Mapping[str, Any]) -> str:
        """Say when and by whom a cell was applied in an earlier kernel; nothing where it was not."""
        text, name = text_digest(_source(cell)), str(cell.get("id") or "")
        entry = self.recorded.get(place_of(self.path, name, text)) or self.recorded.get(place_of(self.path, "", text))
        if entry is None:
            return ""
        who = f"by {entry.get('who', '')} at {str(entry.get('at', ''))[:19].replace('T', ' ')} UTC"
        return f"applied {who}, in an earlier kernel; whether it still holds is not known here"


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


def _row(section: _Section, book: _Book) -> StripRow:
    said: list[str] = []
    cells = tuple(_standing(cell, book, said.append) for cell in section.cells)
    standing = folded(cells)
    left = sum(one is Standing.NOT_RUN for one in cells)
    if standing is Standing.NOT_RUN and 0 < left < len(cells):
        said.append(f"{len(cells) - left} of {len(cells)} cells were run")
    return StripRow(name=section.name, standing=standing, cells=cells, found="; ".join(dict.fromkeys(said)), level=section.level)


def _last_run(cell: Mapping[str, Any]) -> CellRun | None:
    """Return the last run of a cell with the text that it has now; a cell that was edited since has none."""
    text, name = text_digest(_source(cell)), str(cell.get("id") or "")
    return next((run for run in reversed(RUNS) if run.digest == text and run.cell_id in ("", name)), None)


def _standing(cell: Mapping[str, Any], book: _Book, say: Callable[[str], None]) -> Standing:
    run = _last_run(cell)
    if run is None:
        before = book.applied_before(cell)
        if before:
            say(before)
        return Standing.APPLIED if before else Standing.NOT_RUN
    if not run.is_ok:
        return Standing.RUNNING if run.is_ok is None else Standing.FAILED
    for workspace, report in run.applied:
        standing, found = _applied(workspace, report, book.looks)
        if found:
            say(found)
        if standing is not Standing.APPLIED:
            return standing
    return Standing.APPLIED if any(report.plan.steps for _, report in run.applied) else Standing.OK


def _applied(workspace: Workspace, report: Report, looks: dict[int, str]) -> tuple[Standing, str]:
    if not report.is_proved:
        return Standing.FAILED, report.stopped or "a second plan was not empty"
    if report.plan.id != _last_applied(workspace, report).id:
        return Standing.STALE, LATER
    if id(workspace) not in looks:
        looks[id(workspace)] = moved_since(workspace, report.plan)
    moved = looks[id(workspace)]
    return (Standing.STALE, moved) if moved else (Standing.APPLIED, "")


def _last_applied(workspace: Workspace, report: Report) -> Plan:
    reports = (item for item in reversed(workspace.history) if isinstance(item, Report))
    return next((one.plan for one in reports if one.is_proved and one.plan.steps), report.plan)
