"""A step that is known to fail keeps the whole plan from being written."""

from dataclasses import replace

from gitopskit.apply.guards.dry_run import DryRunGuard


def test_passes(attempt):
    assert DryRunGuard().check(attempt) == ()


def test_a_problem_in_the_fresh_plan(attempt):
    first, *others = attempt.plan.changes
    attempt.fresh = replace(attempt.plan, changes=(replace(first, problem="the server refuses it: no"), *others))
    [refusal] = DryRunGuard().check(attempt)
    assert refusal.what == "the server refuses it: no"
    assert refusal.id == first.id
    assert not DryRunGuard.is_waivable
