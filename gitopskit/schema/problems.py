"""What does not fit a schema, and where."""

from __future__ import annotations

from dataclasses import dataclass

from gitopskit.model.paths import FieldPath


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not fit.

    Attributes
    ----------
    reason
        "required", "unsupported", "duplicate", "type", "long", "many" or "invalid".
    """

    path: FieldPath
    reason: str
    message: str


def dotted(path: FieldPath) -> str:
    """Return a path as the server writes it: ``spec.items[0].name``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
