"""The steps must still be those that were shown."""

from dataclasses import replace

import pytest

from gitopskit.apply.guards.staleness import StalenessGuard
from gitopskit.model.changes import Action
from gitopskit.model.plan import PlanOptions
from gitopskit.planning.selection import select
from tests.apply.conftest import attempt_of
from tests.apply.fake_provider import FakeProvider, desired
from tests.planning.test_selection import customs, named, plan_of


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


SHOP = """
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: first, namespace: default}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}}
"""
LATE = f"{SHOP}---\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: late, namespace: shop}}}}\n"
LEFT_OUT = "it needs a step that is left out"
GONE = dict.fromkeys(("Namespace/shop", "Deployment/web", "ConfigMap/late"), Action.DELETE)
THERE = {"Namespace/shop": Action.NO_OP}


@pytest.mark.parametrize(
    ("before", "chosen", "after", "refused"),
    [
        (plan_of(SHOP, GONE), "Namespace/shop", plan_of(LATE, GONE), f"Namespace shop: {LEFT_OUT}: ConfigMap shop/late"),
        (plan_of(SHOP, THERE), "Deployment/web", plan_of(SHOP), f"Deployment.apps shop/web: {LEFT_OUT}: Namespace shop"),
        (plan_of(SHOP, GONE), "Namespace/shop", plan_of(SHOP, GONE), ""),
        (plan_of(SHOP, THERE), "ConfigMap/first", plan_of(SHOP), ""),
        (plan_of(SHOP), "Deployment/web", plan_of(SHOP, THERE), ""),
    ],
    ids=["a new member would go unseen", "a namespace is gone", "nothing moved", "it moved elsewhere", "the need is met"],
)  # fmt: skip
def test_a_part_is_held_against_what_it_has_come_to_need(home_dir, before, chosen, after, refused):
    part = select(before, named(before, chosen)).plan
    attempt = attempt_of(FakeProvider(), desired(), plan=part)
    attempt.provider.plan = lambda wanted, live, options, *rest: replace(after, options=options)
    found = StalenessGuard().check(attempt)
    assert {refusal.code for refusal in found} == ({"staleness/needs-left-out"} if refused else set())
    assert [str(refusal).partition(" (")[0] for refusal in found] == [refused] * len(found)


def test_a_part_that_was_made_by_hand_is_held_against_its_needs_too(home_dir):
    plan = plan_of(LATE, GONE)
    part = replace(plan, options=replace(plan.options, only=tuple(named(plan, "Namespace/shop"))))
    attempt = attempt_of(FakeProvider(), desired(), plan=part)
    attempt.provider.plan = lambda *rest: part
    [refusal] = StalenessGuard().check(attempt)
    assert refusal.what.endswith("(it is deleted together with that namespace), and 1 more")
    assert "choose again" in refusal.next_step


def test_a_definition_whose_objects_are_gone_already_needs_no_others(home_dir):
    gone = dict.fromkeys(("CustomResourceDefinition/beans.coffee.example", "Bean/one", "Cup/one"), Action.DELETE)
    plan = plan_of(customs("Bean", "Cup"), gone)
    part = select(plan, named(plan, "CustomResourceDefinition/beans.coffee.example")).plan
    attempt = attempt_of(FakeProvider(), desired(), plan=part)
    rest = tuple(change for change in part.changes if change.id.kind != "Bean")
    attempt.provider.plan = lambda *_: replace(part, changes=rest)
    assert StalenessGuard().check(attempt) == ()
