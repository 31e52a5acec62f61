"""When did each part of an apply begin and end?

A step lasts from its intent, which is told before it is sent, to its outcome. Steps of one wave are announced together, so their spans
overlap: that is how they ran, side by side.

The trap that shaped it: a plan may have been applied in several calls, hours apart, and the journal does not say where one ended. So
time counts only while something went on: a pause between calls is cut out, and said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from gitopskit.model.changes import Action, Change
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.ids import ObjectId
from gitopskit.model.report import Report
from gitopskit.planning.order import PRUNE_WAVE, WAVE_NAMES

PAUSE_S: Final = 30.0
"""Seconds without an open step after which a new call is taken to have begun."""
BREAK_S: Final = 1.0
"""What is left of a pause between two calls."""
GUARDS, INVENTORY, PROOF = "guards", "inventory", "proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One part of an apply.

    Attributes
    ----------
    stage
        "guards", the name of a wave, "inventory" or "proof".
    name
        Guard name or action.
    id
        The object; None for a guard and the proof.
    outcome
        Unknown for a step whose outcome nobody told; it lasts until the last that is known of its call.
    begin_s, end_s
        Seconds since the first event, pauses between calls cut out.
    began_at
        Aware moment (UTC).
    call
        1 for the first call, and so on.
    """

    stage: str
    name: str
    outcome: Outcome
    begin_s: float
    end_s: float
    began_at: datetime
    call: int = 1
    id: ObjectId | None = None
    message: str = ""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end_s - self.begin_s


def spans(report: Report) -> tuple[Span, ...]:
    """Return the parts of an apply in the order in which they began, from the recorded events of its report."""
    steps = {change.id: change for change in report.plan.steps}
    found: list[Span] = []
    offset = 0.0
    for number, call in enumerate(_calls(report.events), start=1):
        start, end = min(event.at for event in call), max(event.at for event in call)
        found += _of_call(call, steps, number, start, offset)
        offset += (end - start).total_seconds() + BREAK_S
    return tuple(sorted(found, key=lambda span: span.begin_s))


def _calls(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Yield the events of each call."""
    call: list[Event] = list(events[:1])
    pending: set[ObjectId | None] = set()
    for before, event in pairwise(events):
        pending = (pending | {before.id}) if before.kind is EventKind.INTENT else (pending - {before.id})
        if _is_later_call(before, event, is_busy=bool(pending)):
            yield call
            call, pending = [], set()
        call.append(event)
    if call:
        yield call


def _is_later_call(before: Event, event: Event, *, is_busy: bool) -> bool:
    if event.kind is EventKind.GUARD:
        return before.kind is not EventKind.GUARD
    is_pause = (event.at - before.at).total_seconds() > PAUSE_S
    return is_pause and not is_busy and before.kind is not EventKind.GUARD and event.kind is not EventKind.PROOF


def _of_call(call: Sequence[Event], steps: dict[ObjectId, Change], number: int, start: datetime, offset: float) -> Iterator[Span]:
    begun: dict[ObjectId, Event] = {}
    last = start
    for event in call:
        since = last
        last = max(last, event.at)
        if event.kind is EventKind.INTENT and event.id is not None:
            begun[event.id] = event
            continue
        if event.kind not in (EventKind.GUARD, EventKind.OUTCOME, EventKind.PROOF):
            continue
        if event.id is not None:
            since = begun.pop(event.id, event).at
        yield _span(event, steps, number, since, event.at, start, offset)
    for event in begun.values():
        yield _span(event, steps, number, event.at, last, start, offset)


def _span(event: Event, steps: dict[ObjectId, Change], number: int, begin: datetime, end: datetime, start: datetime, offset: float) -> Span:
    begin_s, end_s = (offset + (moment - start).total_seconds() for moment in (begin, max(begin, end)))
    return Span(
        stage=_stage(event, steps),
        name=event.name,
        outcome=event.outcome or Outcome.UNKNOWN,
        begin_s=begin_s,
        end_s=end_s,
        began_at=begin,
        call=number,
        id=event.id,
        message=event.message,
    )


def _stage(event: Event, steps: dict[ObjectId, Change]) -> str:
    if event.kind is EventKind.GUARD:
        return GUARDS
    if event.kind is EventKind.PROOF:
        return PROOF
    change = steps.get(event.id) if event.id else None
    if change is None:
        return INVENTORY
    return WAVE_NAMES[PRUNE_WAVE if change.action is Action.DELETE else min(change.wave, PRUNE_WAVE)]


def pauses(parts: Iterable[Span]) -> tuple[Span, ...]:
    """Return the first part of each later call: there a pause was cut out."""
    first: dict[int, Span] = {}
    for span in parts:
        first.setdefault(span.call, span)
    return tuple(span for call, span in sorted(first.items()) if call > 1)
