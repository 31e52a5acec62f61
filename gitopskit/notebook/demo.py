"""The main job from end to end, for somebody who watches a terminal.

First the same verbs as in the notebook, printed as text; then the start notebooks themselves, executed without a front end and kept
as pages.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from gitopskit.errors import GitopskitError, plain
from gitopskit.notebook.library import notebooks_folder
from gitopskit.notebook.targets import SandboxTarget, sandbox
from gitopskit.sandbox.words import resolve_engine

OUTPUT = Path("out") / "demo"
CELL_TIMEOUT_S = 300
QUIET = ["--log-level=40"]


def run_demo(engine: str) -> int:
    """Run the demo and return an exit code."""
    os.environ.pop("GITOPSKIT_SANDBOX", None)
    os.environ["GITOPSKIT_ENGINE"] = resolve_engine(engine)
    start = time.monotonic()
    target = sandbox()
    _say(
        f"1  A sandbox: {target.engine}, Kubernetes {target.sandbox.version} at {target.sandbox.server} ({time.monotonic() - start:.1f} s)"
    )
    try:
        is_proved = _tell_story(target)
    finally:
        target.close()
    pages = [execute(path, OUTPUT) for path in sorted((notebooks_folder() / "00-start").glob("*.ipynb"))]
    for page in pages:
        _say(f"The executed notebook: {page}")
    return 0 if is_proved else 1


def _tell_story(target: SandboxTarget) -> bool:
    from gitopskit.notebook.lessons import seed_shop
    from gitopskit.notebook.workspace import Workspace
    from gitopskit.views import terminal

    shop = seed_shop()
    workspace = Workspace(shop, "deploy", revision="main", trunk="main", target=target)
    _say(f"2  Desired state: a repository with {len(workspace.desired())} objects\n\n{_indent(shop.log())}")
    plan = workspace.plan()
    _say(f"3  The plan: Git beside what is really there\n\n{terminal.render(plan)}")
    report = workspace.apply(plan, confirm=plan.id)
    _say(f"4  The guarded apply, and the proof\n\n{terminal.render(report)}")
    return report.is_proved


def execute(path: Path, output: Path) -> Path:
    """Execute a notebook without a front end and return the page that it became.

    Raises
    ------
    GitopskitError
        A cell failed; the message is the cell's own.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from nbconvert import HTMLExporter

    output.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(
        notebook, timeout=CELL_TIMEOUT_S, kernel_name="python3", extra_arguments=QUIET, resources={"metadata": {"path": str(path.parent)}}
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise GitopskitError(f"a cell failed: {plain(error.evalue, 800)}", where=str(path), next_step="run it in `make lab`") from None
    page = output / f"{path.stem}.html"
    body, _ = HTMLExporter(mathjax_url="", require_js_url="").from_notebook_node(notebook)  # type: ignore[no-untyped-call]
    page.write_text(body)
    return page.absolute()


def _say(text: str) -> None:
    sys.stdout.write(f"\n{text}\n")
    sys.stdout.flush()


def _indent(text: str) -> str:
    return "\n".join(f"   {line}" for line in text.splitlines())
