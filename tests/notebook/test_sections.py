"""Where work stands: what was run and how it ended, what was applied, and whether that still holds."""

import json
import os
from types import SimpleNamespace

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from gitopskit.errors import UsageError
from gitopskit.model.strip import Standing, StripRow, folded
from gitopskit.notebook import display, history, standing
from gitopskit.notebook.history import running_notebook
from gitopskit.notebook.sections import sections
from gitopskit.notebook.workspace import Workspace
from gitopskit.views import html, terminal
from tests.apply.fake_provider import Killed
from tests.notebook.conftest import server


@pytest.fixture(autouse=True)
def no_runs(monkeypatch):
    monkeypatch.setattr(history, "RUNS", runs := [])
    monkeypatch.setattr("gitopskit.notebook.sections.RUNS", runs)
    monkeypatch.setattr(history, "_OPEN", [])


@pytest.fixture
def notebook(tmp_path):
    cells = [
        new_markdown_cell("# Order servers"), new_code_cell("hall = 1", id="one"),
        new_markdown_cell("## Plan\n\nLook first."), new_code_cell("plan = ws.plan()", id="plan"), new_code_cell("plan", id="show"),
        new_markdown_cell("not a heading"), new_code_cell("", id="empty"),
        new_markdown_cell("## Apply <img src=x> ##"), new_code_cell("ws.apply(plan, confirm=plan.id)", id="apply"),
        new_markdown_cell("## Nothing to run"),
    ]  # fmt: skip
    path = tmp_path / "order.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


def ran(source: str, *, is_ok: bool | None = True, cell_id: str = "", do=lambda: None):
    history._began(SimpleNamespace(cell_id=cell_id or None, raw_cell=source))
    do()
    if is_ok is not None:
        ended(source, is_ok=is_ok)


def ended(source: str, *, is_ok: bool):
    history._ended(SimpleNamespace(success=is_ok, info=SimpleNamespace(raw_cell=source)))


def standings(strip) -> dict[str, str]:
    return {row.name: row.standing.value for row in strip.rows}


def test_nothing_was_run(notebook):
    strip = sections(notebook)
    assert standings(strip) == {"Order servers": "not run", "Plan": "not run", "Apply <img src=x>": "not run"}
    assert [len(row.cells) for row in strip.rows] == [1, 2, 1]


def test_what_was_run_and_how_it_ended(notebook):
    ran("hall = 1")
    ran("plan = ws.plan()")
    ran("ws.apply(plan, confirm=plan.id)", is_ok=False, cell_id="apply")
    strip = sections(notebook)
    assert list(standings(strip).values()) == ["ok", "not run", "failed"]
    assert strip.rows[1].found == "1 of 2 cells were run"
    ran("plan")
    ran("plan = ws.plan()", is_ok=False)
    ran("plan = ws.plan()")
    assert standings(sections(notebook))["Plan"] == "ok", "the last run counts"


def test_a_cell_that_ran_others_is_known_by_its_own_end(notebook):
    def others():
        ran("1")
        ended("", is_ok=True)
        ran("plan", is_ok=None)
        assert standings(sections(notebook))["Order servers"] == "running"

    ran("hall = 1", is_ok=False, do=others)
    assert standings(sections(notebook))["Order servers"] == "failed"
    assert [run.is_ok for run in history.RUNS] == [False, True, False]
    assert not history._OPEN


def test_a_shell_tells_of_cells_within_cells():
    shell = InteractiveShell()
    history.follow(shell)
    shell.run_cell("get_ipython = lambda: shell", silent=True)
    shell.user_ns["shell"] = shell
    shell.run_cell("shell.run_cell('1'); shell.run_cell(' ')\nraise ValueError('x')")
    assert [run.is_ok for run in history.RUNS] == [False, True]


def test_what_a_review_applies_belongs_to_no_cell(notebook, workspace, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    review = workspace.review()

    def apply():
        review.confirm(review.plan.id[:12])
        assert review.wait(30).is_proved

    ran("hall = 1", do=apply)
    assert history.RUNS[-1].applied == []
    assert workspace.ledger()[-1]["place"] == ""
    assert standings(sections(notebook))["Order servers"] == "ok"


def test_a_cell_that_was_edited_or_is_another_one_was_not_run(notebook):
    ran("hall = 2")
    ran("plan", cell_id="elsewhere")
    assert set(standings(sections(notebook)).values()) == {"not run"}


def test_applied_and_stale(notebook, workspace, hall, racks):
    plan = workspace.plan()
    ran("ws.apply(plan, confirm=plan.id)", do=lambda: workspace.apply(plan, confirm=plan.id))
    apply = "Apply <img src=x>"
    assert standings(sections(notebook))[apply] == "applied"
    hall.system.servers["a"] = 9
    strip = sections(notebook)
    assert (standings(strip)[apply], strip.rows[2].found) == ("stale", "the live side moved: a plan of this moment has 1 step")
    hall.system.servers["a"] = 1
    racks.write({"notes.txt": "x"}, "Something else")
    assert standings(sections(notebook))[apply] == "applied", "the desired state is what it was"
    racks.write(server("c", 3), "Order a third")
    assert "Git moved" in sections(notebook).rows[2].found
    later = workspace.plan()
    workspace.apply(later, confirm=later.id)
    assert sections(notebook).rows[2].found == "a later plan was applied"


def test_a_refused_apply_is_a_failed_cell(notebook, workspace):
    ran("ws.apply(plan, confirm=plan.id)", do=lambda: workspace.apply(workspace.plan()))
    row = sections(notebook).rows[2]
    assert (row.standing, "refused" in row.found) == (Standing.FAILED, True)


def test_the_plans_of_a_workspace(workspace, hall, racks):
    first = workspace.plan()
    assert [row.standing.value for row in workspace.strip().rows] == ["not run"]
    hall.system.fail = 1
    workspace.apply(first, confirm=first.id)
    [row] = workspace.strip().rows
    assert (row.standing, "1 of 2 steps" in row.found) == (Standing.FAILED, True)
    hall.system.fail = -1
    second = workspace.plan()
    workspace.apply(second, confirm=second.id)
    workspace.plan()
    assert [row.standing.value for row in workspace.strip().rows] == ["failed", "applied", "ok"]
    assert workspace.strip().rows[1].name.startswith(f"plan {second.id[:12]}")
    hall.system.servers.clear()
    assert workspace.strip().rows[1].standing is Standing.STALE
    hall.system.identify = hall.system.read = lambda *rest, **more: 1 / 0
    with pytest.raises(ZeroDivisionError):
        workspace.strip()


def test_credentials_in_an_address_are_not_shown(workspace, monkeypatch):
    workspace.repo = "https://bot:canary@git.example.org/shop.git"
    monkeypatch.setattr(standing, "_earlier", lambda *_: [])
    assert workspace.strip().title == "https://git.example.org/shop.git racks"
    assert repr(workspace).startswith("Workspace('https://git.example.org/shop.git', 'racks', ")


def test_after_a_restart_the_ledger_knows_the_plans(workspace, hall, racks):
    plan = workspace.plan()
    workspace.apply(plan, confirm=plan.id)
    racks.write(server("c", 3), "Order a third")
    later = workspace.plan()
    workspace.apply(later)
    workspace.apply(later, confirm=later.id)

    def again() -> list[StripRow]:
        return list(Workspace(racks, "racks", revision="main", trunk="main", target=hall).strip().rows)

    assert [(row.standing.value, row.name) for row in again()] == [
        ("stale", f"plan {plan.id[:12]} of {plan.source.commit[:12]}"), ("applied", f"plan {later.id[:12]} of {later.source.commit[:12]}"),
    ]  # fmt: skip
    assert again()[0].found.startswith("a later plan was applied; by ")
    hall.system.servers["c"] = 7
    assert again()[1].found.startswith("a plan of this moment has 1 step; by ")
    hall.system.kill_after = 0
    last = workspace.plan()
    with pytest.raises(Killed):
        workspace.apply(last, confirm=last.id)
    assert (again()[-1].standing, "no end is known" in again()[-1].found) == (Standing.FAILED, True)
    assert not Workspace(racks, "deploy", revision="main", target=hall).strip().rows, "another path is another matter"


def test_after_a_restart_the_ledger_knows_the_cells(notebook, workspace, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    plan = workspace.plan()
    source = "ws.apply(plan, confirm=plan.id)"
    ran(source, do=lambda: workspace.apply(plan, confirm=plan.id), cell_id="apply")
    assert workspace.ledger()[-1]["place"].startswith(f"{notebook}#apply#")
    history.RUNS.clear()
    row = sections(notebook).rows[2]
    assert (row.standing, "in an earlier kernel" in row.found) == (Standing.APPLIED, True)
    content = nbformat.read(notebook, as_version=4)
    next(cell for cell in content.cells if cell["id"] == "apply").source += "  # edited"
    nbformat.write(content, notebook)
    assert sections(notebook).rows[2].standing is Standing.NOT_RUN
    history.RUNS.clear()
    workspace.apply(plan, confirm=plan.id)
    assert workspace.ledger()[-1]["place"] == "", "no cell is running"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("", "not run"),
        ("oo", "ok"),
        ("oa", "applied"),
        ("on", "not run"),
        ("an", "not run"),
        ("nf", "failed"),
        ("as", "stale"),
        ("sf", "failed"),
        ("nr", "running"),
        ("or", "running"),
        ("rf", "failed"),
    ],
)
def test_a_section_is_as_bad_as_its_worst_cell(cells, expected):
    names = {
        "o": Standing.OK,
        "a": Standing.APPLIED,
        "n": Standing.NOT_RUN,
        "f": Standing.FAILED,
        "s": Standing.STALE,
        "r": Standing.RUNNING,
    }
    assert folded(tuple(names[cell] for cell in cells)) is Standing(expected)


def test_it_is_shown_as_html_text_and_frame(notebook, workspace):
    display.register()
    ran("hall = 1")
    strip = sections(notebook)
    shown, text = html.fragment(strip), terminal.render(strip, is_coloured=False)
    assert "<img" not in shown
    assert "✓ ok" in text
    assert strip.to_frame()["standing"].tolist() == ["ok", "not run", "not run"]
    assert "plan" in html.fragment(workspace.strip())


@pytest.mark.parametrize("content", ["", "[]", '{"cells": 5}', '{"cells": [5]}', '{"cells": [{"cell_type": "code", "source": ["x", 1]}]}'])
def test_files_that_are_no_notebooks(tmp_path, content):
    path = tmp_path / "x.ipynb"
    path.write_text(content)
    if content.startswith('{"cells": ['):
        assert len(sections(path).rows) == ("source" in content)
    else:
        with pytest.raises(UsageError, match="cannot be read"):
            sections(path)


def test_nobody_tells_which_notebook_runs(monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert running_notebook() is None
    with pytest.raises(UsageError, match="name it"):
        sections()


@pytest.mark.parametrize("named", ["absolute", "below the root of the server"])
def test_a_server_tells_which_notebook_runs(notebook, monkeypatch, named):
    monkeypatch.chdir(notebook.parent)
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook) if named == "absolute" else "some/folder/order.ipynb")
    assert running_notebook() == notebook


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::RuntimeWarning")
def test_in_a_real_kernel_the_recorded_report_and_the_strip(engine, tmp_path, home_dir):
    sources = {
        "Set up": ["import gitopskit as gk", "ws = gk.Workspace(gk.seed_shop(), 'deploy', revision='main', target=gk.sandbox())"],
        "Apply": ["plan = ws.plan()", "ws.apply(plan, confirm=plan.id)"],
        "Again": ["ws.apply(plan, confirm=plan.id) "],
        "Fails": ["ws.plan(rev='nowhere')"],
        "Never": ["1 + 1"],
    }  # fmt: skip
    cells = []
    for name, codes in sources.items():
        cells += [new_markdown_cell(f"## {name}"), *map(new_code_cell, codes)]
    path = tmp_path / "work.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    running = new_notebook(cells=[cell for cell in cells if cell.source != "1 + 1"] + [new_code_cell("gk.sections()")])
    client = NotebookClient(running, timeout=240, kernel_name="python3", allow_errors=True)
    client.execute(env={**os.environ, "JPY_SESSION_NAME": str(path), "GITOPSKIT_ENGINE": engine})
    shown = [cell["outputs"][-1].get("data", {}).get("text/html", "") for cell in running.cells if cell.get("outputs")]
    assert "Recorded:" not in shown[0], json.dumps(running.cells, default=str)[:3000]
    assert "<b>Recorded:</b> applied at" in next(one for one in shown if "Recorded" in one)
    assert "nothing was written now" in next(one for one in shown if "Recorded" in one)
    assert [shown[-1].count(f"</i> {word}</span>") for word in ("ok", "applied", "failed", "not run")] == [1, 2, 1, 1]
