"""Values that must not be shown, and values that nobody knows yet.

A secret becomes `Sensitive` where it enters the model, so that no view, error, log, saved file or ``repr`` has to remember to hide
it. It shows one fixed mark, tells equal from different by a fingerprint under the user's own key, and gives the value out through
`reveal` alone, which is called by what sends an object to its system and by nothing else (a test holds that).

The trap that shaped it: length, prefix and plain digest of a secret all give it away.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

MASK: Final = "(sensitive)"

_ABSENT: Final = object()


class Sensitive:
    """A value that is compared and passed on, never shown.

    Parameters
    ----------
    fingerprint
        Keyed digest of the value, equal for equal secrets of one user.
    value
        The value itself; absent in a plan that was loaded from a file.
    """

    __slots__ = ("_value", "fingerprint")

    def __init__(self, fingerprint: str, value: Any = _ABSENT) -> None:
        self.fingerprint = fingerprint
        self._value = value

    @property
    def has_value(self) -> bool:
        """Whether `reveal` can give the value out."""
        return self._value is not _ABSENT

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sensitive) and hmac.compare_digest(self.fingerprint, other.fingerprint)

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> tuple[type[Sensitive], tuple[str]]:
        return (Sensitive, (self.fingerprint,))  # a pickle (cache, executor) carries the fingerprint alone


class Unknown(Enum):
    """A value that only the apply will tell; its own value is how it is saved."""

    UNKNOWN = MappingProxyType({"$unknown": True})

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return "(known after apply)"


UNKNOWN: Final = Unknown.UNKNOWN


def mask(value: Any, *, key: bytes, compared_as: bytes | None = None) -> Sensitive:
    """Wrap a secret.

    Parameters
    ----------
    value
        What `reveal` will give back.
    key
        The user's mask key.
    compared_as
        The bytes that decide equality, where two spellings mean one secret (base64 and its content). Without it, text is its own
        content, and everything else tells its type: 5 is not "5".
    """
    content = compared_as if compared_as is not None else _content(value)
    return Sensitive(hmac.digest(key, content, "sha256").hex()[:32], value)


def _content(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else repr(value).encode() + b"\0"


def reveal(value: Any) -> Any:
    """Return a copy of `value` (any JSON structure) with the secrets in it, to be sent and then forgotten.

    Raises
    ------
    ValueError
        A secret came from a saved plan and has no value here.
    """
    match value:
        case Sensitive():
            if not value.has_value:
                raise ValueError("a saved plan holds no secret values: render its commit again")
            return value._value  # noqa: SLF001 - the one audited way out
        case Mapping():
            return {name: reveal(item) for name, item in value.items()}
        case list() | tuple():
            return [reveal(item) for item in value]
    return value
