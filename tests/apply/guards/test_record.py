"""Who, why and with what is in the ledger before the first write; the lock is one."""

import errno
from dataclasses import replace

import orjson
import pytest

from gitopskit import __version__
from gitopskit.apply import execute
from gitopskit.apply.guards.record import RecordGuard
from gitopskit.apply.ledger import Ledger
from gitopskit.model import concealment
from tests.apply.conftest import again
from tests.apply.fake_provider import Killed


def test_an_apply_that_dies_leaves_who_and_why(attempt):
    attempt.provider.kill_before = 0
    with pytest.raises(Killed):
        execute(replace(attempt, why="the hall is full", ticket="OPS-7"))
    ledger = Ledger(attempt.plan.target)
    assert ledger.entries() == []
    [opened] = ledger.unclosed()
    assert (opened["why"], opened["ticket"], opened["plan"], opened["source"]["commit"]) == (
        "the hall is full", "OPS-7", attempt.plan.id, "c" * 40,
    )  # fmt: skip
    assert opened["who"]
    assert opened["target"]["uid"] == "hall-uid"
    assert opened["versions"]["gitopskit"] == __version__
    assert opened["versions"]["python"].startswith("3.")
    assert opened["versions"]["kubectl"]


def test_it_is_on_disk_before_the_lock(attempt, monkeypatch):
    seen, lock = [], attempt.provider.lock
    monkeypatch.setattr(attempt.provider, "lock", lambda plan: seen.append(Ledger(plan.target).unclosed()) or lock(plan))
    execute(attempt)
    assert [entry["why"] for entry in seen[0]] == ["the hall is full"]


def test_the_execution_refers_to_it(attempt):
    execute(attempt)
    ledger = Ledger(attempt.plan.target)
    [entry] = ledger.entries()
    assert entry["operation"] == attempt.operation.id
    assert (entry["who"], entry["why"]) == (attempt.operation.who, "the hall is full")
    assert ledger.unclosed() == []
    assert ledger.is_whole()


def test_the_same_call_closes_what_a_crash_left(attempt):
    attempt.provider.kill_after = 1
    with pytest.raises(Killed):
        execute(attempt)
    attempt.provider.kill_after = -1
    assert len(Ledger(attempt.plan.target).unclosed()) == 1
    assert execute(again(attempt)).is_proved
    assert Ledger(attempt.plan.target).unclosed() == []


def test_where_a_guard_refuses_nothing_is_opened(attempt):
    execute(replace(attempt, approval=None))
    execute(replace(attempt, provider=replace(attempt.provider, target=replace(attempt.provider.target, uid="other"))))
    ledger = Ledger(attempt.plan.target)
    assert [entry["operation"] for entry in ledger.entries()] == ["", ""]
    assert ledger.unclosed() == []


def test_looking_again_opens_nothing(attempt):
    execute(attempt)
    execute(again(attempt))
    assert [bool(entry["operation"]) for entry in Ledger(attempt.plan.target).entries()] == [True, False]


def test_a_ledger_that_cannot_be_written(attempt, monkeypatch):
    def full(self, operation):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Ledger, "open", full)
    [refusal] = RecordGuard().check(attempt)
    assert "No space left" in refusal.what
    assert execute(attempt).stopped
    assert attempt.provider.writes == []


@pytest.fixture
def secret():
    concealment.listen()
    concealment.learn("hunter2-and-more")
    yield "hunter2-and-more"
    concealment.forget()


def test_no_secret_is_written_into_a_reason(attempt, secret):
    execute(replace(attempt, why=f"because {secret} leaked"))
    assert "hunter2" not in Ledger(attempt.plan.target).path.read_text()
    [entry] = Ledger(attempt.plan.target).entries()
    assert entry["why"] == "because (sensitive) leaked"


def test_no_secret_is_written_into_any_other_text(attempt, secret):
    late = replace(attempt, now=lambda: attempt.plan.expires_at.replace(year=2027), place=f"{secret}.ipynb")
    report = execute(replace(late, waivers={"fresh": f"agreed: {secret}"}))
    assert any(secret in event.message for event in report.guards)
    rows = tuple(replace(row, message=f"denied: {secret}") for row in report.rows)
    ledger = Ledger(attempt.plan.target)
    ledger.record(late, replace(report, rows=rows, stopped=f"it said {secret}"), attempt.now())
    assert "hunter2" not in ledger.path.read_text()
    executed, recorded = ledger.entries()
    assert executed["waivers"] == {"fresh": "agreed: (sensitive)"}
    assert (recorded["rows"][0]["message"], recorded["stopped"]) == ("denied: (sensitive)", "it said (sensitive)")
    assert ledger.unclosed() == []


LATER = [
    ({"operation": "2"}, False), ({"plan": "P", "is_proved": True}, False), ({"plan": "P", "is_proved": False}, True),
    ({"operation": ["2"]}, True), ({"operation": "3", "plan": ["P"], "is_proved": True}, True),
]  # fmt: skip


@pytest.mark.parametrize(("later", "is_open"), LATER)
def test_only_what_comes_later_closes_an_operation(attempt, later, is_open):
    ledger = Ledger(attempt.plan.target)
    earlier = [
        {"kind": "opened", "operation": "1", "plan": "P"},
        {"kind": "execution", "operation": "1", "plan": "P", "is_proved": True},
        {"kind": "opened", "operation": "2", "plan": "P"},
    ]
    write(ledger, *earlier)
    assert [entry["operation"] for entry in ledger.unclosed()] == ["2"]
    write(ledger, *earlier, {"kind": "execution", **later})
    assert [entry["operation"] for entry in ledger.unclosed()] == ["2"] * is_open


def write(ledger, *entries):
    ledger.path.write_bytes(b"".join(orjson.dumps(entry) + b"\n" for entry in entries))
