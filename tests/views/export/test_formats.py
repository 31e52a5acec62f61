"""What each format says of each noun, to read in a review. `make snapshots` accepts what they say now."""

import re
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from gitopskit.errors import UsageError
from gitopskit.model.events import Outcome
from gitopskit.model.fleet import FleetPlan, MemberPlan, MemberState
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.report import summarise
from gitopskit.model.snapshot import Side, Snapshot
from gitopskit.views.export import FORMATS, render
from gitopskit.views.export.markdown import code
from tests.views.test_views import FULL, NOW, SECRET, events, plan

ITEM = Object(
    id=ObjectId(group="", kind="Secret", namespace="shop", name="db"),
    api_version="v1",
    body={"data": {"pw": SECRET}},
    uid="u-1",
    resource_version="7",
)
NOUNS = {
    "plan": FULL,
    "empty plan": plan(),
    "stopped report": summarise(FULL, events(Outcome.CHANGED, Outcome.FAILED)),
    "proved report": summarise(FULL, events(*[Outcome.CHANGED] * 3), plan()),
    "snapshot": Snapshot(side=Side.LIVE, objects={ITEM.id: ITEM}, taken_at=NOW, target=FULL.target),
    "fleet": FleetPlan(
        source=FULL.source,
        members=(
            MemberPlan(name="eu", state=MemberState.PLANNED, plan=FULL, seconds=1.5),
            MemberPlan(name="us", state=MemberState.UNREACHABLE, message="no answer within 300 s", seconds=300.0),
        ),
    ),
    "frame": pd.DataFrame({"node": ["a", "b"], "kernel": ["5.4", "6.1"], "odd": [True, False]}),
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", NOUNS)
def test_format(name, form, snapshot):
    text = re.sub(r"<style>.*?</style>", "", render(NOUNS[name], form), flags=re.DOTALL)
    assert (text.replace("><", ">\n<").replace("<tr>", "\n<tr>") if form == "html" else text) == snapshot


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", NOUNS)
def test_no_secret_is_written(name, form):
    text = render(NOUNS[name], form)
    assert "canary" not in text
    assert SECRET.fingerprint not in text


def verdicts(noun) -> dict[str, str]:
    root = ET.fromstring(render(noun, "junit"))
    return {
        case.get("name"): next((part.get("type", part.tag) for part in case if part.tag != "system-out"), "")
        for case in root.iter("testcase")
    }


def test_what_fails_on_a_test_page():
    assert verdicts(FULL) == {
        "Deployment.apps new": "",
        "Deployment.apps web": "drift",
        "Deployment.apps same": "",
        "Deployment.apps old": "",
        "Deployment.apps gone": "",
        "Secret can be read": "unreadable",
    }
    stopped = verdicts(NOUNS["stopped report"])
    assert stopped == {"Deployment.apps new": "", "Deployment.apps web": "failed", "Deployment.apps gone": "skipped"}
    assert verdicts(NOUNS["fleet"]) == {"eu": "drift", "us": "unreachable"}


# What the schema junit-10.xsd allows: attributes of an element (those that must be there first), and its children.
XSD = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name"}, {"time", "classname", "group"}, {"skipped", "error", "failure", "system-out", "system-err"}),
    "failure": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


@pytest.mark.parametrize("name", NOUNS)
def test_a_test_page_is_as_its_schema_wants_it(name):
    root = ET.fromstring(render(NOUNS[name], "junit"))
    assert root.tag == "testsuites"
    for element in root.iter():
        needed, allowed, children = XSD[element.tag]
        assert needed <= set(element.keys()) <= needed | allowed
        assert {child.tag for child in element} <= children
    [suite] = root
    cases = list(suite.iter("testcase"))
    assert [suite.get("tests"), suite.get("failures"), suite.get("skipped")] == [
        str(len(cases)),
        str(sum(case.find("failure") is not None for case in cases)),
        str(sum(case.find("skipped") is not None for case in cases)),
    ]


def test_whatever_has_a_frame_can_be_exported():
    class Differences:
        def to_frame(self):
            return NOUNS["frame"]

    assert render(Differences(), "csv") == render(NOUNS["frame"], "csv")


@pytest.mark.parametrize("noun", [None, "text", 3, [], Snapshot], ids=str)
def test_what_is_no_noun_is_an_error(noun):
    with pytest.raises(UsageError) as caught:
        render(noun, "html")
    assert "plan" in caught.value.next_step


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a", "`a`"),
        ("", ""),
        ("a|b", "`a`&#124;`b`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        (" ", " "),
        ("a\nb", "`a\\nb`"),
        (" x", "`  x `"),
    ],
)
def test_code_spans(text, shown):
    assert code(text) == shown
