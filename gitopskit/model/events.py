"""What happens while applying, as one stream.

The terminal, the widget, the report, the journal and the ledger all read the same events. A provider yields `INTENT` *before* it
sends a step, and goes on only when asked for the next event: whoever reads the stream decides whether anything is sent, and has
the intent on disk first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gitopskit.model.ids import ObjectId
from gitopskit.model.refusal import Refusal


class EventKind(StrEnum):
    """What an event tells."""

    GUARD = "guard"
    WAVE = "wave"
    INTENT = "intent"
    OUTCOME = "outcome"
    STOPPED = "stopped"
    PROOF = "proof"


class Outcome(StrEnum):
    """What became of one object, or of one guard (passed, refused, waived)."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SKIPPED = "skipped"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    PASSED = "passed"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened.

    Attributes
    ----------
    at
        Aware moment (UTC).
    id
        The object concerned; None for the apply as a whole.
    name
        Guard name, wave name or action.
    outcome
        None for an intent and a wave.
    message
        One sentence for a person; nothing secret.
    uid, resource_version
        Of the object after the step, where the system told.
    refusals
        What a guard objected to, with the evidence; not journalled.
    """

    kind: EventKind
    at: datetime
    id: ObjectId | None = None
    name: str = ""
    outcome: Outcome | None = None
    message: str = ""
    uid: str = ""
    resource_version: str = ""
    refusals: tuple[Refusal, ...] = field(default=(), repr=False, metadata={"saved": False})


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One object that moved while an apply was under way, and that no step meant to move.

    Attributes
    ----------
    what
        changed, appeared or gone.
    by
        Who did it, as far as the system tells.
    is_step
        Whether a step of ours wrote the object first: most often a controller's answer to it.
    """

    id: ObjectId
    what: str
    by: str = ""
    is_step: bool = False
