"""What travels to a browser: every value once, in the order in which it sorts, cut and safe."""

import json
import struct
import zlib

import numpy as np
import pandas as pd
import pytest

from benchmarks.changes import plan_of
from gitopskit.model.concealment import forget, learn, listen
from gitopskit.views.table.packed import FILTERS, VALUE_CHARACTERS, pack
from gitopskit.views.table.sheet import sheet_of
from tests.views.payloads import PAYLOADS
from tests.views.test_views import FULL


def unpacked(sheet):
    """Return the head, and for each column its values row by row, as a browser reads them."""
    packed = zlib.decompress(pack(sheet))
    start = 4 + struct.unpack_from("<I", packed)[0]
    head = json.loads(packed[4:start])
    rows = {}
    for column in head["columns"]:
        places = np.frombuffer(packed, f"<u{column['bytes']}", head["rows"], start)
        start += places.nbytes
        rows[column["label"]] = [column["values"][place] for place in places]
    assert start == len(packed)
    return head, rows


def column(values, name="x", **rest):
    head, rows = unpacked(sheet_of(pd.DataFrame({name: values}), **rest))
    return head["columns"][0], rows[name]


@pytest.mark.parametrize(
    ("values", "shown", "order"),
    [
        ([10, 9, 100], ["10", "9", "100"], ["", "9", "10", "100"]),
        (["b", "A", "", None], ["b", "A", "", ""], ["", "A", "b"]),
        ([True, False], ["yes", "no"], ["", "no", "yes"]),
        ([{"a": 1}, [2]], ["{a: 1}", "[2]"], ["", "[2]", "{a: 1}"]),
        ([1.5, float("nan")], ["1.5", ""], ["", "1.5"]),
        (["x", 2], ["x", "2"], ["", "2", "x"]),
    ],
)
def test_values_stand_once_and_in_their_order(values, shown, order):
    head, rows = column(values)
    assert rows == shown
    assert head["values"] == order


def test_statuses_keep_their_order_and_have_their_looks():
    head, _ = column(["delete", "create", "nonsense"], name="action")
    assert head["values"] == ["", "create", "delete", "nonsense"]
    assert [look and look[0] for look in head["looks"]] == [None, "+", "−", None]


def test_ten_thousand_changes_are_under_a_megabyte():
    assert len(pack(sheet_of(plan_of(10_000)))) < 1_000_000


def test_a_long_value_is_cut_with_a_count():
    _, [long, _] = column(["x" * 5_000_000, "y"])
    assert len(long) < VALUE_CHARACTERS + 60
    assert "4,998,000" in long.replace("4998000", "4,998,000")


@pytest.mark.parametrize("count", [255, 256, 70_000])
def test_places_are_as_wide_as_they_must_be(count):
    head, rows = column([f"{at:06}" for at in range(count)])
    assert head["bytes"] == {255: 1, 256: 2, 70_000: 4}[count]
    assert rows[-1] == f"{count - 1:06}"


def test_only_columns_of_few_short_values_have_a_filter():
    rows = {
        "few": ["a", "b"] * 10,
        "many": [str(at) for at in range(20)],
        "one": ["a"] * 20,
        "number": [1, 2] * 10,
        "long": ["x" * 99, ""] * 10,
    }
    head, _ = unpacked(sheet_of(pd.DataFrame(rows)))
    assert [one["label"] for one in head["columns"] if one["filter"]] == ["few"]
    head, _ = unpacked(sheet_of(pd.DataFrame({f"c{at}": ["a", "b"] for at in range(9)})))
    assert len([one for one in head["columns"] if one["filter"]]) == FILTERS


def test_the_details_of_a_plan_come_right_after_what_is_shown():
    head, _ = unpacked(sheet_of(FULL))
    labels = [one["label"] for one in head["columns"]]
    assert labels.index("field changes") == len([one for one in head["columns"] if one["shown"]])


def test_no_control_character_and_no_secret_travels():
    for rows in (pd.DataFrame(dict.fromkeys(PAYLOADS, PAYLOADS)), FULL):
        columns = unpacked(sheet_of(rows))[0]["columns"]
        text = "".join([column["label"] + "".join(column["values"]) for column in columns])
        assert not any(character in text for character in "\u202e\ufeff\x1b\x07\t")
        assert "canary" not in text


def test_a_secret_is_gone_before_it_is_compressed():
    secret = "Sup3rS3cret!9-token"
    frame = pd.DataFrame({"text": [secret, "x" * (VALUE_CHARACTERS - 15) + f" {secret}"], "list": [[secret], {secret: 1}], secret: [1, 2]})
    listen()
    try:
        learn(secret)
        packed = zlib.decompress(pack(sheet_of(frame)))
    finally:
        forget()
    assert b"Sup3r" not in packed
    assert b"(sensitive)" in packed
