"""The pull request that brought the commit must have been approved by as many as the policy says."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from gitopskit.apply import Policy
from gitopskit.apply.asking import ask
from gitopskit.apply.guards.review import ReviewGuard
from gitopskit.errors import ForgeError
from gitopskit.model.events import Outcome
from gitopskit.model.history import Person
from gitopskit.model.pull_request import Approval, PullRequest, PullState

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADA, GRACE, LINUS = (Person(name=name, email=f"{name.lower()}@shop.example") for name in ("Ada", "Grace", "Linus"))


@dataclass
class OneForge:
    """A forge that knows of one pull request, or is down."""

    pull: PullRequest | None = None
    is_down: bool = False

    def brought(self, commit):
        assert commit == "c" * 40
        if self.is_down:
            raise ForgeError("it does not answer", next_step="ask again")
        return self.pull


def merged(*approvals: Approval) -> OneForge:
    return OneForge(
        PullRequest(
            number=7, title="Two more", branch="ada/two", into="main", head="a" * 40, author=ADA, created_at=NOW, state=PullState.MERGED,
            approvals=approvals,
        )
    )  # fmt: skip


def by(person: Person, commit: str = "a" * 40) -> Approval:
    return Approval(by=person, commit=commit, at=NOW)


def asked(attempt, forge, needed=1):
    return ReviewGuard().check(replace(attempt, forge=forge, policy=replace(Policy.for_sandbox(), required_approvals=needed)))


def test_approved_by_as_many_as_must(attempt):
    assert asked(attempt, merged(by(GRACE))) == ()
    assert asked(attempt, merged(by(GRACE), by(LINUS)), needed=2) == ()


@pytest.mark.parametrize(
    ("approvals", "found"),
    [
        ((), "none"),
        ((by(ADA),), "none"),
        ((by(GRACE, "b" * 40),), "none"),
        ((by(GRACE), by(GRACE)), "1 (Grace)"),
        ((by(GRACE),), "1 (Grace)"),
    ],
)
def test_approved_by_too_few(attempt, approvals, found):
    [refusal] = asked(attempt, merged(*approvals), needed=2)
    assert (refusal.code, refusal.expected, refusal.found) == ("review/approvals", "2 approvals", found)
    assert "#7 Two more" in refusal.what


def test_brought_by_no_pull_request(attempt):
    [refusal] = asked(attempt, OneForge())
    assert (refusal.code, refusal.found) == ("review/none", "none")


def test_nobody_tells(attempt):
    [refusal] = asked(attempt, None)
    assert (refusal.code, refusal.found) == ("review/unknown", "unknown")


def test_a_forge_that_is_down_is_a_refusal(attempt):
    policy = replace(Policy.for_sandbox(), required_approvals=1)
    [event] = list(ask(replace(attempt, forge=OneForge(is_down=True), policy=policy), (ReviewGuard(),)))
    assert event.outcome is Outcome.REFUSED
    assert "it does not answer" in event.message


def test_a_policy_that_asks_for_none_asks_nobody(attempt):
    assert asked(attempt, OneForge(is_down=True), needed=0) == ()
