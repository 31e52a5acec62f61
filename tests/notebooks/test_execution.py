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
    html, plain = outputs(notebook, "text/html"), outputs(notebook, "text/plain")
    if name.startswith("00-start"):
        assert "8 fields" not in html["live"]
        assert html["plan"].count("gk-tight") > 8
        assert "application/vnd.plotly.v1+json" in next(c for c in notebook.cells if c["id"] == "chart")["outputs"][0]["data"]
        assert "a second plan is empty" in html["apply"]
        assert "Nothing to do" in html["proof"]
        assert ".spec.replicas" in html["drift-plan"]
        assert "kubectl (Update via scale)" in html["drift-plan"]
        assert "refused" in html["refused"]
        assert "moved since the plan was made" in html["refused"]
        assert plain["check"] == "False"
        assert plain["solution"] == "True"
        assert not outputs(notebook, "error")
    else:
        assert outputs(notebook, "stream")["script-twice"].count("--cache") == 2
        assert "already exists" in outputs(notebook, "error")["script-fails"]
        assert plain["plans"] == "[0, 0, 0]"
        assert html["versions"].count("<tr>") == 1
        assert (plain["proof"], plain["proof-owners"]) == ("True", "True")
        assert "Nothing to do" in html["proof-plan"]
        assert (plain["check"], plain["solution"]) == ("False", "True")


def test_there_are_notebooks():
    assert {"00-start/the-main-job.ipynb", "10-fundamentals/idempotency.ipynb"} <= set(NOTEBOOKS)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_keeps_the_conventions(name):
    notebook = nbformat.read(FOLDER / name, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    text = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert text[0].startswith("# ")
    assert all(word in text[0] for word in ("**You will**", "**Needs**", "**Takes**"))
    assert code[0].metadata["tags"] == ["parameters"]
    assert [line for cell in code[1:] for line in cell.source.splitlines() if line.startswith(("import ", "from "))] == [
        "import gitopskit as gk"
    ]
    assert max(len(cell.source.splitlines()) for cell in code) <= 12
    sections = ["## Desired state", "## Live state", "## Difference", "## Apply", "## Proof", "## Exercises", "## Summary"]
    found = [next((at for at, one in enumerate(text) if one.startswith(section)), -1) for section in sections]
    assert -1 not in found
    assert {"exercise", "solution"} <= {tag for cell in code for tag in cell.metadata.get("tags", ())}
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in code)
