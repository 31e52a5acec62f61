"""The same verbs for a shell: sandbox, plan, apply, evidence, demo, lab.

The shell is a customer of `Workspace`, as notebooks are: it reads arguments, prints, and turns results into exit codes. `plan`
ends with 0 (nothing to do), 2 (changes) or 1 (error), as ``terraform plan -detailed-exitcode`` does. Errors go to standard
error as what, where and next, never as a traceback.

The trap that shaped it: ``sandbox status`` in a shell prompt must answer at once, so whatever is slow to import is imported by the
verb that needs it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitopskit import __version__
from gitopskit.errors import GitopskitError, PlanError, UsageError

if TYPE_CHECKING:
    from gitopskit.model.plan import Plan
    from gitopskit.model.report import Report
    from gitopskit.notebook.targets import ContextTarget, SandboxTarget

EXIT_DONE = 0
EXIT_ERROR = 1
EXIT_CHANGES = 2
EXIT_INTERRUPTED = 130
DEFAULT_SANDBOX = "default"


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args(words)
    try:
        _check_reports(arguments)
        return int(arguments.run(arguments))
    except GitopskitError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - the shell's own output
        return EXIT_ERROR
    except BrokenPipeError:
        sys.stderr.close()
        return EXIT_ERROR
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


# --- arguments --------------------------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gitopskit", description="See what Git says beside what is really there, and apply it safely.")
    parser.add_argument("--version", action="version", version=f"gitopskit {__version__}")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    _add_sandbox(verbs.add_parser("sandbox", help="start, look at and stop sandboxes"))
    _add_plan(verbs.add_parser("plan", help="say what an apply would do; nothing is written"))
    _add_apply(verbs.add_parser("apply", help="apply a saved plan"))
    demo = verbs.add_parser("demo", help="the main job from end to end, in a sandbox")
    demo.add_argument("--engine", choices=("auto", "simulator", "controlplane"), default="auto")
    demo.set_defaults(run=_run_demo)
    lab = verbs.add_parser("lab", help="open JupyterLab on the notebooks, with a sandbox ready")
    lab.add_argument("--engine", choices=("auto", "simulator", "controlplane"), default="auto")
    lab.add_argument("jupyter", nargs="*", help="passed on to jupyter lab, after --")
    lab.set_defaults(run=_run_lab)
    _add_evidence(verbs.add_parser("evidence", help="copy a master notebook to a dated evidence notebook, or verify one"))
    return parser


def _add_evidence(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("notebook", type=Path, help="the master; with --verify an evidence notebook")
    parser.add_argument("--into", type=Path, metavar="DIR", help="where to put the copy (default: beside the master)")
    parser.add_argument("--verify", action="store_true", help="say which code cells are not as in the master (exit code 2)")
    parser.add_argument("--master", type=Path, help="with --verify: the master's file, to compare with as well")
    parser.set_defaults(run=_run_evidence)


def _add_sandbox(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("verb", choices=("start", "status", "stop", "install"))
    parser.add_argument("--engine", choices=("auto", "simulator", "controlplane"), default="auto")
    parser.add_argument("--name", help=f"several run side by side by name (default: {DEFAULT_SANDBOX})")
    parser.add_argument("--kubeconfig", type=Path, help="where to write the kubeconfig (default: a private folder)")
    parser.set_defaults(run=_run_sandbox)


def _add_target(parser: argparse.ArgumentParser) -> None:
    target = parser.add_argument_group("target (default: the running sandbox)")
    target.add_argument("--sandbox", nargs="?", const=DEFAULT_SANDBOX, metavar="N", help="a running sandbox, by name")
    target.add_argument("--context", help="a kubeconfig context, by name")
    target.add_argument("--kubeconfig", type=Path, help="a kubeconfig file of its own")
    target.add_argument("--policy", type=Path, help="a policy file for the guards (TOML)")


def _add_plan(parser: argparse.ArgumentParser) -> None:
    source = parser.add_argument_group("source")
    source.add_argument("--repo", required=True, help="path or address of the repository")
    source.add_argument("--revision", default="HEAD", help="branch, tag or commit (default: HEAD)")
    source.add_argument("--path", default="", help="folder or file inside the repository")
    source.add_argument("--trunk", default="", help="the branch that a commit must have reached")
    source.add_argument("--values", action="append", default=[], metavar="PATH", help="a values file in the repository, for a Helm chart")
    source.add_argument("--release", default="", help="name of the release of a Helm chart (default: that of its folder)")
    _add_target(parser)
    parser.add_argument("--namespace", default="default", help="for namespaced objects that name none")
    parser.add_argument("--inventory", default="", help="name of the set that is managed together (default: from the source)")
    parser.add_argument("--prune", action="store_true", help="delete what is no longer desired")
    parser.add_argument("--adopt", action="store_true", help="take over what another tool manages")
    parser.add_argument("--force-field", action="append", default=[], metavar="'ID: PATH'", help="take over one more contested field")
    parser.add_argument("--out", type=Path, help="save the plan")
    parser.add_argument("--format", choices=("table", "json", "html", "markdown", "csv", "junit"), default="table")
    _add_report(parser)
    parser.set_defaults(run=_run_plan)


def _add_apply(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plan", type=Path, help="a saved plan")
    parser.add_argument("--confirm", metavar="ID", help="the plan's id; asked for when left out")
    parser.add_argument("--waive", action="append", default=[], metavar="GUARD=REASON", help="set one guard aside for this plan")
    parser.add_argument("--why", default="", help="the reason, for the ledger; a named context asks for one")
    parser.add_argument("--ticket", default="", help="where it was agreed on, for the ledger")
    _add_target(parser)
    _add_report(parser)
    parser.set_defaults(run=_run_apply)


def _add_report(parser: argparse.ArgumentParser) -> None:
    what = "write a report file: .html, .md, .csv, .json or .xml (JUnit); several times for several"
    parser.add_argument("--report", action="append", default=[], type=Path, metavar="PATH", help=what)
    key = "labels for names in report files; a key file keeps them"
    parser.add_argument("--anonymous", nargs="?", const=True, default=False, metavar="KEY", help=key)


# --- verbs ------------------------------------------------------------------------------------------------------------------------


def _run_sandbox(arguments: argparse.Namespace) -> int:
    from gitopskit.sandbox import install, start, status, stop

    match arguments.verb:
        case "start":
            _print_json(start(arguments.name or DEFAULT_SANDBOX, arguments.engine, arguments.kubeconfig))
        case "status":
            _print_json(status(arguments.name))
        case "stop":
            _print_json(stop(arguments.name or DEFAULT_SANDBOX))
        case _:
            _print_json(install(arguments.engine))
    return EXIT_DONE


def _run_plan(arguments: argparse.Namespace) -> int:
    from gitopskit.apply import planfile
    from gitopskit.model.rendering import Rendering
    from gitopskit.notebook.workspace import Workspace

    workspace = Workspace(
        repo=arguments.repo,
        path=arguments.path,
        revision=arguments.revision,
        trunk=arguments.trunk,
        target=_target(arguments),
        namespace=arguments.namespace,
        inventory=arguments.inventory,
        policy=_policy(arguments),
        rendering=Rendering(values=tuple(arguments.values), release=arguments.release),
    )
    plan = workspace.plan(prune=arguments.prune, adopt=arguments.adopt, force_fields=tuple(arguments.force_field))
    if arguments.out:
        planfile.save(plan, arguments.out)
    _write_reports(plan, arguments)
    _print(_shown(plan, arguments.format))
    problems = plan.problems
    if problems:
        raise PlanError(
            f"{problems[0].id}: {problems[0].problem}" + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""),
            where=problems[0].origin.at(plan.source.commit) if problems[0].origin else "",
            next_step="correct it, commit, and plan again; this plan cannot be applied",
        )
    return EXIT_CHANGES if plan.steps else EXIT_DONE


def _shown(plan: Plan, form: str) -> str:
    if form == "json":
        from gitopskit.apply import planfile

        return planfile.dumps(plan)
    if form == "table":
        from gitopskit.views import terminal

        return terminal.render(plan)
    from gitopskit.views import export

    return export.render(plan, form)


def _check_reports(arguments: argparse.Namespace) -> None:
    """Refuse a report file of no format, and a key that is none, before anything is done that a report could tell of."""
    if getattr(arguments, "report", None):
        from gitopskit.views import anonymise, export

        for path in arguments.report:
            export.format_of(path)
        if isinstance(arguments.anonymous, str):
            anonymise.Labels.load(arguments.anonymous)


def _write_reports(noun: Plan | Report, arguments: argparse.Namespace) -> None:
    if arguments.report:
        from gitopskit.views import export

        for path in arguments.report:
            export.save(noun, path, anonymous=arguments.anonymous)


def _run_apply(arguments: argparse.Namespace) -> int:
    from gitopskit.apply import planfile
    from gitopskit.notebook.workspace import Workspace
    from gitopskit.views import terminal

    plan = planfile.load(arguments.plan)
    workspace = Workspace.of_plan(plan, target=_target(arguments), policy=_policy(arguments))
    confirm = arguments.confirm or _ask(plan)
    report = workspace.apply(plan, confirm=confirm, waive=_waivers(arguments.waive), why=arguments.why, ticket=arguments.ticket)
    _print(terminal.render(report))
    _write_reports(report, arguments)
    return EXIT_DONE if report.is_proved else EXIT_ERROR


def _run_evidence(arguments: argparse.Namespace) -> int:
    from gitopskit.notebook.evidence import evidence, verify_evidence

    if not arguments.verify:
        _print(str(evidence(arguments.notebook, into=arguments.into)))
        return EXIT_DONE
    verdict = verify_evidence(arguments.notebook, master=arguments.master)
    _print(str(verdict))
    return EXIT_DONE if verdict.is_faithful else EXIT_CHANGES


def _run_demo(arguments: argparse.Namespace) -> int:
    from gitopskit.notebook.demo import run_demo

    return run_demo(arguments.engine)


def _run_lab(arguments: argparse.Namespace) -> int:
    from gitopskit.notebook.lab import run_lab

    return run_lab(arguments.engine, arguments.jupyter)


# --- pieces -----------------------------------------------------------------------------------------------------------------------


def _target(arguments: argparse.Namespace) -> SandboxTarget | ContextTarget:
    from gitopskit.notebook import targets

    named = [word for word in ("sandbox", "context") if getattr(arguments, word)]
    if len(named) > 1 or (arguments.sandbox and arguments.kubeconfig):
        raise UsageError("name one target only", next_step="keep one of --sandbox, --context and --kubeconfig")
    if arguments.context or arguments.kubeconfig:
        return targets.context(arguments.context, kubeconfig=arguments.kubeconfig)
    return targets.running_sandbox(arguments.sandbox or DEFAULT_SANDBOX)


def _policy(arguments: argparse.Namespace) -> Any:
    from gitopskit.apply.policy import Policy

    return Policy.load(arguments.policy) if arguments.policy else None


def _ask(plan: Plan) -> str:
    from gitopskit.views import terminal

    if not sys.stdin.isatty():
        raise UsageError("nobody is here to confirm", next_step=f"add --confirm {plan.id}")
    _print(terminal.render(plan))
    return input("Type the first 12 characters of the plan id to apply it: ").strip()


def _waivers(texts: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    if any(not guard or not reason for guard, _, reason in pairs):
        raise UsageError("a waiver needs a guard and a reason", next_step="--waive 'source=hotfix agreed with Ada'")
    return {guard: reason for guard, _, reason in pairs}


def _print(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def _print_json(value: Any) -> None:
    _print(json.dumps(value, indent=2, default=str))
