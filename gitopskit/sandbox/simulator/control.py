"""How the controllers reach the API: through the same write path as a person's request, under names of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.machinery.request import User, copy
from gitopskit.sandbox.machinery.status import no_such_path
from gitopskit.sandbox.machinery.store import Happening
from gitopskit.sandbox.simulator.access.rbac import MASTERS
from gitopskit.sandbox.simulator.admission.webhooks import asking
from gitopskit.sandbox.simulator.api import Api
from gitopskit.sandbox.simulator.options import Intent
from gitopskit.sandbox.simulator.routing import Route
from gitopskit.sandbox.simulator.writing import deletion, subresources

Object = Mapping[str, Any]

_CONTROLLER = User(name="system:kube-controller-manager", groups=(MASTERS, "system:authenticated"))


class Control:
    """The controllers' access to one API; it satisfies `controllers.api.ControlApi`."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._queue = api.store.listen()
        self.failures = api.failures

    def changes(self) -> Iterable[Happening]:
        """Return what was written since the last call, oldest first."""
        found = []
        while self._queue:
            found.append(self._queue.popleft())
        return found

    def now(self) -> datetime:
        """Return the server's time."""
        return self._api.clock()

    def serves(self, api_version: str, kind: str) -> bool:
        """Whether such objects can exist at all."""
        group, _, version = api_version.rpartition("/")
        return self._api.registry.of_kind(group, version, kind) is not None

    def create(self, body: Object, *, manager: str) -> Object:
        """Store a new object and return it."""
        intent = self._intent(body, manager)
        return asking(intent.route, lambda: self._api.writer.create(intent, copy(dict(body)), [])).object

    def update(self, body: Object, *, manager: str, subresource: str = "") -> Object:
        """Replace an object, or its ``status`` or ``finalize`` part."""
        intent = self._intent(body, manager, name=body["metadata"]["name"], subresource=subresource)
        return asking(intent.route, lambda: self._api.writer.update(intent, copy(dict(body)), [])).object

    def apply(self, body: Object, *, manager: str, subresource: str = "") -> Object:
        """Apply what a controller wants of an object, whoever else does."""
        intent = replace(self._intent(body, manager, name=body["metadata"]["name"], subresource=subresource), force=True)
        return asking(intent.route, lambda: self._api.writer.apply(intent, copy(dict(body)))).object

    def delete(
        self, storage: StorageKey, namespace: str, name: str, *, uid: str = "", propagation: str = "", grace_s: int | None = None
    ) -> None:
        """Delete an object if it still has this uid."""
        resource = self._api.registry.stored().get(storage)
        if resource is None:
            raise no_such_path()
        route = Route(verb="delete", resource=resource, namespace=namespace, name=name)
        options = deletion.DeleteOptions(uid=uid, policy=propagation, grace_s=grace_s)
        intent = Intent(route=route, user=_CONTROLLER, manager="", now=self._api.now())
        asking(route, lambda: self._api.remove(intent, options))

    def bind(self, namespace: str, name: str, node: str) -> None:
        """Bind a Pod to a node and mark it scheduled."""
        resource = self._api.registry.find("", "v1", "pods")
        route = Route(verb="create", resource=resource, namespace=namespace, name=name, subresource="binding")
        intent = Intent(route=route, user=_CONTROLLER, manager="kube-scheduler", now=self._api.now())
        subresources.bind(self._api.writer, intent, {"target": {"kind": "Node", "name": node}})

    def _intent(self, body: Object, manager: str, *, name: str = "", subresource: str = "") -> Intent:
        group, _, version = body["apiVersion"].rpartition("/")
        resource = self._api.registry.named(group, version, body["kind"])
        namespace = body["metadata"].get("namespace", "") if resource.namespaced else ""
        route = Route(verb="update" if name else "create", resource=resource, namespace=namespace, name=name, subresource=subresource)
        return Intent(route=route, user=_CONTROLLER, manager=manager, now=self._api.now(), validation="Ignore")
