"""Which cells were run in this kernel, how did each end, and what did it apply?

Kept in memory and by the package itself, so that every front end gets the same: JupyterLab, VS Code, nbclient, papermill.

The trap that shaped it: not every front end tells the id of the cell that it runs. A cell is known by its text as well. And a cell may run
another one in its midst, while a thread applies something that belongs to neither.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from gitopskit.model.report import Report
    from gitopskit.notebook.workspace import Workspace


@dataclass(kw_only=True)
class CellRun:
    """One run of one cell.

    Attributes
    ----------
    is_ok
        How it ended; None while it runs.
    applied
        The workspaces and reports of its applies.
    """

    cell_id: str
    digest: str
    is_ok: bool | None = None
    applied: list[tuple[Workspace, Report]] = field(default_factory=list)


RUNS: Final[list[CellRun]] = []
_OPEN: Final[list[CellRun]] = []
"""The runs that have not ended, each within the one before it."""


def text_digest(source: str) -> str:
    """Return the digest by which a cell's text is known."""
    return hashlib.sha256(source.strip().encode(errors="surrogatepass")).hexdigest()


def follow(shell: Any) -> None:
    """Note from now on what a shell runs; what it ran before we were asked for is taken to have gone well, for nobody tells."""
    *earlier, running = getattr(getattr(shell, "history_manager", None), "input_hist_raw", None) or [""]
    RUNS.extend(CellRun(cell_id="", digest=text_digest(source), is_ok=True) for source in earlier if source)
    if running:
        _begin(CellRun(cell_id="", digest=text_digest(running)))
    shell.events.register("pre_run_cell", _began)
    shell.events.register("post_run_cell", _ended)


def note(workspace: Workspace, report: Report) -> None:
    """Note an apply for the cell that is running; what a thread applies is none of its work."""
    run = _running()
    if run is not None:
        run.applied.append((workspace, report))


def place_of(path: Path, cell_id: str, digest: str) -> str:
    """Return how the ledger names a cell: its notebook, its id where one is known, and its text."""
    return f"{path.resolve()}#{cell_id}#{digest[:16]}"


def running_place() -> str:
    """Return the cell that runs, as the ledger names it; nothing where that is not known, as in a thread."""
    path, run = running_notebook(), _running()
    return place_of(path, run.cell_id, run.digest) if path is not None and run is not None else ""


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


def _running() -> CellRun | None:
    is_in_cell = threading.current_thread() is threading.main_thread()
    return _OPEN[-1] if _OPEN and is_in_cell else None


def _began(info: Any) -> None:
    _begin(CellRun(cell_id=str(getattr(info, "cell_id", None) or ""), digest=text_digest(str(info.raw_cell or ""))))


def _begin(run: CellRun) -> None:
    RUNS.append(run)
    _OPEN.append(run)


def _ended(result: Any) -> None:
    """Note how the innermost run of this text ended; IPython tells of the end of an empty cell, and not of its beginning."""
    digest = text_digest(str(result.info.raw_cell or ""))
    if all(run.digest != digest for run in _OPEN):
        return
    while (run := _OPEN.pop()).digest != digest:
        run.is_ok = False  # its own end was never told
    run.is_ok = bool(result.success)
