"""Is a text of the format that a schema asks for?

Formats that are not known here ask for nothing, as on the real server.

References
----------
Kubernetes, CustomResourceDefinition, ``format``; OpenAPI's registry of formats.
"""

from __future__ import annotations

import binascii
import ipaddress
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_HOST: Final = re.compile(r"(?=.{1,255}$)([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?\.?")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_MAC: Final = re.compile(r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
_DURATION: Final = re.compile(r"[-+]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h|d|w)\s*)+|0")


def has_format(text: str, name: str) -> bool:
    """Whether a text has a format.

    Examples
    --------
    >>> has_format("tomorrow", "date-time"), has_format("2026-01-01T00:00:00Z", "date-time"), has_format("x", "unheard-of")
    (False, True, True)
    """
    try:
        check = _CHECKS.get(name)
        return check is None or bool(check(text))
    except (ValueError, binascii.Error):
        return False


def _date_time(text: str) -> bool:
    return bool(_DATE_TIME.fullmatch(text)) and datetime.fromisoformat(text) is not None


_CHECKS: Final[Mapping[str, Callable[[str], Any]]] = {
    "byte": lambda text: b64decode(text, validate=True) is not None,
    "cidr": lambda text: "/" in text and ipaddress.ip_network(text, strict=False),
    "date": lambda text: len(text) == 10 and date.fromisoformat(text),
    "date-time": _date_time,
    "datetime": _date_time,
    "duration": _DURATION.fullmatch,
    "email": _EMAIL.fullmatch,
    "hostname": _HOST.fullmatch,
    "ipv4": ipaddress.IPv4Address,
    "ipv6": ipaddress.IPv6Address,
    "mac": _MAC.fullmatch,
    "uri": lambda text: urlsplit(text).scheme or text.startswith("/"),
    "uuid": UUID,
}
