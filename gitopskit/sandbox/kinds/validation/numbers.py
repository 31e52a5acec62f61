"""Rules for counts, and for counts that may be percentages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.machinery.causes import NOT_NEGATIVE, PERCENT, Faults


def check_not_negative(spec: Mapping[str, Any], names: tuple[str, ...], path: str, faults: Faults) -> None:
    """Check that counts are not below zero."""
    for name in names:
        if isinstance(spec.get(name), int) and spec[name] < 0:
            faults.invalid(f"{path}.{name}", spec[name], NOT_NEGATIVE)


def check_share(value: Any, field: str, faults: Faults, *, limited: bool = False) -> None:
    """Check a count or percentage.

    Parameters
    ----------
    limited
        Whether more than everything makes no sense.
    """
    if isinstance(value, int):
        if value < 0:
            faults.invalid(field, value, NOT_NEGATIVE)
    elif not re.fullmatch("[0-9]+%", value):
        faults.invalid(field, value, PERCENT)
    elif limited and int(value[:-1]) > 100:
        faults.invalid(field, value, "must not be greater than 100%")


def is_zero(value: Any) -> bool:
    """Whether a count or percentage is none."""
    return value in (None, 0, "0", "0%")
