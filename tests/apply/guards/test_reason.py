"""On a named context somebody says why."""

from dataclasses import replace

import pytest

from gitopskit.apply import Policy, execute
from gitopskit.apply.guards.reason import ReasonGuard


def test_passes(attempt):
    assert ReasonGuard().check(replace(attempt, policy=Policy.strict())) == ()
    assert ReasonGuard().check(replace(attempt, why="")) == (), "a sandbox asks for none"


@pytest.mark.parametrize("why", ["", "  \n"])
def test_no_reason(attempt, why):
    spoiled = replace(attempt, policy=replace(Policy.for_sandbox(), needs_reason=True), why=why)
    [refusal] = ReasonGuard().check(spoiled)
    assert "why=" in refusal.next_step
    assert not ReasonGuard.is_waivable
    assert execute(spoiled).stopped
    assert attempt.provider.calls == []


def test_strict_asks_for_one():
    assert (Policy.strict().needs_reason, Policy.for_sandbox().needs_reason) == (True, False)
