"""Is anybody else applying to the same inventory?"""

from __future__ import annotations

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal
from gitopskit.errors import RefusedError


class LockGuard:
    """Takes the lock, which is held until the attempt ends."""

    name = "lock"
    is_waivable = False
    asks_system = True

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse while somebody else holds it."""
        try:
            attempt.held.enter_context(attempt.provider.lock(attempt.plan))
        except RefusedError as error:
            return (Refusal(guard=self.name, code="lock/held", what=error.what, next_step=error.next_step),)
        return ()
