"""A right that is lacking is told before the first step."""

from gitopskit.apply.guards.rights import RightsGuard
from gitopskit.providers.base import Denied


def test_passes(attempt):
    assert RightsGuard().check(attempt) == ()


def test_what_is_lacking(attempt):
    attempt.provider.lacking = (Denied(verb="patch", resource="servers", namespace="hall-1", name="", reason="no role"),)
    [refusal] = RightsGuard().check(attempt)
    assert refusal.what == "ada may not patch servers in hall-1: no role"
