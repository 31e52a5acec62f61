"""A bound workspace applies to the system that it was bound to, and only when what must hold does."""

from dataclasses import replace

import pytest

from gitopskit.apply import Policy, execute
from gitopskit.apply.guards.binding import BindingGuard
from gitopskit.model.binding import Binding, CheckRow, Level
from gitopskit.model.events import Outcome
from tests.apply.fake_provider import HALL, NOW


def bound(target=HALL, **outcomes: Outcome) -> Binding:
    rows = tuple(CheckRow(name=level, level=Level(level), outcome=outcome, found="it is so") for level, outcome in outcomes.items())
    return Binding(name="hall", target=target, rows=rows, who="ada", at=NOW)


def test_passes(attempt):
    assert BindingGuard().check(attempt) == (), "a sandbox need not be bound"
    assert BindingGuard().check(replace(attempt, policy=Policy.strict())) == (), "nor a named context, by default"
    assert BindingGuard().check(replace(attempt, binding=bound(must=Outcome.PASSED, should=Outcome.FAILED, may=Outcome.UNKNOWN))) == ()


def test_a_policy_can_ask_for_it(attempt):
    strict = replace(Policy.for_sandbox(), needs_binding=True)
    [refusal] = BindingGuard().check(replace(attempt, policy=strict))
    assert (refusal.code, "ws.bind(" in refusal.next_step) == ("binding/missing", True)
    assert execute(replace(attempt, policy=strict, binding=bound())).is_proved


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.UNKNOWN])
def test_what_must_hold(attempt, outcome):
    spoiled = replace(attempt, binding=bound(must=outcome))
    [refusal] = BindingGuard().check(spoiled)
    assert (refusal.code, "it is so" in refusal.what) == ("binding/failed", True)
    assert not BindingGuard.is_waivable
    assert execute(spoiled).stopped
    assert attempt.provider.calls == []


@pytest.mark.parametrize("part", ["uid", "server", "authority", "user", "system"])
def test_another_system_than_the_bound_one(attempt, part):
    [refusal] = BindingGuard().check(replace(attempt, binding=bound(replace(HALL, **{part: "other"}))))
    assert refusal.code == f"binding/{part}"
    assert refusal.expected == "other"


def test_a_system_that_did_not_answer_binds_nothing(attempt):
    [refusal] = BindingGuard().check(replace(attempt, binding=bound(None, must=Outcome.UNKNOWN)))
    assert refusal.code == "binding/failed"


def test_a_system_that_changed_after_the_plan_is_caught_as_well(attempt):
    attempt.provider.target = replace(HALL, uid="other")
    report = execute(replace(attempt, binding=bound()))
    assert [guard.name for guard in report.guards if guard.outcome is Outcome.REFUSED] == ["identity"]
    assert attempt.provider.writes == []
