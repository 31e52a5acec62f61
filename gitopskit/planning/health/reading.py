"""What stands in a field of a live object, if it is what belongs there?

The two tools read in three ways, and each is kept, because on a malformed status the way decides the word: Argo CD turns the object
into its Go type (*typed*: a wrong type fails the whole), kstatus takes a default for most fields (*lenient*) and fails on a few
(*exact*: even a null fails).

The trap that shaped it: a status is written by whoever may write it. Nothing here may raise anything but `MalformedError`, and a
secret is never what belongs there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from gitopskit.model.values import Sensitive

T = TypeVar("T")

ABSENT: Final = object()
_INT64: Final = 2**63
_NAMES: Final[tuple[tuple[Any, str], ...]] = (
    (bool, "a truth value"),
    (int | float, "a number"),
    (str, "text"),
    (Mapping, "a map"),
    (list, "a list"),
    (Sensitive, "a secret"),
)


class MalformedError(ValueError):
    """A field holds something else than belongs there; the message says which, and what."""

    def __init__(self, path: str, value: Any, belongs: str) -> None:
        found = next((name for type_, name in _NAMES if isinstance(value, type_)), "nothing")
        super().__init__(f"malformed: {path} holds {found} where {belongs} belongs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One entry of ``status.conditions``."""

    type: str
    status: str
    reason: str
    message: str


class Reader:
    """Read the fields of one JSON structure by dotted paths.

    Parameters
    ----------
    value
        The structure; None is read as an empty one.
    place
        Its own path, for messages.
    """

    __slots__ = ("_place", "_value")

    def __init__(self, value: Any, place: str = "") -> None:
        if not isinstance(value, Mapping | None):
            raise MalformedError(place, value, "a map")
        self._value: Mapping[str, Any] = value or {}
        self._place = place

    def find(self, path: str) -> Any:
        """Return whatever stands at `path`, or `ABSENT`."""
        found: Any = self._value
        way: list[str] = []
        for name in path.split("."):
            if found is None:
                return ABSENT
            if not isinstance(found, Mapping):
                raise MalformedError(self.at(".".join(way)), found, "a map")
            found = found.get(name, ABSENT)
            if found is ABSENT:
                return ABSENT
            way.append(name)
        return found

    def has(self, path: str) -> bool:
        """Whether a structure stands there, typed."""
        return self._typed(path, dict, "a map") is not None

    def text(self, path: str) -> str:
        """Return typed text; empty where there is none."""
        return self._typed(path, str, "text") or ""

    def truth(self, path: str) -> bool:
        """Return a typed truth value; False where there is none."""
        return self._typed(path, bool, "a truth value") or False

    def number(self, path: str) -> int:
        """Return a typed number; 0 where there is none."""
        return self.number_or_none(path) or 0

    def number_or_none(self, path: str) -> int | None:
        """Return a typed number, or None where there is none."""
        found = self.find(path)
        if found is ABSENT or found is None:
            return None
        if not is_number(found):
            raise MalformedError(self.at(path), found, "a whole number")
        return int(found)

    def items(self, path: str) -> list[Reader]:
        """Return a typed list of structures; empty where there is none."""
        found = self._typed(path, list, "a list") or []
        return [Reader(item, f"{self.at(path)}[{position}]") for position, item in enumerate(found)]

    def texts(self, path: str) -> list[str]:
        """Return a typed list of text; a null in it is empty text."""
        found = self._typed(path, list, "a list") or []
        for position, item in enumerate(found):
            if not isinstance(item, str | None):
                raise MalformedError(f"{self.at(path)}[{position}]", item, "text")
        return [item or "" for item in found]

    def time(self, path: str) -> datetime | None:
        """Return a typed time; None where there is none."""
        text = self.text(path)
        try:
            return datetime.fromisoformat(text) if text else None
        except ValueError:
            raise MalformedError(self.at(path), text, "a time") from None

    def map(self, path: str) -> Mapping[str, str]:
        """Return a typed map of text; empty where there is none."""
        found: dict[str, Any] = self._typed(path, dict, "a map") or {}
        for name, item in found.items():
            if not isinstance(item, str | None):
                raise MalformedError(f"{self.at(path)}.{name}", item, "text")
        return {name: item or "" for name, item in found.items()}

    def conditions(self) -> list[Condition]:
        """Return ``status.conditions``, typed."""
        return [
            Condition(type=item.text("type"), status=item.text("status"), reason=item.text("reason"), message=item.text("message"))
            for item in self.items("status.conditions")
        ]

    def condition(self, type_: str) -> Condition | None:
        """Return the first condition of a type, typed."""
        return next((item for item in self.conditions() if item.type == type_), None)

    def exact_number(self, path: str) -> int | None:
        """Return a whole number, or None where the field is absent; a null is malformed."""
        found = self.find(path)
        if found is not ABSENT and not is_number(found):
            raise MalformedError(self.at(path), found, "a whole number")
        return None if found is ABSENT else int(found)

    def exact(self, path: str, type_: type[T], belongs: str) -> T | None:
        """Return what is of a type, or None where the field is absent; a null is malformed."""
        found = self.find(path)
        if found is ABSENT:
            return None
        if not isinstance(found, type_):
            raise MalformedError(self.at(path), found, belongs)
        return found

    def lenient(self, path: str, default: T) -> T:
        """Return what stands there if it is of the default's type, else the default."""
        try:
            found = self.find(path)
        except MalformedError:
            return default
        is_fit = is_number(found) if type(default) is int else isinstance(found, type(default))
        return found if is_fit else default

    def _typed(self, path: str, type_: type[T], belongs: str) -> T | None:
        found = self.find(path)
        if found is ABSENT or found is None:
            return None
        if not isinstance(found, type_):
            raise MalformedError(self.at(path), found, belongs)
        return found

    def at(self, path: str) -> str:
        """Return the whole path, for messages."""
        return f"{self._place}.{path}" if self._place and path else self._place or path


def is_number(value: Any) -> bool:
    """Whether a value is a whole number that a Go program would read as one."""
    return type(value) is int and -_INT64 <= value < _INT64
