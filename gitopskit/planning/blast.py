"""What goes with what a plan deletes?

A deletion takes along what it owns, what lives in the namespace, the custom resources of a definition, and the volume of a claim whose
reclaim policy says so. Whatever of it holds data is named; so are finalizers that somebody else has to serve first.

The trap that shaped it: an object with several owners goes with the last of them, not with the first. And a snapshot of some kinds
shows some losses only: read everything for the whole answer.

References
----------
Kubernetes, "Garbage Collection"; "Namespaces"; "Persistent Volumes", reclaiming; "Finalizers"; "Extend the Kubernetes API with
CustomResourceDefinitions", deleting a definition.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gitopskit.model.changes import Action
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.plan import Plan
from gitopskit.model.snapshot import Snapshot
from gitopskit.planning.given import is_given
from gitopskit.planning.lineage import Lineage, trace


class Through(StrEnum):
    """How an object comes to go."""

    DELETE = "deleted by the plan"
    REPLACE = "replaced by the plan"
    OWNER = "its owner goes"
    NAMESPACE = "its namespace goes"
    DEFINITION = "its definition goes"
    CLAIM = "its claim goes"

    @property
    def is_planned(self) -> bool:
        """Whether the plan says so itself."""
        return self in (Through.DELETE, Through.REPLACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One object that goes.

    Attributes
    ----------
    because
        The object that takes it along; None for a step of the plan.
    step
        The step of the plan with which it all begins.
    holds
        The data that goes with it; empty where none is known.
    finalizers
        What must be served by somebody else than Kubernetes itself before it is gone.
    is_seen
        Whether it is in the live snapshot; nothing else is known of it if not.
    """

    id: ObjectId
    through: Through
    step: ObjectId
    because: ObjectId | None = None
    holds: str = ""
    finalizers: tuple[str, ...] = ()
    is_seen: bool = True


def _claim(body: Mapping[str, Any]) -> str:
    size = _at(body, "status", "capacity", "storage") or _at(body, "spec", "resources", "requests", "storage")
    return f"a volume of {size}" if size else "a volume"


def _volume(body: Mapping[str, Any]) -> str:
    size = _at(body, "spec", "capacity", "storage")
    return f"{size} of storage" if size else "storage"


def _keys(body: Mapping[str, Any]) -> str:
    count = sum(len(found) for name in ("data", "binaryData") if isinstance(found := body.get(name), Mapping))
    return f"{count} key{'s' if count != 1 else ''}" if count else ""


HOLDS_DATA: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "PersistentVolumeClaim": _claim,
    "PersistentVolume": _volume,
    "Secret": _keys,
    "ConfigMap": _keys,
}
"""Kind to what an object of it holds, in a few words."""

SERVED_BY_KUBERNETES: Final = frozenset({
    "kubernetes", "foregroundDeletion", "orphan", "kubernetes.io/pvc-protection", "kubernetes.io/pv-protection",
    "service.kubernetes.io/load-balancer-cleanup", "batch.kubernetes.io/job-tracking", "customresourcecleanup.apiextensions.k8s.io",
})  # fmt: skip
"""Finalizers that the control plane takes off by itself."""


def blast(plan: Plan, live: Snapshot) -> tuple[Loss, ...]:
    """Return everything that goes with the deletes and replaces of a plan, as far as a live snapshot shows, the plan's own first."""
    return tuple(_Fall(live).losses(plan))


class _Fall:
    """One walk over what falls."""

    def __init__(self, live: Snapshot) -> None:
        self._live = live
        self._lineage: Lineage = trace(live)
        self._members = _members(live)
        self._gone: dict[ObjectId, Loss] = {}

    def losses(self, plan: Plan) -> Iterator[Loss]:
        waiting = deque(self._planned(plan))
        self._gone = {loss.id: loss for loss in waiting}
        while waiting:
            loss = waiting.popleft()
            yield loss
            for through, object_id in self._taken_along(loss):
                if object_id not in self._gone:
                    self._gone[object_id] = self._loss(object_id, through, step=loss.step, because=loss.id)
                    waiting.append(self._gone[object_id])

    def _planned(self, plan: Plan) -> Iterator[Loss]:
        words = {Action.DELETE: Through.DELETE, Action.REPLACE: Through.REPLACE}
        for change in plan.steps:
            if change.action in words:
                yield self._loss(change.id, words[change.action], step=change.id)

    def _loss(self, object_id: ObjectId, through: Through, *, step: ObjectId, because: ObjectId | None = None) -> Loss:
        item = self._live.objects.get(object_id)
        holds = HOLDS_DATA[object_id.group_kind](item.body) if item and object_id.group_kind in HOLDS_DATA else ""
        if is_given(object_id):
            holds = ""  # the cluster makes it again
        return Loss(
            id=object_id,
            through=through,
            step=step,
            because=because,
            holds=holds,
            finalizers=_foreign_finalizers(item) if item else (),
            is_seen=item is not None,
        )

    def _taken_along(self, loss: Loss) -> Iterator[tuple[Through, ObjectId]]:
        for child in self._lineage.children.get(loss.id, ()):
            if all(owner in self._gone for owner in self._lineage.owners[child]):
                yield Through.OWNER, child
        yield from self._members.get(loss.id, ())


def _members(live: Snapshot) -> dict[ObjectId, list[tuple[Through, ObjectId]]]:
    """Return what goes with an object although it does not own it: in its namespace, of its definition, behind its claim."""
    defined = {_defined(item): item.id for item in live.objects.values() if item.id.kind == "CustomResourceDefinition"}
    found: dict[ObjectId, list[tuple[Through, ObjectId]]] = {}
    for item in live.objects.values():
        if item.id.namespace:
            holder = ObjectId(group="", kind="Namespace", namespace="", name=item.id.namespace)
            found.setdefault(holder, []).append((Through.NAMESPACE, item.id))
        if definition := defined.get((item.id.group, item.id.kind)):
            found.setdefault(definition, []).append((Through.DEFINITION, item.id))
        if claim := _claim_of(item):
            found.setdefault(claim, []).append((Through.CLAIM, item.id))
    return found


def _defined(definition: Object) -> tuple[Any, Any]:
    return _at(definition.body, "spec", "group"), _at(definition.body, "spec", "names", "kind")


def _claim_of(item: Object) -> ObjectId | None:
    """Return the claim with which a volume is deleted."""
    if item.id.group_kind != "PersistentVolume" or _at(item.body, "spec", "persistentVolumeReclaimPolicy") != "Delete":
        return None
    namespace, name = (_at(item.body, "spec", "claimRef", part) for part in ("namespace", "name"))
    return ObjectId(group="", kind="PersistentVolumeClaim", namespace=namespace, name=name) if namespace and name else None


def _foreign_finalizers(item: Object) -> tuple[str, ...]:
    named = _at(item.body, "metadata", "finalizers")
    return tuple(str(one) for one in named if one not in SERVED_BY_KUBERNETES) if isinstance(named, list) else ()


def _at(body: Mapping[str, Any], *path: str) -> Any:
    """Return what stands at a path of names, None where there is nothing."""
    found: Any = body
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
