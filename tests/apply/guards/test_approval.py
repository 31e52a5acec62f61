"""Only a confirmation of just this plan counts, and only while it lasts."""

from dataclasses import replace
from datetime import timedelta

from gitopskit.apply import Approval, Policy
from gitopskit.apply.approval import code_for
from gitopskit.apply.guards.approval import ApprovalGuard
from tests.apply.fake_provider import NOW


def test_passes(attempt):
    assert ApprovalGuard().check(attempt) == ()


def test_nobody_confirmed(attempt):
    [refusal] = ApprovalGuard().check(replace(attempt, approval=None))
    assert refusal.next_step == "ws.apply(plan, confirm=plan.id)"


def test_a_named_context_shows_the_code(attempt):
    [refusal] = ApprovalGuard().check(replace(attempt, approval=None, policy=Policy.strict()))
    assert code_for(attempt.plan) in refusal.next_step


def test_another_plan(attempt):
    [refusal] = ApprovalGuard().check(replace(attempt, approval=Approval(plan_id="f" * 64, by="ada", how="plan id")))
    assert refusal.found == "f" * 12


def test_it_ended(attempt):
    ended = Approval(plan_id=attempt.plan.id, by="ada", how="approval file", until=NOW - timedelta(days=1))
    [refusal] = ApprovalGuard().check(replace(attempt, approval=ended))
    assert "ended" in refusal.what
