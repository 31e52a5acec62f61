"""What does a plain YAML scalar mean to Kubernetes?

kubectl and the API server read YAML 1.1 with a library of their own and pass it through JSON: ``y`` is true, ``010`` is 8, ``1e3`` is
the integer 1000, dates stay text, and a key is always text in the end.
"""

from __future__ import annotations

import re
import struct
from typing import Any, Final

_BOOL: Final = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTEGER: Final = re.compile(r"([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)")


def resolve(text: str) -> Any:
    """Return what a plain scalar means.

    Examples
    --------
    >>> [resolve(text) for text in ("y", "010", "1e3", "1:30", "2024-01-01", "0o10")]
    [True, 8, 1000, '1:30', '2024-01-01', 8]
    """
    if text in _BOOL:
        return _BOOL[text]
    if text in _NULL:
        return None
    first = text[0]
    if first.isdigit() or first in "+-.":
        return _number(text)
    return text


def _number(text: str) -> Any:
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} has no place in JSON")
    if not text.isascii():
        return text
    bare = text.replace("_", "")
    if found := _INTEGER.fullmatch(bare):
        digits = found[2]
        is_octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
        number = int(digits, 8) if is_octal else int(digits[:4000], 0)
        return _as_json(-number if found[1] == "-" else number, bare)
    if _FLOAT.fullmatch(bare):
        value = float(bare)
        return text if value in (float("inf"), float("-inf")) else _as_json(value, bare)
    return text


def _as_json(number: float, text: str) -> Any:
    """Return a number as it comes back from JSON: an int64, or a float."""
    if isinstance(number, float):
        return int(number) if number.is_integer() and abs(number) < 2**63 else number
    if -(2**63) <= number < 2**63:
        return number
    return float(text) if text.lstrip("+-").isdigit() else float(number)


def key_text(key: Any) -> str:
    """Return the text that a resolved key becomes in JSON.

    Raises
    ------
    ValueError
        A key that cannot be text (null, mapping, list).
    """
    match key:
        case str():
            return key
        case bool():
            return "true" if key else "false"
        case int():
            return str(key)
        case float():
            return _short_float(key)
    raise ValueError("a key must be text, a number or a truth value")


def _short_float(number: float) -> str:
    """Return the shortest text of a single-precision float, as kubectl writes such keys."""
    single = struct.unpack("f", struct.pack("f", number))[0]
    for digits in range(1, 10):
        text = f"{single:.{digits - 1}e}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == single:
            exponent = int(text.partition("e")[2])
            return text if not -4 <= exponent < 6 else f"{single:.{max(digits - 1 - exponent, 0)}f}"
    return repr(single)
