"""Which of the live objects can be part of the answer, and how little has to be asked for to get them?

A plan is about the desired objects and the members of the set; what else lives in their namespaces is let go of as it comes in, and a
kind of which nothing is desired is asked for its members alone. Namespaces are selected by the server: by a list in each where they are
few, else by leaving out those that nobody asked for.

The trap that shaped it: an API server pays per request, and per object that it encodes. One list per namespace is cheapest in a few,
one list for all where most of them are wanted, and which is which is known only once the namespaces themselves were read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from gitopskit.model.ids import ObjectId
from gitopskit.model.plan import Scope
from gitopskit.planning.inventory import PART_OF_LABEL, parse_place
from gitopskit.providers.kubernetes.discovery import ApiResource, Discovery

FEW_NAMESPACES: Final = 4
SOME_NAMESPACES: Final = 32
MOST_EXCEPTIONS: Final = 50
"""Namespaces that one list leaves out: with more, its address would grow too long for a proxy on the way."""

NAMESPACES: Final = "Namespace"
_NOISE: Final = frozenset({
    "Event", "Event.events.k8s.io", "Lease.coordination.k8s.io", "EndpointSlice.discovery.k8s.io", "Endpoints", "ComponentStatus",
    "PodMetrics.metrics.k8s.io", "NodeMetrics.metrics.k8s.io",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OneList:
    """One list to read: a kind, in one namespace or (empty) everywhere, as the server is to select it."""

    resource: ApiResource
    namespace: str = ""
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What of a scope is read.

    Attributes
    ----------
    only
        The desired objects: nothing but them, the members of the scope's inventory, and the namespaces of the scope is kept.
        None keeps all that is in the scope.
    """

    scope: Scope
    only: Collection[ObjectId] | None = None

    def lists(self, discovery: Discovery, existing: Collection[str] | None) -> Iterator[OneList]:
        """Yield what has to be listed.

        Parameters
        ----------
        existing
            The namespaces that there are; None where that is not known.
        """
        if self.scope.everything:
            resources = (r for name, r in discovery.preferred.items() if "list" in r.verbs and name not in _NOISE)
            yield from (OneList(resource=resource) for resource in resources)
            return
        parts = list(self._parts(existing))
        for name in self.scope.group_kinds:
            resource = discovery.preferred.get(name)
            if resource is None or "list" not in resource.verbs:
                continue
            members = self._members_only(name)
            for namespace, query in parts if resource.is_namespaced else [("", {})]:
                yield OneList(resource=resource, namespace=namespace, query=query | members)

    def keeps(self, object_id: ObjectId, metadata: Mapping[str, Any]) -> bool:
        """Whether an object that was read is in the scope, and can be part of the answer."""
        namespaces = self._namespaces
        if namespaces and object_id.namespace and object_id.namespace not in namespaces:
            return False
        if self.only is None or object_id in self.only:
            return True
        if object_id.group_kind == NAMESPACES and object_id.name in namespaces:
            return True
        if (metadata.get("labels") or {}).get(PART_OF_LABEL) == self._inventory_id:
            return True
        nameless = ObjectId(group=object_id.group, kind=object_id.kind, namespace="", name=object_id.name)  # as files may leave it
        return nameless in self.only

    @cached_property
    def needs_namespaces(self) -> bool:
        """Whether what is to be listed depends on which namespaces there are."""
        return len(self.scope.namespaces) > FEW_NAMESPACES and NAMESPACES in self.scope.group_kinds

    # --- pieces ------------------------------------------------------------------------------------------------------------------

    @cached_property
    def _namespaces(self) -> frozenset[str]:
        return frozenset(self.scope.namespaces)

    @cached_property
    def _inventory_id(self) -> str:
        return parse_place(self.scope.inventory).id if self.scope.inventory else ""

    @cached_property
    def _desired_kinds(self) -> frozenset[str]:
        return frozenset(object_id.group_kind for object_id in self.only or ())

    def _members_only(self, group_kind: str) -> dict[str, str]:
        is_desired = self.only is None or group_kind in self._desired_kinds or group_kind == NAMESPACES
        return {} if is_desired or not self._inventory_id else {"labelSelector": f"{PART_OF_LABEL}={self._inventory_id}"}

    def _parts(self, existing: Collection[str] | None) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield namespace and query of each list that a namespaced kind takes."""
        wanted = self._namespaces if existing is None else self._namespaces.intersection(existing)
        others = set() if existing is None else set(existing) - self._namespaces
        if len(self._namespaces) <= FEW_NAMESPACES:
            yield from ((namespace, {}) for namespace in self.scope.namespaces)
        elif 0 < len(others) <= MOST_EXCEPTIONS:
            yield "", {"fieldSelector": ",".join(f"metadata.namespace!={name}" for name in sorted(others))}
        elif others and len(wanted) <= SOME_NAMESPACES:
            yield from ((namespace, {}) for namespace in sorted(wanted))
        else:
            yield "", {}
