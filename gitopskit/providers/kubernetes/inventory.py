"""The parent object of our set, on the server: read, widened before members are written, narrowed after, released.

The trap that shaped it: two tools that write one parent undo each other. So every write is conditional on the uid and version that was
read (or on there being none), and a parent that is another tool's, or no set at all, is refused before (see `planning.inventory`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson

from gitopskit.errors import RejectedError
from gitopskit.model.ids import ObjectId
from gitopskit.model.snapshot import Inventory, Unreadable
from gitopskit.planning.inventory import PARENT_PLURALS, TOOLING, foreign_owner, read_inventory, released_body
from gitopskit.planning.managed import FIELD_MANAGER
from gitopskit.providers.kubernetes.connection import Answer, Connection, error_of
from gitopskit.providers.kubernetes.dry_run import APPLY, CREATE_ONLY


def parent_id(inventory: Inventory) -> ObjectId:
    """Return the identity of the parent object."""
    return ObjectId(group="", kind=inventory.group_kind, namespace=inventory.namespace, name=inventory.name)


def fetch_inventory(connection: Connection, wanted: Inventory) -> tuple[Inventory, tuple[Unreadable, ...]]:
    """Read the parent; what may not be read is told, not taken for absent.

    Raises
    ------
    ProviderError
        The server failed.
    """
    answer = connection.read(_path(wanted))
    if answer.is_ok:
        return read_inventory(wanted, answer.json()), ()
    if answer.status == 404:
        return wanted, ()
    if answer.status != 403:
        raise error_of(answer, connection, _path(wanted))
    hidden = Unreadable(group_kind=wanted.group_kind, namespace=wanted.namespace, reason=answer.reason, message=answer.message)
    return wanted, (hidden,)


def write_parent(connection: Connection, inventory: Inventory, body: Mapping[str, Any]) -> tuple[Inventory, Answer]:
    """Write the parent, on condition that it is what was read; return it as it is then."""
    condition = {"resourceVersion": inventory.resource_version or CREATE_ONLY} | ({"uid": inventory.uid} if inventory.uid else {})
    sent = {**body, "metadata": {**body["metadata"], **condition}}
    query = {"fieldManager": FIELD_MANAGER, "force": "true", "fieldValidation": "Strict"}
    answer = connection.write("PATCH", _path(inventory), query=query, body=orjson.dumps(sent), content_type=APPLY)
    return (read_inventory(inventory, answer.json()) if answer.is_ok else inventory), answer


def release(connection: Connection, inventory: Inventory, tooling: str) -> None:
    """Give our set to another tool, members and all; see `KubernetesProvider.release`."""
    place = f"{inventory.group_kind} {inventory.namespace}/{inventory.name}"
    if not inventory.exists or foreign_owner(inventory):
        raise RejectedError(
            f"{place} is no set of ours to give away", where=connection.server, next_step=f"it would have to be one of {TOOLING}"
        )
    _, answer = write_parent(connection, inventory, released_body(inventory, tooling))
    if not answer.is_ok:
        raise error_of(answer, connection, _path(inventory))


def _path(inventory: Inventory) -> str:
    namespace, name = quote(inventory.namespace, safe=""), quote(inventory.name, safe="")
    return f"/api/v1/namespaces/{namespace}/{PARENT_PLURALS[inventory.group_kind]}/{name}"
