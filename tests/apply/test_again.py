"""A plan that was applied to its end is looked at, never applied again; and it says so."""

from dataclasses import replace
from datetime import timedelta

from gitopskit.apply import Policy, approval, execute
from gitopskit.apply.ledger import Ledger
from gitopskit.model.events import EventKind, Outcome
from gitopskit.views import html, terminal
from tests.apply.conftest import again, outcomes
from tests.apply.fake_provider import NOW, desired


def test_the_recorded_result_is_told_and_nothing_written(attempt):
    execute(attempt)
    attempt.provider.writes.clear()
    attempt.provider.calls.clear()
    report = execute(again(attempt))
    assert report.is_proved
    assert outcomes(report) == ["changed"] * 3
    assert {row.message for row in report.rows} == {"by an earlier call, at 2026-03-01 12:00:00 UTC"}
    assert attempt.provider.writes == []
    assert "lock" not in attempt.provider.calls, "a lock is a write, too"
    for shown in (html.page(report), terminal.render(report, is_coloured=False)):
        assert "by an earlier call" in shown
        assert "a second plan is empty" in shown


def test_it_needs_neither_a_young_plan_nor_another_approval(attempt):
    execute(attempt)
    assert execute(again(attempt, approval=None, now=lambda: NOW + timedelta(days=3))).is_proved


def test_a_code_is_good_for_looking_again(attempt):
    attempt.policy = Policy.strict()
    code = approval.code_for(attempt.plan)
    for _ in range(2):
        report = execute(again(attempt, approval=approval.grant(attempt.plan, code, accepts_id=False)))
        assert report.is_proved


def test_what_moved_since_is_told_and_left_alone(attempt):
    execute(attempt)
    del attempt.provider.servers["a"]  # the very step that was approved would do it again
    attempt.provider.writes.clear()
    report = execute(again(attempt))
    assert not report.is_proved
    assert [step.id.name for step in report.proof.steps] == ["a"]
    assert attempt.provider.writes == []
    assert "a second plan is not empty" in terminal.render(report, is_coloured=False)


def test_another_system_is_not_taken_for_the_one_that_it_was_applied_to(attempt):
    execute(attempt)
    attempt.provider.target = replace(attempt.provider.target, uid="another")
    report = execute(again(attempt))
    assert not report.is_proved
    assert report.stopped == "refused; nothing more was written; 3 of 3 steps were taken; the same call goes on from there"
    assert outcomes(report) == ["changed"] * 3


def test_another_desired_state_proves_nothing(attempt):
    execute(attempt)
    report = execute(again(attempt, desired=desired(a=9)))
    assert [guard.name for guard in report.guards if guard.outcome is Outcome.REFUSED] == ["source"]


def test_the_ledger_tells_both_calls(attempt):
    execute(attempt)
    execute(again(attempt))
    assert [entry["is_proved"] for entry in Ledger(attempt.plan.target).entries()] == [True, True]


def test_the_report_holds_what_was_told_in_both_calls(attempt):
    first = execute(attempt)
    told = [event.kind for event in first.events]
    assert told[0] is EventKind.GUARD
    assert told.count(EventKind.INTENT) == told.count(EventKind.OUTCOME)
    assert told[-1] is EventKind.PROOF
    later = execute(again(attempt))
    kept = (EventKind.INTENT, EventKind.OUTCOME, EventKind.PROOF)
    recorded = [(event.kind, event.id, event.at) for event in first.events if event.kind in kept]
    assert [(event.kind, event.id, event.at) for event in later.events[: len(recorded)]] == recorded
    assert later.events[len(recorded)].kind is EventKind.GUARD
