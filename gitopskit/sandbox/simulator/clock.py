"""The simulated cluster's time: the wall clock, until somebody stops it or moves it on.

The trap that shaped it: it never runs backwards while it runs, because controllers count on that; only a return to a checkpoint that was
taken while it stood still sets it back.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class VirtualClock:
    """Gives the server's time."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)
        self.stopped_at: datetime | None = None

    def __call__(self) -> datetime:
        """Return the present moment."""
        return self.stopped_at or datetime.now(UTC) + self._ahead

    def stop(self, at: datetime | None = None) -> None:
        """Stand still, now or at a given moment."""
        self.stopped_at = at or self()

    def start(self) -> None:
        """Run on from where it stands."""
        if self.stopped_at is not None:
            self._ahead = self.stopped_at - datetime.now(UTC)
            self.stopped_at = None

    def wait_s(self, due: datetime) -> float | None:
        """Return how many real seconds it is until a moment; None if it never comes by itself."""
        return None if self.stopped_at else (due - self()).total_seconds()
