"""How is the cluster: does its clock agree with ours, how fast does it answer, and what changes objects on their way in?

References
----------
RFC 9110, section 6.6.1: the Date of an answer, in whole seconds.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from gitopskit.providers.base import Vitals
from gitopskit.providers.kubernetes.connection import Connection, error_of
from gitopskit.providers.kubernetes.mutators import Mutators
from gitopskit.schema.library import BUNDLED

_PATH = "/version"


def read_vitals(connection: Connection, mutators: Mutators) -> Vitals:
    """Ask the cluster one small question, and look at the answer's date."""
    began, began_at = time.monotonic(), datetime.now(UTC)
    answer = connection.read(_PATH)
    took_s = time.monotonic() - began
    if not answer.is_ok:
        raise error_of(answer, connection, _PATH)
    return Vitals(
        round_trip_s=took_s,
        skew_s=_skew(answer.headers.get("date", ""), began_at, took_s),
        known_version=BUNDLED,
        mutators=len(mutators.rules) if mutators.is_known else None,
    )


def _skew(date: str, began_at: datetime, took_s: float) -> float | None:
    """Return how far their clock is ahead; a whole second begins half a second before its middle."""
    try:
        theirs = parsedate_to_datetime(date)
    except (ValueError, OverflowError):  # a year of twenty digits
        return None
    if theirs.tzinfo is None:
        return None
    return (theirs - began_at).total_seconds() + 0.5 - took_s / 2
