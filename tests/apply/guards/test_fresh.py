"""A plan that is too old, or from the future, is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitopskit.apply.guards.fresh import FreshGuard
from tests.apply.fake_provider import NOW


@pytest.mark.parametrize(("minutes", "said"), [(1, None), (29, None), (31, "too old"), (-10, "future")])
def test_age(attempt, minutes, said):
    refusals = FreshGuard().check(replace(attempt, now=lambda: NOW + timedelta(minutes=minutes)))
    assert bool(refusals) == bool(said)
    assert all(said in refusal.what and refusal.next_step == "plan again" for refusal in refusals)


def test_the_age_is_told(attempt):
    [refusal] = FreshGuard().check(replace(attempt, now=lambda: NOW + timedelta(minutes=45)))
    assert (refusal.expected, refusal.found) == ("at most 30 minutes", "45 minutes")
