"""What a table shows of each noun: which rows first, which columns, and what is left to the details."""

import pandas as pd
import pytest

from gitopskit.errors import UsageError
from gitopskit.model.changes import Action, FieldAction, FieldChange
from gitopskit.model.events import Outcome
from gitopskit.model.report import summarise
from gitopskit.model.snapshot import Side, Snapshot
from gitopskit.views.table.packed import pack_column
from gitopskit.views.table.sheet import FIELDS, sheet_of
from tests.views.test_differences import FULL as DIFFERENCES
from tests.views.test_views import FULL, NOW, SECRET, change, events, plan

REPORT = summarise(FULL, events(Outcome.CHANGED, Outcome.FAILED))
EMPTY = Snapshot(side=Side.LIVE, objects={}, taken_at=NOW)


@pytest.mark.parametrize(
    ("noun", "rows", "first", "called"),
    [
        (FULL, 5, "action", "changes"),
        (REPORT, 3, "outcome", "steps"),
        (EMPTY, 0, "kind", "objects"),
        (DIFFERENCES, len(DIFFERENCES), "class", "differences"),
        (pd.DataFrame({"x": [1], "y": ["a"]}), 1, "x", "rows"),
    ],
)
def test_every_noun_has_rows(noun, rows, first, called):
    sheet = sheet_of(noun)
    assert (len(sheet.frame), sheet.shown[0], sheet.noun) == (rows, first, called)


def test_a_plan_shows_first_what_somebody_should_look_at():
    quiet, loud = change(Action.NO_OP, "quiet"), change(Action.NO_OP, "loud", problem="it cannot be read")
    sheet = sheet_of(plan(quiet, loud, change(Action.CREATE, "new")))
    assert sheet.frame["name"].tolist() == ["loud", "new", "quiet"]
    assert sheet.frame.index.tolist() == [1, 2, 0], "the index is the place in the plan"


def test_columns_in_which_nothing_stands_are_left_out():
    sheet = sheet_of(plan(change(Action.CREATE, "new")))
    assert "problem" not in sheet.shown
    assert "classes" not in sheet.shown
    assert "problem" in sheet.frame.columns


def test_the_fields_of_an_update_are_lines_without_secrets():
    fields = tuple(FieldChange(path=(f"f{at}",), action=FieldAction.CHANGE, before=SECRET, after="b\n\x1b") for at in range(14))
    [lines] = sheet_of(plan(change(Action.UPDATE, "web", fields=fields))).frame[FIELDS]
    assert lines.splitlines()[0] == "~ .f0: (sensitive) → b\\n\\x1b"
    assert lines.splitlines()[-1] == "… and 2 more"
    assert sheet_of(plan(change(Action.CREATE, "web", fields=fields))).frame[FIELDS].tolist() == [""]


@pytest.mark.parametrize("bad", [{"rows": 5}, {"rows": FULL, "columns": ["nonsense"]}])
def test_what_makes_no_sense_is_said(bad):
    with pytest.raises(UsageError):
        sheet_of(**bad)


def test_field_changes_are_lines_only_for_a_plan():
    rows = pd.DataFrame({FIELDS: ["\x1b[31mred\u202e"], "name": ["web"]})
    sheet = sheet_of(rows)
    assert FIELDS in sheet.shown
    assert not sheet.lines
    assert "\\x1b" in str(pack_column(FIELDS, sheet.frame[FIELDS], sheet).head["values"])
    assert sheet_of(FULL).lines == {FIELDS}
