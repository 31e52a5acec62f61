"""One cluster, behind the protocol that all live systems share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeAlias

from gitopskit import __version__
from gitopskit.bulk import bulk
from gitopskit.errors import RefusedError
from gitopskit.model.changes import Action, Change
from gitopskit.model.events import Event, EventKind
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.plan import Plan, PlanOptions, Scope
from gitopskit.model.snapshot import Inventory, Side, Snapshot, SourceRef, Target, Unreadable, digest_of
from gitopskit.planning.complete import requested_namespaces
from gitopskit.planning.inventory import name_for, new_inventory, parse_place, place_of
from gitopskit.providers.base import Denied, Progress, Promises, Vitals, no_progress
from gitopskit.providers.kubernetes.connection import Connection, connect
from gitopskit.providers.kubernetes.discovery import Discovery, discover
from gitopskit.providers.kubernetes.identify import identify, unidentified
from gitopskit.providers.kubernetes.inventory import Parent, fetch_inventory, outgrown, parent_id, release
from gitopskit.providers.kubernetes.judge import Judge, namespace_id
from gitopskit.providers.kubernetes.lock import hold
from gitopskit.providers.kubernetes.mutators import Mutators, read_mutators
from gitopskit.providers.kubernetes.names import full_name
from gitopskit.providers.kubernetes.notes import Notes
from gitopskit.providers.kubernetes.planner import completed, definitions, judge_all, prune_obstacles
from gitopskit.providers.kubernetes.reading import Reading, existing_namespaces, read_object, read_scope
from gitopskit.providers.kubernetes.rights import denied
from gitopskit.providers.kubernetes.schemas import Schemas
from gitopskit.providers.kubernetes.selection import Selection
from gitopskit.providers.kubernetes.vitals import read_vitals
from gitopskit.providers.kubernetes.watching import Follower
from gitopskit.providers.kubernetes.writing import Writer
from gitopskit.workers import workers

_Parent: TypeAlias = "tuple[Inventory | None, tuple[Unreadable, ...]]"


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
        self._mutators: Mutators | None = None
        self._schemas = Schemas(connection)
        self._scoped: _Scoped | None = None
        self._notes = Notes()
        self._last = Reading()
        self._follower: Follower | None = None
        self._followed: Snapshot | None = None

    def identify(self) -> Target:
        """Ask the cluster who it is and who we are to it."""
        return identify(self._connection)

    def vitals(self) -> Vitals:
        """Ask the cluster for its time, and what changes objects on their way in."""
        return read_vitals(self._connection, self._known_mutators())

    def name_kinds(self, kinds: Collection[str]) -> list[str]:
        """Return the full names of kinds as people name them; see `gitopskit.providers.base.NamesKinds.name_kinds`."""
        discovery = self._discover(True)
        return [full_name(discovery, kind) for kind in kinds]

    def scope(self, desired: Snapshot, options: PlanOptions) -> Scope:
        """Return the kinds and namespaces of the desired objects, and those of the inventory."""
        inventory, _ = fetch_inventory(self._connection, _inventory_of(desired.source, options))
        self._scoped = _Scoped(desired, options, inventory, _scope(desired, options, inventory))
        return self._scoped.scope

    @bulk()
    def read(self, scope: Scope, progress: Progress = no_progress, *, only: Collection[ObjectId] | None = None) -> Snapshot:
        """Read the live objects in `scope`; see `gitopskit.providers.base.Provider.read`."""
        selection = Selection(scope=scope, only=only)
        with workers(1) as pool:
            existing = pool.submit(existing_namespaces, self._connection) if selection.needs_namespaces else None
            target, discovery = self._look_again()
        spaces = existing.result() if existing else None
        with self._beside(scope, is_for_plan=only is not None) as parent:
            reading = read_scope(self._connection, discovery, selection, spaces, progress, self._known_to(target))
        self._last = replace(reading, version=target.version)
        return self._seen(scope, target, reading.objects, reading.unreadable, parent.result())

    @bulk()
    def followed(self, scope: Scope, progress: Progress = no_progress) -> Snapshot:
        """Return the live objects in `scope` from watches; see `gitopskit.providers.base.Follows.followed`."""
        target, discovery = self._look_again()
        with self._beside(scope, is_for_plan=True) as parent:
            follower = self._follower
            served = (discovery, self._schemas.addresses())
            if follower is None or not follower.follows(scope, served):
                known = self._known_to(target)
                self.unfollow()
                follower = self._follower = Follower(self._connection, served, Selection(scope=scope), progress, known)
            objects, unreadable = follower.objects()
        self._last = Reading(version=target.version, objects=objects)
        self._followed = self._seen(scope, target, objects, [*discovery.unreadable, *unreadable], parent.result())
        return self._followed

    def told(self, timeout_s: float) -> Snapshot | None:
        """Return what the watches have told since; see `gitopskit.providers.base.Follows.told`."""
        if self._follower is None or self._followed is None or not self._follower.wait(timeout_s):
            return None
        objects, unreadable = self._follower.objects()
        blind = (*self._discover().unreadable, *unreadable)
        return replace(self._followed, objects=objects, unreadable=blind, taken_at=datetime.now(UTC))

    def unfollow(self) -> None:
        """End the watches, if there are any."""
        if self._follower is not None:
            self._follower.close()
        self._follower = None

    @bulk()
    def plan(self, desired: Snapshot, live: Snapshot, options: PlanOptions, progress: Progress = no_progress) -> Plan:
        """Say what an apply of `desired` would do."""
        source = desired.source or SourceRef(url="", revision="", commit="")
        inventory = live.inventory or _inventory_of(source, options)
        served = (self._discover(), self._known_mutators(), self._schemas.addresses())
        rules = (*served, definitions(desired), options.namespace, parent_id(inventory))
        notes = Notes(rules, self._notes, options if self._follower is not None and self._follower.gave(live) else None)
        objects = completed(desired, self._discover(), options, inventory.id, notes)
        changes = judge_all(self._judge(objects, live, options, inventory), notes, progress)
        ordered = notes.close(changes)
        self._notes = notes
        obstacles = prune_obstacles(live, inventory, objects) if options.prune else ()
        blocked = (f"nothing is pruned: {one.group_kind or 'a part'} could not be read ({one.message or one.reason})" for one in obstacles)
        return Plan(
            target=live.target or self.identify(),
            source=source,
            scope=self._scope_of(desired, options, inventory),
            options=options,
            changes=ordered,
            desired_digest=digest_of(notes.digests),
            created_at=live.taken_at,
            expires_at=live.taken_at + timedelta(seconds=options.valid_for_s),
            tool=f"gitopskit/{__version__}",
            inventory=inventory,
            unreadable=live.unreadable,
            warnings=(*desired.warnings, *live.warnings, *blocked),
        )

    def denied(self, plan: Plan) -> tuple[Denied, ...]:
        """Return the rights that the plan needs and the user lacks."""
        return denied(self._connection, self._discover(), plan, lock_namespace=self._lock_namespace(plan))

    def lock(self, plan: Plan) -> AbstractContextManager[None]:
        """Hold the lease of the plan's inventory.

        Raises
        ------
        RefusedError
            Another live holder has it, or the server does not have to prove who it is.
        """
        if unverified := self._unverified():
            raise RefusedError(unverified[0], where=self._connection.server, next_step="give the context a certificate authority")
        inventory = plan.inventory or _inventory_of(plan.source, plan.options)
        return hold(self._connection, plan, namespace=self._lock_namespace(plan), name=f"gitopskit-{inventory.name}")

    def apply(self, plan: Plan) -> Iterator[Event]:
        """Take the steps of the plan; see `gitopskit.providers.base.Provider.apply`."""
        if not plan.steps:
            return
        parent = Parent(self._connection, plan.inventory or _inventory_of(plan.source, plan.options), plan)
        writer = Writer(
            connection=self._connection, discover=self._discover, rejudge=lambda item: self._rejudge(item, plan),
            judge_new=lambda item: self._judge_new(item, plan),
        )  # fmt: skip
        early = [change for change in plan.steps if change.wave == 0]
        late = [change for change in plan.steps if change.wave > 0]
        first: list[Callable[[], Iterator[Event]]] = [parent.widen, lambda: writer.waves(early)]
        if any(change.id == namespace_id(parent.inventory.namespace) for change in early):
            first.reverse()  # the set is kept in a namespace that this very plan creates
        self.unfollow()  # watches lag behind by a moment; what is followed next is listed anew
        yield from _until_stopped([*first, lambda: writer.waves(late), parent.narrow])

    def release(self, inventory: Inventory, tooling: str) -> None:
        """Give a set of ours to another tool: from then on it is that tool's to apply and prune, and we refuse to.

        The members stay as they are. kubectl takes the set over by ``kubectl apply --prune --applyset=… --server-side
        --force-conflicts``.

        Parameters
        ----------
        inventory
            As a snapshot or a plan holds it.
        tooling
            The other tool and its version, as it names itself: ``kubectl/v1.37.1``.

        Raises
        ------
        RejectedError
            It is no set of ours.
        ProviderError
            The server refused, or the parent has changed since it was read.
        """
        release(self._connection, inventory, tooling)

    # --- pieces ------------------------------------------------------------------------------------------------------------------

    def _look_again(self) -> tuple[Target, Discovery]:
        """Return who the cluster is and what it serves; forget what may change objects, for that may have changed."""
        self._mutators = None
        self._schemas.look_again()
        with workers(1) as pool:
            served = pool.submit(self._discover, True)
            return self.identify(), served.result()

    @contextmanager
    def _beside(self, scope: Scope, *, is_for_plan: bool) -> Iterator[Future[_Parent]]:
        """Read what a plan needs besides the objects while these are read; give the parent of the set."""
        with workers(3) as pool:
            needed: list[Callable[[], object]] = [self._known_mutators, self._schemas.addresses] if is_for_plan else []
            rules = [pool.submit(one) for one in needed]
            yield pool.submit(self._read_parent, scope)
            for rule in rules:
                rule.result()

    def _read_parent(self, scope: Scope) -> _Parent:
        return fetch_inventory(self._connection, parse_place(scope.inventory)) if scope.inventory else (None, ())

    def _scope_of(self, desired: Snapshot, options: PlanOptions, inventory: Inventory) -> Scope:
        known = self._scoped
        if known is not None and known.desired is desired and (known.options, known.inventory) == (options, inventory):
            return known.scope
        return _scope(desired, options, inventory)

    def _known_to(self, target: Target) -> Mapping[ObjectId, Object]:
        return self._last.objects if target.version == self._last.version else {}

    def _seen(
        self, scope: Scope, target: Target, objects: Mapping[ObjectId, Object], unreadable: Iterable[Unreadable], parent: _Parent
    ) -> Snapshot:
        inventory, hidden = parent
        return Snapshot(
            side=Side.LIVE,
            objects=objects,
            taken_at=datetime.now(UTC),
            target=target,
            inventory=inventory,
            unreadable=(*unreadable, *hidden, *outgrown(inventory, scope)),
            warnings=(*unidentified(target), *self._unverified()),
        )

    def _discover(self, is_anew: bool = False) -> Discovery:
        if self._discovery is None or is_anew:
            self._discovery = discover(self._connection, self._discovery)
        return self._discovery

    def _known_mutators(self) -> Mutators:
        known = self._mutators
        if known is None:
            known = self._mutators = read_mutators(self._connection, self._discover())
        return known

    def _rejudge(self, item: Object, plan: Plan) -> Change:
        """Judge one completed object against what is there this moment."""
        resource = self._discover().find(item.api_version, item.id.kind)
        live = read_object(self._connection, resource, item.id) if resource else None
        return self._judge_one(item, live, plan).judge(item)

    def _judge_new(self, item: Object, plan: Plan) -> Change:
        """Judge one completed object that is not there, as its namespace and kind are now."""
        judge, resource = self._judge_one(item, None, plan), self._discover().find(item.api_version, item.id.kind)
        return judge.judge_create(item, resource) if resource else judge.judge(item)

    def _judge_one(self, item: Object, live: Object | None, plan: Plan) -> Judge:
        seen = Snapshot(side=Side.LIVE, objects={live.id: live} if live else {}, taken_at=plan.created_at)
        return self._judge({item.id: item}, seen, plan.options, plan.inventory or _inventory_of(plan.source, plan.options))

    def _judge(self, desired: dict[ObjectId, Object], live: Snapshot, options: PlanOptions, inventory: Inventory) -> Judge:
        return Judge(
            connection=self._connection,
            discovery=self._discover(),
            desired=desired,
            live=live,
            options=options,
            inventory=inventory,
            mutators=self._known_mutators(),
            schemas=self._schemas,
        )

    def _lock_namespace(self, plan: Plan) -> str:
        """Return where the lease is: beside the parent, or in ``default`` while the parent's namespace is not there yet."""
        namespace = plan.inventory.namespace if plan.inventory else plan.options.namespace
        creates = any(step.id == namespace_id(namespace) and step.action is Action.CREATE for step in plan.steps)
        return "default" if creates else namespace

    def _unverified(self) -> tuple[str, ...]:
        name = self._connection.name
        return () if self._connection.is_verified else (f"{name} does not have to prove who it is (insecure-skip-tls-verify)",)


def _until_stopped(stages: list[Callable[[], Iterator[Event]]]) -> Iterator[Event]:
    for stage in stages:
        for event in stage():
            yield event
            if event.kind is EventKind.STOPPED:
                return


class _Scoped(NamedTuple):
    """The scope that was last asked for."""

    desired: Snapshot
    options: PlanOptions
    inventory: Inventory
    scope: Scope


def _scope(desired: Snapshot, options: PlanOptions, inventory: Inventory) -> Scope:
    some = {object_id.parts[:2]: object_id for object_id in desired.objects}
    kinds = {object_id.group_kind for object_id in some.values()} | {"Namespace", *inventory.group_kinds}
    namespaces = {*requested_namespaces(desired.objects, options.namespace), inventory.namespace, *inventory.namespaces}
    return Scope(group_kinds=tuple(sorted(kinds)), namespaces=tuple(sorted(namespaces)), inventory=place_of(inventory))


def _inventory_of(source: SourceRef | None, options: PlanOptions) -> Inventory:
    return new_inventory(options.inventory or (name_for(source) if source else "gitopskit"), options.namespace)
