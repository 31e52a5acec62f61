"""Whatever there is to show, a static view is short and true: nothing, one, very much, very long, and text that hides."""

import re

import pytest

from gitopskit.model.changes import Action, FieldAction, FieldChange
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object, Origin
from gitopskit.model.report import Report, ReportRow, summarise
from gitopskit.model.snapshot import Side, Snapshot
from gitopskit.views import html
from gitopskit.views.html.markup import FOLDED_ABOVE, affordable, folded
from tests.views.payloads import PAYLOADS
from tests.views.test_views import NOW, change, plan

MEGABYTE = 1_000_000
HUGE = "<\u202e" * 2_500_000
LONG = "<\u202e" * 2_000


def snapshot(*names, **rest):
    items = [Object(id=ObjectId(group="", kind="Pod", namespace="shop", name=name), api_version="v1", body={}, **rest) for name in names]
    return Snapshot(side=Side.DESIRED if rest else Side.LIVE, objects={item.id: item for item in items}, taken_at=NOW)


def report(count, message=""):
    rows = [
        ReportRow(id=change(Action.UPDATE, f"n{at}").id, action="update", outcome=Outcome.CHANGED, message=message) for at in range(count)
    ]
    return Report(plan=plan(), rows=tuple(rows), guards=(Event(kind=EventKind.GUARD, at=NOW, name="intact", outcome=Outcome.PASSED),))


def updates(count, value="b", fields=1):
    listed = tuple(FieldChange(path=(f"f{at}",), action=FieldAction.CHANGE, before="a", after=value) for at in range(fields))
    return plan(*(change(Action.UPDATE, f"n{at}", fields=listed) for at in range(count)))


CASES = {
    "empty plan": (plan(), "No object is desired"),
    "one change": (updates(1), "<b>Deployment</b> shop/n0"),
    "one no-op": (plan(change(Action.NO_OP, "x")), "1 object is as desired"),
    "ten thousand changes": (updates(10_000), "9,800 more changes"),
    "ten thousand no-ops": (plan(*(change(Action.NO_OP, f"n{at}") for at in range(10_000))), "10,000 objects are as desired"),
    "huge value": (updates(1, HUGE), "(5,000,000 characters)"),
    "long values": (updates(300, LONG, fields=10), "(4,000 characters)"),
    "long problems": (plan(*(change(Action.UPDATE, f"n{at}", problem=LONG, owner=LONG) for at in range(300))), "more characters"),
    "empty report": (report(0), "There was nothing to do."),
    "one step": (report(1), "shop/n0"),
    "ten thousand steps": (report(10_000), "9,500 more steps"),
    "huge messages": (report(600, HUGE), "(5,000,000 characters)"),
    "empty snapshot": (snapshot(), "There is no object."),
    "one object": (snapshot("one"), "Live state: 1 object"),
    "ten thousand objects": (snapshot(*(f"n{at}" for at in range(10_000))), "9,800 more objects"),
    "huge names": (snapshot(*(f"{at}{LONG}" for at in range(300)), origin=Origin(file=HUGE, line=1)), "more characters"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_shown_is_short_and_true(name):
    noun, words = CASES[name]
    text = html.page(noun)
    assert words in text
    assert len(text.encode()) < MEGABYTE
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text)


def test_the_proof_of_a_report_is_short_too():
    stopped = summarise(updates(300), [], updates(300, LONG, fields=10))
    assert len(html.page(stopped)) < 2 * MEGABYTE


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_folded_value_is_text(payload):
    for value in (payload, payload * FOLDED_ABOVE):
        assert re.sub(r"</?(details|summary|span)( class=\"gk-soft\")?>", "", folded(value)).count("<") == 0


def test_the_first_row_is_always_shown():
    assert affordable((("x" * 10_000_000,) for _ in range(3)), 3) == [("x" * 10_000_000,)]
    assert len(affordable((("x",) for _ in range(3)), 2)) == 2
