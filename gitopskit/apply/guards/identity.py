"""Is this the system that the plan was made for, and are we who we were?"""

from __future__ import annotations

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal
from gitopskit.model.binding import moved_parts


class IdentityGuard:
    """Compares what the system says of itself and of us with what it said when the plan was made."""

    name = "identity"
    is_waivable = False
    asks_system = True

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse another system behind the same name, and another user."""
        planned, present = attempt.plan.target, attempt.provider.identify()
        return tuple(
            Refusal(
                guard=self.name,
                code=f"identity/{part}",
                what=f"{present.name} is not what the plan was made for: its {part} differs",
                expected=expected,
                found=found,
                next_step="plan again, for this target",
            )
            for part, expected, found in moved_parts(planned, present)
        )
