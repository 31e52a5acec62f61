"""The lines of an object, and which of them belong together."""

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitopskit.model.changes import FieldAction
from gitopskit.model.values import UNKNOWN, mask
from gitopskit.views.lines import lines_of, paired

BODY = {
    "kind": "Deployment", "on": "yes", "text": "a: b", "number": 5, "empty": {}, "none": None, "list": [1, [2, 3], {"x": 1, "y": [4]}],
    "containers": [{"name": "web", "env": [{"name": "A", "value": "1"}]}], "file": "one\ntwo\n",
}  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize("body", [{**BODY, "file": "x"}])
def test_the_lines_are_yaml(body):
    assert yaml.safe_load("\n".join(line.text for line in lines_of(body))) == body


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), VALUES, max_size=4))
def test_any_object_comes_back_from_its_lines(body):
    assert (yaml.safe_load("\n".join(line.text for line in lines_of(body))) or {}) == body


def test_a_file_has_a_line_for_each_of_its_own():
    assert [line.text for line in lines_of({"f": "one\ntwo"})] == ["f: |", "  one", "  two"]


def actions(before, after):
    return [pair.action and pair.action.value for pair in paired(lines_of(before), lines_of(after))]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, [None, "change"]),
        ({"a": 1}, {"a": 1, "b": 3}, [None, "add"]),
        ({"a": 1, "b": 3}, {"b": 3}, ["remove", None]),
        ({}, {"a": 1}, ["add"]),
        ({"a": 1}, {"a": 1}, [None]),
        ({"l": [{"name": "a"}, {"name": "b"}]}, {"l": [{"name": "b"}]}, [None, "remove", None]),
        ({"f": "1\n2\n3"}, {"f": "1\nx\n3"}, [None, None, "change", None]),
        ({"a": {"x": 1}}, {"a": 2}, ["change", "remove"]),
    ],
)
def test_lines_stand_beside_each_other(before, after, expected):
    assert actions(before, after) == expected


def test_secrets_look_alike_and_are_told_apart():
    one, other = ({"s": mask(value, key=b"k")} for value in ("canary-1", "canary-2"))
    assert actions(one, other) == ["change"]
    assert actions(one, one) == [None]
    assert [line.text for line in lines_of({**one, "u": UNKNOWN})] == ["s: (sensitive)", "u: (known after apply)"]


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_no_line_is_lost(before, after):
    old, new = lines_of({"l": before}), lines_of({"l": after})
    pairs = paired(old, new)
    assert [pair.before for pair in pairs if pair.before] == old
    assert [pair.after for pair in pairs if pair.after] == new
    assert all((pair.action is None) == (pair.before == pair.after) for pair in pairs)
    assert {FieldAction.ADD} >= {pair.action for pair in pairs if pair.before is None}


def test_very_many_lines_are_not_matched_one_by_one():
    before, after = ("\n".join(f"{at * 7 % 50_000} {side}" for at in range(50_000)) for side in "ab")
    start = time.monotonic()
    assert len(paired(lines_of({"f": before}), lines_of({"f": after}))) == 50_001
    assert time.monotonic() - start < 20
