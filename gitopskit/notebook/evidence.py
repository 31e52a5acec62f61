"""How does a master notebook become a dated evidence notebook, and does that still say what its master says?

A master is written once and never run for real. Work is done in a copy with the day and a number in its name, which knows where it comes
from: that copy, run, is the evidence.

References
----------
The practice of master ("otehon") and dated copy: Literate Computing for Reproducible Infrastructure. Cell ids: nbformat 4.5, JEP 62.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from gitopskit import __version__
from gitopskit.apply.approval import person
from gitopskit.command import CommandError, run
from gitopskit.errors import UsageError, expect, plain
from gitopskit.notebook.lineage import KEY, Verdict, compare, fingerprints, notebook_digest

_DATED: Final = re.compile(r"^(\d{4}-\d{2}-\d{2})-(\d{2,})-(.+)$")
_PASSING: Final = frozenset({"execution", "collapsed", "scrolled", "ExecuteTime", "papermill"})


def evidence(master: Path | str, *, into: Path | str | None = None, today: date | None = None) -> Path:
    """Copy a master notebook to ``YYYY-MM-DD-NN-name.ipynb``, without outputs, and return where it is.

    Parameters
    ----------
    into
        The folder of the copy, made if need be; the master's own by default.
    today
        The day in its name; by default the day here.

    Raises
    ------
    UsageError
        It is no notebook, its cells have no ids, or the copy cannot be written.
    """
    expect(master, (str, os.PathLike), 'gk.evidence("master.ipynb")')
    path = Path(master)
    notebook = _read(path)
    folder = Path(into) if into is not None else path.parent
    cells = fingerprints(notebook)
    earlier = _lineage_in(notebook)
    notebook["metadata"][KEY] = {"lineage": _lineage(path, cells, earlier)}
    for cell in notebook["cells"]:
        _strip(cell)
    return _write(notebook, folder, path.stem, today or datetime.now().astimezone().date())


def verify_evidence(path: Path | str, *, master: Path | str | None = None) -> Verdict:
    """Say whether an evidence notebook still has its master's code cells.

    Parameters
    ----------
    master
        The master's file, to be held against what was recorded of it.

    Raises
    ------
    UsageError
        It is no evidence notebook.
    """
    expect(path, (str, os.PathLike), 'gk.verify_evidence("2030-01-31-01-master.ipynb")')
    notebook = _read(Path(path))
    lineage = _lineage_in(notebook)
    try:
        recorded = {
            str(cell["id"]): {"digest": str(cell["digest"]), "is_filled_in": bool(cell["is_filled_in"])} for cell in lineage["cells"]
        }
        known = lineage["master"]
        doubts = [] if notebook_digest(recorded) == known["digest"] else ["the record of its master was altered"]
        name = plain(str(known["name"]))
    except (TypeError, KeyError, AttributeError):
        raise UsageError("this is no evidence notebook", where=str(path), next_step="make one: gitopskit evidence MASTER.ipynb") from None
    if master is not None and notebook_digest(fingerprints(_read(Path(master)))) != known["digest"]:
        doubts.append("the master's file is not what it was when the copy was made")
    return compare(recorded, fingerprints(notebook), master=name, doubts=tuple(doubts))


# --- pieces -----------------------------------------------------------------------------------------------------------------------


def _lineage_in(notebook: Any) -> Mapping[str, Any]:
    """Return what a notebook says of its master; nothing where somebody else keeps something under our name."""
    ours = notebook["metadata"].get(KEY)
    found = ours.get("lineage") if isinstance(ours, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _lineage(path: Path, cells: dict[str, dict[str, Any]], earlier: Mapping[str, Any]) -> dict[str, Any]:
    commit, is_changed = _commit(path)
    known = {
        "name": path.name,
        "digest": notebook_digest(cells),
        "commit": commit,
        "is_changed_since": is_changed,
        "id": str(earlier.get("id") or ""),
    }
    return {
        "id": uuid.uuid4().hex,
        "master": known,
        "by": person(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "tool": f"gitopskit/{__version__}",
        "cells": [{"id": name, **cell} for name, cell in cells.items()],  # a list: who writes a notebook sorts names
    }


def _strip(cell: Any) -> None:
    """Remove what running left behind; note which cell of the master it is."""
    kept = {name: value for name, value in cell["metadata"].items() if name not in _PASSING}
    cell["metadata"] = type(cell["metadata"])({**kept, KEY: {"parent": cell["id"]}})
    if cell["cell_type"] == "code":
        cell["outputs"], cell["execution_count"] = [], None


def _write(notebook: Any, folder: Path, stem: str, day: date) -> Path:
    name = found[3] if (found := _DATED.match(stem)) else stem
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{day:%Y-%m-%d}-{_next_number(folder, day):02}-{name}.ipynb"
        with path.open("x", encoding="utf-8") as file:
            file.write(_nbformat().writes(notebook))
    except OSError as error:
        is_there = isinstance(error, FileExistsError) and folder.is_dir()
        what = "is there already, and is never overwritten" if is_there else f"cannot be written: {error.strerror}"
        raise UsageError(f"the evidence notebook {what}", where=str(folder), next_step="name another folder with --into") from None
    return path


def _next_number(folder: Path, day: date) -> int:
    """Return the number after the last of that day, whatever its name."""
    found = (_DATED.match(path.stem) for path in folder.glob(f"{day:%Y-%m-%d}-*.ipynb"))
    return max((int(one[2]) for one in found if one), default=0) + 1


def _commit(path: Path) -> tuple[str, bool]:
    """Return the commit that last touched a file, and whether it was changed since; no commit where there is no repository."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(path.parent),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    words = ("git", "-c", "core.fsmonitor=false")
    try:
        folder = path.resolve().parent
        commit = run([*words, "log", "-1", "--format=%H", "--", path.name], cwd=folder, environment=environment).decode().strip()
        changed = run([*words, "status", "--porcelain", "--", path.name], cwd=folder, environment=environment).decode().strip()
    except CommandError:
        return "", False
    return commit, bool(changed)


def _read(path: Path) -> Any:
    form = _nbformat()
    try:
        content = path.read_text(encoding="utf-8")
        _check_ids(json.loads(content), path)  # on what is there: the library's reader gives ids to cells that have none
        notebook = form.reads(content, as_version=form.NO_CONVERT)
        form.validate(notebook)
    except OSError as error:
        raise UsageError(f"the notebook cannot be read: {error.strerror}", where=str(path), next_step="name another file") from None
    except UsageError:
        raise
    except Exception as error:  # whatever a reader of foreign JSON may raise
        what = f"this is no notebook ({type(error).__name__})"
        raise UsageError(what, where=str(path), next_step="name an .ipynb file") from None
    return notebook


def _check_ids(content: Any, path: Path) -> None:
    ids = [cell.get("id") for cell in content["cells"]]
    if None in ids or len(set(ids)) < len(ids):
        what = "the cells of this notebook have no ids, or share one"
        raise UsageError(what, where=str(path), next_step="open it in JupyterLab 4 and save it (nbformat 4.5)")


def _nbformat() -> Any:
    try:
        import nbformat
    except ImportError:
        raise UsageError("nbformat is not installed", next_step="pip install 'gitopskit[notebook]'") from None
    return nbformat
