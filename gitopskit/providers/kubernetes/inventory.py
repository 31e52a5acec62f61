"""The parent object of our set, on the server: read, widened before members are written, narrowed after, released.

The trap that shaped it: two tools that write one parent undo each other. So every write is conditional on the uid and version that was
read (or on there being none), and a parent that is another tool's, or no set at all, is refused before (see `planning.inventory`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson

from gitopskit.errors import ProviderError, RejectedError
from gitopskit.model.changes import Action
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.ids import ObjectId
from gitopskit.model.plan import Plan, Scope
from gitopskit.model.snapshot import Inventory, Unreadable
from gitopskit.planning.inventory import PARENT_PLURALS, TOOLING, foreign_owner, parent_body, read_inventory, released_body
from gitopskit.planning.managed import FIELD_MANAGER
from gitopskit.providers.kubernetes.connection import Answer, Connection, LostAnswerError, error_of
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


def outgrown(inventory: Inventory | None, scope: Scope) -> Iterator[Unreadable]:
    """Yield what a set covers that was not read, because the scope was made before the set was widened."""
    message = "the set was widened while it was read"
    for kind in sorted(set(inventory.group_kinds) - set(scope.group_kinds)) if inventory and not scope.everything else ():
        yield Unreadable(group_kind=kind, reason="Moved", message=message)
    for namespace in sorted(set(inventory.namespaces) - set(scope.namespaces)) if inventory and not scope.everything else ():
        yield Unreadable(group_kind="", namespace=namespace, reason="Moved", message=message)


def write_parent(connection: Connection, inventory: Inventory, body: Mapping[str, Any]) -> tuple[Inventory, Answer]:
    """Write the parent, on condition that it is what was read; return it as it is then."""
    condition = {"resourceVersion": inventory.resource_version or CREATE_ONLY} | ({"uid": inventory.uid} if inventory.uid else {})
    sent = {**body, "metadata": {**body["metadata"], **condition}}
    query = {"fieldManager": FIELD_MANAGER, "force": "true", "fieldValidation": "Strict"}
    answer = connection.write("PATCH", _path(inventory), query=query, body=orjson.dumps(sent), content_type=APPLY)
    return (read_inventory(inventory, answer.json()) if answer.is_ok else inventory), answer


class Parent:
    """The parent object in the course of one apply: widened before its members are written, narrowed once they are."""

    def __init__(self, connection: Connection, inventory: Inventory, plan: Plan) -> None:
        self._connection = connection
        self._plan = plan
        self.inventory = inventory

    def widen(self) -> Iterator[Event]:
        """Let the set cover everything that it has and will have."""
        return self._write(self._members(), keep=True)

    def narrow(self) -> Iterator[Event]:
        """Let the set cover what is left; as it was, where something could not be read."""
        gone = {change.id for change in self._plan.steps if change.action is Action.DELETE}
        return self._write([member for member in self._members() if member not in gone], keep=bool(self._plan.unreadable))

    def _members(self) -> list[ObjectId]:
        """Return what is there or will be: a creation that is left out comes to nothing, a deletion leaves its object a member."""
        plan = self._plan
        return [change.id for change in plan.changes if change.action is not Action.CREATE or not plan.leaves_out(change)]

    def _write(self, members: list[ObjectId], *, keep: bool) -> Iterator[Event]:
        object_id = parent_id(self.inventory)
        yield Event(kind=EventKind.INTENT, at=datetime.now(UTC), id=object_id, name="inventory")
        before = self.inventory.resource_version
        outcome, message = Outcome.CHANGED, ""
        try:
            self.inventory, answer = write_parent(self._connection, self.inventory, parent_body(self.inventory, members, keep=keep))
            if not answer.is_ok:
                outcome = Outcome.UNKNOWN if answer.status >= 500 else Outcome.FAILED
                message = _refused_parent(answer)
            elif self.inventory.resource_version == before:
                outcome = Outcome.UNCHANGED
        except ProviderError as error:
            outcome, message = Outcome.UNKNOWN if isinstance(error, LostAnswerError) else Outcome.FAILED, error.what
        yield Event(
            kind=EventKind.OUTCOME, at=datetime.now(UTC), id=object_id, name="inventory", outcome=outcome, message=message,
            uid=self.inventory.uid, resource_version=self.inventory.resource_version,
        )  # fmt: skip
        if message:
            yield Event(kind=EventKind.STOPPED, at=datetime.now(UTC), id=object_id, message=message)


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


def _refused_parent(answer: Answer) -> str:
    moved = "somebody else has written to it meanwhile; plan again"
    return f"the inventory cannot be written: {moved if answer.status == 409 else answer.message or answer.reason}"
