"""Another system behind the same name, and another user, are refused."""

from dataclasses import replace

import pytest

from gitopskit.apply.guards.identity import IdentityGuard


def test_passes(attempt):
    assert IdentityGuard().check(attempt) == ()


@pytest.mark.parametrize(
    ("part", "value"), [("server", "hall://2"), ("uid", "other"), ("authority", "ca"), ("user", "eve"), ("system", "x")]
)
def test_what_differs_is_shown_side_by_side(attempt, part, value):
    attempt.provider.target = replace(attempt.provider.target, **{part: value})
    [refusal] = IdentityGuard().check(attempt)
    assert part in refusal.what
    assert refusal.found == value
    assert not IdentityGuard.is_waivable


def test_a_renamed_context_is_no_other_system(attempt):
    attempt.provider.target = replace(attempt.provider.target, name="renamed")
    assert IdentityGuard().check(attempt) == ()
