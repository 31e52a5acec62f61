"""What get, list and watch answer, in the form that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from gitopskit.sandbox.simulator import lists
from gitopskit.sandbox.simulator.convert import body_of, item_of, to_version
from gitopskit.sandbox.simulator.negotiate import Form, wanted_form
from gitopskit.sandbox.simulator.registry import Resource
from gitopskit.sandbox.simulator.request import JSON, Request, Response, encode
from gitopskit.sandbox.simulator.routing import Route
from gitopskit.sandbox.simulator.status import not_found
from gitopskit.sandbox.simulator.store import Entry, Store
from gitopskit.sandbox.simulator.tables import partial, table
from gitopskit.sandbox.simulator.watch import Watch

_ONE = frozenset({"Table", "PartialObjectMetadata"})
_MANY = frozenset({"Table", "PartialObjectMetadataList"})
_WATCHED = frozenset({"Table", "PartialObjectMetadata"})

Clock = Callable[[], datetime]


class Reader:
    """The read side of the API."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.is_open: Callable[[], bool] = lambda: True

    def get(self, route: Route, request: Request) -> Response:
        """Answer a get."""
        form = wanted_form(request.headers, _ONE)
        entry = self._store.get(route.resource.storage, route.namespace, route.name)
        if entry is None:
            raise not_found(route.resource.group, route.resource.plural, route.name)
        return Response(body=self.shown(entry, route.resource, form, request))

    def shown(self, entry: Entry, resource: Resource, form: Form, request: Request) -> bytes:
        """Return one object in the form that was asked for."""
        if form.shape == "Table":
            metadata = {"resourceVersion": entry.object["metadata"].get("resourceVersion", "")}
            return encode(self._table(resource, [entry], metadata, request))
        if form.shape:
            return encode(partial(entry.object))
        return body_of(entry, resource)

    def list(self, route: Route, request: Request) -> Response:
        """Answer a list."""
        form = wanted_form(request.headers, _MANY)
        resource = route.resource
        page = lists.read(self._store, route, request)
        if form.shape == "Table":
            return Response(body=encode(self._table(resource, page.entries, page.metadata, request)))
        if form.shape:
            bodies = [encode(partial(entry.object)) for entry in page.entries]
            return Response(body=lists.to_bytes("PartialObjectMetadataList", "meta.k8s.io/v1", page.metadata, bodies))
        items = [item_of(entry, resource) for entry in page.entries]
        return Response(body=lists.to_bytes(resource.list_kind, resource.api_version, page.metadata, items))

    def watch(self, route: Route, request: Request) -> Response:
        """Answer a watch."""
        form = wanted_form(request.headers, _WATCHED)
        resource = route.resource
        is_first = [True]

        def render(entry: Entry) -> bytes:
            if form.shape != "Table":
                return self.shown(entry, resource, form, request)
            metadata = {"resourceVersion": entry.object["metadata"]["resourceVersion"]}
            shown = self._table(resource, [entry], metadata, request)
            if not is_first[0]:
                shown["columnDefinitions"] = None
            is_first[0] = False
            return encode(shown)

        def bookmark(metadata: dict[str, Any]) -> bytes:
            if form.shape == "Table":
                return encode(
                    {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": None, "rows": []}
                )
            if form.shape:
                return encode({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
            return encode({"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata})

        watch = Watch(self._store, route, request, render=render, bookmark=bookmark)
        watch.is_open = self.is_open
        return Response(stream=watch.events(), content_type=JSON)

    def _table(self, resource: Resource, entries: Sequence[Entry], metadata: dict[str, Any], request: Request) -> dict[str, Any]:
        objects = [to_version(entry.object, resource) for entry in entries]
        include = request.query.get("includeObject", "Metadata")
        return table(resource, objects, metadata, self._clock(), include)
