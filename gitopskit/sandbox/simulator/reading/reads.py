"""What get, list and watch answer, in the form that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from gitopskit.sandbox.kinds.convert import body_of, item_of, to_version
from gitopskit.sandbox.kinds.tables import partial, table
from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.sandbox.machinery.request import JSON, Request, Response, encode
from gitopskit.sandbox.machinery.status import bad_request, internal, not_found
from gitopskit.sandbox.machinery.store import Entry, Store
from gitopskit.sandbox.simulator.reading import lists
from gitopskit.sandbox.simulator.reading.negotiate import Form, check_shape, wanted_form
from gitopskit.sandbox.simulator.reading.watch import Watch
from gitopskit.sandbox.simulator.routing import Route

_INCLUDES = ("Metadata", "Object", "None", "")
_EMPTY = {
    "spec": {"template": {"spec": {}}, "jobTemplate": {"spec": {}}, "versions": [], "names": {}},
    "roleRef": {"kind": "", "name": ""},
}
"""What a row of a bookmark is made of."""

Clock = Callable[[], datetime]


class Reader:
    """The read side of the API."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.is_open: Callable[[], bool] = lambda: True

    def get(self, route: Route, request: Request) -> Response:
        """Answer a get."""
        form = self.form(route, request)
        self._check_revision(request)
        entry = self._store.get(route.resource.storage, route.namespace, route.name)
        if entry is None:
            raise not_found(route.resource.group, route.resource.plural, route.name)
        return Response(body=self.shown(entry, route.resource, form, request))

    def form(self, route: Route, request: Request, *, is_list: bool = False) -> Form:
        """Return the form of an answer about one object, or about a list."""
        form = wanted_form(request.headers, can_watch=route.verb in {"list", "watch"})
        if form.shape == "Table" and (include := request.query.get("includeObject", "")) not in _INCLUDES:
            what = f"includeObject: Invalid value: \"{include}\": must be 'Metadata', 'Object', 'None', or empty"
            raise bad_request(f"Unable to convert to Table as requested: {what}")
        check_shape(form, route.resource, is_list=is_list)
        return form

    def _check_revision(self, request: Request) -> None:
        asked = request.query.get("resourceVersion", "")
        if problem := lists.revision_problem(asked):
            raise internal(problem)
        if asked and int(asked) > self._store.revision:
            raise lists.too_new(int(asked), self._store.revision)

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
        form = self.form(route, request, is_list=True)
        resource = route.resource
        page = lists.read(self._store, route, request)
        if form.shape == "Table":
            return Response(body=encode(self._table(resource, page.entries, page.metadata, request)))
        if form.shape:
            bodies = [encode(partial(entry.object)) for entry in page.entries]
            return Response(body=lists.to_bytes("PartialObjectMetadataList", "meta.k8s.io/v1", page.metadata, bodies))
        if resource.crd:
            page.metadata.setdefault("continue", "")
        items = [item_of(entry, resource) for entry in page.entries]
        return Response(body=lists.to_bytes(resource.list_kind, resource.api_version, page.metadata, items))

    def watch(self, route: Route, request: Request) -> Response:
        """Answer a watch."""
        form = self.form(route, request)
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
                return render(Entry("", {"apiVersion": resource.api_version, **_EMPTY, "metadata": metadata}, 0))
            if form.shape:
                return encode({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
            return encode({"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata})

        watch = Watch(self._store, route, request, render=render, bookmark=bookmark)
        watch.is_open = self.is_open
        return Response(stream=watch.events(), content_type=JSON)

    def _table(self, resource: Resource, entries: Sequence[Entry], metadata: dict[str, Any], request: Request) -> dict[str, Any]:
        objects = [to_version(entry.object, resource) for entry in entries]
        include = request.query.get("includeObject") or "Metadata"
        return table(resource, objects, metadata, self._clock(), include)
