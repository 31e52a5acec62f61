"""Which drift was looked at and accepted, until when, and why?

A baseline names fields by object and path, with the digests of the value that was accepted and of what Git said then: a field that moves
on, on either side, shows again. It holds no values, secrets enter by their fingerprint.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from gitopskit.errors import UsageError
from gitopskit.model.brief import ID_LENGTH, brief, many
from gitopskit.model.canonical import digest
from gitopskit.model.differences import Difference, DifferenceClass, Differences
from gitopskit.model.ids import ObjectId
from gitopskit.model.paths import path_to_list
from gitopskit.model.snapshot import Target

BASELINE_FORMAT: Final = 2
DRIFT: Final = frozenset({DifferenceClass.DRIFTED, DifferenceClass.BOTH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One field that may stay as it is.

    Attributes
    ----------
    path
        The field, as a list of FieldsV1 elements; empty for the whole object.
    live
        Digest of the value that was accepted.
    head
        Digest of what Git said in its place: what it says later, nobody has accepted drift from.
    """

    id: ObjectId
    path: tuple[str, ...]
    live: str
    head: str


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Drift of one system that was accepted for a time.

    Attributes
    ----------
    reason
        Why, for whoever reads it later.
    made_at, expires_at
        Aware moments (UTC); from `expires_at` on, everything shows again.
    system, target
        Which kind of system it is, and its own identity.
    fields
        What was accepted.
    """

    reason: str
    made_at: datetime
    expires_at: datetime
    system: str
    target: str
    fields: tuple[Accepted, ...]
    format: int = BASELINE_FORMAT

    @cached_property
    def id(self) -> str:
        """SHA-256 of the canonical JSON, in hex."""
        return digest(self)

    def __repr__(self) -> str:
        return brief(self, self.id[:ID_LENGTH], many(len(self.fields), "field"), f"until {self.expires_at:%Y-%m-%d}")


def accept(differences: Differences, *, reason: str, until: datetime, rows: Iterable[Difference] | None = None) -> Baseline:
    """Return a baseline of the drift that is shown.

    Parameters
    ----------
    until
        When it shows again; an aware moment after the look.
    rows
        What is accepted; by default every shown row that drifted.

    Raises
    ------
    UsageError
        There is no reason, no time, or nothing to accept.
    """
    plan = differences.plan
    chosen = [row for row in differences if row.cause in DRIFT] if rows is None else list(rows)
    if not reason.strip():
        raise UsageError("drift is accepted for a reason", next_step='reason="…"')
    if until.tzinfo is None or until <= plan.created_at:
        raise UsageError("drift is accepted until a moment after the look, with its time zone", next_step="until=datetime(…, tzinfo=UTC)")
    if not chosen:
        raise UsageError("there is no drift to accept", next_step="look at the differences: they may be of another class")
    fields = tuple(Accepted(id=row.id, path=tuple(path_to_list(row.path)), live=digest(row.live), head=digest(row.head)) for row in chosen)
    return Baseline(
        reason=reason, made_at=plan.created_at, expires_at=until, system=plan.target.system, target=identity_of(plan.target), fields=fields
    )


def identity_of(target: Target) -> str:
    """Return what tells one system from another."""
    return target.uid or target.server
