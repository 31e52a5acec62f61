"""The learner's copy is the notebook without its solutions, and nobody's work is overwritten."""

import nbformat
import pytest

from tools.learners import NOTEBOOKS, copy_without_solutions, main


def tags(path):
    return [tag for cell in nbformat.read(path, as_version=4).cells for tag in cell.metadata.get("tags", ())]


@pytest.mark.parametrize("source", sorted(NOTEBOOKS.glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_solutions_are_gone_and_nothing_else(source, tmp_path):
    copy = copy_without_solutions(source, tmp_path / "00-start" / source.name)
    assert "solution" in tags(source)
    assert "solution" not in tags(copy)
    assert tags(copy).count("exercise") == tags(source).count("exercise")
    whole, left = (nbformat.read(path, as_version=4).cells for path in (source, copy))
    assert [cell["id"] for cell in left] == [cell["id"] for cell in whole if "solution" not in cell.metadata.get("tags", ())]


def test_work_in_the_copy_is_left_alone(tmp_path, capsys):
    main([str(tmp_path)])
    worked_in = tmp_path / "00-start" / "the-main-job.ipynb"
    worked_in.write_text("mine")
    main([str(tmp_path)])
    assert worked_in.read_text() == "mine"
    assert f"left alone: {worked_in}" in capsys.readouterr().out
