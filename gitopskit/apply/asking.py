"""What do the guards say? Each is asked in turn; what it objects to becomes one event.

An error inside a guard is a refusal, never a pass. Once one has refused, the live system is not asked any more.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from difflib import get_close_matches

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Guard, Refusal
from gitopskit.errors import GitopskitError, UsageError, plain
from gitopskit.model.events import Event, EventKind, Outcome

_SAID = 3


def check_waivers(attempt: Attempt, guards: Sequence[Guard]) -> None:
    """Make sure that every waiver names a guard and gives a reason.

    Raises
    ------
    UsageError
        One does not; the near miss is named.
    """
    known = {guard.name for guard in guards}
    for name, reason in attempt.waivers.items():
        if name not in known:
            near = get_close_matches(name.replace("_", " "), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"the guards are {', '.join(sorted(known))}"
            raise UsageError(f"there is no guard {plain(name)!r} to set aside", next_step=hint)
        if not reason.strip():
            raise UsageError(f"setting the guard {name} aside needs a reason", next_step=f'waive={{"{name}": "<why>"}}')


def ask(attempt: Attempt, guards: Sequence[Guard]) -> Generator[Event, None, bool]:
    """Yield one event per guard; return whether one refused."""
    refused = False
    for guard in guards:
        if refused and guard.asks_system:
            break
        event = _ask(guard, attempt)
        refused = refused or event.outcome is Outcome.REFUSED
        yield event
    return refused


def _ask(guard: Guard, attempt: Attempt) -> Event:
    refusals = _refusals(guard, attempt)
    outcome, message = Outcome.PASSED, ""
    if refusals:
        outcome, message = Outcome.REFUSED, _said(guard, refusals)
        if guard.is_waivable and (reason := attempt.waivers.get(guard.name)):
            outcome, message = Outcome.WAIVED, f"waived: {reason}; {'; '.join(map(str, refusals[:_SAID]))}{_more(refusals)}"
    return Event(kind=EventKind.GUARD, at=attempt.now(), name=guard.name, outcome=outcome, message=message, refusals=refusals)


def _refusals(guard: Guard, attempt: Attempt) -> tuple[Refusal, ...]:
    try:
        return guard.check(attempt)
    except GitopskitError as error:
        return (Refusal(guard=guard.name, code=f"{guard.name}/unanswered", what=error.what, next_step=error.next_step),)
    except Exception as error:
        what = f"the guard itself failed ({type(error).__name__})"
        return (Refusal(guard=guard.name, code=f"{guard.name}/failed", what=what, next_step="report this, with the saved plan"),)


def _said(guard: Guard, refusals: tuple[Refusal, ...]) -> str:
    """Return evidence, the next step, and how the guard is set aside where it can be."""
    said = "; ".join(map(str, refusals[:_SAID])) + _more(refusals)
    step = f" — {refusals[0].next_step}" if refusals[0].next_step else ""
    waiver = f'; or set this guard aside: waive={{"{guard.name}": "<why>"}}' if guard.is_waivable else ""
    return said + step + waiver


def _more(refusals: tuple[Refusal, ...]) -> str:
    return f" (and {len(refusals) - _SAID} more)" if len(refusals) > _SAID else ""
