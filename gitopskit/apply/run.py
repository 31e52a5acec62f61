"""From a confirmed plan to a report: guards, steps, proof.

The guards come first and nothing is written if one refuses. Then the steps are taken, and after the last one the plan is made once
more, and must be empty. A plan that was applied to its end is never applied again: it is looked at, and the report is the recorded one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from gitopskit.apply.asking import ask, check_waivers
from gitopskit.apply.attempt import Attempt
from gitopskit.apply.guards import GUARDS, LOOKING
from gitopskit.apply.journal import Record
from gitopskit.apply.ledger import Ledger
from gitopskit.apply.refusal import Guard
from gitopskit.apply.steps import INTERRUPTED, how_far, take_steps
from gitopskit.errors import GitopskitError
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report, steps_left_out, summarise


def execute(attempt: Attempt, on_event: Callable[[Event], None] | None = None) -> Report:
    """Apply a plan and return its report; a plan that was applied before is looked at, not applied again.

    Parameters
    ----------
    on_event
        Called with each event as it happens. An interrupt in it asks the apply to stop.

    Raises
    ------
    UsageError
        A waiver names no guard.
    """
    began_at = attempt.now()
    events: list[Event] = []
    for event in run(attempt):
        events.append(event)
        try:
            if on_event:
                on_event(event)
        except KeyboardInterrupt:
            attempt.stop.set()
    recorded_at = next((event.at for event in attempt.record.events if event.kind is EventKind.PROOF), None)
    report = summarise(attempt.plan, [*map(_earlier, attempt.record.events), *events], attempt.proof)
    return _recorded(attempt, replace(report, meanwhile=attempt.meanwhile, recorded_at=recorded_at), began_at)


def run(attempt: Attempt, guards: Sequence[Guard] = GUARDS) -> Iterator[Event]:
    """Apply a plan, event by event.

    Yields
    ------
    One `GUARD` event per guard; then, if none refused, the provider's events; last a `PROOF`, unless a `STOPPED` came before.
    """
    check_waivers(attempt, guards)
    attempt.fresh = attempt.proof = attempt.operation = attempt.before = None
    attempt.meanwhile = ()
    attempt.written.clear()
    attempt.stop.clear()
    attempt.record = _read(attempt)
    is_over = attempt.record.is_finished
    with attempt.held:
        try:
            refused = yield from ask(attempt, LOOKING if is_over else guards)
        except KeyboardInterrupt:
            refused = False
            attempt.stop.set()
        if refused or attempt.stop.is_set():
            yield _stopped(attempt, "refused" if refused else INTERRUPTED)
            return
        attempt.record = _read(attempt)
        stopped = False if is_over else (yield from take_steps(attempt))
        if not stopped:
            yield from _prove(attempt)


def _prove(attempt: Attempt) -> Generator[Event, None, None]:
    """Plan once more and say whether that is empty; a proof that cannot be made is told, and undoes nothing."""
    try:
        proof = attempt.plan_again()
        message = _said_of(proof)
        outcome = Outcome.PASSED if proof.is_empty else Outcome.FAILED
        event = Event(kind=EventKind.PROOF, at=attempt.now(), outcome=outcome, message=message)
        if not attempt.record.is_finished:
            attempt.journal.write(event)
    except KeyboardInterrupt:
        why = INTERRUPTED
    except GitopskitError as error:
        why = error.what
    except Exception as error:
        why = f"the provider itself failed ({type(error).__name__})"
    else:
        attempt.proof = proof
        yield event
        return
    what = f"every step was taken; the proof could not be made: {why} (the same call makes it)"
    yield Event(kind=EventKind.STOPPED, at=attempt.now(), message=what)


def _said_of(proof: Plan) -> str:
    if not proof.is_empty:
        left = len({change.id for change in (*proof.steps, *proof.problems)})
        return f"a second plan is not empty: {left} of {len(proof.changes)}"
    count = len(proof.left_out)
    return f"what was chosen is done; {steps_left_out(count)}" if count else "a second plan is empty"


def _stopped(attempt: Attempt, why: str) -> Event:
    done = attempt.record.done
    far = f"nothing more was written; {how_far(attempt, done)}" if done else "nothing was written"
    return Event(kind=EventKind.STOPPED, at=attempt.now(), message=f"{why}; {far}")


def _read(attempt: Attempt) -> Record:
    try:
        return attempt.journal.read()
    except OSError:
        return Record()  # the journal guard says so


def _earlier(event: Event) -> Event:
    """Say of a recorded outcome that it is not of this call."""
    if event.outcome is None or event.message:
        return event
    return replace(event, message=f"by an earlier call, at {_shown(event.at)}")


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _recorded(attempt: Attempt, report: Report, began_at: datetime) -> Report:
    """Write the execution into the ledger; where that fails the report says so."""
    try:
        Ledger(attempt.plan.target).record(attempt, report, began_at)
    except Exception as error:  # whatever it is, the writes are made, and the report must reach whoever waits for it
        said = f"{report.stopped}; " if report.stopped else ""
        return replace(report, stopped=f"{said}the ledger cannot be written: {_cause(error)}")
    return report


def _cause(error: Exception) -> str:
    if isinstance(error, GitopskitError):
        return error.what
    return str(error.strerror) if isinstance(error, OSError) else f"recording itself failed ({type(error).__name__})"
