"""What a desired object becomes before it is compared: its namespace filled in, the label of its inventory set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from operator import attrgetter
from typing import Any

from gitopskit.errors import DuplicateObjectError
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.planning.diff import SERVER_METADATA
from gitopskit.planning.inventory import PART_OF_LABEL


def complete(item: Object, *, namespace: str, inventory_id: str) -> Object:
    """Return the object as it will be sent, without what only the server may say of it (uid, creation time, managed fields, …).

    Parameters
    ----------
    namespace
        For an object that names none; empty for a cluster-scoped kind.
    inventory_id
        The set that it becomes a member of; empty for none.
    """
    metadata: dict[str, Any] = {k: v for k, v in (item.body.get("metadata") or {}).items() if k not in SERVER_METADATA}
    place = item.id.namespace or namespace if namespace else ""
    metadata.pop("namespace", None)
    if place:
        metadata["namespace"] = place
    if inventory_id and isinstance(metadata.get("labels") or {}, dict):  # the server says what is wrong with anything else
        metadata["labels"] = {**(metadata.get("labels") or {}), PART_OF_LABEL: inventory_id}
    object_id = item.id if item.id.namespace == place else replace(item.id, namespace=place)
    return Object(id=object_id, api_version=item.api_version, body={**item.body, "metadata": metadata}, origin=item.origin)


def by_identity(items: Iterable[Object], commit: str) -> dict[ObjectId, Object]:
    """Return completed objects by identity.

    Raises
    ------
    DuplicateObjectError
        Two became one, because one names the namespace that the other leaves out.
    """
    listed = list(items)
    found = dict(zip(map(attrgetter("id"), listed), listed, strict=True))
    for item in listed if len(found) < len(listed) else ():
        twin = found[item.id]
        if twin is not item:
            raise DuplicateObjectError(
                f"{item.id} is desired twice, once the default namespace is filled in",
                where=f"{item.origin} and {twin.origin}@{commit[:12]}",
                next_step="remove one of the two",
            )
    return found


def requested_namespaces(desired: Iterable[ObjectId], default: str) -> tuple[str, ...]:
    """Return the namespaces that desired objects name or fall into."""
    return tuple(sorted({object_id.namespace or default for object_id in desired}))
