"""A policy may ask that nothing newer has reached the trunk."""

from dataclasses import replace

import pytest

from gitopskit.apply import Policy
from gitopskit.apply.guards.trunk import TrunkGuard
from gitopskit.sources.trunk import Ahead
from tests.apply.conftest import with_plan

STRICTER = replace(Policy.for_sandbox(), require_trunk_tip=True)


def asked(attempt, ahead, policy=STRICTER):
    return TrunkGuard().check(replace(attempt, ahead=ahead, policy=policy))


def test_the_tip_passes(attempt):
    assert asked(attempt, lambda: Ahead(count=0, tip="c" * 40)) == ()


@pytest.mark.parametrize(("count", "said"), [(1, "it has 1 commit that"), (3, "it has 3 commits that")])
def test_the_trunk_moved(attempt, count, said):
    [refusal] = asked(attempt, lambda: Ahead(count=count, tip="d" * 40))
    assert (refusal.code, refusal.expected, refusal.found) == ("trunk/moved", "d" * 12, "c" * 12)
    assert said in refusal.what


@pytest.mark.parametrize("ahead", [None, lambda: None])
def test_it_is_unknown(attempt, ahead):
    [refusal] = asked(attempt, ahead)
    assert (refusal.code, refusal.found) == ("trunk/unknown", "unknown")


def test_no_trunk_is_named(attempt):
    [refusal] = asked(with_plan(attempt, source=replace(attempt.plan.source, trunk="")), lambda: Ahead(count=0, tip=""))
    assert refusal.code == "trunk/no-trunk"


def test_a_policy_that_does_not_ask_looks_nowhere(attempt):
    assert asked(attempt, lambda: 1 / 0, Policy.for_sandbox()) == ()
