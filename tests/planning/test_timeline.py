"""Recorded events become spans: from intent to outcome, side by side, with the pauses between calls cut out."""

import pytest

from gitopskit.model.events import EventKind, Outcome
from gitopskit.model.report import summarise
from gitopskit.planning.timeline import BREAK_S, PAUSE_S, pauses, spans
from tests.views.charts.samples import BROKEN, CART, PLAN, PROVED, REDIS, RESUMED, SETTINGS, WEB, event, object_id, step

PARENT = object_id("ConfigMap", "inventory")


def of(*events):
    return spans(summarise(PLAN, events))


def told(report):
    return [(span.stage, span.id.name if span.id else span.name, span.outcome.value, round(span.begin_s, 2), round(span.seconds, 2))
            for span in spans(report)]  # fmt: skip


def test_guards_steps_and_proof_follow_each_other_and_a_wave_is_side_by_side():
    assert told(PROVED) == [
        ("guards", "intact", "passed", 0.0, 0.0),
        ("guards", "source", "waived", 0.0, 0.48),
        ("guards", "dry-run", "passed", 0.48, 0.9),
        ("rights and configuration", "settings", "changed", 1.38, 0.5),
        ("workloads", "web", "changed", 1.93, 0.95),
        ("workloads", "cart", "unchanged", 1.93, 0.45),
        ("workloads", "redis", "changed", 1.93, 1.65),
        ("prune", "old", "changed", 3.58, 0.3),
        ("proof", "", "passed", 3.88, 0.7),
    ]


def test_a_step_without_an_outcome_is_unknown_until_the_last_that_is_known():
    [redis] = [span for span in spans(BROKEN) if span.id == REDIS]
    assert redis.outcome is Outcome.UNKNOWN
    assert redis.end_s == pytest.approx(3.48)


def test_calls_hours_apart_are_told_from_each_other():
    parts = spans(RESUMED)
    assert [(span.call, span.id.name) for span in parts if span.id in (WEB, CART)] == [(1, "web"), (1, "cart"), (2, "web")]
    assert max(span.end_s for span in parts) < 8, "the three hours between them are cut out"
    [later] = pauses(parts)
    assert later.call == 2
    assert later.begin_s == pytest.approx(1.5 + BREAK_S)


def test_a_long_step_and_a_long_proof_are_no_pause():
    long = 10 * PAUSE_S
    parts = of(*step(WEB, 0, long), *step(CART, long, long + 1), event(EventKind.PROOF, 2 * long, outcome=Outcome.PASSED))
    assert {span.call for span in parts} == {1}
    assert [span.seconds for span in parts] == [long, 1, long - 1]


def test_a_pause_of_a_recorded_apply_is_cut_out():
    parts = of(*step(WEB, 0, 1), *step(CART, 1 + 2 * PAUSE_S, 2 + 2 * PAUSE_S))
    assert [(span.call, span.begin_s, span.seconds) for span in parts] == [(1, 0, 1), (2, 1 + BREAK_S, 1)]


def test_what_is_no_step_of_the_plan_is_the_inventory():
    [span] = of(*step(PARENT, 0, 1))
    assert span.stage == "inventory"


def test_an_outcome_that_nobody_announced_takes_no_time():
    [span] = of(event(EventKind.OUTCOME, 5, SETTINGS, Outcome.UNCHANGED, name="create"))
    assert (span.begin_s, span.seconds) == (0, 0)


def test_without_events_there_is_nothing():
    assert of() == ()
    assert of(event(EventKind.STOPPED, 1, message="refused")) == ()
