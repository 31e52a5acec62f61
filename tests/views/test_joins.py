"""Frames lie beside one another: an object is named alike in all of them, and what is called alike is the same thing."""

from itertools import combinations

import orjson
import pytest

from gitopskit.model.changes import Action
from gitopskit.model.differences import Differences, Severity
from gitopskit.model.events import Movement
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.report import Report, summarise
from gitopskit.model.snapshot import Side, Snapshot
from gitopskit.views.anonymise import Labels
from gitopskit.views.charts import sync_chart, timeline_chart
from gitopskit.views.differences import to_differences
from gitopskit.views.export import render
from gitopskit.views.frames import to_fields, to_frame, to_health, to_owners
from gitopskit.views.ledger import to_meanwhile
from gitopskit.views.table.sheet import sheet_of
from tests.planning.sides import ours
from tests.views.table.test_packed import unpacked
from tests.views.test_differences import row
from tests.views.test_views import NOW, REPLICAS, change, events, plan

OBJECT = ["group", "kind", "namespace", "name"]
CORE, KNATIVE = (ObjectId(group=group, kind="Service", namespace="shop", name="web") for group in ("", "serving.knative.dev"))
"""Two kinds of two API groups, and one name."""
SEVERITIES = dict(zip((".a", ".b", ".c", ".d"), Severity, strict=True))


def live(object_id: ObjectId) -> Object:
    metadata = {"name": "web", "namespace": "shop", "managedFields": [ours("a")]}
    return Object(id=object_id, api_version="v1", body={"metadata": metadata, "data": {"a": "1"}})


PLAN = plan(*(change(Action.UPDATE, "", id=one, fields=(REPLICAS,), drift=True) for one in (CORE, KNATIVE)))
LIVE = Snapshot(side=Side.LIVE, objects={one: live(one) for one in (CORE, KNATIVE)}, taken_at=NOW)
ROWS = tuple(row(path[1:], id=one, severity=severity) for one in (CORE, KNATIVE) for path, severity in SEVERITIES.items())
LOOK = Differences(plan=PLAN, rows=ROWS)
REPORT = summarise(PLAN, events())
FRAMES = {
    "plan": to_frame(PLAN), "fields": to_fields(PLAN), "differences": to_differences(LOOK), "health": to_health(LIVE),
    "owners": to_owners(LIVE), "snapshot": to_frame(LIVE), "report": to_frame(REPORT),
    "meanwhile": to_meanwhile(Report(plan=PLAN, rows=(), meanwhile=tuple(Movement(id=one, what="changed") for one in (CORE, KNATIVE)))),
}  # fmt: skip
ALIKE = {
    ("plan", "fields"): {"action", "drift", "method", "origin"},
    ("plan", "differences"): {"sync", "method", "confidence", "origin"},
    ("plan", "snapshot"): {"origin"},
    ("plan", "report"): {"action"},
    ("fields", "differences"): {"path", "live", "owner", "operation", "time", "method", "origin"},
    ("fields", "owners"): {"path", "owner", "operation", "time"},
    ("fields", "snapshot"): {"origin"},
    ("fields", "report"): {"action"},
    ("differences", "owners"): {"path", "owner", "operation", "time"},
    ("differences", "snapshot"): {"origin"},
}


@pytest.mark.parametrize("one", FRAMES)
def test_an_object_is_named_by_four_columns(one):
    assert set(OBJECT) <= set(FRAMES[one].columns)
    assert set(FRAMES[one]["group"]) == {"", "serving.knative.dev"}


@pytest.mark.parametrize(("one", "other"), list(combinations(FRAMES, 2)))
def test_what_is_called_alike_is_the_same_thing(one, other):
    shared = (set(FRAMES[one].columns) & set(FRAMES[other].columns)) - set(OBJECT)
    assert shared == ALIKE.get((one, other), set())


@pytest.mark.parametrize("other", ["health", "plan", "snapshot"])
def test_a_join_keeps_each_row_and_mixes_no_groups(other):
    rows, beside = FRAMES["differences"], FRAMES[other]
    beside = beside[[*OBJECT, *(name for name in beside.columns if name not in rows.columns)]]
    joined = rows.merge(beside.assign(asked=beside["group"]), on=OBJECT, validate="many_to_one")
    assert len(joined) == len(ROWS)
    assert (joined["group"] == joined["asked"]).all()
    assert not [name for name in joined.columns if name.endswith(("_x", "_y"))]


def test_fields_join_with_those_who_hold_them():
    rows = FRAMES["differences"].assign(path=".data.a")
    joined = rows.merge(FRAMES["owners"], on=[*OBJECT, "path"], suffixes=("", "_each"))
    assert len(joined) == len(ROWS)
    assert set(joined["owner_each"]) == {"gitopskit"}


def test_severity_sorts_by_urgency():
    frame = FRAMES["differences"]
    assert frame.sort_values("severity")["severity"].drop_duplicates().tolist() == ["low", "medium", "high", "critical"]
    assert set(frame.query("severity >= 'high'")["severity"]) == {"high", "critical"}
    assert set(frame[frame["severity"].isin(["low"])]["path"]) == {".d"}
    assert frame["severity"].max() == "critical"


def test_severity_groups_and_plots():
    frame = FRAMES["differences"]
    counts = frame.groupby(["group", "severity"]).size().unstack(fill_value=0)
    assert counts.columns.tolist() == ["low", "medium", "high", "critical"]
    assert counts.to_numpy().tolist() == [[1, 1, 1, 1]] * 2
    few = frame[frame["severity"] == "high"].groupby("severity").size()
    assert few.to_dict() == {"high": 2}, "what is not there is not counted"
    assert frame.query("`class` == 'drifted'").equals(frame[frame["class"] == "drifted"])


@pytest.mark.parametrize("form", ["csv", "json", "markdown", "html"])
@pytest.mark.parametrize(
    ("noun", "labels"), [(LOOK, None), (FRAMES["differences"], None), (LOOK, Labels())], ids=["look", "frame", "anonymous"]
)
def test_severity_is_a_word_in_every_export(form, noun, labels):
    text = render(noun, form, labels=labels)
    assert "critical" in text
    assert "Categorical" not in text


def test_an_export_for_programs_holds_text():
    rows = orjson.loads(render(LOOK, "json"))["tables"]["differences"]
    assert [one["severity"] for one in rows[:4]] == list(Severity)


@pytest.mark.parametrize("rows", [LOOK, FRAMES["differences"]], ids=["look", "frame"])
def test_a_table_sorts_severity_by_urgency(rows):
    head, _ = unpacked(sheet_of(rows))
    [severity] = [column for column in head["columns"] if column["label"] == "severity"]
    assert [one for one in severity["values"] if one] == list(Severity)


def test_a_chart_tells_groups_apart():
    assert set(OBJECT) - {"name"} <= set(timeline_chart(REPORT).frame.columns)
    assert sync_chart(PLAN).frame["objects"].tolist() == [2]
