"""One spelling for one value: the bytes under every digest and every saved file.

Secrets are written as their fingerprint, unknown values as a marker; both come back as what they were. Tuples become lists, keys
are sorted, so that dict order never changes a digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, Final

import orjson

from gitopskit.model.values import UNKNOWN, Sensitive

SENSITIVE_KEY: Final = "$sensitive"
_OPTIONS: Final = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def canonical_json(value: Any) -> bytes:
    """Return the canonical JSON of any structure of nouns, mappings, sequences and scalars: that of `to_plain`, written in one go."""
    return orjson.dumps(value, default=_plainer, option=_OPTIONS)


def _plainer(value: Any) -> Any:
    """Return what is no JSON by itself one step nearer to it."""
    if isinstance(value, Mapping) and not isinstance(value, dict):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, Sensitive):
        return _written(value)
    return to_plain(value)


def _written(value: Any) -> dict[str, Any]:
    """Return the fields of a noun that are written: an optional one only where it says something: older files stay what they are."""
    always, optional = saved_fields(value.__class__)
    written = {name: getattr(value, name) for name in always}
    for name in optional:
        if found := getattr(value, name):
            written[name] = found
    return written


@cache
def saved_fields(noun: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the fields of a noun that are always written, and of those that are optional."""
    saved = [item for item in fields(noun) if item.metadata.get("saved", True)]
    optional = tuple(item.name for item in saved if item.metadata.get("optional"))
    return tuple(item.name for item in saved if item.name not in optional), optional


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def to_plain(value: Any) -> Any:
    """Return `value` in JSON's own types; secrets as fingerprints, moments in ISO 8601, nouns as objects by field name."""
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, Enum)):
        return value
    match value:
        case Sensitive():
            return {SENSITIVE_KEY: value.fingerprint}
        case Enum():
            return to_plain(value.value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Mapping():
            return {str(name): to_plain(item) for name, item in value.items()}
        case list() | tuple():
            return [to_plain(item) for item in value]
        case set() | frozenset():
            return sorted(to_plain(item) for item in value)
    if is_dataclass(value):
        return {name: to_plain(item) for name, item in _written(value).items()}
    raise TypeError(f"no canonical JSON for {type(value).__name__}")


def from_plain(value: Any) -> Any:
    """Return a saved JSON structure with its secrets (without value) and unknowns marked again."""
    match value:
        case {"$sensitive": str(fingerprint)} if len(value) == 1:
            return Sensitive(fingerprint)
        case {"$unknown": True} if len(value) == 1:
            return UNKNOWN
        case dict():
            return {name: from_plain(item) for name, item in value.items()}
        case list():
            return [from_plain(item) for item in value]
    return value
