"""What a CustomResourceDefinition changes: the kinds that are served, and the schemas they are held to.

The definition is established at once; its objects are deleted with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from gitopskit.sandbox.kinds.definition_names import condition, is_established, settle_names
from gitopskit.sandbox.machinery.registry import Registry, Resource, StorageKey, View
from gitopskit.sandbox.machinery.store import Store
from gitopskit.schema import ownership
from gitopskit.schema.library import Library
from gitopskit.schema.merge import fill_defaults
from gitopskit.schema.ownership import Write
from gitopskit.schema.types import UNTYPED
from gitopskit.schema.validate import prune_unknown

Object = Mapping[str, Any]

STORAGE: StorageKey = ("apiextensions.k8s.io", "customresourcedefinitions")
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
_VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
_SUB_VERBS = ["get", "patch", "update"]


class Definitions:
    """Keeps registry and schema library in step with the stored definitions."""

    def __init__(self, registry: Registry, library: Library) -> None:
        self._registry = registry
        self._library = library

    def after_write(self, resource: Resource, obj: Object, store: Store, now: str) -> None:
        """Serve what a stored definition defines, and finish deletions that waited for this write."""
        if resource.storage == STORAGE:
            entry = store.get(STORAGE, "", obj["metadata"]["name"])
            if entry is not None and not entry.object["metadata"].get("deletionTimestamp"):
                self._settle(entry.object, store, now)
        self.collect(store)

    def _settle(self, crd: dict[str, Any], store: Store, now: str) -> None:
        """Give a definition the names that are free, and serve it if that are all it needs."""
        others = [entry.object for entry in store.entries(STORAGE) if entry.object["spec"]["group"] == crd["spec"]["group"]]
        others = [other for other in others if other["metadata"]["name"] != crd["metadata"]["name"]]
        settled = self._write_status(crd, _status(crd, others, now), store, now)
        if is_established(settled):
            self._serve(settled, store)

    def _serve(self, obj: Object, store: Store) -> None:
        self.withdraw(obj)
        before = self._schemas(obj)
        self._library.add_crd(dict(obj))
        if before and before != self._schemas(obj):
            self._read_anew(obj, store)
        for version in obj["spec"]["versions"]:
            if version.get("served"):
                self._registry.add(self._with_views(_resource(obj, version)))

    def _with_views(self, resource: Resource) -> Resource:
        versions = resource.crd["spec"]["versions"] if resource.crd else []
        if len(versions) < 2:
            return resource
        stored = next(version["name"] for version in versions if version["storage"])
        return replace(resource, seen=self._view(resource, resource.version), kept=self._view(resource, stored))

    def _view(self, resource: Resource, version: str) -> View:
        """Return how an object is seen in a version: under its name, with what its schema knows."""
        api_version, type_ = f"{resource.group}/{version}", self._library.type_of(resource.group, version, resource.kind) or UNTYPED

        def view(obj: Object) -> dict[str, Any]:
            if obj["apiVersion"] == api_version:
                return dict(obj)
            known, _ = prune_unknown({**obj, "apiVersion": api_version}, type_)
            return {**fill_defaults(known, type_), "metadata": obj["metadata"]}

        return view

    def _schemas(self, obj: Object) -> dict[str, Object]:
        spec = obj["spec"]
        known = {
            version["name"]: self._library.type_of(spec["group"], version["name"], spec["names"]["kind"]) for version in spec["versions"]
        }
        return {name: type_.schema for name, type_ in known.items() if type_ is not None}

    def _read_anew(self, obj: Object, store: Store) -> None:
        """Let stored objects be as their new schema reads them: without what it does not know, with its defaults; nobody is told."""
        spec = obj["spec"]
        for entry in list(store.entries((spec["group"], spec["names"]["plural"]))):
            version = entry.object["apiVersion"].rpartition("/")[2]
            type_ = self._library.type_of(spec["group"], version, spec["names"]["kind"]) or UNTYPED
            seen = fill_defaults(prune_unknown(entry.object, type_)[0], type_)
            if seen != entry.object:
                store.amend((spec["group"], spec["names"]["plural"]), entry, {**seen, "metadata": entry.object["metadata"]})

    def collect(self, store: Store) -> None:
        """Delete the objects of definitions that are being deleted, and such definitions that have none left."""
        for entry in store.entries(STORAGE):
            metadata = entry.object["metadata"]
            if metadata.get("deletionTimestamp") and CLEANUP in (metadata.get("finalizers") or ()):
                if not _empty(entry.object, store):
                    self._tell_progress(entry.object, store)
                    continue
                store.delete(STORAGE, "", metadata["name"])
                self.withdraw(entry.object)
                self._pass_names_on(entry.object["spec"]["group"], store, metadata["deletionTimestamp"])

    def _pass_names_on(self, group: str, store: Store, now: str) -> None:
        """Give the names of a definition that is gone to those of its group that wait for them."""
        for entry in list(store.entries(STORAGE)):
            crd = entry.object
            if crd["spec"]["group"] == group and not is_established(crd) and not crd["metadata"].get("deletionTimestamp"):
                self._settle(crd, store, now)

    def _tell_progress(self, crd: dict[str, Any], store: Store) -> None:
        """Say that objects of a definition are still being deleted."""
        now = crd["metadata"]["deletionTimestamp"]
        why = condition("Terminating", "InstanceDeletionInProgress", "CustomResource deletion is in progress", now)
        kept = [item for item in crd["status"]["conditions"] if item["type"] != "Terminating"]
        self._write_status(crd, {**crd["status"], "conditions": [*kept, why]}, store, now)

    def _write_status(self, crd: dict[str, Any], status: dict[str, Any], store: Store, now: str) -> dict[str, Any]:
        """Write a status in the name of the server's own controllers."""
        if status == crd.get("status"):
            return crd
        type_ = self._library.type_of("apiextensions.k8s.io", "v1", "CustomResourceDefinition") or UNTYPED
        write = Write(manager="kube-apiserver", api_version="apiextensions.k8s.io/v1", subresource="status", time=now)
        before = {"storedVersions": status["storedVersions"], "acceptedNames": {}, "conditions": [], **(crd.get("status") or {})}
        made: dict[str, Any] = ownership.update({**crd, "status": before}, {**crd, "status": status}, type_, write)
        return store.put(STORAGE, made).object

    def restore(self, store: Store) -> None:
        """Serve just what the stored definitions define."""
        for resource in self._registry.resources():
            if resource.crd is not None:
                self.withdraw(resource.crd)
        for entry in store.entries(STORAGE):
            if is_established(entry.object):
                self._serve(entry.object, store)

    def withdraw(self, obj: Object) -> None:
        """Stop serving what a definition defined."""
        self._registry.remove(obj["spec"]["group"], obj["spec"]["names"]["plural"])


def _resource(crd: Object, version: Object) -> Resource:
    spec = crd["spec"]
    names = spec["names"]
    return Resource(
        group=spec["group"],
        version=version["name"],
        kind=names["kind"],
        plural=names["plural"],
        singular=names.get("singular") or names["kind"].lower(),
        namespaced=spec["scope"] == "Namespaced",
        verbs=_VERBS,
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        subresources=_subresources(crd, version),
        storage=(spec["group"], names["plural"]),
        crd=crd,
    )


def _subresources(crd: Object, version: Object) -> dict[str, Mapping[str, Any]]:
    given = version.get("subresources") or {}
    own = {"group": crd["spec"]["group"], "version": version["name"], "kind": crd["spec"]["names"]["kind"]}
    kinds = {"status": own, "scale": {"group": "autoscaling", "version": "v1", "kind": "Scale"}}
    return {name: {"subresource": name, "responseKind": kinds[name], "verbs": _SUB_VERBS} for name in ("status", "scale") if name in given}


def terminating(crd: Object, now: str) -> dict[str, Any]:
    """Return the status of a definition that is to go."""
    why = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"
    status = crd.get("status") or {}
    kept = [item for item in status.get("conditions") or () if item["type"] != "Terminating"]
    return {**status, "conditions": [*kept, condition("Terminating", "InstanceDeletionPending", why, now)]}


def _empty(crd: Object, store: Store) -> bool:
    """Delete every object of a definition that nothing holds; return whether none is left."""
    storage = (crd["spec"]["group"], crd["spec"]["names"]["plural"])
    for entry in list(store.entries(storage)):
        metadata = entry.object["metadata"]
        if not metadata.get("finalizers"):
            store.delete(storage, metadata.get("namespace", ""), metadata["name"])
        elif not metadata.get("deletionTimestamp"):
            going = {"deletionTimestamp": crd["metadata"]["deletionTimestamp"], "deletionGracePeriodSeconds": 0}
            marked = {**metadata, **going, "generation": metadata.get("generation", 0) + 1}
            store.put(storage, {**entry.object, "metadata": marked})
    return not store.entries(storage)


def _status(crd: Object, others: Iterable[Object], now: str) -> dict[str, Any]:
    """Return the status of a definition beside the others of its group."""
    before = crd.get("status") or {}
    stored = next((v["name"] for v in crd["spec"]["versions"] if v.get("storage")), "")
    versions = before.get("storedVersions") or []
    named = settle_names(crd, others, now)
    return {**before, **named, "storedVersions": versions if stored in versions else [*versions, stored]}
