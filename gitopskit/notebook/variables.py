"""Which of a notebook's variables are workspaces and plans, and which workspace is meant?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.errors import UsageError
from gitopskit.model.plan import Plan
from gitopskit.notebook.workspace import Workspace


def find_workspaces(names: Mapping[str, Any]) -> dict[str, Workspace]:
    """Return the workspaces by variable; one of several names once, and nothing that IPython keeps for itself."""
    found: dict[str, Workspace] = {}
    for name, value in names.items():
        if isinstance(value, Workspace) and not name.startswith("_") and value not in found.values():
            found[name] = value
    return found


def plans_in(names: Mapping[str, Any]) -> list[str]:
    """Return the variables that hold a plan."""
    return [name for name, value in names.items() if isinstance(value, Plan) and not name.startswith("_")]


def workspace_in(names: Mapping[str, Any], chosen: str = "") -> Workspace:
    """Return the workspace that is meant: the chosen one, else the only one.

    Raises
    ------
    UsageError
        There is none, or there are several and none was chosen.
    """
    found = find_workspaces(names)
    value = names.get(chosen) if chosen else None
    if isinstance(value, Workspace):
        return value
    if len(found) == 1 and not chosen:
        return next(iter(found.values()))
    if chosen:
        raise UsageError(f"{chosen} is no workspace any more", next_step=_advice(found))
    if not found:
        raise UsageError("there is no workspace in this notebook", next_step='make one: ws = gk.Workspace(repo="…", path="…")')
    raise UsageError(f"there are {len(found)} workspaces: {', '.join(found)}", next_step=_advice(found))


def _advice(found: Mapping[str, Workspace]) -> str:
    return "choose one: " + ", ".join(f"%gitops use {name}" for name in found) if found else "make one: ws = gk.Workspace(…)"
