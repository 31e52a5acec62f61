"""An apply from a confirmed plan to the proof, on a system that plans by itself and can be told to misbehave."""

import itertools
from dataclasses import replace

import pytest

from gitopskit.apply import execute, planfile
from gitopskit.apply.guards import GUARDS
from gitopskit.apply.ledger import Ledger
from gitopskit.apply.run import run
from gitopskit.model.events import EventKind, Outcome
from gitopskit.model.plan import PlanOptions
from gitopskit.views import html, terminal
from gitopskit.views.frames import to_fields, to_frame
from tests.apply.conftest import attempt_of
from tests.apply.fake_provider import FakeProvider, Killed, desired


def outcomes(report):
    return [row.outcome.value for row in report.rows]


def test_everything_is_done_and_proved(attempt):
    report = execute(attempt)
    assert outcomes(report) == ["changed"] * 3
    assert report.is_proved
    assert attempt.provider.servers == {"a": 1, "b": 2, "c": 3}
    assert [guard.outcome for guard in report.guards] == [Outcome.PASSED] * len(GUARDS)


def test_it_fits_every_view_without_a_special_case(attempt, tmp_path):
    loaded = planfile.load(planfile.save(attempt.plan, tmp_path / "plan.json"))
    report = execute(attempt)
    for noun in (loaded, report):
        assert terminal.render(noun, is_coloured=False)
        assert "<table" in html.page(noun)
        assert len(to_frame(noun)) == 3
    assert set(to_fields(loaded)["desired"]) >= {"(known after apply)", "(sensitive)"}
    assert "canary-pw" not in html.page(loaded) + terminal.render(loaded) + (tmp_path / "plan.json").read_text()


def test_drift_and_deletion(home_dir):
    provider = FakeProvider(servers={"a": 9, "old": 1, "b": 2, "c": 3, "d": 4})
    attempt = attempt_of(provider, desired(a=1, b=2, c=3, d=4), options=PlanOptions(prune=True))
    assert execute(attempt).is_proved
    assert provider.servers == {"a": 1, "b": 2, "c": 3, "d": 4}


def test_nothing_is_written_when_a_guard_refuses(attempt):
    report = execute(replace(attempt, approval=None))
    assert outcomes(report) == ["refused"] * 3
    assert attempt.provider.writes == []
    assert "nothing was written" in report.stopped
    assert attempt.provider.calls == [], "nothing is asked of the system once a cheap guard has refused"


def test_all_cheap_refusals_are_told_at_once(attempt):
    spoiled = replace(attempt, approval=None, desired=desired(z=1))
    refused = [event.name for event in run(spoiled) if event.outcome is Outcome.REFUSED]
    assert refused == ["approval", "source"]


def test_an_error_inside_a_guard_is_a_refusal(attempt):
    class Broken:
        name, is_waivable, asks_system = "broken", True, False

        def check(self, attempt):
            raise ZeroDivisionError

    events = list(run(attempt, (Broken(),)))
    assert [event.outcome for event in events] == [Outcome.REFUSED, None]
    assert "ZeroDivisionError" in events[0].message
    assert attempt.provider.writes == []


def test_a_waiver_needs_a_guard_that_can_be_waived(attempt):
    spoiled = replace(attempt, desired=desired(a=1, b=2, c=3), plan=attempt.plan, approval=None, waivers={"approval": "trust me"})
    assert execute(spoiled).stopped
    waived = replace(attempt, now=lambda: attempt.plan.expires_at.replace(year=2027), waivers={"fresh": "agreed with Ada"})
    report = execute(waived)
    assert report.is_proved
    assert "waived: agreed with Ada" in next(guard.message for guard in report.guards if guard.name == "fresh")


@pytest.mark.parametrize(("when", "step"), list(itertools.product(["kill_before", "kill_after"], range(3))))
def test_a_kill_at_any_step_converges(home_dir, when, step):
    provider = FakeProvider(**{when: step})
    attempt = attempt_of(provider, desired(a=1, b=2, c=3))
    with pytest.raises(Killed):
        execute(attempt)
    done = list(provider.writes)
    setattr(provider, when, -1)
    report = execute(replace(attempt, fresh=None))
    assert report.is_proved
    assert provider.servers == {"a": 1, "b": 2, "c": 3}
    assert provider.writes == ["a", "b", "c"], "nothing is done twice"
    assert provider.writes[: len(done)] == done
    assert set(outcomes(report)) == {"changed"}


def test_a_lost_answer_is_unknown_until_somebody_looks(home_dir):
    provider = FakeProvider(lose=1)
    attempt = attempt_of(provider, desired(a=1, b=2, c=3))
    assert outcomes(execute(attempt)) == ["changed", "unknown", "skipped"]
    provider.lose = -1
    report = execute(replace(attempt, fresh=None))
    assert outcomes(report) == ["changed"] * 3
    assert provider.writes == ["a", "b", "c"]


def test_the_first_failure_stops(home_dir):
    provider = FakeProvider(fail=1)
    report = execute(attempt_of(provider, desired(a=1, b=2, c=3)))
    assert outcomes(report) == ["changed", "failed", "skipped"]
    assert "no power" in report.stopped
    assert report.proof is None


def test_a_plan_that_was_applied_writes_nothing_more(attempt):
    execute(attempt)
    writes = list(attempt.provider.writes)
    again = execute(replace(attempt, fresh=None))
    assert attempt.provider.writes == writes
    assert again.is_proved
    assert outcomes(again) == ["changed"] * 3, "the recorded result"


def test_a_stop_between_two_steps(attempt):
    stream = run(attempt)
    for event in stream:
        if event.kind is EventKind.INTENT:
            break
    stream.close()
    assert attempt.provider.writes == [], "what was only announced is not sent"
    assert [event.kind for event in attempt.journal.events()] == [EventKind.INTENT]


def test_an_interrupt_is_told(attempt, monkeypatch):
    def interrupted(plan):
        yield from ()
        raise KeyboardInterrupt

    monkeypatch.setattr(attempt.provider, "apply", interrupted)
    report = execute(attempt)
    assert "interrupted" in report.stopped
    assert outcomes(report) == ["skipped"] * 3


def test_the_journal_survives_a_torn_line(attempt):
    execute(attempt)
    path = attempt.journal.path
    path.write_bytes(path.read_bytes() + b'{"kind":"outc')
    assert len(attempt.journal.done) == 3
    assert attempt.journal.is_finished


def test_the_ledger_is_a_chain(attempt):
    execute(attempt)
    execute(replace(attempt, fresh=None, approval=None))
    ledger = Ledger(attempt.plan.target)
    assert [entry["is_proved"] for entry in ledger.entries()] == [True, False]
    assert ledger.is_whole()
    assert b"canary" not in ledger.path.read_bytes()
    first, second = ledger.path.read_bytes().splitlines()
    ledger.path.write_bytes(first.replace(b"ada", b"eve") + b"\n" + second + b"\n")
    assert not ledger.is_whole()


def test_refusals_read_well(attempt):
    report = execute(replace(attempt, approval=None))
    text = terminal.render(report, is_coloured=False)
    assert "approval" in text
    assert "ws.apply(plan, confirm=plan.id)" in text
    assert not [character for character in text if not character.isprintable() and character != "\n"]
