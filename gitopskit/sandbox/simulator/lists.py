"""What a list answers: selectors, pages, and which moment it shows.

A page after the first is cut from the listing that the first page was cut from, so all pages together show one moment. That
listing is kept for a while; afterwards the token is answered with 410, as by a real server that has compacted.

References
----------
Kubernetes API concepts, "Retrieving large results sets in chunks" and "Resource versions".
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from gitopskit.sandbox.simulator.registry import Resource
from gitopskit.sandbox.simulator.request import Request
from gitopskit.sandbox.simulator.routing import Route
from gitopskit.sandbox.simulator.selectors import field_test, label_test
from gitopskit.sandbox.simulator.status import StatusError, bad_request, gone
from gitopskit.sandbox.simulator.store import Entry, Store

Filter = Callable[[Entry], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Entries of one answer, and the list metadata that goes with them."""

    entries: list[Entry]
    metadata: dict[str, Any]


def read(store: Store, route: Route, request: Request) -> Page:
    """Return the page that a list request asks for."""
    limit = _limit(request.query.get("limit"))
    revision, start, entries = _moment(store, route.resource, request)
    wanted = selection(route, request)
    chosen = [e for e in entries if e.key > start and wanted(e)] if wanted is not everything or start else entries
    metadata: dict[str, Any] = {"resourceVersion": str(revision)}
    if limit and len(chosen) > limit:
        store.keep_snapshot(route.resource.storage, revision, entries)
        metadata["continue"] = _token(revision, chosen[limit - 1].key)
        if not ("labelSelector" in request.query or "fieldSelector" in request.query):
            metadata["remainingItemCount"] = len(chosen) - limit
        chosen = chosen[:limit]
    return Page(entries=chosen, metadata=metadata)


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
        tests.append(lambda entry: by_field(entry.object))
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


def _moment(store: Store, resource: Resource, request: Request) -> tuple[int, str, list[Entry]]:
    """Return revision, start key and entries that the page is cut from."""
    token = request.query.get("continue")
    asked = revision_of(request.query.get("resourceVersion", ""))
    if token:
        revision, start = _read_token(token)
        kept = store.snapshot(resource.storage, revision)
        if kept is None:
            raise gone(
                "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
                "the continue parameter, or use the continue token in this response to retrieve the remainder of the results."
            )
        return revision, start, kept
    now, entries = store.at(resource.storage)
    _check_revision(asked, now, request)
    return now, "", entries


def _check_revision(asked: int, now: int, request: Request) -> None:
    match = request.query.get("resourceVersionMatch")
    if match and not request.query.get("resourceVersion"):
        why = "resourceVersionMatch is forbidden unless resourceVersion is provided"
        raise _invalid_options("resourceVersionMatch", why)
    if asked > now:
        raise too_new(asked, now)
    exact = match == "Exact" or (not match and asked and request.query.get("limit", "0") != "0")
    if exact and asked < now:
        raise gone(f"The resourceVersion for the provided list is too old: {asked} (now {now})")


def _invalid_options(field: str, why: str) -> StatusError:
    cause = {"reason": "FieldValueForbidden", "message": f"Forbidden: {why}", "field": field}
    details = {"group": "meta.k8s.io", "kind": "ListOptions", "causes": [cause]}
    return StatusError(422, "Invalid", f'ListOptions.meta.k8s.io "" is invalid: {field}: Forbidden: {why}', details)


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
    if text and not (text.isascii() and text.isdigit() and len(text) < 20):
        why = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        raise bad_request(f'invalid resource version: resourceVersion: Invalid value: "{text}": {why}')
    return int(text or 0)


def _limit(text: str | None) -> int:
    if not text:
        return 0
    if not text.lstrip("+-").isdigit():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return max(0, int(text))


def _token(revision: int, last: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": last})).rstrip(b"=").decode()


def _read_token(text: str) -> tuple[int, str]:
    try:
        token = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return int(token["rv"]), str(token["start"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise bad_request(f"invalid continue token: continue key is not valid: {error}") from error
