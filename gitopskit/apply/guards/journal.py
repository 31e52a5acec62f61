"""Can what happens be written down before it happens?"""

from __future__ import annotations

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.ledger import Ledger
from gitopskit.apply.refusal import Refusal


class JournalGuard:
    """Takes room in the journal and the ledger, syncs it, and gives it back."""

    name = "journal"
    is_waivable = False
    asks_system = False

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse when they cannot be written: a crash could not be told from success."""
        for book, noun in ((attempt.journal, "journal"), (Ledger(attempt.plan.target), "ledger")):
            try:
                book.check()
            except OSError as error:
                what = f"the {noun} cannot be written: {error.strerror}"
                advice = "make room, or set GITOPSKIT_STATE to a folder that can be written"
                return (Refusal(guard=self.name, code=f"journal/{noun}", what=what, found=str(book.path), next_step=advice),)
        return ()
