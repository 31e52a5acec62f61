"""See what Git says beside what is really there, and apply it safely.

The public names are loaded when they are first used: a shell prompt that asks for a sandbox's status must not wait for pandas.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gitopskit.apply.policy import Policy
    from gitopskit.errors import GitopskitError
    from gitopskit.notebook.fleet import fleet
    from gitopskit.notebook.lessons import kubectl, seed_shop
    from gitopskit.notebook.targets import context, sandbox
    from gitopskit.notebook.workspace import Workspace
    from gitopskit.views.charts import sync_chart
    from gitopskit.views.diff import diff
    from gitopskit.views.frames import to_fields, to_frame, to_owners
    from gitopskit.views.table.table import table

__version__ = "0.1.0"

__all__ = [
    "GitopskitError",
    "Policy",
    "Workspace",
    "context",
    "diff",
    "fleet",
    "kubectl",
    "sandbox",
    "seed_shop",
    "sync_chart",
    "table",
    "to_fields",
    "to_frame",
    "to_owners",
]

_PLACES = {
    "GitopskitError": "gitopskit.errors",
    "Policy": "gitopskit.apply.policy",
    "Workspace": "gitopskit.notebook.workspace",
    "context": "gitopskit.notebook.targets",
    "diff": "gitopskit.views.diff",
    "fleet": "gitopskit.notebook.fleet",
    "kubectl": "gitopskit.notebook.lessons",
    "sandbox": "gitopskit.notebook.targets",
    "seed_shop": "gitopskit.notebook.lessons",
    "sync_chart": "gitopskit.views.charts",
    "table": "gitopskit.views.table.table",
    "to_fields": "gitopskit.views.frames",
    "to_frame": "gitopskit.views.frames",
    "to_owners": "gitopskit.views.frames",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'gitopskit' has no attribute {name!r}")
    if name != "GitopskitError":
        import_module("gitopskit.notebook.display").register()
    found = getattr(import_module(_PLACES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


class _Package(ModuleType):
    """Keep `gk.sandbox` the verb: importing the package `gitopskit.sandbox` would put the package in its place."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _PLACES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
