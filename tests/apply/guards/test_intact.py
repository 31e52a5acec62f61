"""A plan that was altered, or made by another version, is refused."""

from dataclasses import replace

from gitopskit.apply.guards.intact import IntactGuard
from tests.apply.conftest import with_plan


def test_passes(attempt):
    assert IntactGuard().check(attempt) == ()


def test_an_altered_plan(attempt):
    assert attempt.plan.id
    object.__setattr__(attempt.plan, "warnings", ("slipped in",))
    [refusal] = IntactGuard().check(attempt)
    assert "altered" in refusal.what
    assert refusal.expected != refusal.found


def test_another_version(attempt):
    [refusal] = IntactGuard().check(with_plan(attempt, tool="gitopskit/9.0.0"))
    assert refusal.found == "gitopskit/9.0.0"


def test_another_format(attempt):
    assert IntactGuard().check(replace(with_plan(attempt, format=99)))
    assert not IntactGuard.is_waivable


def test_part_of_a_plan_that_can_only_be_applied_as_a_whole(attempt):
    part = replace(attempt.plan.options, only=(attempt.plan.steps[0].id,))
    [refusal] = IntactGuard().check(with_plan(attempt, options=part))
    assert refusal.code == "intact/part"
