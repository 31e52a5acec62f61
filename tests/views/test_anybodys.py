"""Whatever frame somebody has, every format and every table shows it, with names and without."""

import json
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from gitopskit.views.anonymise import Labels
from gitopskit.views.anybodys import is_number, sound_frame, unique_names
from gitopskit.views.export import FORMATS, render
from gitopskit.views.table.table import table

FRAMES = {
    "numbers as names": pd.DataFrame([[1, 2]]),
    "two levels of names": pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])),
    "a number as plan": pd.DataFrame({"plan": [1]}),
    "a number as name": pd.DataFrame({"name": [1], "kind": [2]}),
    "lists": pd.DataFrame({"x": [[1], [2]], "y": [{"a": [1]}, None]}),
    "a list as status": pd.DataFrame({"action": [["a"]]}),
    "one name twice": pd.DataFrame([[1, 2]], columns=["a", "a"]),
    "numbers that are missing": pd.DataFrame({"x": pd.array([1, None], dtype="Int64")}),
    "truth that is missing": pd.DataFrame({"x": pd.array([True, None], dtype="boolean")}),
    "text that is missing": pd.DataFrame({"x": ["a", None]}),
    "moments that are missing": pd.DataFrame({"x": pd.to_datetime(["2024-01-01", None])}),
    "choices": pd.DataFrame({"x": pd.Categorical(["a", None])}),
    "drifted alone": pd.DataFrame({"drifted": [1]}),
    "one index twice": pd.DataFrame({"x": ["a", None]}, index=[1, 1]),
    "no column": pd.DataFrame(index=[1, 2]),
    "no row": pd.DataFrame({"x": []}),
}


@pytest.mark.parametrize("labels", [None, Labels()])
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", FRAMES)
def test_every_format_takes_every_frame(name, form, labels):
    text = render(FRAMES[name], form, labels=labels)
    assert not [word for word in ("<NA>", "NaT", ">None", "`None`", '"None"', '"nan"') if word in text]


@pytest.mark.parametrize("name", FRAMES)
def test_every_table_takes_every_frame(name):
    made = table(FRAMES[name])
    assert "<" in made._repr_html_()
    assert made.widget.sheet
    assert len(made.frame) == len(FRAMES[name])


def test_what_is_missing_is_none_and_numbers_stay_numbers():
    frame = sound_frame(FRAMES["numbers that are missing"])
    assert frame["x"].tolist() == [1, None]
    assert is_number(frame["x"])
    assert json.loads(render(frame, "json"))["tables"]["rows"] == [{"x": 1}, {"x": None}]


def test_a_frame_that_needs_nothing_stays_as_it_is():
    frame = pd.DataFrame({"a": ["x"], "b": [1.5], "c": [True], "d": [2]}, index=["row"])
    pd.testing.assert_frame_equal(sound_frame(frame), frame)


def test_a_drifted_row_fails_on_a_test_page():
    [failure] = ET.fromstring(render(FRAMES["drifted alone"], "junit")).iter("failure")
    assert failure.get("message") == "1 drifted, 0 with problems"


def test_no_two_names_are_the_same():
    assert unique_names(["a", "a (2)", "a", 1, "1"]) == ["a", "a (2)", "a (3)", "1", "1 (2)"]
