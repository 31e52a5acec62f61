"""A master becomes a dated copy that knows where it comes from; whatever was altered since is told."""

import builtins
import json
import sys
from datetime import date

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from gitopskit import cli
from gitopskit.errors import UsageError
from gitopskit.notebook.evidence import evidence, verify_evidence
from gitopskit.notebook.lessons import seed_shop

DAY = date(2026, 3, 2)


@pytest.fixture
def master(tmp_path):
    ran = [new_output("stream", text="it ran")]
    passing = {"execution": {"iopub.execute_input": "2026"}, "tags": ["keep"]}
    cells = [
        new_markdown_cell("# Order servers", id="title"),
        new_code_cell("hall = 1", id="params", metadata={"tags": ["parameters"]}),
        new_code_cell(
            "plan = ws.plan()",
            id="plan",
            outputs=ran,
            execution_count=7,
            metadata=passing,
        ),
        new_code_cell("ws.apply(plan)", id="apply"),
    ]
    path = tmp_path / "O12-order-servers.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


def read(path):
    return nbformat.read(path, as_version=4)


def edit(path, change):
    notebook = read(path)
    change(notebook)
    nbformat.write(notebook, path)
    return path


def test_a_dated_copy_with_its_lineage(master, tmp_path):
    copy = evidence(master, into=tmp_path / "runs", today=DAY)
    assert copy == tmp_path / "runs" / "2026-03-02-01-O12-order-servers.ipynb"
    notebook = read(copy)
    assert [cell["id"] for cell in notebook.cells] == ["title", "params", "plan", "apply"]
    assert [cell.metadata.gitopskit.parent for cell in notebook.cells] == ["title", "params", "plan", "apply"]
    assert notebook.cells[2].outputs == []
    assert notebook.cells[2].execution_count is None
    assert notebook.cells[2].metadata["tags"] == ["keep"]
    assert "execution" not in notebook.cells[2].metadata
    lineage = notebook.metadata.gitopskit.lineage
    assert (lineage.master.name, lineage.master.commit, len(lineage.master.digest)) == ("O12-order-servers.ipynb", "", 64)
    assert lineage.by
    assert lineage["at"].endswith("+00:00")
    nbformat.validate(notebook)


def test_numbers_go_on_and_nothing_is_overwritten(master, monkeypatch):
    names = [evidence(master, today=DAY).name for _ in range(3)]
    assert [name[:13] for name in names] == ["2026-03-02-01", "2026-03-02-02", "2026-03-02-03"]
    monkeypatch.setattr("gitopskit.notebook.evidence._next_number", lambda folder, day: 2)
    with pytest.raises(UsageError, match="never overwritten"):
        evidence(master, today=DAY)


def test_the_commit_of_the_master_is_noted(master):
    lesson = seed_shop()
    lesson.write({"ops/order.ipynb": master.read_text()}, "Add a master")
    last = lesson.write({"other.txt": "x"}, "Something else")
    path = lesson.folder / "ops" / "order.ipynb"
    known = read(evidence(path, today=DAY)).metadata.gitopskit.lineage.master
    assert len(known.commit) == 40
    assert known.commit != last
    assert not known.is_changed_since
    edit(path, lambda notebook: notebook.cells.pop())
    assert read(evidence(path, today=DAY)).metadata.gitopskit.lineage.master.is_changed_since


def test_a_copy_of_a_copy_keeps_its_name_and_names_its_parent(master):
    first = evidence(master, today=DAY)
    second = evidence(first, today=date(2026, 3, 3))
    assert second.name == "2026-03-03-01-O12-order-servers.ipynb"
    assert read(second).metadata.gitopskit.lineage.master.id == read(first).metadata.gitopskit.lineage.id


def test_running_and_writing_beside_it_alters_nothing(master):
    def work(notebook):
        notebook.cells[2].outputs = [new_output("stream", text="it ran")]
        notebook.cells.insert(1, new_markdown_cell("It rained.", id="remark"))
        notebook.cells[2].source = "hall = 2"

    verdict = verify_evidence(edit(evidence(master, today=DAY), work), master=master)
    assert verdict.is_faithful
    assert verdict.filled == ("params",)


ALTERATIONS = {
    "altered": (lambda cells: cells[2].update(source="plan = ws.plan(prune=True)"), ("plan",)),
    "added": (lambda cells: cells.append(new_code_cell("sneak()", id="sneak")), ("sneak",)),
    "removed": (lambda cells: cells.pop(2), ("plan",)),
    "moved": (lambda cells: cells.insert(2, cells.pop(3)), ("apply", "plan")),
}


@pytest.mark.parametrize("kind", ALTERATIONS)
def test_what_was_altered_is_told(master, kind):
    change, ids = ALTERATIONS[kind]
    verdict = verify_evidence(edit(evidence(master, today=DAY), lambda notebook: change(notebook.cells)))
    assert getattr(verdict, kind) == ids
    assert not verdict.is_faithful
    assert f"{kind}: {', '.join(ids)}" in str(verdict)


def test_whoever_alters_the_record_as_well_is_found_out(master):
    def forge(notebook):
        notebook.cells[2].source = "sneak()"
        from gitopskit.notebook.lineage import fingerprints

        notebook.metadata.gitopskit.lineage.cells = [{"id": name, **cell} for name, cell in fingerprints(notebook).items()]

    forged = edit(evidence(master, today=DAY), forge)
    assert verify_evidence(forged).doubts == ("the record of its master was altered",)


def test_a_master_that_moved_on(master):
    copy = evidence(master, today=DAY)
    edit(master, lambda notebook: notebook.cells[3].update(source="other()"))
    assert verify_evidence(copy).is_faithful
    assert "not what it was" in str(verify_evidence(copy, master=master))


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", "{}", '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}', "\x00"]
)
def test_what_is_no_notebook(tmp_path, text):
    path = tmp_path / "x.ipynb"
    path.write_text(text)
    with pytest.raises(UsageError, match="next:"):
        evidence(path)


def test_cells_without_ids(tmp_path, master):
    content = json.loads(master.read_text())
    content["nbformat_minor"] = 4
    for cell in content["cells"]:
        del cell["id"]
    master.write_text(json.dumps(content))
    with pytest.raises(UsageError, match="have no ids"):
        evidence(master)


def test_cells_that_share_an_id(master):
    content = json.loads(master.read_text())
    content["cells"][3]["id"] = "plan"
    master.write_text(json.dumps(content))
    with pytest.raises(UsageError, match="next:"):
        evidence(master)


def test_a_missing_file_and_a_place_that_cannot_be_written(tmp_path, master):
    with pytest.raises(UsageError, match="cannot be read"):
        evidence(tmp_path / "nowhere.ipynb")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="next:"):
        evidence(master, into=tmp_path / "file")


@pytest.mark.parametrize("lineage", [None, {}, {"cells": 5}, {"cells": ["a"], "master": {}}, {"cells": [], "master": "x"}])
def test_verify_wants_an_evidence_notebook(master, lineage):
    if lineage is not None:
        edit(master, lambda notebook: notebook.metadata.update(gitopskit={"lineage": lineage}))
    with pytest.raises(UsageError, match="no evidence notebook"):
        verify_evidence(master)


@pytest.mark.parametrize("foreign", ["x", None, 5, ["lineage"], {"lineage": "x"}, {"lineage": None}, {"lineage": {"id": None}}])
def test_what_others_keep_under_our_name(master, foreign):
    edit(master, lambda notebook: notebook.metadata.update(gitopskit=foreign))
    with pytest.raises(UsageError, match="no evidence notebook"):
        verify_evidence(master)
    copy = evidence(master, today=DAY)
    assert read(copy).metadata.gitopskit.lineage.master.id == ""
    assert verify_evidence(copy).is_faithful


def test_without_nbformat_it_says_what_to_install(master, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name == "nbformat":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "nbformat")
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"gitopskit\[notebook\]"):
        evidence(master)


def test_in_a_shell(master, capsys):
    assert cli.main(["evidence", str(master)]) == 0
    copy = capsys.readouterr().out.strip()
    assert cli.main(["evidence", "--verify", copy, "--master", str(master)]) == 0
    assert "as its master O12-order-servers.ipynb" in capsys.readouterr().out
    edit(copy, lambda notebook: notebook.cells.pop())
    assert cli.main(["evidence", "--verify", copy]) == 2
    assert cli.main(["evidence", str(master) + "x"]) == 1
