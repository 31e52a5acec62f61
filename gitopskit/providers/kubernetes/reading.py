"""What is really there?

Lists as raw JSON, in parallel across kinds, what the selection asks for, and lets go at once of what it does not keep.
Secrets are masked as objects enter. What cannot be read is listed as unreadable, never left out.

The trap that shaped it: a namespaced user may list inside a namespace and not across all of them, so a list that is forbidden for
the whole cluster is tried again namespace by namespace.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from gitopskit import home
from gitopskit.model.ids import ObjectId
from gitopskit.model.masking import mask_object, remembered_object
from gitopskit.model.objects import Object
from gitopskit.model.snapshot import Unreadable
from gitopskit.providers.base import Progress
from gitopskit.providers.kubernetes.connection import Connection, LostAnswerError, error_of
from gitopskit.providers.kubernetes.discovery import ApiResource, Discovery
from gitopskit.providers.kubernetes.pages import PartialListError, read_pages
from gitopskit.providers.kubernetes.selection import OneList, Selection
from gitopskit.workers import workers

PARALLEL_LISTS: Final = 8
TICK_S: Final = 0.2
METADATA_ONLY: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
NOTHING: Final[Mapping[ObjectId, Object]] = {}


@dataclass(kw_only=True)
class Reading:
    """What a read found.

    Attributes
    ----------
    version
        Of the server that said so.
    """

    version: str = ""
    objects: Mapping[ObjectId, Object] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)


def read_scope(
    connection: Connection,
    discovery: Discovery,
    selection: Selection,
    existing: list[str] | None,
    progress: Progress,
    known: Mapping[ObjectId, Object] = NOTHING,
) -> Reading:
    """Read what is selected; what is as it was is the very object that is known already.

    Parameters
    ----------
    existing
        The namespaces that there are, where the selection needs them.
    """
    objects: dict[ObjectId, Object] = {}
    reading = Reading(objects=objects, unreadable=list(discovery.unreadable))
    lists = list(selection.lists(discovery, existing))
    tally = _Tally(progress, len(lists))
    with workers(PARALLEL_LISTS) as pool:
        futures = [pool.submit(_read_list, connection, one, selection, known, tally) for one in lists]
        tally.watch(futures)
        for future in futures:
            items, problems = future.result()
            objects.update((item.id, item) for item in items)
            reading.unreadable += problems
    return reading


class _Tally:
    """Counts what the threads read, and tells of it from the thread that waits for them."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total = progress, total
        self._lock = threading.Lock()
        self._objects, self._busy = 0, ""

    def add(self, group_kind: str, count: int) -> None:
        """Note a page."""
        with self._lock:
            self._objects += count
            self._busy = group_kind

    def watch(self, futures: list[Future[Any]]) -> None:
        """Tell how far it is until all is read."""
        left: set[Future[Any]] = set(futures)
        while left:
            _, left = wait(left, TICK_S, return_when=FIRST_COMPLETED)
            self._progress("reading", self._total - len(left), self._total, self._busy, self._objects)


def read_object(connection: Connection, resource: ApiResource, object_id: ObjectId) -> Object | None:
    """Read one object; None if it is not there."""
    answer = connection.read(resource.path(object_id.namespace, object_id.name))
    if answer.status == 404:
        return None
    if not answer.is_ok:
        raise error_of(answer, connection, resource.path(object_id.namespace, object_id.name))
    return live_object(answer.json(), resource, home.mask_key())


def id_of(body: Mapping[str, Any], resource: ApiResource) -> ObjectId:
    """Return the identity of an object of that kind."""
    metadata = body["metadata"]
    return ObjectId(group=resource.group, kind=resource.kind, namespace=metadata.get("namespace", ""), name=metadata["name"])


def live_object(body: dict[str, Any], resource: ApiResource, key: bytes) -> Object:
    """Return a live object, secrets masked with the user's key."""
    metadata = body["metadata"]
    body.setdefault("apiVersion", resource.api_version)  # items of a list carry neither
    body.setdefault("kind", resource.kind)
    return Object(
        id=id_of(body, resource),
        api_version=resource.api_version,
        body=mask_object(body, key=key),
        uid=metadata.get("uid", ""),
        resource_version=metadata.get("resourceVersion", ""),
        remembered=remembered_object(body, key=key),
    )


def same_or_new(object_id: ObjectId, body: dict[str, Any], resource: ApiResource, key: bytes, known: Mapping[ObjectId, Object]) -> Object:
    """Return a live object; the known one if it is as it was.

    The version of a built-in object tells that. What a definition makes of a stored object may change without it.
    """
    metadata = body["metadata"]
    before = known.get(object_id)
    if before is None or before.resource_version != metadata.get("resourceVersion"):
        return live_object(body, resource, key)
    if resource.is_built_in and before.uid == metadata.get("uid") and before.api_version == resource.api_version:
        return before
    now = live_object(body, resource, key)
    return before if now == before else now


def existing_namespaces(connection: Connection) -> list[str] | None:
    """Return the names of the namespaces; None where they could not be listed."""
    try:
        return read_pages(connection, "/api/v1/namespaces", {}, lambda item: item["metadata"]["name"], METADATA_ONLY)[0]
    except (PartialListError, LostAnswerError):
        return None


def _read_list(
    connection: Connection, one: OneList, selection: Selection, known: Mapping[ObjectId, Object], tally: _Tally
) -> tuple[list[Object], list[Unreadable]]:
    items, problem = _read_part(connection, one, selection, known, tally)
    wanted = sorted(selection.scope.namespaces)
    if problem and problem.reason == "Forbidden" and one.resource.is_namespaced and not one.namespace and wanted:
        parts = [_read_part(connection, replace(one, namespace=namespace), selection, known, tally) for namespace in wanted]
        return [item for found, _ in parts for item in found], [failed for _, failed in parts if failed]
    return items, [problem] if problem else []


def _read_part(
    connection: Connection, one: OneList, selection: Selection, known: Mapping[ObjectId, Object], tally: _Tally
) -> tuple[list[Object], Unreadable | None]:
    """Return what is kept of a list; nothing of it where a part of it could not be read."""
    key = home.mask_key()

    def keep(item: dict[str, Any]) -> Object | None:
        object_id = id_of(item, one.resource)
        return same_or_new(object_id, item, one.resource, key, known) if selection.keeps(object_id, item["metadata"]) else None

    try:
        told = partial(tally.add, one.resource.group_kind)
        return read_pages(connection, one.resource.path(one.namespace), one.query, keep, told=told)[0], None
    except PartialListError as error:
        reason, message = error.reason, error.what
    except LostAnswerError as error:
        reason, message = "Unreachable", error.what
    return [], Unreadable(group_kind=one.resource.group_kind, namespace=one.namespace, reason=reason, message=message)
