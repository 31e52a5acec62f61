"""What Python prints of a noun: one line that says which one it is, however much is in it, and nothing that is in it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitopskit.model.baseline import Accepted, Baseline
from gitopskit.model.binding import Binding, CheckRow, Level
from gitopskit.model.canonical import canonical_json
from gitopskit.model.changes import Action, FieldAction, FieldChange
from gitopskit.model.differences import Differences
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.fleet import FleetPlan, MemberPlan, MemberState
from gitopskit.model.objects import Object, Origin
from gitopskit.model.plan import PlanOptions
from gitopskit.model.report import summarise
from gitopskit.model.snapshot import Side, Snapshot
from gitopskit.model.strip import Standing, Strip, StripRow
from gitopskit.planning.needs import Need
from gitopskit.planning.selection import Selection
from tests.views.test_differences import FULL as DIFFERENCES
from tests.views.test_views import FULL, HOSTILE, NOW, change, events, plan

HUGE = "canary-" * 700_000
WEB = change(Action.UPDATE, "web").id
FIELD = FieldChange(path=("spec", "text"), action=FieldAction.CHANGE, before=HUGE, after=HUGE)
MANY = plan(*(change(Action.CREATE, f"web-{at}", fields=(FIELD,), reason=HUGE) for at in range(1000)))
OBJECT = Object(id=WEB, api_version="apps/v1", body={"data": {"a": HUGE}}, remembered={"a": HUGE}, origin=Origin(file="web.yaml", line=3))
FLEET = FleetPlan(
    source=FULL.source,
    members=(
        MemberPlan(name="eu", state=MemberState.PLANNED, plan=FULL),
        MemberPlan(name="us", state=MemberState.UNREACHABLE, message="no answer"),
    ),
)
NEED = Need(id=WEB, needs=WEB, why=HUGE)
CHECK = CheckRow(name="fit", level=Level.MUST, outcome=Outcome.PASSED, found=HUGE)
CASES = {
    "plan": (FULL, f"<Plan {FULL.id[:12]} for room-4, 2 no-op, 1 create, 1 update, 1 delete, 1 unreadable>"),
    "empty plan": (plan(), f"<Plan {plan().id[:12]} for room-4>"),
    "large plan": (MANY, f"<Plan {MANY.id[:12]} for room-4, 1000 create>"),
    "part": (
        part := replace(FULL, options=PlanOptions(only=tuple(one.id for one in FULL.changes[:1]))),
        f"<Plan {part.id[:12]} for room-4, 2 no-op, 1 create, 2 left out, 1 unreadable>",
    ),
    "change": (FULL.changes[1], "<Change update Deployment.apps shop/web, 3 fields, drift>"),
    "large change": (MANY.changes[0], "<Change create Deployment.apps shop/web-0, 1 field>"),
    "field": (FIELD, "<FieldChange change .spec.text>"),
    "object": (OBJECT, "<Object Deployment.apps shop/web, from web.yaml:3>"),
    "live object": (replace(OBJECT, origin=None, uid="u", resource_version="7"), "<Object Deployment.apps shop/web, version 7>"),
    "live": (
        Snapshot(side=Side.LIVE, objects={WEB: OBJECT}, taken_at=NOW, target=FULL.target, unreadable=FULL.unreadable, warnings=(HUGE,)),
        "<Snapshot live state of room-4, 1 object, 1 unreadable>",
    ),
    "desired": (
        Snapshot(side=Side.DESIRED, objects={}, taken_at=NOW, source=FULL.source), "<Snapshot desired state of cccccccccccc, empty>",
    ),
    "report": (
        summarise(FULL, events(Outcome.CHANGED, Outcome.FAILED)),
        f"<Report on plan {FULL.id[:12]} for room-4, 1 changed, 1 failed, 1 skipped, not proved>",
    ),
    "proved": (
        summarise(FULL, events(*[Outcome.CHANGED] * 3), plan()), f"<Report on plan {FULL.id[:12]} for room-4, 3 changed, proved>",
    ),
    "stopped": (
        summarise(FULL, [Event(kind=EventKind.STOPPED, at=NOW, message=HUGE)]),
        f"<Report on plan {FULL.id[:12]} for room-4, 3 skipped, stopped>",
    ),
    "fleet": (FLEET, "<FleetPlan of cccccccccccc, 2 members, 1 planned, 1 unreachable>"),
    "member": (FLEET.members[0], f"<MemberPlan eu planned, plan {FULL.id[:12]}, 2 no-op, 1 create, 1 update, 1 delete>"),
    "member without plan": (FLEET.members[1], "<MemberPlan us unreachable, no answer>"),
    "differences": (DIFFERENCES, "<Differences of room-4, 4 drifted, 1 both, 2 hidden>"),
    "no differences": (Differences(plan=plan(), rows=()), "<Differences of room-4, nothing differs>"),
    "difference": (DIFFERENCES.rows[1], "<Difference drifted Deployment.apps shop/web .spec.replicas>"),
    "whole": (DIFFERENCES.rows[3], "<Difference drifted Deployment.apps shop/web>"),
    "hidden": (DIFFERENCES.rows[6], "<Difference drifted Deployment.apps shop/web .spec.paused, hidden by mine>"),
    "selection": (Selection(plan=part, dragged=(NEED,)), f"<Selection of plan {part.id[:12]}, 1 steps, 1 taken along, 2 left out>"),
    "binding": (Binding(name="room-4", target=None, rows=(CHECK,), who="ada", at=NOW), "<Binding to room-4, fit (must 1/1)>"),
    "strip": (
        Strip(title="work.ipynb", rows=(StripRow(name=HUGE, standing=Standing.OK),), at=NOW), "<Strip of work.ipynb, 1 ok>",
    ),
    "baseline": (
        known := Baseline(
            reason=HUGE, made_at=NOW, expires_at=NOW + timedelta(days=1), system="kubernetes", target="t",
            fields=(Accepted(id=WEB, path=(), live="a", head="b"),),
        ),
        f"<Baseline {known.id[:12]}, 1 field, until 2026-03-02>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_one_line_says_which_noun_it_is(case):
    noun, expected = CASES[case]
    assert repr(noun) == str(noun) == expected


@pytest.mark.parametrize("case", CASES)
def test_nouns_within_something_else_are_as_short(case):
    noun, expected = CASES[case]
    assert f"[{expected}]" == str([noun])


def test_text_from_outside_is_made_safe():
    hostile = change(Action.CREATE, HOSTILE, fields=(FieldChange(path=(HOSTILE,), action=FieldAction.ADD),))
    target = replace(FULL.target, name=HOSTILE * 1000)
    for noun in (hostile, hostile.fields[0], plan(hostile, target=target), Object(id=hostile.id, api_version="v1", body={})):
        assert repr(noun).isprintable()
        assert len(repr(noun)) < 1000


def test_a_choice_of_many_and_the_objections_of_a_guard_are_not_printed():
    assert "web" not in repr(PlanOptions(only=tuple(one.id for one in MANY.changes)))
    refused = Event(kind=EventKind.GUARD, at=NOW, refusals=(HUGE,))
    assert "canary" not in repr(refused)


def test_what_is_printed_decides_nothing():
    one, other = (change(Action.UPDATE, "web", fields=(replace(FIELD, after=after),)) for after in ("1", "2"))
    assert repr(one) == repr(other)
    assert one != other
    assert plan(one).id != plan(other).id
    assert canonical_json(plan(one)) != canonical_json(plan(other))
