"""How do nouns show themselves in a notebook?

The nouns know nothing of it. When IPython is there, formatters are registered for them, and an error of ours shows what, where and
next, with the traceback folded away; so does an interrupt that breaks into our work. The cell still counts as failed.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any, get_args

from gitopskit.apply.approval import code_for
from gitopskit.errors import GitopskitError
from gitopskit.model.binding import Binding
from gitopskit.model.bisection import Bisection
from gitopskit.model.concealment import listen
from gitopskit.model.differences import Differences
from gitopskit.model.fleet import FleetPlan
from gitopskit.model.history import Blame, Timeline
from gitopskit.model.plan import Plan
from gitopskit.model.promotion import Promotion, Rollback
from gitopskit.model.pull_request import PullRequest, PullRequests
from gitopskit.model.report import Report
from gitopskit.model.snapshot import Snapshot
from gitopskit.model.strip import Strip
from gitopskit.notebook.history import follow
from gitopskit.notebook.outputs import guard_outputs
from gitopskit.planning.selection import Selection
from gitopskit.views.progress import Bar

Noun = (
    Binding
    | Bisection
    | Blame
    | Differences
    | FleetPlan
    | Plan
    | Promotion
    | PullRequest
    | PullRequests
    | Report
    | Rollback
    | Selection
    | Snapshot
    | Strip
    | Timeline
)


@cache
def register() -> None:
    """Give the nouns their frames, and their looks where IPython runs; once."""
    from gitopskit.views.differences import to_differences, to_rules
    from gitopskit.views.frames import to_fields, to_frame, to_health, to_owners
    from gitopskit.views.ledger import to_checks, to_meanwhile, to_sections
    from gitopskit.views.past import to_blame, to_timeline
    from gitopskit.views.pull_requests import to_pull_requests
    from gitopskit.views.turning import to_promotion, to_trials, to_undone

    verbs: dict[type, dict[str, Any]] = {
        Snapshot: {"to_frame": to_frame, "to_owners": to_owners, "to_health": to_health},
        Plan: {"to_frame": to_frame, "to_fields": to_fields},
        Report: {"to_frame": to_frame, "to_meanwhile": to_meanwhile},
        FleetPlan: {"to_frame": to_frame, "_ipython_key_completions_": lambda fleet: [member.name for member in fleet.members]},
        Differences: {"to_frame": to_differences, "to_rules": to_rules},
        PullRequests: {"to_frame": to_pull_requests},
        Selection: {"to_frame": to_frame},
        Binding: {"to_frame": to_checks},
        Strip: {"to_frame": to_sections},
        Timeline: {"to_frame": to_timeline},
        Blame: {"to_frame": to_blame},
        Promotion: {"to_frame": to_promotion},
        Rollback: {"to_frame": to_undone},
        Bisection: {"to_frame": to_trials},
    }
    for noun, methods in verbs.items():  # methods that the model must not know
        for name, method in methods.items():
            setattr(noun, name, method)
    listen()
    shell = _shell()
    if shell is not None:
        _register_formatters(shell)
        shell.set_custom_exc((GitopskitError, KeyboardInterrupt), _show_error)
        guard_outputs(shell)
        follow(shell)


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
    for noun in get_args(Noun):
        html.for_type(noun, _html)
        plain.for_type(noun, _plain)


def _html(noun: Noun) -> str:
    from gitopskit.views.html import fragment

    plan = noun.plan if isinstance(noun, Selection) else noun
    return fragment(noun, code=code_for(plan) if isinstance(plan, Plan) and plan.steps and not plan.target.is_sandbox else "")


def _plain(noun: Noun, printer: Any, _cycle: bool) -> None:
    from gitopskit.views.terminal import render

    if isinstance(noun, Snapshot):
        printer.text(f"{noun.side.value} state: {len(noun)} objects")
    else:
        printer.text(render(noun, is_coloured=False).rstrip())


def _show_error(shell: Any, kind: type[BaseException], error: BaseException, trace: Any, tb_offset: int | None = None) -> list[str] | None:
    """Show an error of ours as what, where and next: a panel in a notebook, text elsewhere; `%tb` still has all of it.

    The cell's error output stays, in one line beside a panel: by it the other tools know that a cell has failed. The kernel's reply, which
    a log of a run without a person quotes, has the whole text.
    """
    told = error if isinstance(error, GitopskitError) else _interrupted(trace)
    if told is None:
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
        return None
    lines = str(told).splitlines()
    shown = [f"\x1b[1m{lines[0]}\x1b[0m", *lines[1:]]
    if hasattr(shell, "kernel"):
        _publish_panel(shell, told, trace)
        shell._showtraceback(kind, error, [f"{kind.__name__}: {lines[0]}"])  # noqa: SLF001 - the one call that front ends take errors from
        shell._last_traceback = shown  # noqa: SLF001
    else:
        shell._showtraceback(kind, error, shown)  # noqa: SLF001
    return shown


def _interrupted(trace: Any) -> GitopskitError | None:
    """Return what is told of an interrupt; None where it broke into nothing of ours."""
    from gitopskit.notebook.traces import entrance

    place = entrance(trace)
    return GitopskitError("interrupted", where=place, next_step="run the cell again") if place else None


def _publish_panel(shell: Any, error: GitopskitError, trace: Any) -> None:
    from gitopskit.notebook.traces import trace_lines
    from gitopskit.views.html.errors import error_html
    from gitopskit.views.html.markup import wrap

    shell.display_pub.publish({"text/html": wrap(error_html(error, trace_lines(error, trace))), "text/plain": str(error)})
