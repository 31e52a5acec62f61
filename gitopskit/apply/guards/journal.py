"""Can what happens be written down before it happens?"""

from __future__ import annotations

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal


class JournalGuard:
    """Opens the journal and syncs it."""

    name = "journal"
    is_waivable = False
    asks_system = False

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse when the journal cannot be written: a crash could not be told from success."""
        try:
            attempt.journal.check()
        except OSError as error:
            what = f"the journal cannot be written: {error.strerror}"
            return (Refusal(guard=self.name, what=what, found=str(attempt.journal.path), next_step="make room, or set GITOPSKIT_STATE"),)
        return ()
