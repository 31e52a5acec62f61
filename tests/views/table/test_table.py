"""A table where somebody looks and where nobody does; what is selected is told both ways."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.changes import plan_of
from gitopskit.errors import UsageError
from gitopskit.views.table import table as module
from gitopskit.views.table.table import table
from tests.views.payloads import PAYLOADS
from tests.views.test_views import ALLOWED, FULL, Elements

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(params=[True, False])
def is_watched(request, monkeypatch):
    monkeypatch.setattr(module, "has_front_end", lambda: request.param)
    return request.param


def test_a_widget_only_where_somebody_looks(is_watched):
    made = table(FULL)
    bundle = made._repr_mimebundle_()
    shown, *_ = bundle if isinstance(bundle, tuple) else (bundle,)
    assert (WIDGET in shown) == is_watched
    assert ("widget" in made.__dict__) == is_watched
    assert shown["text/plain"] == "5 changes: 2 no-op, 1 create, 1 update, 1 delete"
    assert "<table" in shown["text/html"]


def test_voila_is_somebody_who_looks(monkeypatch):
    monkeypatch.setenv("VOILA_BASE_URL", "/")
    assert isinstance(table(FULL)._repr_mimebundle_(), tuple)


def test_the_selection_goes_both_ways():
    made, told = table(FULL, select=True), []
    made.select([4, 0])
    assert made.selected["name"].tolist() == ["new", "gone"]
    made.on_select(lambda rows: told.append(rows["name"].tolist()))
    made.widget.selection = {"sheet": 0, "rows": [1]}
    assert made.selected["name"].tolist() == told[-1] == ["web"]
    made.select([])
    assert made.widget.selection == {"sheet": 0, "rows": []}
    assert told[-1] == []
    assert made.selected.empty


@pytest.mark.parametrize(("is_selectable", "rows"), [(False, [0]), (True, [99])])
def test_a_selection_that_cannot_be_is_said(is_selectable, rows):
    with pytest.raises(UsageError):
        table(FULL, select=is_selectable).select(rows)


@pytest.mark.parametrize(("count", "words"), [(0, "There are no changes."), (1, "app-00000"), (10_000, "The first 200 of 10,000 changes")])
def test_the_static_table_is_short_and_true(count, words):
    text = table(plan_of(count))._repr_html_()
    assert words in text
    assert len(text) < 200_000


def test_the_static_table_stays_small_whatever_stands_in_it():
    rows = pd.DataFrame({name: ["<" * 5_000_000] + ["<" * 20_000] * 999 for name in "abcdef"})
    text = table(rows)._repr_html_()
    assert len(text) < 1_000_000
    assert "(5,000,000 characters)" in text


def test_nothing_from_outside_is_markup():
    rows = pd.DataFrame(dict.fromkeys(PAYLOADS[:5], PAYLOADS) | {"action": PAYLOADS, "list": [[text] for text in PAYLOADS]})
    found = Elements(table(rows, label=PAYLOADS[0])._repr_html_())
    assert found.tags <= ALLOWED
    assert found.attributes <= {"class", "aria-label", "aria-hidden", "scope", "open", "tabindex", "role"}


def test_the_script_puts_text_in_and_nothing_else():
    script = Path(module.__file__).with_name("table.js").read_text()
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "fetch(", "http", "import("):
        assert word not in script


@pytest.mark.parametrize(
    "said",
    [{"sheet": 0, "rows": [0]}, {"sheet": 0, "rows": [1]}, {"rows": [0]}, {"sheet": 1, "rows": "0"}, {"sheet": "1", "rows": [0]}, {}],
)
def test_what_is_said_of_other_rows_is_dropped_and_corrected(said):
    made, told = table(pd.DataFrame({"name": ["keep", "delete"]}), select=True), []
    made.widget.set_state({"selection": {"sheet": 0, "rows": [1]}})
    made.replace(pd.DataFrame({"name": ["delete"]}, index=[1]))
    made.on_select(told.append)
    made.widget.set_state({"selection": said})
    assert made.selected["name"].tolist() == ["delete"]
    assert made.widget.selection == {"sheet": 1, "rows": [0]}
    assert not told


def test_positions_that_are_no_rows_are_dropped():
    made = table(pd.DataFrame({"name": ["a", "b"]}), select=True)
    made.widget.set_state({"selection": {"sheet": 0, "rows": [-1, 2, "0", None, 1, 1]}})
    assert made.selected["name"].tolist() == ["b"]
    assert made.widget.selection == {"sheet": 0, "rows": [1]}
    fixed = table(pd.DataFrame({"name": ["a"]}))
    fixed.widget.set_state({"selection": {"sheet": 0, "rows": [0]}})
    assert fixed.selected.empty


def test_rows_that_change_keep_what_is_selected():
    made = table(pd.DataFrame({"x": [1, 2, 3]}, index=["a", "b", "c"]), select=True)
    made.select(["c", "a"])
    before = made.widget.sheet
    made.replace(pd.DataFrame({"x": [4, 5]}, index=["new", "c"]))
    assert made.selected["x"].tolist() == [5]
    assert made.widget.selection == {"sheet": 1, "rows": [1]}
    assert made.widget.sheet != before
