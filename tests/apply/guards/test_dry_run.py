"""A step that is known to fail keeps the whole plan from being written."""

from dataclasses import replace

from gitopskit.apply.guards.dry_run import DryRunGuard
from gitopskit.model.changes import Conflict, FieldOwner


def test_passes(attempt):
    assert DryRunGuard().check(attempt) == ()


def test_a_problem_in_the_fresh_plan(attempt):
    first, *others = attempt.plan.changes
    attempt.fresh = replace(attempt.plan, changes=(replace(first, problem="the server refuses it: no"), *others))
    [refusal] = DryRunGuard().check(attempt)
    assert refusal.what == "the server refuses it: no"
    assert refusal.id == first.id
    assert not DryRunGuard.is_waivable


def test_a_field_that_the_system_will_not_give_away(attempt):
    first, *others = attempt.plan.changes
    conflict = Conflict(path=("size",), owner=FieldOwner(name="argocd", operation="Apply"))
    attempt.fresh = replace(attempt.plan, changes=(replace(first, conflicts=(conflict,)), *others))
    [refusal] = DryRunGuard().check(attempt)
    assert "argocd (Apply) owns it" in refusal.what
    assert "force_fields=['server.datacentre hall-1/a: .size']" in refusal.next_step
    attempt.fresh = replace(attempt.plan, changes=(replace(first, conflicts=(replace(conflict, forced=True),)), *others))
    assert DryRunGuard().check(attempt) == ()


def test_it_never_takes_an_old_plan_for_a_fresh_one(attempt):
    assert attempt.fresh is None
    DryRunGuard().check(attempt)
    assert attempt.provider.calls == ["read"]


def test_what_is_left_out_may_fail(attempt):
    first, *others = attempt.plan.changes
    spoiled = replace(attempt.plan, changes=(replace(first, problem="the server refuses it: no"), *others))
    attempt.fresh = replace(spoiled, options=replace(spoiled.options, only=tuple(change.id for change in others)))
    assert DryRunGuard().check(attempt) == ()
