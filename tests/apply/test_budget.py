"""How many deletions are left, as a person sees it and as the guard counts it."""

from dataclasses import replace

import pytest

from gitopskit.apply import Policy
from gitopskit.apply.budget import delete_budget
from gitopskit.apply.guards.blast_radius import BlastRadiusGuard
from tests.apply.guards.test_blast_radius import pruning


@pytest.mark.parametrize("drop", range(1, 8))
@pytest.mark.parametrize("policy", [Policy.strict(), Policy(max_deletes=2), Policy(max_delete_percent=10), Policy(max_deletes=0)])
def test_the_budget_is_exceeded_where_the_guard_refuses(home_dir, drop, policy):
    attempt = pruning(9, drop, policy)
    budget = delete_budget(attempt.plan, policy)
    assert (len(budget.gone), budget.objects) == (drop, 9 + drop)
    assert budget.is_exceeded == (len(budget.gone) > budget.allowed)
    assert budget.is_exceeded == bool(BlastRadiusGuard().check(attempt))


@pytest.mark.parametrize(("keep", "drop", "allowed"), [(9, 1, 3), (1, 2, 1), (100, 1, 10)])
def test_both_caps_count(home_dir, keep, drop, allowed):
    assert delete_budget(pruning(keep, drop, Policy.strict()).plan, Policy.strict()).allowed == allowed


def test_what_is_left_out_costs_nothing(home_dir):
    plan = pruning(9, 3, Policy.strict()).plan
    part = replace(plan, options=replace(plan.options, only=(plan.steps[0].id,)))
    assert len(delete_budget(part, Policy.strict()).gone) == 1
