"""What do Git (at up to three commits) and the live system say of one object, side by side?

Objects in Git may leave out their namespace, and state nothing of the set that they become members of; a Secret may state as text what is
stored encoded. They are brought to the form in which they are sent, so that one path means one field on every side.

The trap that shaped it: most objects are the same at every commit. A source gives the very same object for the same content, so they are
told apart by identity, and completed only where somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.plan import Plan
from gitopskit.model.snapshot import Snapshot
from gitopskit.planning.complete import complete


@dataclass(frozen=True, kw_only=True)
class Sides:
    """What is compared.

    Attributes
    ----------
    head
        What Git says at the plan's commit.
    live
        What is there: the snapshot that the plan was made from.
    base
        What Git said at the revision to look from; None where there is none.
    applied
        What Git said at the commit of the last apply that went well; None where that is not known. May be `base` itself.
    """

    head: Snapshot
    live: Snapshot
    base: Snapshot | None = None
    applied: Snapshot | None = None


class Commit:
    """The objects of Git at one commit, by the identities of a plan.

    Parameters
    ----------
    snapshot
        As a source gives it; None for a commit that is not known.
    live
        What is there; tells which kinds live in namespaces.
    """

    def __init__(self, snapshot: Snapshot | None, plan: Plan, live: Snapshot) -> None:
        self.is_known = snapshot is not None
        self._objects: Mapping[ObjectId, Object] = snapshot.objects if snapshot else {}
        self._plan, self._live = plan, live

    def raw(self, object_id: ObjectId) -> Object | None:
        """Return an object as the source gives it."""
        found = self._objects.get(object_id)
        if found is None and object_id.namespace == self._plan.options.namespace:
            return self._objects.get(replace(object_id, namespace=""))
        return found

    def body(self, object_id: ObjectId) -> Mapping[str, Any] | None:
        """Return an object's body as it is sent; None where Git does not state it."""
        found = self.raw(object_id)
        return as_sent(found, object_id.namespace, self._inventory_id) if found is not None else None

    @cached_property
    def ids(self) -> tuple[ObjectId, ...]:
        """The identities of all objects, namespaces filled in where it is known that the kind has one."""
        return tuple(self._placed(object_id) for object_id in self._objects)

    def _placed(self, object_id: ObjectId) -> ObjectId:
        is_placed = object_id.namespace or not self._has_namespace.get(object_id.parts[:2])
        return object_id if is_placed else replace(object_id, namespace=self._plan.options.namespace)

    @cached_property
    def _has_namespace(self) -> Mapping[tuple[str, ...], bool]:
        seen = {object_id.parts[:2]: bool(object_id.namespace) for object_id in self._live.objects}
        return seen | {change.id.parts[:2]: change.is_namespaced for change in self._plan.changes}

    @cached_property
    def _inventory_id(self) -> str:
        return self._plan.inventory.id if self._plan.inventory else ""


def as_sent(item: Object, namespace: str, inventory_id: str) -> Mapping[str, Any]:
    """Return the body of a desired object as it will be sent, the texts of a Secret where they are stored."""
    return stored_texts(complete(item, namespace=namespace, inventory_id=inventory_id).body)


def stored_texts(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a Secret's body with what it states as text where the server keeps it; any other body as it is."""
    texts = body.get("stringData")
    if body.get("kind") != "Secret" or not isinstance(texts, Mapping):
        return body
    kept = {name: value for name, value in body.items() if name != "stringData"}
    stated = body.get("data")
    return {**kept, "data": {**(stated if isinstance(stated, Mapping) else {}), **texts}}
