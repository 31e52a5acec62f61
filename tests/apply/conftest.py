"""An attempt at applying a plan to a fake system, ready to be spoiled."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitopskit.apply import Approval, Attempt, Policy
from gitopskit.apply.journal import Record
from gitopskit.model.plan import PlanOptions, Scope
from tests.apply.fake_provider import NOW, FakeProvider, desired


def attempt_of(provider: FakeProvider, wanted, **rest) -> Attempt:
    """Return a confirmed attempt to make `wanted` true."""
    options = rest.pop("options", PlanOptions())
    plan = rest.pop("plan", None) or provider.plan(wanted, provider.read(Scope()), options)
    provider.calls.clear()
    made = {
        "plan": plan, "desired": wanted, "provider": provider, "policy": Policy.for_sandbox(),
        "approval": Approval(plan_id=plan.id, by="ada", how="plan id"), "now": lambda: NOW + timedelta(minutes=1),
        "why": "the hall is full",
    }  # fmt: skip
    return Attempt(**(made | rest))


@pytest.fixture
def attempt(home_dir):
    """Three servers are to be made."""
    return attempt_of(FakeProvider(), desired(a=1, b=2, c=3))


def with_plan(attempt: Attempt, **changes) -> Attempt:
    """Return the attempt with another plan, confirmed."""
    plan = replace(attempt.plan, **changes)
    return replace(attempt, plan=plan, approval=Approval(plan_id=plan.id, by="ada", how="plan id"))


def again(attempt: Attempt, **changes) -> Attempt:
    """Return the attempt as the next process would make it: the same plan, nothing remembered."""
    return replace(attempt, fresh=None, proof=None, record=Record(), **changes)


def outcomes(report) -> list[str]:
    return [row.outcome.value for row in report.rows]
