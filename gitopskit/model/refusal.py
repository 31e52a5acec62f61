"""Why did a guard stop an apply? A noun with its evidence, the same for a person and for a program."""

from __future__ import annotations

from dataclasses import dataclass

from gitopskit.model.ids import ObjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an apply was stopped, with its evidence.

    Attributes
    ----------
    guard
        Name of the guard.
    code
        Stable name of the case (``fresh/too-old``): what programs compare, while sentences may be reworded.
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
    code: str
    what: str
    id: ObjectId | None = None
    expected: str = ""
    found: str = ""
    next_step: str = ""

    def __str__(self) -> str:
        place = f"{self.id}: " if self.id else ""
        evidence = f" (expected {self.expected}, found {self.found})" if self.expected or self.found else ""
        return f"{place}{self.what}{evidence}"

    def to_dict(self) -> dict[str, str]:
        """Return the same content by name; the object as it prints."""
        return {
            "guard": self.guard,
            "code": self.code,
            "what": self.what,
            "id": str(self.id or ""),
            "expected": self.expected,
            "found": self.found,
            "next_step": self.next_step,
        }
