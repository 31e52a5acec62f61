"""What does a guard say when it stops an apply?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gitopskit.model.ids import ObjectId

if TYPE_CHECKING:
    from gitopskit.apply.attempt import Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an apply was stopped, with its evidence.

    Attributes
    ----------
    guard
        Name of the guard.
    what
        One sentence.
    id
        The object concerned; None for the plan as a whole.
    expected, found
        The evidence, side by side; empty where the sentence says it all.
    next_step
        The one thing to do, as a sentence or a copy-ready call.
    """

    guard: str
    what: str
    id: ObjectId | None = None
    expected: str = ""
    found: str = ""
    next_step: str = ""

    def __str__(self) -> str:
        place = f"{self.id}: " if self.id else ""
        evidence = f" (expected {self.expected}, found {self.found})" if self.expected or self.found else ""
        return f"{place}{self.what}{evidence}"


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
