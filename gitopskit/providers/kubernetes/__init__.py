"""Kubernetes: what is there, what an apply would do, and how it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from gitopskit import __version__
from gitopskit.errors import plain
from gitopskit.model.changes import Action, Change
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.plan import Plan, PlanOptions, Scope
from gitopskit.model.snapshot import Inventory, Side, Snapshot, SourceRef, Target, snapshot_digest
from gitopskit.planning.complete import requested_namespaces
from gitopskit.planning.inventory import is_ours, name_for, new_inventory, parent_body, read_inventory
from gitopskit.planning.managed import FIELD_MANAGER
from gitopskit.planning.order import in_order
from gitopskit.providers.base import Denied, Progress, Promises, no_progress
from gitopskit.providers.kubernetes.connection import Connection, connect
from gitopskit.providers.kubernetes.discovery import Discovery, discover
from gitopskit.providers.kubernetes.dry_run import APPLY
from gitopskit.providers.kubernetes.identify import identify
from gitopskit.providers.kubernetes.lock import hold
from gitopskit.providers.kubernetes.planner import Planner, completed
from gitopskit.providers.kubernetes.reading import read_object, read_scope
from gitopskit.providers.kubernetes.rights import denied
from gitopskit.providers.kubernetes.writing import Writer

__all__ = ["Connection", "KubernetesProvider", "connect", "open_provider"]


def open_provider(
    *, kubeconfig: Path | None = None, context: str | None = None, is_sandbox: bool = False, name: str = ""
) -> KubernetesProvider:
    """Return the provider for a context; see `connect` for the parameters and errors."""
    return KubernetesProvider(connect(kubeconfig=kubeconfig, context=context, is_sandbox=is_sandbox, name=name))


class KubernetesProvider:
    """One cluster, behind `gitopskit.providers.base.Provider`."""

    name = "kubernetes"
    promises = Promises(applies_saved_plan=False, dry_runs=True, tells_drift=True, prunes=True)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._discovery: Discovery | None = None

    def identify(self) -> Target:
        """Ask the cluster who it is and who we are to it."""
        return identify(self._connection)

    def scope(self, desired: Snapshot, options: PlanOptions) -> Scope:
        """Return the kinds and namespaces of the desired objects, and those of the inventory."""
        inventory = self._read_inventory(_inventory_name(desired.source, options), options.namespace)
        kinds = {item.id.group_kind for item in desired.objects.values()} | {"Namespace"} | set(inventory.group_kinds)
        namespaces = {*requested_namespaces(desired.objects.values(), options.namespace), inventory.namespace, *inventory.namespaces}
        place = f"{inventory.namespace}/{inventory.name}"
        return Scope(group_kinds=tuple(sorted(kinds)), namespaces=tuple(sorted(namespaces)), inventory=place)

    def read(self, scope: Scope, progress: Progress = no_progress) -> Snapshot:
        """Read the live objects in `scope`."""
        reading = read_scope(self._connection, self._discover(), scope, progress)
        namespace, _, name = scope.inventory.partition("/")
        return Snapshot(
            side=Side.LIVE,
            objects=reading.objects,
            taken_at=datetime.now(UTC),
            target=self.identify(),
            inventory=self._read_inventory(name, namespace) if name else None,
            unreadable=tuple(reading.unreadable),
        )

    def plan(self, desired: Snapshot, live: Snapshot, options: PlanOptions, progress: Progress = no_progress) -> Plan:
        """Say what an apply of `desired` would do."""
        source = desired.source or SourceRef(url="", revision="", commit="")
        inventory = live.inventory or new_inventory(_inventory_name(source, options), options.namespace)
        objects = completed(desired, self._discover(), options, inventory.id)
        changes = self._planner(objects, live, options, inventory).changes(progress)
        if foreign := _foreign_tooling(inventory, options):
            changes = [replace(change, owner=change.owner or foreign) if change.action.writes else change for change in changes]
        return Plan(
            target=live.target or self.identify(),
            source=source,
            scope=self.scope(desired, options),
            options=options,
            changes=in_order(changes),
            desired_digest=snapshot_digest(desired),
            created_at=live.taken_at,
            expires_at=live.taken_at + timedelta(seconds=options.valid_for_s),
            tool=f"gitopskit/{__version__}",
            inventory=inventory,
            unreadable=live.unreadable,
            warnings=desired.warnings + live.warnings,
        )

    def denied(self, plan: Plan) -> tuple[Denied, ...]:
        """Return the rights that the plan needs and the user lacks."""
        return denied(self._connection, self._discover(), plan)

    def lock(self, plan: Plan) -> AbstractContextManager[None]:
        """Hold the lease of the plan's inventory."""
        inventory = plan.inventory or new_inventory(_inventory_name(plan.source, plan.options), plan.options.namespace)
        namespace = inventory.namespace if self._has_namespace(inventory.namespace) else "default"
        return hold(self._connection, plan, namespace=namespace, name=f"gitopskit-{inventory.name}")

    def apply(self, plan: Plan) -> Iterator[Event]:
        """Take the steps of the plan; see `gitopskit.providers.base.Provider.apply`."""
        if not plan.steps:
            return
        writer = Writer(connection=self._connection, discovery=self._discover, rejudge=lambda item: self._rejudge(item, plan))
        early = [change for change in plan.steps if change.wave == 0]
        late = [change for change in plan.steps if change.wave > 0]
        first = [lambda: self._write_parent(plan, is_final=False), lambda: self._write_early(writer, early)]
        if not self._has_namespace(plan.options.namespace):
            first.reverse()
        yield from _until_stopped([*first, lambda: writer.waves(late), lambda: self._write_parent(plan, is_final=True)])

    # --- pieces ------------------------------------------------------------------------------------------------------------------

    def _write_early(self, writer: Writer, steps: list[Change]) -> Iterator[Event]:
        yield from writer.waves(steps)
        self._discovery = None  # definitions may have come

    def _write_parent(self, plan: Plan, *, is_final: bool) -> Iterator[Event]:
        """Widen the inventory before its members are written; narrow it once they are."""
        if plan.inventory is None:
            return
        members = [change.id for change in plan.changes if not (is_final and change.action is Action.DELETE)]
        body = parent_body(plan.inventory, members, keep=not is_final or bool(plan.unreadable))
        object_id = ObjectId(group="", kind=plan.inventory.group_kind, namespace=plan.inventory.namespace, name=plan.inventory.name)
        yield Event(kind=EventKind.INTENT, at=datetime.now(UTC), id=object_id, name="inventory")
        path = f"/api/v1/namespaces/{plan.inventory.namespace}/configmaps/{plan.inventory.name}"
        query = {"fieldManager": FIELD_MANAGER, "force": "true", "fieldValidation": "Strict"}
        answer = self._connection.send("PATCH", path, query=query, body=orjson.dumps(body), content_type=APPLY)
        outcome = Outcome.CHANGED if answer.is_ok else Outcome.FAILED
        message = "" if answer.is_ok else f"the inventory cannot be written: {answer.message or answer.reason}"
        yield Event(kind=EventKind.OUTCOME, at=datetime.now(UTC), id=object_id, name="inventory", outcome=outcome, message=message)
        if message:
            yield Event(kind=EventKind.STOPPED, at=datetime.now(UTC), id=object_id, message=message)

    def _discover(self) -> Discovery:
        if self._discovery is None:
            self._discovery = discover(self._connection)
        return self._discovery

    def _rejudge(self, item: Object, plan: Plan) -> Change:
        """Judge one completed object against what is there this moment."""
        resource = self._discover().find(item.api_version, item.id.kind)
        now = read_object(self._connection, resource, item.id) if resource else None
        live = Snapshot(side=Side.LIVE, objects={now.id: now} if now else {}, taken_at=plan.created_at)
        return self._planner({item.id: item}, live, plan.options, plan.inventory or new_inventory("", "")).judge(item)

    def _planner(self, desired: dict[ObjectId, Object], live: Snapshot, options: PlanOptions, inventory: Inventory) -> Planner:
        return Planner(
            connection=self._connection, discovery=self._discover(), desired=desired, live=live, options=options, inventory=inventory
        )

    def _has_namespace(self, name: str) -> bool:
        return self._connection.read(f"/api/v1/namespaces/{name}").status != 404

    def _read_inventory(self, name: str, namespace: str) -> Inventory:
        answer = self._connection.read(f"/api/v1/namespaces/{namespace}/configmaps/{name}")
        return read_inventory(name, namespace, answer.json()) if answer.is_ok else new_inventory(name, namespace)


def _until_stopped(stages: list[Callable[[], Iterator[Event]]]) -> Iterator[Event]:
    for stage in stages:
        for event in stage():
            yield event
            if event.kind is EventKind.STOPPED:
                return


def _inventory_name(source: SourceRef | None, options: PlanOptions) -> str:
    return options.inventory or (name_for(source) if source else "gitopskit")


def _foreign_tooling(inventory: Inventory, options: PlanOptions) -> str:
    """Return why the set is not ours to write; empty where it is."""
    if options.adopt or is_ours(inventory.tooling):
        return ""
    return f"the set {inventory.namespace}/{inventory.name} is managed by {plain(inventory.tooling)}"
