"""The steps must still be those that were shown."""

from dataclasses import replace

from gitopskit.apply.guards.staleness import StalenessGuard
from gitopskit.model.changes import Action
from gitopskit.model.plan import PlanOptions
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


def test_a_rival_claimed_the_object(home_dir):
    attempt = attempt_of(FakeProvider(servers={"a": 1}), desired(a=5))
    plan = attempt.provider.plan
    attempt.provider.plan = lambda *rest: claimed(plan(*rest))
    [refusal] = StalenessGuard().check(attempt)
    assert (refusal.expected, refusal.found) == ("no other owner", "Helm release web")


def claimed(plan):
    return replace(plan, changes=tuple(replace(change, owner="Helm release web") for change in plan.changes))


def test_it_was_deleted_and_made_anew(home_dir):
    attempt = attempt_of(FakeProvider(servers={"a": 1}), desired(a=5))
    attempt.provider.made["a"] += 1
    [refusal] = StalenessGuard().check(attempt)
    assert (refusal.code, refusal.found) == ("staleness/moved", "uid a.1: it was made anew")


def test_a_deletion_that_was_given_up_is_not_taken_for_done(home_dir):
    attempt = attempt_of(FakeProvider(servers={"a": 1, "old": 1}), desired(a=1), options=PlanOptions(prune=True))
    plan = attempt.provider.plan
    attempt.provider.plan = lambda *rest: kept(plan(*rest))
    [refusal] = StalenessGuard().check(attempt)
    assert (refusal.code, refusal.expected, refusal.found) == ("staleness/given-up", "delete", "a part could not be read")


def kept(plan):
    changes = (replace(c, action=Action.NO_OP, reason="a part could not be read") if c.action is Action.DELETE else c for c in plan.changes)
    return replace(plan, changes=tuple(changes))


def test_a_deletion_that_somebody_else_did_is_done(home_dir):
    attempt = attempt_of(FakeProvider(servers={"a": 1, "old": 1}), desired(a=1), options=PlanOptions(prune=True))
    del attempt.provider.servers["old"]
    assert StalenessGuard().check(attempt) == ()
