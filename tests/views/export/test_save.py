"""A report file is written whole or not at all, says what it is by its suffix, and stays small."""

import os

import pandas as pd
import pytest

from gitopskit.errors import UsageError
from gitopskit.model.changes import Action, FieldAction, FieldChange
from gitopskit.model.ids import ObjectId
from gitopskit.views.anonymise import Labels
from gitopskit.views.export import FORMATS, render, save
from tests.views.test_views import FULL, REPLICAS, change, plan


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.html", "html"),
        ("a.HTM", "html"),
        ("a.md", "markdown"),
        ("a.csv", "csv"),
        ("a.json", "json"),
        ("a.xml", "junit"),
        ("a.tar.md", "markdown"),
    ],
)
def test_the_suffix_names_the_format(tmp_path, name, form):
    path = save(FULL, tmp_path / name)
    assert path == tmp_path / name
    assert path.read_bytes().decode() == render(FULL, form)
    assert path.read_text() == save(FULL, tmp_path / "other", format=form).read_text()


@pytest.mark.parametrize(("name", "form"), [("a.pdf", ""), ("a", ""), ("a.json", "yaml"), (".csv", ""), ("a.\x1b[2J", "")])
def test_an_unknown_format_is_one_clear_error(tmp_path, name, form):
    with pytest.raises(UsageError) as caught:
        save(FULL, tmp_path / name, format=form)
    assert ".html" in caught.value.next_step
    assert "\x1b" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_stays_when_the_new_one_cannot_be_written(tmp_path, monkeypatch):
    path = save(FULL, tmp_path / "a.md")
    before = path.read_text()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(UsageError, match="No space left"):
        save(plan(), path)
    assert path.read_text() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.md"]


@pytest.mark.parametrize("place", ["no/such/folder/a.md", "..", "/", "a\x00b.md", "x" * 300 + ".md"])
def test_a_place_that_cannot_be_written_is_an_error(tmp_path, place):
    with pytest.raises(UsageError, match="cannot be written") as caught:
        save(FULL, tmp_path / place, format="markdown")
    assert "\x00" not in str(caught.value)


def large(count: int, action: Action, *, drifted: int = 0):
    fields = tuple(
        FieldChange(path=("spec", "template", "spec", f"field{number}"), action=FieldAction.CHANGE, before="a" * 80, after="b" * 80)
        for number in range(8)
    )
    return plan(
        *(
            change(
                action if number >= drifted else Action.UPDATE,
                f"deployment-of-customer-{number:05}",
                fields=fields if action.writes else (REPLICAS,),
                reason="fields differ",
                id=ObjectId(group="apps", kind="Deployment", namespace=f"shop-{number % 40}", name=f"web-{number:05}"),
            )
            for number in range(count)
        )
    )


def test_a_page_of_ten_thousand_changes_can_be_mailed():
    text = render(large(10_000, Action.UPDATE), "html")
    assert len(text.encode()) < 2_000_000
    assert text.count("<tr><td><b") == 10_000, "every changed row is there"
    assert "more rows are left out" not in text
    assert "The fields of" in text


def test_objects_as_desired_are_counted_only():
    text = render(large(10_000, Action.NO_OP, drifted=3), "html")
    assert len(text.encode()) < 20_000
    assert text.count("<tr><td><b") == 3
    assert "3, and 9,997 as desired" in text


def test_a_page_of_long_names_says_what_it_leaves_out():
    rows = (
        change(Action.CREATE, "x", id=ObjectId(group="", kind="ConfigMap", namespace="n" * 63, name=f"{number:05}" + "x" * 248), fields=())
        for number in range(10_000)
    )
    text = render(plan(*rows), "html")
    assert len(text.encode()) < 2_000_000
    assert "more rows are left out here" in text


@pytest.mark.parametrize("count", [200, 2_000])
def test_a_comment_fits(count):
    text = render(large(count, Action.UPDATE), "markdown")
    assert len(text) <= 65_536
    assert "left out here" in text
    assert text.rstrip().endswith("</details>")


@pytest.mark.parametrize("form", FORMATS)
def test_five_megabytes_in_one_value_stay_small(form):
    field = FieldChange(path=("data", "x"), action=FieldAction.CHANGE, before="é" * 5_000_000, after="x" * 5_000_000)
    text = render(plan(change(Action.UPDATE, "big", fields=(field,), problem="y" * 5_000)), form)
    assert len(text.encode()) < 30_000


def test_ten_thousand_objects_are_masked_in_good_time():
    noun = large(10_000, Action.NO_OP, drifted=200)
    text = render(noun, "csv", labels=Labels())
    assert "web-00001" not in text
    assert text.count("\n") == 10_001


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_at_all_can_be_exported(form):
    assert render(pd.DataFrame(), form)
    assert render(plan(), form, labels=Labels())


def test_many_remarks_are_counted():
    noun = plan(warnings=tuple(f"warning {number}" for number in range(5_000)))
    assert "4,901 more remarks are left out here" in render(noun, "html")
    assert "4951 more remarks" in render(noun, "markdown")
