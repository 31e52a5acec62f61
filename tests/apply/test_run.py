"""An apply from a confirmed plan to the proof, on a system that plans by itself and can be told to misbehave."""

from dataclasses import replace

import pytest

from gitopskit.apply import execute, planfile
from gitopskit.apply.guards import GUARDS
from gitopskit.apply.ledger import Ledger
from gitopskit.apply.run import run
from gitopskit.errors import UsageError
from gitopskit.model.events import Outcome
from gitopskit.model.plan import PlanOptions
from gitopskit.views import html, terminal
from gitopskit.views.frames import to_fields, to_frame
from tests.apply.conftest import attempt_of
from tests.apply.fake_provider import FakeProvider, desired


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
    assert attempt.provider.writes == []
    waived = replace(attempt, now=lambda: attempt.plan.expires_at.replace(year=2027), waivers={"fresh": "agreed with Ada"})
    report = execute(waived)
    assert report.is_proved
    assert "waived: agreed with Ada" in next(guard.message for guard in report.guards if guard.name == "fresh")


def test_the_first_failure_stops(home_dir):
    provider = FakeProvider(fail=1)
    report = execute(attempt_of(provider, desired(a=1, b=2, c=3)))
    assert outcomes(report) == ["changed", "failed", "skipped"]
    assert "no power" in report.stopped
    assert report.proof is None


@pytest.mark.parametrize(
    ("waivers", "said"),
    [
        ({"blast_radius": "why"}, "did you mean blast radius?"),
        ({"sources": "why"}, "did you mean source?"),
        ({"source": " "}, "needs a reason"),
    ],
)
def test_a_waiver_that_means_nothing(attempt, waivers, said):
    with pytest.raises(UsageError) as caught:
        execute(replace(attempt, waivers=waivers))
    assert said in str(caught.value)
    assert attempt.provider.calls == []


def test_every_step_says_why_it_was_refused(attempt):
    attempt.provider.servers["b"] = 9
    report = execute(attempt)
    assert {row.id.name: row.message for row in report.rows} == {"a": "", "b": "it moved since the plan was made", "c": ""}


@pytest.mark.parametrize("part", ["why", "ticket", "place", "waivers"])
def test_what_is_no_utf8_reaches_the_ledger_as_an_escape(attempt, part):
    late = replace(attempt, now=lambda: attempt.plan.expires_at.replace(year=2027), waivers={"fresh": "agreed"})
    report = execute(replace(late, **{part: {"fresh": "agreed \udcff"} if part == "waivers" else "agreed \udcff"}))
    assert report.is_proved
    [entry] = Ledger(attempt.plan.target).entries()
    assert (entry[part]["fresh"] if part == "waivers" else entry[part]) == "agreed \\udcff"


def test_the_report_comes_whatever_becomes_of_the_ledger(attempt, monkeypatch):
    monkeypatch.setattr(Ledger, "record", lambda *_: {}["gone"])
    report = execute(attempt)
    assert report.stopped == "the ledger cannot be written: recording itself failed (KeyError)"
    assert outcomes(report) == ["changed"] * 3
