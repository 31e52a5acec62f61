"""Faults on demand: which requests go wrong, and how.

A fault is drawn for a request that is allowed, before it is carried out (or after, with `commit`). What is drawn depends on the seed and
on the order of the matching requests alone. The controllers' own writes are spared.

The trap that shaped it: a real server refuses in several voices. What comes from the API is a Status; what comes from the layers around
it (too many requests, nothing behind a service) is plain text; a timeout is a Status without kind, called plain text.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any

from gitopskit.sandbox.machinery.request import Request, Response, encode
from gitopskit.sandbox.machinery.status import conflict, gone, internal
from gitopskit.sandbox.simulator.routing import Route
from gitopskit.sandbox.simulator.writing.writer import OPTIMISTIC

LONGEST_S = 120.0
_READS = ("get", "list", "watch")
_WRITES = ("create", "update", "patch", "delete", "deletecollection")
_GROUPS = {"": _READS + _WRITES, "read": _READS, "write": _WRITES}
_PASSING = ("latency", "watch 410", "slow watch")
_TEXTS = {
    429: b"Too many requests, please try again later.",
    503: b"service unavailable",
    504: b'{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout",'
    b'"reason":"Timeout","details":{},"code":504}',
}
_KNOWN = (409, 500, *_TEXTS, "cut", *_PASSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong, and with which requests.

    Parameters
    ----------
    what
        409, 429, 500, 503, 504, "latency", "cut" (the connection), "watch 410" or "slow watch".
    verb
        As RBAC has it, or "read", "write"; any by default.
    kind
        "deployments", "deployments/status", "deployments.apps" or "Deployment"; any by default.
    nth
        Only that one of the matching requests, counted from 1.
    probability
        How likely each of them is hit.
    times
        How many are hit at most; 0 for all.
    dry_run
        Whether dry-runs alone (True) or none of them (False) match.
    commit
        Whether the request is carried out before it fails.
    after_events
        How many events a watch gives before its 410.
    """

    what: int | str
    verb: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    nth: int = 0
    probability: float = 1.0
    times: int = 0
    dry_run: bool | None = None
    commit: bool = False
    retry_after_s: int = 1
    latency_s: float = 1.0
    after_events: int = 0

    def __post_init__(self) -> None:
        if self.what not in _KNOWN:
            raise ValueError(f"no fault {self.what!r}: choose {', '.join(map(str, _KNOWN))}")
        if not (0 <= self.probability <= 1 and 0 <= self.latency_s <= LONGEST_S):
            raise ValueError(f"a probability is 0 to 1, a latency 0 to {LONGEST_S:g} s")

    def concerns(self, route: Route, request: Request) -> bool:
        """Whether a request is one of those that may be hit."""
        resource = route.resource
        target = "/".join(filter(None, (resource.plural, route.subresource)))
        kinds = {"", target} | ({resource.kind.lower(), resource.qualified} if not route.subresource else set())
        return (
            route.verb in _GROUPS.get(self.verb, (self.verb,))
            and (route.verb == "watch" or "watch" not in str(self.what))
            and self.kind.lower() in kinds
            and self.namespace in ("", route.namespace)
            and self.name in ("", route.name)
            and self.dry_run in (None, "dryRun" in request.query)
        )


@dataclass(slots=True)
class _Armed:
    fault: Fault
    chance: random.Random
    met: int = 0
    hit: int = 0

    def draw(self) -> bool:
        """Count a request that matches, and say whether it is hit."""
        fault = self.fault
        self.met += 1
        is_spared = self.chance.random() >= fault.probability
        if is_spared or (fault.nth and self.met != fault.nth) or (fault.times and self.hit >= fault.times):
            return False
        self.hit += 1
        return True


@dataclass(slots=True)
class Faults:
    """The faults that hold now."""

    _armed: dict[int, list[_Armed]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def begin(self, described: Sequence[Mapping[str, Any]], seed: int) -> int:
        """Let faults hold, and return the number to end them by."""
        armed = [_Armed(Fault(**item), random.Random(f"{seed}/{place}")) for place, item in enumerate(described)]  # noqa: S311 - reproducible
        with self._lock:
            number = next(self._numbers)
            self._armed[number] = armed
        return number

    def end(self, number: int) -> list[dict[str, Any]]:
        """End faults, and return each with how many requests it met and hit; none if they had ended."""
        with self._lock:
            return [asdict(armed.fault) | {"met": armed.met, "hit": armed.hit} for armed in self._armed.pop(number, [])]

    def meet(self, route: Route, request: Request, carry_out: Callable[[], Response]) -> Response:
        """Carry a request out, or let it go wrong."""
        if not self._armed:
            return carry_out()
        with self._lock:
            matching = [armed for faults in self._armed.values() for armed in faults if armed.fault.concerns(route, request)]
            hit = [armed.fault for armed in matching if armed.draw()]
        if not hit:
            return carry_out()
        return _go_wrong(hit[0], route, carry_out)


def _go_wrong(fault: Fault, route: Route, carry_out: Callable[[], Response]) -> Response:
    if fault.what == "latency":
        time.sleep(fault.latency_s)
    if fault.commit or fault.what in _PASSING:
        answer = carry_out()  # a refusal of its own is the truth, and goes out
    match fault.what:
        case "latency":
            return answer
        case "watch 410" | "slow watch":
            return Response(stream=_spoilt(fault, answer.stream or iter(())))
        case "cut":
            raise ConnectionAbortedError
        case 409:
            raise conflict(route.resource.group, route.resource.plural, route.name, OPTIMISTIC)
        case 500:
            raise internal("etcdserver: leader changed")
    status, headers = (
        int(fault.what),
        [("x-content-type-options", "nosniff")] + [("retry-after", str(fault.retry_after_s))] * (fault.what == 429),
    )
    return Response(status=status, body=_TEXTS[status] + b"\n", content_type="text/plain; charset=utf-8", headers=tuple(headers))


def _spoilt(fault: Fault, stream: Iterator[bytes]) -> Iterator[bytes]:
    left = fault.after_events if fault.what == "watch 410" else -1
    for chunk in stream if left else ():
        if chunk and fault.what == "slow watch":
            time.sleep(fault.latency_s)
        yield chunk
        left -= bool(chunk)
        if not left:
            break
    if not left:
        yield b'{"type":"ERROR","object":%s}\n' % encode(gone("too old resource version").to_json())
