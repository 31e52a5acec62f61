"""An empty desired set, and more deletions or changes than the caps, are refused."""

from dataclasses import replace

import pytest

from gitopskit.apply import Policy
from gitopskit.apply.guards.blast_radius import BlastRadiusGuard
from gitopskit.model.changes import Action
from gitopskit.model.ids import ObjectId
from gitopskit.model.plan import PlanOptions
from tests.apply.conftest import attempt_of, with_plan
from tests.apply.fake_provider import FakeProvider, desired


def pruning(keep: int, drop: int, policy: Policy):
    names = [f"s{number}" for number in range(keep + drop)]
    provider = FakeProvider(servers=dict.fromkeys(names, 1))
    return attempt_of(provider, desired(**dict.fromkeys(names[:keep], 1)), options=PlanOptions(prune=True), policy=policy)


@pytest.mark.parametrize(
    ("keep", "drop", "said"),
    [(10, 1, ""), (10, 4, ""), (2, 1, ""), (2, 3, "share"), (100, 11, "too many objects would be deleted"), (0, 2, "nothing is desired")],
)
def test_deletions(home_dir, keep, drop, said):
    attempt = pruning(keep, drop, Policy.strict())
    assert sum(change.action is Action.DELETE for change in attempt.plan.changes) == drop
    assert [said in refusal.what for refusal in BlastRadiusGuard().check(attempt)] == [True] * bool(said)


def test_the_first_names_are_told(home_dir):
    [refusal] = BlastRadiusGuard().check(pruning(100, 13, Policy.strict()))
    assert refusal.what.count("server.datacentre") == 10
    assert "and 3 more" in refusal.what


def test_nothing_desired_is_refused_in_a_sandbox_too(home_dir):
    assert BlastRadiusGuard().check(pruning(0, 2, Policy.for_sandbox()))


def test_changes(attempt):
    assert BlastRadiusGuard().check(replace(attempt, policy=replace(Policy.strict(), max_changes=2)))
    assert BlastRadiusGuard().check(attempt) == ()


def test_nothing_desired_is_seen_although_something_is_kept(home_dir):
    attempt = pruning(0, 3, Policy.for_sandbox())
    first, *others = attempt.plan.changes
    some_kept = with_plan(attempt, changes=(replace(first, action=Action.NO_OP), *others))
    [refusal] = BlastRadiusGuard().check(some_kept)
    assert refusal.code == "blast-radius/empty"


@pytest.mark.parametrize("group_kind", [("", "Namespace"), ("apiextensions.k8s.io", "CustomResourceDefinition")])
@pytest.mark.parametrize("action", [Action.DELETE, Action.REPLACE])
def test_what_takes_others_with_it(home_dir, group_kind, action):
    attempt = pruning(9, 1, Policy.strict())
    *others, last = attempt.plan.changes
    holder = replace(last, id=ObjectId(group=group_kind[0], kind=group_kind[1], namespace="", name="shop"), action=action)
    spoiled = with_plan(attempt, changes=(*others, holder))
    [refusal] = BlastRadiusGuard().check(spoiled)
    assert (refusal.code, refusal.found) == ("blast-radius/cascade", "1")
    assert "shop" in refusal.what
    assert BlastRadiusGuard().check(replace(spoiled, policy=replace(Policy.strict(), allow_cascading_deletes=True))) == ()
