"""What is a guard, and what does it say when it stops an apply?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gitopskit.model.refusal import Refusal

if TYPE_CHECKING:
    from gitopskit.apply.attempt import Attempt

__all__ = ["Guard", "Refusal"]


class Guard(Protocol):
    """One check before the first write."""

    @property
    def name(self) -> str:
        """What rows, waivers and refusals call it."""

    @property
    def is_waivable(self) -> bool:
        """Whether a person may set it aside for one plan, with a reason."""

    @property
    def asks_system(self) -> bool:
        """Whether the check asks the live system; such a guard is left out once another has refused."""

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Return why the attempt must not go on; nothing where it may."""
