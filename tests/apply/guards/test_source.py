"""Desired state must have reached the trunk, and render as it was planned."""

from dataclasses import replace

import pytest

from gitopskit.apply import Policy
from gitopskit.apply.guards.source import SourceGuard
from tests.apply.conftest import with_plan
from tests.apply.fake_provider import desired


def test_passes(attempt):
    assert SourceGuard().check(replace(attempt, policy=Policy.strict())) == ()


def test_it_renders_to_something_else(attempt):
    [refusal] = SourceGuard().check(replace(attempt, desired=desired(a=9)))
    assert "renders to something else" in refusal.what


@pytest.mark.parametrize(
    ("trunk", "on_trunk", "said"), [("", None, "no trunk"), ("main", False, "has not reached main"), ("main", None, "shallow")]
)
def test_the_trunk(attempt, trunk, on_trunk, said):
    moved = with_plan(attempt, source=replace(attempt.plan.source, trunk=trunk, on_trunk=on_trunk))
    [refusal] = SourceGuard().check(replace(moved, policy=Policy.strict()))
    assert said in refusal.what
    assert SourceGuard().check(moved) == (), "a sandbox asks for no trunk"
