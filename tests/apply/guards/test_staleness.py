"""The steps must still be those that were shown."""

from gitopskit.apply.guards.staleness import StalenessGuard
from tests.apply.conftest import attempt_of
from tests.apply.fake_provider import FakeProvider, desired


def test_passes_and_keeps_the_fresh_plan(attempt):
    assert StalenessGuard().check(attempt) == ()
    assert attempt.fresh is not None
    assert attempt.fresh.content_digest == attempt.plan.content_digest


def test_a_rival_changed_what_the_plan_changes(home_dir):
    attempt = attempt_of(FakeProvider(servers={"a": 1}), desired(a=5))
    attempt.provider.servers["a"] = 3
    [refusal] = StalenessGuard().check(attempt)
    assert (refusal.expected, refusal.found) == (".size: 1 → 5", ".size: 3 → 5")


def test_a_rival_created_it_differently(attempt):
    attempt.provider.servers["a"] = 7
    [refusal] = StalenessGuard().check(attempt)
    assert (refusal.expected, refusal.found) == ("create", "update")


def test_a_step_that_nobody_saw(home_dir):
    attempt = attempt_of(FakeProvider(servers={"a": 1, "b": 2}), desired(a=5, b=2))
    attempt.provider.servers["b"] = 9
    [refusal] = StalenessGuard().check(attempt)
    assert "came up" in refusal.what


def test_what_is_done_already_is_no_reason_to_stop(attempt):
    attempt.provider.servers["a"] = 1
    assert StalenessGuard().check(attempt) == ()
    assert [step.id.name for step in attempt.fresh.steps] == ["b", "c"]
