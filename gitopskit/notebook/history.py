"""Which cells were run in this kernel, how did each end, and what did it apply?

Kept in memory and by the package itself, so that every front end gets the same: JupyterLab, VS Code, nbclient, papermill.

The trap that shaped it: not every front end tells the id of the cell that it runs. A cell is known by its text as well.
"""

from __future__ import annotations

import hashlib
import os
import sys
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


def text_digest(source: str) -> str:
    """Return the digest by which a cell's text is known."""
    return hashlib.sha256(source.strip().encode(errors="surrogatepass")).hexdigest()


def follow(shell: Any) -> None:
    """Note from now on what a shell runs; what it ran before we were asked for is taken to have gone well, for nobody tells."""
    *earlier, running = getattr(getattr(shell, "history_manager", None), "input_hist_raw", None) or [""]
    RUNS.extend(CellRun(cell_id="", digest=text_digest(source), is_ok=True) for source in earlier if source)
    if running:
        RUNS.append(CellRun(cell_id="", digest=text_digest(running)))
    shell.events.register("pre_run_cell", _began)
    shell.events.register("post_run_cell", _ended)


def note(workspace: Workspace, report: Report) -> None:
    """Note an apply for the cell that is running."""
    if RUNS and RUNS[-1].is_ok is None:
        RUNS[-1].applied.append((workspace, report))


def place_of(path: Path, cell_id: str, digest: str) -> str:
    """Return how the ledger names a cell: its notebook, its id where one is known, and its text."""
    return f"{path.resolve()}#{cell_id}#{digest[:16]}"


def running_place() -> str:
    """Return the cell that runs, as the ledger names it; nothing where that is not known."""
    path = running_notebook()
    if path is None or not RUNS or RUNS[-1].is_ok is not None:
        return ""
    return place_of(path, RUNS[-1].cell_id, RUNS[-1].digest)


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


def _began(info: Any) -> None:
    RUNS.append(CellRun(cell_id=str(getattr(info, "cell_id", None) or ""), digest=text_digest(str(info.raw_cell or ""))))


def _ended(result: Any) -> None:
    if RUNS and RUNS[-1].is_ok is None:
        RUNS[-1].is_ok = bool(result.success)
