"""Is it on disk who does this, and why, before anything is written?"""

from __future__ import annotations

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.ledger import Ledger
from gitopskit.apply.operation import operation_of
from gitopskit.apply.refusal import Refusal


class RecordGuard:
    """Opens the operation in the ledger.

    It comes after all that can refuse without writing, and before the lock, which is the first write. `asks_system` says the same to
    whoever asks the guards: where one has refused, no operation is opened.
    """

    name = "record"
    is_waivable = False
    asks_system = True

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse when the line cannot be written."""
        operation = operation_of(attempt)
        ledger = Ledger(attempt.plan.target)
        try:
            ledger.open(operation)
        except OSError as error:
            what = f"the operation cannot be written into the ledger: {error.strerror}"
            advice = "make room, or set GITOPSKIT_STATE to a folder that can be written"
            return (Refusal(guard=self.name, code="record/ledger", what=what, found=str(ledger.path), next_step=advice),)
        attempt.operation = operation
        return ()
