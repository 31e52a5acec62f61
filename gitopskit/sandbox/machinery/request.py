"""What goes in at the simulator's one door, and what comes out.

Header names are lower case. A body is bytes in, bytes out; a watch answers with an iterator of chunks instead of a body.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who asks: a name and the groups that RBAC looks at."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, already framed.

    Parameters
    ----------
    path
        The path as sent, percent-encoded, without the query.
    query
        The first value of each query parameter.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP answer: a whole body, or a stream of chunks."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    stream: Iterator[bytes] | None = None


def encode(value: Any) -> bytes:
    """Return the value as JSON bytes."""
    return orjson.dumps(value)


def copy(value: Any) -> Any:
    """Return a deep copy of a JSON value (through its bytes: the fastest way there is)."""
    return orjson.loads(orjson.dumps(value))
