"""What is really there?

Lists page by page as raw JSON, in parallel across kinds, only the kinds and namespaces of the scope. Secrets are masked as objects
enter. What cannot be read is listed as unreadable, never left out.

The trap that shaped it: a namespaced user may list inside a namespace and not across all of them, so a list that is forbidden for
the whole cluster is tried again namespace by namespace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from gitopskit import home
from gitopskit.model.ids import ObjectId
from gitopskit.model.masking import mask_object
from gitopskit.model.objects import Object
from gitopskit.model.plan import Scope
from gitopskit.model.snapshot import Unreadable
from gitopskit.providers.base import Progress
from gitopskit.providers.kubernetes.connection import Connection, error_of
from gitopskit.providers.kubernetes.discovery import ApiResource, Discovery

PAGE_SIZE: Final = 500
PARALLEL_LISTS: Final = 8
LIST_STARTS: Final = 3
FEW_NAMESPACES: Final = 4
NOTHING: Final[Mapping[ObjectId, Object]] = {}
_NOISE: Final = frozenset({
    "Event", "Event.events.k8s.io", "Lease.coordination.k8s.io", "EndpointSlice.discovery.k8s.io", "Endpoints", "ComponentStatus",
    "PodMetrics.metrics.k8s.io", "NodeMetrics.metrics.k8s.io",
})  # fmt: skip


@dataclass(kw_only=True)
class Reading:
    """What a read found.

    Attributes
    ----------
    version
        Of the server that said so.
    """

    version: str = ""
    objects: dict[ObjectId, Object] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """One list to read: a kind, in one namespace or (empty) everywhere."""

    resource: ApiResource
    namespace: str


def read_scope(
    connection: Connection, discovery: Discovery, scope: Scope, progress: Progress, known: Mapping[ObjectId, Object] = NOTHING
) -> Reading:
    """Read everything in the scope; what is as it was is the very object that is known already."""
    reading = Reading(unreadable=list(discovery.unreadable))
    lists = list(_lists(discovery, scope))
    wanted = frozenset(scope.namespaces)
    with ThreadPoolExecutor(PARALLEL_LISTS) as pool:
        for done, (items, problems) in enumerate(pool.map(lambda one: _read_list(connection, one, wanted, known), lists), 1):
            reading.objects.update((item.id, item) for item in items)
            reading.unreadable += problems
            progress("reading", done, len(lists))
    return reading


def read_object(connection: Connection, resource: ApiResource, object_id: ObjectId) -> Object | None:
    """Read one object; None if it is not there."""
    answer = connection.read(resource.path(object_id.namespace, object_id.name))
    if answer.status == 404:
        return None
    if not answer.is_ok:
        raise error_of(answer, connection, resource.path(object_id.namespace, object_id.name))
    return live_object(answer.json(), resource, home.mask_key())


def live_object(body: dict[str, Any], resource: ApiResource, key: bytes) -> Object:
    """Return a live object, secrets masked with the user's key."""
    metadata = body["metadata"]
    body.setdefault("apiVersion", resource.api_version)  # items of a list carry neither
    body.setdefault("kind", resource.kind)
    return Object(
        id=ObjectId(group=resource.group, kind=resource.kind, namespace=metadata.get("namespace", ""), name=metadata["name"]),
        api_version=resource.api_version,
        body=mask_object(body, key=key),
        uid=metadata.get("uid", ""),
        resource_version=metadata.get("resourceVersion", ""),
    )


def same_or_new(body: dict[str, Any], resource: ApiResource, key: bytes, known: Mapping[ObjectId, Object]) -> Object:
    """Return a live object; the known one if it is as it was.

    The version of a built-in object tells that. What a definition makes of a stored object may change without it.
    """
    metadata = body["metadata"]
    object_id = ObjectId(group=resource.group, kind=resource.kind, namespace=metadata.get("namespace", ""), name=metadata["name"])
    before = known.get(object_id)
    if before is None or before.resource_version != metadata.get("resourceVersion"):
        return live_object(body, resource, key)
    if resource.is_built_in and before.uid == metadata.get("uid") and before.api_version == resource.api_version:
        return before
    now = live_object(body, resource, key)
    return before if now == before else now


def _lists(discovery: Discovery, scope: Scope) -> Iterator[_List]:
    if scope.everything:
        resources: Iterable[ApiResource] = (r for name, r in discovery.preferred.items() if "list" in r.verbs and name not in _NOISE)
        yield from (_List(resource=resource, namespace="") for resource in resources)
        return
    for name in scope.group_kinds:
        resource = discovery.preferred.get(name)
        if resource is None or "list" not in resource.verbs:
            continue
        if resource.is_namespaced and len(scope.namespaces) <= FEW_NAMESPACES:
            yield from (_List(resource=resource, namespace=namespace) for namespace in scope.namespaces)
        else:
            yield _List(resource=resource, namespace="")


def _read_list(
    connection: Connection, one: _List, wanted: frozenset[str], known: Mapping[ObjectId, Object]
) -> tuple[list[Object], list[Unreadable]]:
    items, problem = _read_pages(connection, one, known)
    if problem and problem.reason == "Forbidden" and one.resource.is_namespaced and not one.namespace and wanted:
        parts = [_read_pages(connection, _List(resource=one.resource, namespace=namespace), known) for namespace in sorted(wanted)]
        return [item for found, _ in parts for item in found], [failed for _, failed in parts if failed]
    is_wanted: Callable[[Object], bool] = lambda item: not wanted or not item.id.namespace or item.id.namespace in wanted  # noqa: E731
    return [item for item in items if is_wanted(item)], [problem] if problem else []


def _read_pages(connection: Connection, one: _List, known: Mapping[ObjectId, Object]) -> tuple[list[Object], Unreadable | None]:
    found: list[Object] = []
    query: Mapping[str, Any] = {"limit": PAGE_SIZE}
    starts, key = 1, home.mask_key()
    while True:
        answer = connection.read(one.resource.path(one.namespace), query=query)
        if answer.status == 410 and "continue" in query and starts < LIST_STARTS:  # the pages grew too old while we read
            found, query, starts = [], {"limit": PAGE_SIZE}, starts + 1
            continue
        if not answer.is_ok:
            return [], Unreadable(group_kind=one.resource.group_kind, namespace=one.namespace, reason=answer.reason, message=answer.message)
        page = answer.json()
        found += [same_or_new(item, one.resource, key, known) for item in page.get("items") or ()]
        following = page["metadata"].get("continue")
        if not following:
            return found, None
        query = {"limit": PAGE_SIZE, "continue": following}
