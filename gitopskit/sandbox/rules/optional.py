"""Values that may not be there: what ``?.`` and ``optional.of`` give, and the old value of a rule that asks for one that may be missing."""

from __future__ import annotations

from typing import Any

from gitopskit.sandbox.rules.errors import failure


class Maybe:
    """A value that may not be there."""

    def __init__(self, *values: Any) -> None:
        self.values = values

    def value(self) -> Any:
        """Return the value, or the error that there is none."""
        return self.values[0] if self.values else failure("optional.none() dereference")

    def inside(self, key: Any) -> Any:
        """Return what is in the value under a key, which may not be there either."""
        target = self.values[0] if self.values else None
        if isinstance(target, list) and isinstance(key, int):
            return Maybe(target[key]) if 0 <= key < len(target) else Maybe()
        if target is not None and not isinstance(target, dict):
            return failure("no such overload")
        return Maybe(target[key]) if target is not None and key in target else Maybe()


def as_maybe(value: Any) -> Maybe:
    """Return a value as one that may not be there."""
    return value if isinstance(value, Maybe) else Maybe(value)
