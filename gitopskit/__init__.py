"""See what Git says beside what is really there, and apply it safely.

The public names are loaded when they are first used: a shell prompt that asks for a sandbox's status must not wait for pandas. In a
notebook, TAB knows of them from the import on.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gitopskit.apply.policy import Policy
    from gitopskit.apply.preflight import Check
    from gitopskit.errors import GitopskitError
    from gitopskit.model.ignoring import IgnoreRule
    from gitopskit.model.rendering import Rendering
    from gitopskit.notebook.choice import select
    from gitopskit.notebook.evidence import evidence, verify_evidence
    from gitopskit.notebook.fleet import fleet
    from gitopskit.notebook.lessons import kubectl, seed_shop
    from gitopskit.notebook.logs import log
    from gitopskit.notebook.looking import accept_drift
    from gitopskit.notebook.magics import load_ipython_extension
    from gitopskit.notebook.proposals import local_forge, propose, pull_requests, request_namespace
    from gitopskit.notebook.sections import sections
    from gitopskit.notebook.targets import context, sandbox
    from gitopskit.notebook.turning import bisect, commit_at, promotion, rollback
    from gitopskit.notebook.widgets.asking import namespace_form
    from gitopskit.notebook.widgets.picker import pick
    from gitopskit.notebook.workspace import Workspace
    from gitopskit.planning.exports import export_rules
    from gitopskit.planning.suggestions import suggest_rules
    from gitopskit.views.charts import (
        blast_chart,
        history_chart,
        owner_chart,
        quota_chart,
        status_chart,
        sync_chart,
        timeline_chart,
        tree_chart,
    )
    from gitopskit.views.diff import diff
    from gitopskit.views.export import save
    from gitopskit.views.frames import to_fields, to_frame, to_health, to_owners
    from gitopskit.views.ledger import to_ledger
    from gitopskit.views.table.table import table

__version__ = "0.1.0"

__all__ = [
    "Check",
    "GitopskitError",
    "IgnoreRule",
    "Policy",
    "Rendering",
    "Workspace",
    "accept_drift",
    "bisect",
    "blast_chart",
    "commit_at",
    "context",
    "diff",
    "evidence",
    "export_rules",
    "fleet",
    "history_chart",
    "kubectl",
    "load_ipython_extension",
    "local_forge",
    "log",
    "namespace_form",
    "owner_chart",
    "pick",
    "promotion",
    "propose",
    "pull_requests",
    "quota_chart",
    "request_namespace",
    "rollback",
    "sandbox",
    "save",
    "sections",
    "seed_shop",
    "select",
    "status_chart",
    "suggest_rules",
    "sync_chart",
    "table",
    "timeline_chart",
    "to_fields",
    "to_frame",
    "to_health",
    "to_ledger",
    "to_owners",
    "tree_chart",
    "verify_evidence",
]

_PLACES = {
    "Check": "gitopskit.apply.preflight",
    "GitopskitError": "gitopskit.errors",
    "IgnoreRule": "gitopskit.model.ignoring",
    "Policy": "gitopskit.apply.policy",
    "Rendering": "gitopskit.model.rendering",
    "Workspace": "gitopskit.notebook.workspace",
    "accept_drift": "gitopskit.notebook.looking",
    "bisect": "gitopskit.notebook.turning",
    "blast_chart": "gitopskit.views.charts",
    "commit_at": "gitopskit.notebook.turning",
    "context": "gitopskit.notebook.targets",
    "diff": "gitopskit.views.diff",
    "evidence": "gitopskit.notebook.evidence",
    "export_rules": "gitopskit.planning.exports",
    "fleet": "gitopskit.notebook.fleet",
    "history_chart": "gitopskit.views.charts",
    "kubectl": "gitopskit.notebook.lessons",
    "load_ipython_extension": "gitopskit.notebook.magics",
    "local_forge": "gitopskit.notebook.proposals",
    "log": "gitopskit.notebook.logs",
    "namespace_form": "gitopskit.notebook.widgets.asking",
    "owner_chart": "gitopskit.views.charts",
    "pick": "gitopskit.notebook.widgets.picker",
    "promotion": "gitopskit.notebook.turning",
    "propose": "gitopskit.notebook.proposals",
    "pull_requests": "gitopskit.notebook.proposals",
    "quota_chart": "gitopskit.views.charts",
    "request_namespace": "gitopskit.notebook.proposals",
    "rollback": "gitopskit.notebook.turning",
    "sandbox": "gitopskit.notebook.targets",
    "save": "gitopskit.views.export",
    "sections": "gitopskit.notebook.sections",
    "seed_shop": "gitopskit.notebook.lessons",
    "select": "gitopskit.notebook.choice",
    "status_chart": "gitopskit.views.charts",
    "suggest_rules": "gitopskit.planning.suggestions",
    "sync_chart": "gitopskit.views.charts",
    "table": "gitopskit.views.table.table",
    "timeline_chart": "gitopskit.views.charts",
    "to_fields": "gitopskit.views.frames",
    "to_frame": "gitopskit.views.frames",
    "to_health": "gitopskit.views.frames",
    "to_ledger": "gitopskit.views.ledger",
    "to_owners": "gitopskit.views.frames",
    "tree_chart": "gitopskit.views.charts",
    "verify_evidence": "gitopskit.notebook.evidence",
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

if "IPython" in sys.modules:
    import_module("gitopskit.notebook.tab").offer_completions()
