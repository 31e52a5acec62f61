"""From a confirmed plan to a report: guards, steps, proof.

The guards come first and nothing is written if one refuses. Then the provider's stream is read: an intent is in the journal before
the next event is asked for, and only then is the step sent. After the last step the plan is made once more, and must be empty.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.guards import GUARDS
from gitopskit.apply.ledger import Ledger
from gitopskit.apply.refusal import Guard, Refusal
from gitopskit.errors import GitopskitError
from gitopskit.model.changes import Action
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.report import Report, summarise

_RECORDED = (EventKind.INTENT, EventKind.OUTCOME, EventKind.PROOF)


def execute(attempt: Attempt, on_event: Callable[[Event], None] | None = None) -> Report:
    """Apply a plan and return its report; a plan that was applied before is looked at, not applied again.

    Parameters
    ----------
    on_event
        Called with each event as it happens.
    """
    recorded = [event for event in attempt.journal.events() if event.id is not None]
    events: list[Event] = []
    for event in run(attempt):
        events.append(event)
        if on_event:
            on_event(event)
    report = summarise(attempt.plan, recorded + events, attempt.proof)
    Ledger(attempt.plan.target).record(attempt, report)
    return report


def run(attempt: Attempt, guards: tuple[Guard, ...] = GUARDS) -> Iterator[Event]:
    """Apply a plan, event by event.

    Yields
    ------
    One `GUARD` event per guard; then, if none refused, the provider's events; last a `PROOF`, unless a `STOPPED` came before.
    """
    with attempt.held:
        refused = False
        for guard in guards:
            if refused and guard.asks_system:
                break
            event = _check(guard, attempt)
            refused = refused or event.outcome is Outcome.REFUSED
            yield event
        if refused:
            yield Event(kind=EventKind.STOPPED, at=attempt.now(), message="refused; nothing was written")
            return
        stopped = yield from _take_steps(attempt)
        if not stopped:
            yield _prove(attempt)


def _check(guard: Guard, attempt: Attempt) -> Event:
    """Ask one guard; an error inside it is a refusal, never a pass."""
    try:
        refusals = guard.check(attempt)
    except GitopskitError as error:
        refusals = (Refusal(guard=guard.name, what=error.what, next_step=error.next_step),)
    except Exception as error:
        refusals = (Refusal(guard=guard.name, what=f"the guard itself failed ({type(error).__name__})", next_step="report this"),)
    if not refusals:
        return Event(kind=EventKind.GUARD, at=attempt.now(), name=guard.name, outcome=Outcome.PASSED)
    said = _said(refusals)
    if guard.is_waivable and (reason := attempt.waivers.get(guard.name)):
        return Event(kind=EventKind.GUARD, at=attempt.now(), name=guard.name, outcome=Outcome.WAIVED, message=f"waived: {reason}; {said}")
    return Event(kind=EventKind.GUARD, at=attempt.now(), name=guard.name, outcome=Outcome.REFUSED, message=said)


def _said(refusals: tuple[Refusal, ...]) -> str:
    more = f" (and {len(refusals) - 3} more)" if len(refusals) > 3 else ""
    return "; ".join(str(refusal) for refusal in refusals[:3]) + more + f" — {refusals[0].next_step}"


def _take_steps(attempt: Attempt) -> Generator[Event, None, bool]:
    """Yield the provider's events, each in the journal first; return whether the apply stopped."""
    fresh = attempt.fresh or attempt.plan
    yield from _settled(attempt)
    stream = attempt.provider.apply(fresh)
    try:
        for event in stream:
            if event.kind in _RECORDED:
                attempt.journal.write(event)
            yield event
            if event.kind is EventKind.STOPPED:
                return True
    except KeyboardInterrupt:
        stream.close()  # type: ignore[attr-defined]
        yield Event(kind=EventKind.STOPPED, at=attempt.now(), message="interrupted; the same call goes on where this one stopped")
        return True
    except GitopskitError as error:
        yield Event(kind=EventKind.STOPPED, at=attempt.now(), message=error.what)
        return True
    return False


def _settled(attempt: Attempt) -> Iterator[Event]:
    """Yield an outcome for each step that needs nothing any more: done in an earlier try, or by somebody else."""
    fresh = attempt.fresh or attempt.plan
    left = {change.id for change in fresh.steps}
    done = attempt.journal.done
    for change in attempt.plan.steps:
        if change.id in left or change.id in done:
            continue
        is_ours = change.id in attempt.journal.unknown
        message = "an earlier try had done it" if is_ours else "nothing was left to do"
        outcome = Outcome.CHANGED if is_ours else Outcome.UNCHANGED
        event = Event(kind=EventKind.OUTCOME, at=attempt.now(), id=change.id, name=change.action.value, outcome=outcome, message=message)
        attempt.journal.write(event)
        yield event


def _prove(attempt: Attempt) -> Event:
    """Plan once more and say whether that is empty."""
    attempt.proof = attempt.plan_again()
    steps = [change for change in attempt.proof.changes if change.action is not Action.NO_OP]
    message = (
        "a second plan is empty" if attempt.proof.is_empty else f"a second plan is not empty: {len(steps)} of {len(attempt.proof.changes)}"
    )
    event = Event(
        kind=EventKind.PROOF,
        at=attempt.now(),
        outcome=Outcome.PASSED if attempt.proof.is_empty else Outcome.FAILED,
        message=message,
    )
    attempt.journal.write(event)
    return event
