"""How are the steps of a plan taken, so that a crash, a lost answer or an interrupt at any moment leaves no doubt?

The provider's stream is read event by event. An intent is in the journal before the next event is asked for, and only then is the
step sent. The first outcome that was not expected ends the apply, whatever the provider would do next.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.interrupts import deferred
from gitopskit.errors import GitopskitError
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.ids import ObjectId

INTERRUPTED = "interrupted"
_RECORDED = (EventKind.INTENT, EventKind.OUTCOME)
_EXPECTED = (Outcome.CHANGED, Outcome.UNCHANGED)


def take_steps(attempt: Attempt) -> Generator[Event, None, bool]:
    """Yield what happens while the fresh plan is applied, each event in the journal first; return whether the apply stopped."""
    taken = set(attempt.record.done)
    try:
        for event in _until_stopped(attempt):
            if event.outcome in _EXPECTED and event.id is not None:
                taken.add(event.id)
                attempt.written[event.id] = event.resource_version
            if event.kind is EventKind.STOPPED:
                yield replace(event, message=f"{event.message} ({how_far(attempt, taken)})")
                return True
            yield event
    except (KeyboardInterrupt, Exception) as error:
        yield Event(kind=EventKind.STOPPED, at=attempt.now(), message=f"{_cause(error)} ({how_far(attempt, taken)})")
        return True
    return False


def how_far(attempt: Attempt, taken: frozenset[ObjectId] | set[ObjectId]) -> str:
    """Say how many of the plan's steps were taken."""
    steps = {change.id for change in attempt.plan.steps}
    count = len(steps & taken)
    if not count:
        return "nothing is known to be written"
    return f"{count} of {len(steps)} steps were taken; the same call goes on from there"


def _until_stopped(attempt: Attempt) -> Iterator[Event]:
    """Yield the events up to the first `STOPPED`, which comes from here where the provider does not tell."""
    open_steps: set[ObjectId] = set()
    trouble = ""
    for event in _journalled(attempt):
        yield event
        if event.kind is EventKind.STOPPED:
            return
        if event.id is not None and event.kind is EventKind.INTENT:
            open_steps.add(event.id)
        elif event.id is not None and event.kind is EventKind.OUTCOME:
            open_steps.discard(event.id)
            if event.outcome not in _EXPECTED:
                trouble = trouble or f"{event.id}: {event.message or event.outcome}"
        is_unsent = event.kind is EventKind.INTENT and open_steps == {event.id}
        if is_unsent and (trouble or attempt.stop.is_set()):
            yield from _stop(attempt, trouble, unsent=event)
            return
        if attempt.stop.is_set() and not open_steps and not trouble:
            yield from _stop(attempt)
            return
    if open_steps and not trouble:
        trouble = f"{min(open_steps)}: nobody told what became of it"
    if trouble:
        yield Event(kind=EventKind.STOPPED, at=attempt.now(), message=trouble)


def _stop(attempt: Attempt, trouble: str = "", unsent: Event | None = None) -> Iterator[Event]:
    """Yield the end of an apply that goes on no further; a step that was only announced is not sent."""
    if unsent is not None:
        event = replace(unsent, kind=EventKind.OUTCOME, at=attempt.now(), outcome=Outcome.SKIPPED, message="it was not sent")
        attempt.journal.write(event)
        yield event
    yield Event(kind=EventKind.STOPPED, at=attempt.now(), message=trouble or INTERRUPTED)


def _journalled(attempt: Attempt) -> Iterator[Event]:
    """Yield the provider's events, each in the journal before it is told and before the next is asked for."""
    yield from _settled(attempt)
    stream = attempt.provider.apply(attempt.fresh or attempt.plan)
    try:
        while True:
            with deferred(attempt.stop):
                event = next(stream, None)
                if event is not None and event.kind in _RECORDED:
                    attempt.journal.write(event)
            if event is None:
                return
            yield event
    finally:
        if close := getattr(stream, "close", None):
            close()


def _settled(attempt: Attempt) -> Iterator[Event]:
    """Yield an outcome for each step that needs nothing any more: done in an earlier try, or by somebody else."""
    left = {change.id for change in (attempt.fresh or attempt.plan).steps}
    for change in attempt.plan.steps:
        if change.id in left or change.id in attempt.record.done:
            continue
        is_ours = change.id in attempt.record.unknown
        message = "an earlier try had done it" if is_ours else "nothing was left to do"
        outcome = Outcome.CHANGED if is_ours else Outcome.UNCHANGED
        event = Event(kind=EventKind.OUTCOME, at=attempt.now(), id=change.id, name=change.action.value, outcome=outcome, message=message)
        attempt.journal.write(event)
        yield event


def _cause(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, GitopskitError):
        return error.what
    return f"the provider itself failed ({type(error).__name__})"
