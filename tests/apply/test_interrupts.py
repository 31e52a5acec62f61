"""The interrupt button: the current step is finished and written down; pressed twice it breaks in."""

import signal

import pytest

from gitopskit.apply import execute
from gitopskit.apply.run import run
from gitopskit.model.events import EventKind, Outcome
from tests.apply.conftest import again, outcomes
from tests.apply.fake_provider import FakeProvider, identity


@pytest.fixture(autouse=True)
def _answered():
    """Interrupts raise, as in a terminal: a job in the background is started with them ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press(times: int = 1):
    def pressed(*_):
        for _ in range(times):
            signal.raise_signal(signal.SIGINT)

    return pressed


def test_the_current_step_is_finished(attempt):
    attempt.provider.meanwhile = press()
    report = execute(attempt)
    assert outcomes(report) == ["changed", "skipped", "skipped"]
    assert report.stopped == "interrupted (1 of 3 steps were taken; the same call goes on from there)"
    assert attempt.provider.writes == ["a"]
    assert attempt.provider.calls[-1] == "unlock"
    assert attempt.journal.read().unknown == set()
    attempt.provider.meanwhile = lambda: None
    assert execute(again(attempt)).is_proved
    assert attempt.provider.writes == ["a", "b", "c"]


def test_pressed_twice_it_breaks_in_and_is_unknown(attempt):
    attempt.provider.meanwhile = press(2)
    report = execute(attempt)
    assert outcomes(report) == ["unknown", "skipped", "skipped"]
    assert report.stopped == "interrupted (nothing is known to be written)"
    assert attempt.provider.calls[-1] == "unlock"


def test_a_reader_that_is_interrupted_stops_the_apply(attempt):
    def read(event):
        if event.kind is EventKind.INTENT and event.id == identity("b"):
            raise KeyboardInterrupt

    report = execute(attempt, read)
    assert outcomes(report) == ["changed", "skipped", "skipped"]
    assert attempt.provider.writes == ["a"], "what was only announced is not sent"
    assert report.rows[1].message == "it was not sent"


def test_a_stop_button(attempt):
    report = execute(attempt, lambda event: attempt.stop.set() if event.outcome is Outcome.CHANGED else None)
    assert outcomes(report) == ["changed", "skipped", "skipped"]


def test_a_batch_that_is_being_sent_is_waited_for(attempt):
    """A provider may announce several steps and send them together."""
    one_by_one = FakeProvider.apply

    def apply(plan):
        events = list(one_by_one(attempt.provider, plan))
        yield from (event for event in events if event.kind is EventKind.INTENT)
        press()()
        yield from (event for event in events if event.kind is EventKind.OUTCOME)

    attempt.provider.apply = apply
    report = execute(attempt)
    assert outcomes(report) == ["changed"] * 3
    assert "interrupted" in report.stopped


def test_while_the_guards_are_asked_nothing_was_written(attempt):
    attempt.provider.denied = press()
    report = execute(attempt)
    assert report.stopped == "interrupted; nothing was written"
    assert outcomes(report) == ["skipped"] * 3
    assert attempt.provider.writes == []


def test_while_it_is_proved_everything_was_written(attempt):
    def read(scope, progress, **more):
        if attempt.provider.writes:
            press()()
        return FakeProvider.read(attempt.provider, scope, progress, **more)

    attempt.provider.read = read
    report = execute(attempt)
    assert outcomes(report) == ["changed"] * 3
    assert "the proof could not be made: interrupted" in report.stopped


def test_a_stream_that_nobody_reads_on_sends_nothing(attempt):
    stream = run(attempt)
    next(event for event in stream if event.kind is EventKind.INTENT)
    stream.close()
    assert attempt.provider.writes == []
    assert attempt.provider.calls[-1] == "unlock"
    assert [event.kind for event in attempt.journal.read().events] == [EventKind.INTENT]


def test_python_answers_interrupts_as_before(attempt):
    execute(attempt)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
