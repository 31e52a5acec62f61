"""What belongs to others is not written, unless the plan says so."""

from dataclasses import replace

from gitopskit.apply import Policy
from gitopskit.apply.guards.ownership import OwnershipGuard
from gitopskit.model.changes import Conflict, FieldOwner
from gitopskit.model.plan import PlanOptions
from tests.apply.conftest import with_plan

OWNER = FieldOwner(name="argocd", operation="Apply")


def spoiled(attempt, **changes):
    return with_plan(attempt, changes=(replace(attempt.plan.changes[0], **changes),))


def test_passes(attempt):
    assert OwnershipGuard().check(attempt) == ()


def test_an_object_of_others(attempt):
    [refusal] = OwnershipGuard().check(spoiled(attempt, owner="Helm release web"))
    assert "Helm release web" in refusal.what
    adopted = replace(spoiled(attempt, owner="Helm release web").plan, options=PlanOptions(adopt=True))
    assert OwnershipGuard().check(replace(attempt, plan=adopted)) == ()


def test_a_contested_field(attempt):
    [refusal] = OwnershipGuard().check(spoiled(attempt, conflicts=(Conflict(path=("spec", "replicas"), owner=OWNER),)))
    assert ".spec.replicas is owned by argocd (Apply)" in refusal.what
    assert "force_fields=['server.datacentre hall-1/a: .spec.replicas']" in refusal.next_step


def test_a_field_that_is_taken_over(attempt):
    forced = spoiled(attempt, conflicts=(Conflict(path=("spec", "replicas"), owner=OWNER, forced=True),))
    assert OwnershipGuard().check(forced) == ()
    assert OwnershipGuard().check(replace(forced, policy=replace(Policy.strict(), allow_force=False)))
