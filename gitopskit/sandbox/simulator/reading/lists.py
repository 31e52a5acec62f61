"""What a list answers: selectors, pages, and which moment it shows.

A page after the first shows the revision of the first, so all pages together show one moment. Once the log no longer reaches back so
far, the token is answered with 410, as by a real server that has compacted.

References
----------
Kubernetes API concepts, "Retrieving large results sets in chunks" and "Resource versions".
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from gitopskit.sandbox.kinds.convert import to_version
from gitopskit.sandbox.machinery.causes import Faults
from gitopskit.sandbox.machinery.queries import field_test, label_test
from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.sandbox.machinery.request import Request
from gitopskit.sandbox.machinery.status import StatusError, bad_request, gone, invalid
from gitopskit.sandbox.machinery.store import Entry, Store, too_old
from gitopskit.sandbox.simulator.routing import Route

_VERSION = "meta.k8s.io/v1"
_MATCHES = ("Exact", "NotOlderThan", "")
_TOO_LATE = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the "
    "provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was "
    "returned and now may show up in the list."
)

Filter = Callable[[Entry], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Entries of one answer, and the list metadata that goes with them."""

    entries: list[Entry]
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """Where a list goes on: at which revision (-1: the present), from which key."""

    revision: int
    start: str


def read(store: Store, route: Route, request: Request) -> Page:
    """Return the page that a list request asks for."""
    limit = integer_of(request.query.get("limit"))
    wanted = selection(route, request)
    check_options(request)
    token = _token_of(request)
    revision, entries = _moment(store, route.resource, request, token)
    prefix = f"{route.namespace}/" if route.namespace or not route.resource.namespaced else ""
    rest = [e for e in entries if e.key.startswith(prefix) and e.key >= prefix + token.start]
    metadata: dict[str, Any] = {"resourceVersion": str(revision)}
    if not limit:
        return Page(entries=[e for e in rest if wanted(e)], metadata=metadata)
    at, chosen = _cut(rest, wanted, limit)
    if at < len(rest):
        metadata["continue"] = _token(revision, rest[at - 1].key.removeprefix(prefix) + "\0")
        if not ("labelSelector" in request.query or "fieldSelector" in request.query):
            metadata["remainingItemCount"] = len(rest) - at
    return Page(entries=chosen, metadata=metadata)


def _cut(rest: list[Entry], wanted: Filter, limit: int) -> tuple[int, list[Entry]]:
    """Return where a page ends, and what is on it."""
    chosen: list[Entry] = []
    for at, entry in enumerate(rest):
        if len(chosen) == limit:
            return at, chosen
        if wanted(entry):
            chosen.append(entry)
    return len(rest), chosen


def selection(route: Route, request: Request) -> Filter:
    """Return the test for namespace, name, labels and fields of a list or watch."""
    tests: list[Filter] = []
    if route.namespace:
        prefix = route.namespace + "/"
        tests.append(lambda entry: entry.key.startswith(prefix))
    if route.name:
        tests.append(lambda entry: entry.key == f"{route.namespace}/{route.name}")
    if request.query.get("labelSelector"):
        by_label = label_test(request.query["labelSelector"])
        tests.append(lambda entry: by_label(entry.labels))
    if request.query.get("fieldSelector"):
        by_field = field_test(request.query["fieldSelector"], route.resource)
        tests.append(lambda entry: by_field(to_version(entry.object, route.resource)))
    if len(tests) < 2:
        return tests[0] if tests else everything
    return lambda entry: all(test(entry) for test in tests)


def everything(_: Entry) -> bool:
    """Pick every entry."""
    return True


def to_bytes(kind: str, api_version: str, metadata: dict[str, Any], bodies: Iterable[bytes]) -> bytes:
    """Return the JSON of a list whose items are bytes already."""
    head = orjson.dumps({"kind": kind, "apiVersion": api_version, "metadata": metadata})
    return head[:-1] + b',"items":[' + b",".join(bodies) + b"]}"


def _moment(store: Store, resource: Resource, request: Request, token: _Token) -> tuple[int, list[Entry]]:
    """Return the revision that is shown, and the entries at it."""
    asked = token.revision or revision_of(request.query.get("resourceVersion", ""))
    match = request.query.get("resourceVersionMatch")
    now, entries = store.at(resource.storage)
    if asked > now:
        raise too_new(asked, now)
    is_exact = token.revision > 0 or match == "Exact" or (not match and integer_of(request.query.get("limit")) > 0)
    if asked <= 0 or not is_exact:
        return now, entries
    try:
        return asked, store.as_of(resource.storage, asked)
    except StatusError:
        if not token.start:
            raise too_old(asked, now) from None
        raise gone(_TOO_LATE, {"continue": _token(-1, token.start)}) from None


def check_options(request: Request) -> None:
    """Refuse what a list cannot be asked for (422)."""
    match, revision = request.query.get("resourceVersionMatch"), request.query.get("resourceVersion")
    faults = Faults()
    if match and not revision:
        faults.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided")
    if match and request.query.get("continue"):
        faults.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided")
    if match and match not in _MATCHES:
        faults.unsupported("resourceVersionMatch", match, _MATCHES)
    if match == "Exact" and revision == "0":
        faults.forbidden("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
    if "sendInitialEvents" in request.query:
        faults.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")
    refuse_options(faults)


def refuse_options(faults: Faults) -> None:
    """Refuse the options of a list or watch if there is anything wrong with them."""
    if faults.causes:
        raise invalid("meta.k8s.io", "ListOptions", "", faults.causes)


def too_new(asked: int, now: int) -> StatusError:
    """504 for a revision that has not happened yet."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    details = {"causes": [cause], "retryAfterSeconds": 1}
    return StatusError(504, "Timeout", f"Timeout: Too large resource version: {asked}, current: {now}", details)


def revision_of(text: str) -> int:
    """Return a resourceVersion parameter as a number (0 for none).

    Raises
    ------
    StatusError
        400 if it is not one.
    """
    if problem := revision_problem(text):
        raise bad_request(f"invalid resource version: {problem}")
    return int(text or 0)


def revision_problem(text: str) -> str:
    """Return what is wrong with a resourceVersion parameter."""
    if not text or (text.isascii() and text.isdigit() and len(text) < 20):
        return ""
    return f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'


def integer_of(text: str | None) -> int:
    """Return a parameter that is a number (0 for none, and for a negative one)."""
    if not text:
        return 0
    if not text.lstrip("+-").isdigit():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return max(0, int(text))


def _token(revision: int, last: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps({"v": _VERSION, "rv": revision, "start": last})).rstrip(b"=").decode()


def _token_of(request: Request) -> _Token:
    text = request.query.get("continue")
    if not text:
        return _Token(revision=0, start="")
    if request.query.get("resourceVersion", "0") != "0":
        raise bad_request("specifying resource version is not allowed when using continue")
    problem = f"illegal base64 data at input byte {at}" if (at := _first_odd(text)) is not None else ""
    found: Any = {}
    try:
        found = {} if problem else orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError as error:
        problem = str(error)
    problem = problem or _token_problem(found if isinstance(found, dict) else {})
    if problem:
        raise bad_request(f"invalid continue token: continue key is not valid: {problem}")
    return _Token(revision=found["rv"], start=found["start"])


def _first_odd(text: str) -> int | None:
    """Return where a text stops being base64 for URLs."""
    odd = re.search(r"[^-\w]", text, re.ASCII)
    return odd.start() if odd else len(text) - 1 if len(text) % 4 == 1 else None


def _token_problem(found: dict[str, Any]) -> str:
    version, start = found.get("v", ""), str(found.get("start", ""))
    if version != _VERSION:
        return f"server does not recognize this encoded version {version}"
    if not isinstance(found.get("rv"), int) or not found["rv"]:
        return f"incorrect encoded start resourceVersion (version {version})"
    if not start:
        return f"encoded start key empty (version {version})"
    return start if ".." in start.split("/") else ""
