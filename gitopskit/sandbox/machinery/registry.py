"""Which resources are served, and under which names.

Built-in kinds come from the discovery document in the schema file; a CustomResourceDefinition adds and removes its own at run
time. A resource served in several versions is one `Storage` (one set of objects) seen through several `Resource` values.

The trap that shaped it: events are served by two groups and stored once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from gitopskit.sandbox.machinery.status import no_such_path, qualified

StorageKey = tuple[str, str]

_SHARED_STORAGE: Mapping[StorageKey, StorageKey] = {("events.k8s.io", "events"): ("", "events")}


View: TypeAlias = Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource in one version.

    Parameters
    ----------
    storage
        Group and plural name under which the objects are kept, whatever the version they are read in.
    subresources
        Subresource name → its discovery entry (response kind and verbs).
    crd
        The definition of a custom resource; None for a built-in kind.
    seen, kept
        How a custom object is seen in this version, and how it is kept, where its definition knows several; a field that the schema
        of the one does not name is not seen, and that of the other not kept.
    """

    group: str
    version: str
    kind: str
    plural: str
    singular: str = ""
    namespaced: bool = True
    verbs: tuple[str, ...] = ()
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    storage: StorageKey = ("", "")
    crd: Mapping[str, Any] | None = None
    seen: View | None = field(default=None, compare=False, repr=False)
    kept: View | None = field(default=None, compare=False, repr=False)

    @property
    def api_version(self) -> str:
        """``group/version``, or the version alone in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def list_kind(self) -> str:
        """The kind of a list of these objects."""
        names = self.crd["spec"]["names"] if self.crd else {}
        return str(names.get("listKind") or f"{self.kind}List")

    @property
    def definition(self) -> Mapping[str, Any]:
        """The part of a custom resource's definition that is about this version; empty for a built-in kind."""
        versions: list[Mapping[str, Any]] = self.crd["spec"]["versions"] if self.crd else []
        return next((item for item in versions if item["name"] == self.version), {})

    @property
    def qualified(self) -> str:
        """``plural.group`` as messages print it."""
        return qualified(self.group, self.plural)


class Registry:
    """All resources served now.

    Parameters
    ----------
    discovery
        Items of the two aggregated discovery lists (``/api`` and ``/apis``), core group first.
    """

    def __init__(self, discovery: Iterable[Mapping[str, Any]]) -> None:
        self.groups: dict[str, list[str]] = {}
        self._by_path: dict[tuple[str, str, str], Resource] = {}
        self._by_kind: dict[tuple[str, str, str], Resource] = {}
        for item in discovery:
            for version in item["versions"]:
                self._add_version(item["metadata"].get("name", ""), version)

    def _add_version(self, group: str, served: Mapping[str, Any]) -> None:
        for entry in served["resources"]:
            self.add(_resource(group, served["version"], entry))

    def add(self, resource: Resource) -> None:
        """Serve this resource from now on."""
        versions = self.groups.setdefault(resource.group, [])
        if resource.version not in versions:
            versions.append(resource.version)
        self._by_path[resource.group, resource.version, resource.plural] = resource
        self._by_kind[resource.group, resource.version, resource.kind] = resource

    def remove(self, group: str, plural: str) -> None:
        """Serve no version of this resource any more."""
        for key in [key for key in self._by_path if key[0] == group and key[2] == plural]:
            self._by_kind.pop((group, key[1], self._by_path.pop(key).kind), None)
        alive = {key[1] for key in self._by_path if key[0] == group}
        self.groups[group] = [version for version in self.groups.get(group, []) if version in alive]
        if not self.groups[group]:
            del self.groups[group]

    def has_page(self, group: str, version: str, plural: str) -> bool:
        """Whether anybody answers for a path: the groups of built-in kinds do so for what they do not serve, too."""
        if (group, version, plural) in self._by_path:
            return True
        return any(resource.crd is None for resource in self.resources(group, version))

    def find(self, group: str, version: str, plural: str) -> Resource:
        """Return the resource at a path, or raise the 404 that the server answers with."""
        resource = self._by_path.get((group, version, plural))
        if resource is None:
            raise no_such_path()
        return resource

    def of_kind(self, group: str, version: str, kind: str) -> Resource | None:
        """Return the resource that serves a kind."""
        return self._by_kind.get((group, version, kind))

    def named(self, group: str, version: str, kind: str) -> Resource:
        """Return the resource that serves a kind, or raise the 404 that the server answers with."""
        resource = self.of_kind(group, version, kind)
        if resource is None:
            raise no_such_path()
        return resource

    def resources(self, group: str | None = None, version: str | None = None) -> list[Resource]:
        """Return the resources of a group version, or all of them, in the order in which they are served."""
        return [r for r in self._by_path.values() if group in (None, r.group) and version in (None, r.version)]

    def stored(self) -> dict[StorageKey, Resource]:
        """Return one resource for each kind of stored object, in its preferred version."""
        chosen: dict[StorageKey, Resource] = {}
        for resource in self._by_path.values():
            if "create" in resource.verbs and "list" in resource.verbs:
                chosen.setdefault(resource.storage, resource)
        return chosen


def _resource(group: str, version: str, entry: Mapping[str, Any]) -> Resource:
    key = (group, entry["resource"])
    return Resource(
        group=group,
        version=version,
        kind=entry["responseKind"]["kind"],
        plural=entry["resource"],
        singular=entry.get("singularResource", ""),
        namespaced=entry["scope"] == "Namespaced",
        verbs=tuple(entry.get("verbs", ())),
        short_names=tuple(entry.get("shortNames", ())),
        categories=tuple(entry.get("categories", ())),
        subresources={sub["subresource"]: sub for sub in entry.get("subresources", ())},
        storage=_SHARED_STORAGE.get(key, key),
    )
