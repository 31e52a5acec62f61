"""Every notebook runs from top to bottom, twice on one sandbox, on both engines, and shows what it promises."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from gitopskit.sandbox import start, stop

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.glob("*/*.ipynb"))


@pytest.fixture
def running(engine, home_dir, monkeypatch):
    """A sandbox in the background, which lessons take by its name."""
    name = f"lessons-{engine}"
    start(name, engine)
    monkeypatch.setenv("GITOPSKIT_SANDBOX", name)
    yield name
    stop(name)


def execute(name: str):
    notebook = nbformat.read(FOLDER / name, as_version=4)
    NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
    return notebook


def outputs(notebook, kind: str) -> dict[str, str]:
    """Return cell id to output of that kind."""
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if kind in output.get("data", {}):
                found[cell["id"]] = output["data"][kind]
            elif output.output_type == "stream" and kind == "stream":
                found[cell["id"]] = output["text"]
            elif output.output_type == "error" and kind == "error":
                found[cell["id"]] = output["evalue"]
    return found


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::RuntimeWarning")
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_twice(running, name):
    for _ in range(2):
        notebook = execute(name)
        check(name, notebook)


def check(name, notebook):
    CHECKS[name](notebook, outputs(notebook, "text/html"), outputs(notebook, "text/plain"))


def is_drawn(notebook, cell_id: str) -> bool:
    """Whether a cell shows a plotly figure."""
    return cell_id in outputs(notebook, "application/vnd.plotly.v1+json")


def main_job(notebook, html, plain):
    assert "8 fields" not in html["live"]
    assert html["plan"].count("gk-tight") > 8
    assert is_drawn(notebook, "chart")
    assert "a second plan is empty" in html["apply"]
    assert "Nothing to do" in html["proof"]
    assert ".spec.replicas" in html["drift-plan"]
    assert "kubectl (Update via scale)" in html["drift-plan"]
    assert "refused" in html["refused"]
    assert "moved since the plan was made" in html["refused"]
    assert (plain["check"], plain["solution"]) == ("False", "True")
    assert not outputs(notebook, "error")


def idempotency(notebook, html, plain):
    assert outputs(notebook, "stream")["script-twice"].count("--cache") == 2
    assert "already exists" in outputs(notebook, "error")["script-fails"]
    assert plain["plans"] == "[0, 0, 0]"
    assert html["versions"].count("<tr>") == 1
    assert (plain["proof"], plain["proof-owners"]) == ("True", "True")
    assert "Nothing to do" in html["proof-plan"]
    assert (plain["check"], plain["solution"]) == ("False", "True")


def drift(notebook, html, plain):
    for word in ("changed in Git", "drifted", "both"):
        assert word in html["difference"]
    assert "kubectl-set" in plain["who"]
    assert is_drawn(notebook, "chart")
    assert "greeting: Hello again" in html["lines"]
    assert "server-default" in plain["hidden"]
    assert plain["rule"] == "(3, 2, 1)"
    assert "/spec/replicas" in outputs(notebook, "stream")["export"]
    assert "hotfix" not in plain["accept"]
    assert "a second plan is empty" in html["apply"]
    assert plain["proof"] == "(0, True)"
    assert (plain["check"], plain["solution"]) == ("False", "True")
    assert not outputs(notebook, "error")


def order(notebook, html, plain):
    assert "not found" in outputs(notebook, "error")["wrong"]
    assert "lives in that namespace" in html["part"]
    assert "a second plan is empty" in html["apply"]
    assert all(is_drawn(notebook, one) for one in ("timeline", "status-chart", "quota", "prune"))
    assert "Healthy" in plain["health"]
    assert "Progressing" in plain["broken-health"]
    assert "a second plan is empty" in html["broken"]
    assert "Progressing" in plain["disagree"]
    assert "Current" in plain["disagree"]
    assert "replace" in html["hook-again"]
    assert "a second plan is empty" in html["hook-apply"]
    assert "Nothing to do" in html["proof"]
    assert (plain["check"], plain["solution"]) == ("False", "True")


def what_is_here(notebook, html, plain):
    assert "must 5/5" in html["who"] or "fit" in html["who"]
    assert "Deployment" in plain["live"]
    assert "debug" in html["table"]
    assert "Progressing" in plain["health"]
    assert "kubectl-create" in plain["owners"]
    assert all(is_drawn(notebook, one) for one in ("tree", "quota", "plan"))
    assert "DEBUG" in plain["added"]
    assert "old-settings" in plain["stray"]
    assert plain["report"].count("what-is-here.") == 5
    assert (plain["check"], plain["solution"]) == ("False", "True")
    assert not outputs(notebook, "error")


def who_changed_what(notebook, html, plain):
    for word in ("ledger", "managed fields", "event", "the sale begins", "kubectl-set", "#12"):
        assert word in html["timeline"], word
    assert "Grace" in plain["timeline-frame"]
    assert "deploy/web.yaml:8" in html["blame"]
    for word in ("differs", "live only", "Linus", "#15"):
        assert word in plain["disagree"], word
    assert "cart" not in plain["then"]
    assert (plain["check"], plain["solution"]) == ("False", "True")
    assert not outputs(notebook, "error")


def roll_back(notebook, html, plain):
    assert "Progressing" in plain["health"]
    assert "Give the front end room" in html["bisect"].partition("</div>")[0]
    assert "0 of 2 replicas are updated" in html["bisect"]
    for name in ("Linus", "Grace", "Ada", "Edsger"):
        assert name in html["rollback"]
    assert "Nothing to do" not in html["rollback"]
    assert plain["people"].count(": 1") == 4
    assert "greeting" not in html["revert"]
    assert "a second plan is empty" in html["apply"]
    assert plain["proof"] == "True"
    assert list(outputs(notebook, "error")) == ["search-again"]
    assert "does not fail" in outputs(notebook, "error")["search-again"]
    assert "Take back" in plain["who"]
    assert (plain["check"], plain["solution"]) == ("False", "True")


def promote(notebook, html, plain):
    assert ".data.greeting" not in html["workspaces"]
    assert plain["apply-both"] == "(True, True)"
    for word in ("#31", "#33", "Greet politely", "missing", "differs", "extra"):
        assert word in html["promotion"], word
    assert "a second plan is empty" in html["apply"]
    assert plain["proof"] == "(True, ['ConfigMap', 'Namespace', 'Namespace'])"
    assert (plain["check"], plain["solution"]) == ("False", "True")
    assert not outputs(notebook, "error")


def pull_request(notebook, html, plain):
    errors = outputs(notebook, "error")
    assert "cannot be a namespace" in errors["wrong"]
    assert "it lacks 1 approval by others than Ada" in errors["merge-early"]
    assert "Ada asked for it" in errors["own"]
    assert set(errors) == {"wrong", "merge-early", "own"}
    assert "approvals missing" in html["ask"]
    assert "ResourceQuota" in html["ask"]
    assert "fruit-stand" not in outputs(notebook, "stream")["live"]
    assert "no pull request brought commit" in html["refused"]
    assert "has not reached main" in html["refused"]
    assert "It can be merged" in html["approve"]
    assert "Merged" in html["merge"]
    assert "a second plan is empty" in html["apply"]
    assert "pods: 0/10" in outputs(notebook, "stream")["quota"]
    assert plain["proof"] == "True"
    assert ".spec.replicas" in html["by-hand"]
    assert "a second plan is empty" in html["adopt-apply"]
    assert html["adopt-proof"].count("merged") == 2
    assert (plain["check"], plain["solution"]) == ("False", "True")


CHECKS = {
    "00-start/the-main-job.ipynb": main_job,
    "10-fundamentals/idempotency.ipynb": idempotency,
    "10-fundamentals/order.ipynb": order,
    "20-gitops/drift.ipynb": drift,
    "20-gitops/promote.ipynb": promote,
    "20-gitops/roll-back.ipynb": roll_back,
    "20-gitops/who-changed-what.ipynb": who_changed_what,
    "20-gitops/pull-request.ipynb": pull_request,
    "40-audits/what-is-here.ipynb": what_is_here,
}


def test_every_notebook_is_checked():
    assert set(CHECKS) == set(NOTEBOOKS)
