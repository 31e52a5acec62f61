"""A notebook as a file without names: what can be handed over, and one clear error for what cannot."""

import json

import nbformat
import pytest

from gitopskit.errors import UsageError
from gitopskit.views.evidence.masker import LONGEST
from gitopskit.views.export import save
from tests.views.evidence.haystack import code, markdown, notebook, shown

NAME = "zanzibar"


def exported(folder, content: str, name: str = "copy.ipynb", **options):
    path = folder / "run.ipynb"
    path.write_text(content)
    return save(path, folder / name, **({"anonymous": True} | options))


def test_one_that_was_never_run(tmp_path):
    made = json.loads(exported(tmp_path, notebook(code(f"{NAME} = 1"), markdown(f"# {NAME}"))).read_text())
    assert NAME not in json.dumps(made)
    assert [cell["cell_type"] for cell in made["cells"]] == ["markdown", "code", "markdown"]
    assert "Left out" not in "".join(made["cells"][0]["source"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.ipynb", "run.ipynb"]


def test_one_that_is_none_of_ours(tmp_path):
    kernel = {
        "kernelspec": {"name": NAME, "display_name": NAME, "language": "R"},
        "language_info": {"name": "R", NAME: NAME},
        NAME: {NAME: 1},
    }
    cell = code(f"{NAME} <- c(1, 2)", shown(**{"text/plain": NAME}), id=f"{NAME}-1", metadata={NAME: NAME, "tags": [NAME]})
    text = exported(tmp_path, notebook(cell, **kernel)).read_text()
    assert NAME not in text
    assert "kernelspec" not in json.loads(text)["metadata"]


def test_one_with_an_output_that_nobody_reads(tmp_path):
    huge = {"output_type": "stream", "name": "stdout", "text": f"{NAME} " * (LONGEST // len(NAME))}
    made = json.loads(exported(tmp_path, notebook(code("x", huge, shown(**{"text/html": "<p>" * LONGEST})))).read_text())
    first, second = made["cells"][1]["outputs"]
    assert "".join(first["text"]).endswith("characters was left out)")
    assert "".join(second["data"]["text/plain"]).startswith("(an output was left out")
    assert "text/html of more than 1,000,000 characters: 1" in "".join(made["cells"][0]["source"])


def test_cells_without_ids_or_with_one_twice_get_numbers(tmp_path):
    for content in (
        notebook(code(id="a"), code(id="a")),
        notebook(code(), code()).replace('"id"', '"idle"').replace('"idle": "part-0", ', "").replace('"idle": "part-1", ', ""),
    ):
        made = json.loads(exported(tmp_path, content).read_text())
        assert [cell["id"] for cell in made["cells"][1:]] == ["cell-1", "cell-2"]


def test_a_page_has_no_script_of_anybodys(tmp_path):
    page = exported(tmp_path, notebook(code("x", shown(**{"text/html": f"<script>{NAME}()</script><p>plan</p>"}))), "copy.html").read_text()
    assert NAME not in page
    assert "<title>copy</title>" in page
    assert "<p>plan</p>" in page


def test_labels_are_those_of_the_key(tmp_path):
    key = tmp_path / "key.json"
    save_labels = {"format": "gitopskit-key/1", "labels": {"team-7": NAME}}
    key.write_text(json.dumps(save_labels))
    text = exported(
        tmp_path, notebook(code(f"{NAME} = 1", shown(**{"text/plain": f"{NAME} and team-8"})), markdown(NAME.title())), anonymous=key
    ).read_text()
    assert "team_7 = 1" in text
    assert '"team-7"' in text
    assert json.loads(key.read_text())["labels"]["team-7"] == NAME


def test_the_copy_can_be_copied_again(tmp_path):
    first = exported(tmp_path, notebook(code("plan = ws.plan()", shown(**{"text/html": "<div class='gk'><p>Plan</p></div>"}))))
    again = save(first, tmp_path / "again.ipynb", anonymous=True)
    nbformat.validate(nbformat.read(again, as_version=4))
    assert "plan = ws.plan()" in again.read_text()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no notebook"), ("{}", "no notebook"), ("[]", "no notebook"), ("\x00", "no notebook"),
        ('{"cells": 3, "nbformat": 4}', "no notebook"),
        ('{"nbformat": 3, "worksheets": []}', "old format"),
        ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}', "no notebook"),
    ],
)  # fmt: skip
def test_what_is_no_notebook(tmp_path, content, said):
    with pytest.raises(UsageError, match=said):
        exported(tmp_path, content)
    assert not (tmp_path / "copy.ipynb").exists()


def test_what_cannot_be_done(tmp_path):
    content = notebook(code())
    for options, said in (
        ({"anonymous": False}, "without names only"),
        ({"name": "copy.csv"}, "a notebook or a page"),
        ({"name": "copy"}, "a notebook or a page"),
        ({"format": "csv"}, "a notebook or a page"),
        ({"name": "run.ipynb"}, "never overwritten"),
    ):
        with pytest.raises(UsageError, match=said):
            exported(tmp_path, content, **options)
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        save(tmp_path / "nowhere.ipynb", tmp_path / "copy.ipynb", anonymous=True)
    assert (tmp_path / "run.ipynb").read_text() == content
