"""How does Kubernetes spell an amount?

A quantity keeps the family of its suffix (``Ki``, ``k``, ``e3``) and is stored in canonical form: no fraction, the largest suffix
that loses nothing. Finer than a thousand-millionth is rounded up.

The trap that shaped it: what looks canonical at first sight is stored as it came, ``1.500`` and ``+1`` too.

References
----------
Kubernetes API, ``resource.Quantity``.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from functools import lru_cache
from typing import Final

_PATTERN: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?")
_PARTS: Final = re.compile(r"[+-]?(?P<whole>\d*)(\.(?P<fraction>\d*))?(?P<suffix>[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?")
_DIGITS: Final = 18
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY: Final = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_SUFFIX: Final = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_MOST: Final = Decimal(2**63 - 1)
_NANO: Final = Decimal("1e-9")
_PRECISE: Final = Context(prec=200)


@lru_cache(maxsize=16384)
def parse(text: str | int | float) -> Decimal:
    """Return the amount.

    Raises
    ------
    ValueError
        It is no quantity.
    """
    number, suffix = _split(str(text))
    if suffix in _BINARY:
        return min(_rounded(number * 1024 ** _BINARY[suffix]), _MOST)
    return _rounded(number.scaleb(_exponent(suffix)))


def _exponent(suffix: str) -> int:
    return int(suffix[1:]) if suffix[:1] in ("e", "E") and len(suffix) > 1 else _DECIMAL[suffix]


@lru_cache(maxsize=16384)
def canonicalise(text: str | int | float) -> str:
    """Return the spelling in which the server stores the amount.

    Examples
    --------
    >>> [canonicalise(text) for text in ("0.1", "1000", "1024Mi", "1e3", "0.5Gi", "1.5")]
    ['100m', '1k', '1Gi', '1e3', '512Mi', '1500m']
    """
    given = str(text).strip()
    return given if _is_kept(given) else _spelled(parse(text), _split(given)[1])


def _is_kept(text: str) -> bool:
    """Whether the server takes a spelling for canonical already, which is not quite the same as being it."""
    found = _PARTS.fullmatch(text)
    if not found:
        return False
    whole, fraction, suffix = found["whole"].lstrip("0") or "0", found["fraction"] or "", found["suffix"] or ""
    if suffix in _BINARY:
        return not fraction and len(whole) + 3 * _BINARY[suffix] < _DIGITS - 3 and int(whole) % 8 != 0
    scale = _exponent(suffix) - len(fraction)
    digits = whole + fraction
    return len(digits) <= _DIGITS and scale >= -9 and scale % 3 == 0 and not digits.endswith("000") and digits[0] != "0"


@lru_cache(maxsize=16384)
def add(left: str, right: str, sign: int = 1) -> str:
    """Return the sum (or difference) of two amounts, in the family of the first that is not zero.

    Examples
    --------
    >>> add("0", "1Gi"), add("1Gi", "512M"), add("1", "700m", -1)
    ('1Gi', '1548576Ki', '300m')
    """
    amount = parse(left) + sign * parse(right)
    return _spelled(amount, _split(str(left if parse(left) else right))[1])


@lru_cache(maxsize=16384)
def multiply(text: str, times: int) -> str:
    """Return so many times an amount, in its own family.

    Examples
    --------
    >>> multiply("512Mi", 3), multiply("500m", 4)
    ('1536Mi', '2')
    """
    return _spelled(parse(text) * times, _split(text)[1])


def _spelled(amount: Decimal, suffix: str) -> str:
    if suffix in _BINARY and abs(amount) >= 1024 and amount == amount.to_integral_value():
        return _binary(amount)
    mantissa, exponent = _scaled(amount)
    if suffix[:1] in ("e", "E") and len(suffix) > 1:
        return f"{mantissa}e{exponent}" if exponent else str(mantissa)
    return f"{mantissa}{_SUFFIX[exponent]}"


def compare(left: str | int | float, right: str | int | float) -> int:
    """Return -1, 0 or 1 as the left amount is smaller, equal or larger."""
    a, b = parse(left), parse(right)
    return (a > b) - (a < b)


def _split(text: str) -> tuple[Decimal, str]:
    found = _PATTERN.fullmatch(text.strip())
    if not found:
        raise ValueError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
    return Decimal(found[1]), found[2] or ""


def _rounded(amount: Decimal) -> Decimal:
    if amount == amount.to_integral_value():
        return amount
    return amount.quantize(_NANO, rounding=ROUND_CEILING if amount > 0 else ROUND_FLOOR, context=_PRECISE)


def _scaled(amount: Decimal) -> tuple[int, int]:
    """Return mantissa and exponent, the exponent a multiple of three between -9 and 18."""
    if not amount:
        return 0, 0
    sign, digits, exponent = amount.normalize().as_tuple()
    mantissa = int("".join(map(str, digits))) * (-1 if sign else 1)
    shift = int(exponent)
    while shift % 3 or shift > 18:
        mantissa, shift = mantissa * 10, shift - 1
    return mantissa, shift


def _binary(amount: Decimal) -> str:
    whole, power = int(amount), 0
    while whole and whole % 1024 == 0 and power < 6:
        whole, power = whole // 1024, power + 1
    suffix = next((name for name, value in _BINARY.items() if value == power), "")
    return f"{whole}{suffix}"
