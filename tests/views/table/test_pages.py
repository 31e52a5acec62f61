"""A table in a notebook that no person ran: the page has its rows, and nothing that would have to be fetched."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter, MarkdownExporter
from nbformat.v4 import new_code_cell, new_notebook

CELL = """
import gitopskit as gk
from benchmarks.changes import plan_of
gk.table(plan_of(300), select=True)
"""


@pytest.fixture(scope="module")
def executed(request):
    root = str(request.config.rootpath)
    cells = [new_code_cell(f"import sys; sys.path.insert(0, {root!r})"), new_code_cell(CELL.strip())]
    notebook = new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, kernel_name="python3", extra_arguments=["--log-level=40"]).execute()
    return nbformat.from_dict(notebook)


def test_an_executed_notebook_holds_no_widget(executed):
    [output] = executed.cells[1].outputs
    assert set(output.data) == {"text/plain", "text/html"}
    assert "widgets" not in executed.metadata
    assert output.data["text/plain"].startswith("300 changes: ")


@pytest.mark.parametrize("exporter", [HTMLExporter(mathjax_url="", require_js_url=""), MarkdownExporter()], ids=["html", "markdown"])
def test_a_page_has_the_rows(executed, exporter):
    body, _ = exporter.from_notebook_node(executed)
    assert "The first 200 of 300 changes" in body
    assert body.count("app-000") >= 200
