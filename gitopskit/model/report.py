"""What became of a plan: the events, object by object, and the proof that a second plan is empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gitopskit.model.brief import ID_LENGTH, brief, tally
from gitopskit.model.events import Event, EventKind, Movement, Outcome
from gitopskit.model.ids import ObjectId
from gitopskit.model.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """What became of one object."""

    id: ObjectId
    action: str
    outcome: Outcome
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a plan.

    Attributes
    ----------
    rows
        One per step of the plan: changed, unchanged, failed, skipped, refused or unknown.
    guards
        One event per guard, in order: passed, refused or waived.
    stopped
        Why the apply stopped; empty when it ran to the end.
    proof
        The second plan, made after the last step; None when the apply stopped before.
    events
        Everything that was told, oldest first: of earlier calls what the journal kept of them (intents, outcomes, proof).
    meanwhile
        What moved between the look before the first step and the look of the proof, and no step meant.
    recorded_at
        When the plan was applied, where this report is of an earlier call and nothing was written by this one.
    """

    plan: Plan
    rows: tuple[ReportRow, ...]
    guards: tuple[Event, ...] = ()
    stopped: str = ""
    proof: Plan | None = None
    events: tuple[Event, ...] = ()
    meanwhile: tuple[Movement, ...] = ()
    recorded_at: datetime | None = None

    @property
    def is_proved(self) -> bool:
        """Whether everything was done and a second plan is empty; of a part of a plan, everything that was chosen."""
        return not self.stopped and self.proof is not None and self.proof.is_empty

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many rows of each outcome."""
        found = Counter(row.outcome for row in self.rows)
        return {outcome: found[outcome] for outcome in Outcome if found[outcome]}

    def __repr__(self) -> str:
        ending = "proved" if self.is_proved else "stopped" if self.stopped else "not proved"
        return brief(self, f"on plan {self.plan.id[:ID_LENGTH]} for {self.plan.target.name}", tally(self.counts), ending)


def summarise(plan: Plan, events: Iterable[Event], proof: Plan | None = None) -> Report:
    """Fold the events of one apply into a report.

    An intent without an outcome is `unknown`; a step without an intent is `skipped`, or `refused` when a guard stopped the apply. A
    guard's objection to one object stands in that object's row.
    """
    seen = list(events)
    guards = tuple(event for event in seen if event.kind is EventKind.GUARD)
    is_refused = any(event.outcome is Outcome.REFUSED for event in guards)
    last = {event.id: event for event in seen if event.id is not None and event.kind in (EventKind.INTENT, EventKind.OUTCOME)}
    objections = {refusal.id: refusal.what for event in guards if event.outcome is Outcome.REFUSED for refusal in event.refusals}
    stopped = next((event.message for event in seen if event.kind is EventKind.STOPPED), "")
    rows = []
    for change in plan.steps:
        event = last.get(change.id)
        outcome, message = Outcome.REFUSED if is_refused else Outcome.SKIPPED, objections.get(change.id, "")
        if event is not None:
            outcome, message = event.outcome or Outcome.UNKNOWN, event.message
        rows.append(ReportRow(id=change.id, action=change.action.value, outcome=outcome, message=message))
    return Report(plan=plan, rows=tuple(rows), guards=guards, stopped=stopped, proof=proof, events=tuple(seen))


def steps_left_out(count: int) -> str:
    """Say how many steps of a plan nobody chose."""
    return f"{count} step{'s were' if count != 1 else ' was'} left out, and still to do"
