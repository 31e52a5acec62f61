"""A crash, a lost answer or a rival at any moment: the same call converges, nothing is done twice, nobody's change is overwritten."""

import itertools
from dataclasses import replace

import pytest

from gitopskit.apply import execute
from gitopskit.apply.journal import Journal
from gitopskit.errors import UnreachableError
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.plan import PlanOptions
from tests.apply.conftest import again, attempt_of, outcomes
from tests.apply.fake_provider import NOW, FakeProvider, Killed, desired, identity

BEFORE = {"bigger": 1, "gone": 1, "other": 7, "same": 3}
AFTER = {"bigger": 200, "new": 5, "other": 8, "same": 3}
STEPS = 4  # one of each kind: replace, create, update, delete


def mixed(provider: FakeProvider):
    return attempt_of(provider, desired(**AFTER), options=PlanOptions(prune=True))


def system(**faults) -> FakeProvider:
    return FakeProvider(servers=dict(BEFORE), **faults)


def test_the_plan_has_a_step_of_each_kind(home_dir):
    assert sorted(step.action for step in mixed(system()).plan.steps) == ["create", "delete", "replace", "update"]


@pytest.mark.parametrize(("when", "step"), [*itertools.product(["kill_before", "kill_after"], range(STEPS)), ("kill_within", 0)])
def test_a_kill_at_any_step_converges(home_dir, when, step):
    provider = system(**{when: step})
    attempt = mixed(provider)
    with pytest.raises(Killed):
        execute(attempt)
    once = list(provider.writes)
    setattr(provider, when, -1)
    report = execute(again(attempt))
    assert report.is_proved
    assert provider.servers == AFTER
    assert set(outcomes(report)) == {"changed"}
    begun_twice = ["bigger"] if when == "kill_within" else []  # deleted by the first call, made anew by the second
    assert sorted(provider.writes) == sorted(["bigger", "gone", "new", "other", *begun_twice]), "nothing is done twice"
    assert provider.writes[: len(once)] == once


@pytest.mark.parametrize(("moment", "number"), list(itertools.product(["before", "after"], range(2 * STEPS + 1))))
def test_a_kill_at_any_line_of_the_journal_converges(home_dir, monkeypatch, moment, number):
    provider, written = system(), Journal.write
    attempt, counter = mixed(provider), itertools.count()

    def write(self, event):
        now = next(counter) == number
        if now and moment == "before":
            raise Killed
        written(self, event)
        if now:
            raise Killed

    monkeypatch.setattr(Journal, "write", write)
    with pytest.raises(Killed):
        execute(attempt)
    monkeypatch.undo()
    monkeypatch.setenv("GITOPSKIT_STATE", str(home_dir))
    report = execute(again(attempt))
    assert report.is_proved
    assert provider.servers == AFTER
    assert sorted(provider.writes) == ["bigger", "gone", "new", "other"]
    assert set(outcomes(report)) == {"changed"}


def test_an_intent_is_on_disk_before_its_step_is_sent(attempt):
    seen = []
    attempt.provider.meanwhile = lambda: seen.append(attempt.journal.read().unknown)
    execute(attempt)
    assert seen == [{identity("a")}, {identity("b")}, {identity("c")}]


def test_what_an_earlier_call_did_is_told_apart(home_dir):
    provider = FakeProvider(kill_before=2)
    attempt = attempt_of(provider, desired(a=1, b=2, c=3))
    with pytest.raises(Killed):
        execute(attempt)
    provider.kill_before = -1
    report = execute(again(attempt))
    assert [row.message.startswith("by an earlier call") for row in report.rows] == [True, True, False]


def test_a_rival_between_crash_and_resume_is_not_overwritten(home_dir):
    provider = FakeProvider(servers={"a": 1, "b": 1, "c": 1}, kill_after=0)
    attempt = attempt_of(provider, desired(a=2, b=2, c=2))
    with pytest.raises(Killed):
        execute(attempt)
    provider.kill_after, provider.servers["c"] = -1, 50
    report = execute(again(attempt))
    assert "1 of 3 steps" not in report.stopped, "the first step's outcome was never seen"
    assert outcomes(report) == ["unknown", "refused", "refused"]
    assert provider.writes == ["a"]
    assert provider.servers["c"] == 50


def test_a_replacement_that_somebody_else_took_apart_is_not_resumed(home_dir):
    attempt = attempt_of(FakeProvider(servers={"a": 1}), desired(a=200))
    del attempt.provider.servers["a"]
    assert "expected replace, found create" in execute(attempt).guards[-1].message
    assert attempt.provider.writes == []


def test_a_lost_answer_is_unknown_until_somebody_looks(home_dir):
    provider = FakeProvider(lose=1)
    attempt = attempt_of(provider, desired(a=1, b=2, c=3))
    report = execute(attempt)
    assert outcomes(report) == ["changed", "unknown", "skipped"]
    assert "1 of 3 steps were taken" in report.stopped
    provider.lose = -1
    report = execute(again(attempt))
    assert outcomes(report) == ["changed"] * 3
    assert provider.writes == ["a", "b", "c"]


def announced(step: str) -> Event:
    return Event(kind=EventKind.INTENT, at=NOW, id=identity(step), name="create")


def told(step: str, outcome: Outcome) -> Event:
    return Event(kind=EventKind.OUTCOME, at=NOW, id=identity(step), outcome=outcome, message="smoke")


def test_a_provider_that_goes_on_after_a_failure_is_stopped(attempt):
    sent = []

    def apply(plan):
        for step in "ab":
            yield announced(step)
            sent.append(step)
            yield told(step, Outcome.FAILED)

    attempt.provider.apply = apply
    report = execute(attempt)
    assert sent == ["a"]
    assert outcomes(report) == ["failed", "skipped", "skipped"]
    assert "server.datacentre hall-1/a: smoke" in report.stopped
    assert report.proof is None
    assert attempt.journal.read().unknown == set()


def test_a_provider_that_does_not_tell_is_unknown(attempt):
    attempt.provider.apply = lambda plan: iter([announced("a")])
    report = execute(attempt)
    assert outcomes(report) == ["unknown", "skipped", "skipped"]
    assert "nobody told what became of it" in report.stopped


@pytest.mark.parametrize("error", [KeyError("canary"), ConnectionResetError("canary"), UnreachableError("nobody answers")])
def test_a_provider_that_breaks_is_a_report(attempt, error):
    def apply(plan):
        yield announced("a")
        raise error

    attempt.provider.apply = apply
    report = execute(attempt)
    assert outcomes(report) == ["unknown", "skipped", "skipped"]
    assert (str(error) if isinstance(error, UnreachableError) else type(error).__name__) in report.stopped
    assert "canary" not in report.stopped


@pytest.mark.parametrize("error", [UnreachableError("nobody answers"), ZeroDivisionError()])
def test_a_proof_that_cannot_be_made_loses_nothing(attempt, error):
    def read(scope, progress, **more):
        if attempt.provider.writes:
            raise error
        return FakeProvider.read(attempt.provider, scope, progress, **more)

    attempt.provider.read = read
    report = execute(attempt)
    assert outcomes(report) == ["changed"] * 3
    assert "every step was taken; the proof could not be made" in report.stopped
    assert not report.is_proved
    del attempt.provider.read
    assert execute(again(attempt)).is_proved
    assert attempt.provider.writes == ["a", "b", "c"]


def test_a_second_plan_that_is_not_empty_is_no_proof(attempt):
    attempt.provider.meanwhile = lambda: attempt.provider.servers.update(a=9)
    report = execute(attempt)
    assert not report.is_proved
    assert [step.id for step in report.proof.steps] == [identity("a")]


def test_a_full_disk_in_the_middle_stops_before_the_next_step(attempt, monkeypatch):
    from gitopskit.apply import lines

    real, left = lines._write, iter([True] * 7)

    def write(descriptor, content, offset):
        if not next(left, False):
            raise OSError(28, "No space left on device")
        real(descriptor, content, offset)

    monkeypatch.setattr(lines, "_write", write)
    report = execute(attempt)
    assert attempt.provider.writes == ["a", "b"]
    assert "the journal cannot be written: No space left on device (2 of 3 steps were taken" in report.stopped
    assert "the ledger cannot be written" in report.stopped


def test_an_altered_tool_plan_is_not_applied(attempt):
    plan = attempt.provider.plan
    attempt.provider.plan = lambda *rest: replace(plan(*rest), tool_plan=f"{plan(*rest).tool_plan[:-1]}x")
    report = execute(attempt)
    assert "the tool's plan was altered (nothing is known to be written)" in report.stopped
    assert attempt.provider.writes == []
