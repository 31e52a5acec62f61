"""Names that the server makes: a given beginning and five characters of an alphabet without vowels."""

from __future__ import annotations

import secrets

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_LONGEST = 63 - 5


def generate(beginning: str) -> str:
    """Return a fresh name that starts with (at most 58 characters of) `beginning`."""
    return beginning[:_LONGEST] + suffix()


def suffix() -> str:
    """Return five random characters, as in ``web-7d4b9-x2x9p``."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(5))
