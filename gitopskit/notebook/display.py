"""How do nouns show themselves in a notebook?

The nouns know nothing of it. When IPython is there, formatters are registered for them, and an error of ours shows what, where and
next instead of a traceback; the cell still counts as failed.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

from gitopskit.apply.approval import code_for
from gitopskit.errors import GitopskitError
from gitopskit.model.fleet import FleetPlan
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report
from gitopskit.model.snapshot import Snapshot
from gitopskit.planning.selection import Selection
from gitopskit.views.progress import Bar


@cache
def register() -> None:
    """Give the nouns their frames, and their looks where IPython runs; once."""
    from gitopskit.views.frames import to_fields, to_frame, to_owners

    for noun in (Snapshot, Plan, Report, FleetPlan, Selection):
        setattr(noun, "to_frame", to_frame)  # noqa: B010 - a method that the model must not know
    setattr(Plan, "to_fields", to_fields)  # noqa: B010
    setattr(Snapshot, "to_owners", to_owners)  # noqa: B010
    shell = _shell()
    if shell is not None:
        _register_formatters(shell)
        shell.set_custom_exc((GitopskitError,), _show_error)


def progress_bar() -> Bar:
    """Return a bar for wherever this runs."""
    shell = _shell()
    return Bar(in_kernel=shell is not None and hasattr(shell, "kernel"))


def _shell() -> Any:
    """Return the running IPython shell; None where there is none."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module else None


def _register_formatters(shell: Any) -> None:
    html, plain = (shell.display_formatter.formatters[name] for name in ("text/html", "text/plain"))
    for noun in (Snapshot, Plan, Report, FleetPlan, Selection):
        html.for_type(noun, _html)
        plain.for_type(noun, _plain)


def _html(noun: Snapshot | Plan | Report | FleetPlan | Selection) -> str:
    from gitopskit.views.html import fragment

    plan = noun.plan if isinstance(noun, Selection) else noun
    return fragment(noun, code=code_for(plan) if isinstance(plan, Plan) and plan.steps and not plan.target.is_sandbox else "")


def _plain(noun: Snapshot | Plan | Report | FleetPlan | Selection, printer: Any, _cycle: bool) -> None:
    from gitopskit.views.terminal import render

    if isinstance(noun, Snapshot):
        printer.text(f"{noun.side.value} state: {len(noun)} objects")
    else:
        printer.text(render(noun.plan if isinstance(noun, Selection) else noun, is_coloured=False).rstrip())


def _show_error(shell: Any, kind: type[BaseException], error: BaseException, _trace: object, tb_offset: int | None = None) -> list[str]:
    """Show an error of ours without its traceback; `%tb` still has it."""
    del tb_offset
    lines = str(error).splitlines()
    shown = [f"\x1b[1m{lines[0]}\x1b[0m", *lines[1:]]
    shell._showtraceback(kind, error, shown)  # noqa: SLF001 - the one call that front ends take errors from
    return shown
