"""What would an apply do to each object?

Three ways to judge a row, cheapest first: an object that states just what we last applied, with its live values, needs no request;
everything else is a server dry-run; what lives in a namespace, or is of a kind, that this very plan creates cannot be previewed.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

from gitopskit import home
from gitopskit.model.changes import Action, Change, ChangeClass, Confidence, Conflict, FieldChange, Judgement, Method
from gitopskit.model.ids import ObjectId
from gitopskit.model.masking import mask_object
from gitopskit.model.objects import Object
from gitopskit.model.plan import PlanOptions
from gitopskit.model.snapshot import Inventory, Snapshot, object_digest
from gitopskit.planning.classes import classes_of
from gitopskit.planning.complete import by_identity, complete
from gitopskit.planning.diff import differences, stated_fields, value_at
from gitopskit.planning.inventory import PART_OF_LABEL
from gitopskit.planning.managed import our_entry, owners, states_exactly
from gitopskit.planning.order import PRUNE_WAVE, wave_of
from gitopskit.planning.ownership import is_forced, keep_reason, other_owner
from gitopskit.providers.base import Progress
from gitopskit.providers.kubernetes.connection import Answer, Connection
from gitopskit.providers.kubernetes.discovery import ApiResource, Discovery
from gitopskit.providers.kubernetes.dry_run import conflicts_of, immutable_fields, problem_of, send_apply
from gitopskit.providers.kubernetes.ranges import range_problem
from gitopskit.providers.kubernetes.reading import read_object

PARALLEL_DRY_RUNS: Final = 8
DRY_RUN_ATTEMPTS: Final = 3

_PREDICTED: Final = Judgement(method=Method.PREDICTED, confidence=Confidence.EXACT)
_DRY_RUN: Final = Judgement(method=Method.SERVER_DRY_RUN, confidence=Confidence.SERVER)
_NO_PREVIEW: Final = Judgement(method=Method.CANNOT_PREVIEW, confidence=Confidence.NONE)
_COMPARED: Final = Judgement(method=Method.COMPARED, confidence=Confidence.BEST_EFFORT)


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Judges the objects of one plan.

    Attributes
    ----------
    desired
        Completed desired objects, by identity.
    """

    connection: Connection
    discovery: Discovery
    desired: dict[ObjectId, Object]
    live: Snapshot
    options: PlanOptions
    inventory: Inventory

    def changes(self, progress: Progress) -> list[Change]:
        """Return one change per desired object, and one per member that is no longer desired."""
        found: list[Change] = []
        items = list(self.desired.values())
        with ThreadPoolExecutor(PARALLEL_DRY_RUNS) as pool:
            for done, change in enumerate(pool.map(self.judge, items), 1):
                found.append(change)
                progress("planning", done, len(items))
        return found + [self._leftover(item) for item in self._members() if item.id not in self.desired]

    # --- desired objects ---------------------------------------------------------------------------------------------------------

    def judge(self, item: Object) -> Change:
        """Return what an apply would do to one desired object."""
        resource = self.discovery.find(item.api_version, item.id.kind)
        if resource is None:
            return self._unknown_kind(item)
        live = self.live.objects.get(item.id)
        if live is None and (blind := self._unreadable(item.id)):
            return self._row(item, resource, Action.READ, "it could not be read", problem=f"it could not be read: {blind}")
        if live is None and (absent := self._absent_namespace(item)):
            return absent
        if problem := range_problem(self.connection, resource, item):
            return self._row(item, resource, Action.UPDATE if live else Action.CREATE, "an integer is out of range", problem=problem)
        if live is None:
            return self._judge_create(item, resource)
        return self._judge_update(item, live, resource)

    def _judge_create(self, item: Object, resource: ApiResource) -> Change:
        answer = send_apply(self.connection, resource, item, is_dry=True)
        if answer.status == 409:
            moved = read_object(self.connection, resource, item.id)
            if moved is not None:
                return self._judge_update(item, moved, resource)
        problem = "" if answer.is_ok else problem_of(answer, item)
        return self._row(item, resource, Action.CREATE, "it is not there", problem=problem, fields=stated_fields(item.body), answer=answer)

    def _judge_update(self, item: Object, live: Object, resource: ApiResource) -> Change:
        ours = our_entry(live.body)
        if ours is not None and ours.api_version == item.api_version and states_exactly(item.body, live.body, ours.fields):
            return self._row(item, resource, Action.NO_OP, "it is as desired", live=live, judgement=_PREDICTED)
        for _ in range(DRY_RUN_ATTEMPTS):
            pinned = replace(item, uid=live.uid, resource_version=live.resource_version)
            answer = send_apply(self.connection, resource, pinned, is_dry=True)
            conflicts = conflicts_of(answer, item) if answer.status == 409 else ()
            if answer.status != 409 or conflicts:
                return self._judge_answer(pinned, live, resource, answer, conflicts)
            moved = read_object(self.connection, resource, item.id)
            if moved is None:
                return self._judge_create(item, resource)
            live = moved
        problem = "it changes faster than it can be planned for; plan again"
        return self._row(item, resource, Action.UPDATE, "it keeps changing", live=live, problem=problem)

    def _judge_answer(self, pinned: Object, live: Object, resource: ApiResource, answer: Answer, conflicts: tuple[Conflict, ...]) -> Change:
        if conflicts:
            known = tuple(
                replace(c, forced=is_forced(c, pinned.id, live, self.options, self.inventory.id), owner=_dated(live, c)) for c in conflicts
            )
            answer = send_apply(self.connection, resource, pinned, is_dry=True, force=True)  # what it would be if all were taken over
            conflicts = known if all(c.forced for c in known) else tuple(replace(c, forced=False) for c in known)
        if immutable := immutable_fields(answer, pinned):
            reason = f"{', '.join(immutable)} cannot be changed in place"
            fields = _overlay(live, pinned)
            return self._row(pinned, resource, Action.REPLACE, reason, live=live, fields=fields, answer=None, conflicts=conflicts)
        if not answer.is_ok:
            return self._row(
                pinned, resource, Action.UPDATE, "it differs", live=live, problem=problem_of(answer, pinned), conflicts=conflicts
            )
        return self._updated(pinned, live, resource, answer, conflicts)

    def _updated(self, pinned: Object, live: Object, resource: ApiResource, answer: Answer, conflicts: tuple[Conflict, ...]) -> Change:
        after = mask_object(answer.json(), key=home.mask_key())
        fields = tuple(replace(field, owners=owners(live.body, field.path)) for field in differences(live.body, after))
        ours, ours_after = our_entry(live.body), our_entry(after)
        is_same = not fields and ours is not None and ours_after is not None and ours.fields == ours_after.fields
        if is_same:
            return self._row(pinned, resource, Action.NO_OP, "it is as desired", live=live, answer=answer)
        reason = "fields differ" if fields else "only who owns which field changes"
        change = self._row(pinned, resource, Action.UPDATE, reason, live=live, fields=fields, answer=answer, conflicts=conflicts)
        classes = classes_of(live.body, after, fields, conflicts)
        is_drift = ChangeClass.DRIFT in classes
        return replace(change, classes=classes, drift=is_drift, reason="it was changed on the cluster since" if is_drift else reason)

    def _row(
        self,
        item: Object,
        resource: ApiResource,
        action: Action,
        reason: str,
        *,
        live: Object | None = None,
        fields: tuple[FieldChange, ...] = (),
        conflicts: tuple[Conflict, ...] = (),
        problem: str = "",
        answer: Answer | None = None,
        judgement: Judgement = _DRY_RUN,
    ) -> Change:
        return Change(
            id=item.id, action=action, reason=reason, judgement=judgement, fields=fields, conflicts=conflicts, problem=problem,
            warnings=_warnings(answer), owner=other_owner(live, self.inventory.id) if live and action.writes else "",
            is_namespaced=resource.is_namespaced, uid=live.uid if live else "", resource_version=live.resource_version if live else "",
            wave=wave_of(item.id), origin=item.origin, api_version=item.api_version,
            desired_digest=object_digest(replace(item, uid="", resource_version="")), desired=item,
        )  # fmt: skip

    def _unknown_kind(self, item: Object) -> Change:
        resource = _assumed(item)
        if any(_defines(other, item) for other in self.desired.values()):
            reason = "its kind is created by this plan"
            change = self._row(item, resource, Action.CREATE, reason, fields=stated_fields(item.body), judgement=_NO_PREVIEW)
            return replace(change, classes=frozenset({ChangeClass.CANNOT_PREVIEW}))
        stale = [one.message for one in self.discovery.unreadable if one.group_kind == item.id.group]
        problem = stale[0] if stale else f"the server does not know {item.id.kind} in {item.api_version}"
        return self._row(item, resource, Action.CREATE, "its kind is unknown", problem=problem, judgement=_NO_PREVIEW)

    def _absent_namespace(self, item: Object) -> Change | None:
        """Return the row of an object whose namespace is not there (yet)."""
        resource = self.discovery.find(item.api_version, item.id.kind)
        namespace = ObjectId(group="", kind="Namespace", namespace="", name=item.id.namespace)
        if resource is None or not item.id.namespace or namespace in self.live.objects or self._unreadable(namespace):
            return None
        if namespace in self.desired:
            change = self._row(
                item,
                resource,
                Action.CREATE,
                "its namespace is created by this plan",
                fields=stated_fields(item.body),
                judgement=_NO_PREVIEW,
            )
            return replace(change, classes=frozenset({ChangeClass.CANNOT_PREVIEW}))
        problem = f"namespace {item.id.namespace} does not exist and is not desired either"
        return self._row(item, resource, Action.CREATE, "its namespace is missing", problem=problem, judgement=_NO_PREVIEW)

    def _unreadable(self, object_id: ObjectId) -> str:
        return next((f"{one.reason}: {one.message}" for one in self.live.unreadable if one.covers(object_id)), "")

    # --- members that are no longer desired ---------------------------------------------------------------------------------------

    def _members(self) -> Iterator[Object]:
        return (item for item in self.live.objects.values() if item.labels.get(PART_OF_LABEL) == self.inventory.id)

    def _leftover(self, item: Object) -> Change:
        kept = self._kept(item)
        return Change(
            id=item.id, action=Action.NO_OP if kept else Action.DELETE, reason=f"no longer desired{f'; {kept}' if kept else ''}",
            judgement=_COMPARED, is_namespaced=bool(item.id.namespace), uid=item.uid, resource_version=item.resource_version, wave=PRUNE_WAVE,
            api_version=item.api_version, owner="" if kept else other_owner(item, self.inventory.id),
        )  # fmt: skip

    def _kept(self, item: Object) -> str:
        if not self.options.prune:
            return "prune is off"
        if self.live.unreadable:
            return "prune is off, because not everything could be read"
        return keep_reason(item)


def completed(desired: Snapshot, discovery: Discovery, options: PlanOptions, inventory_id: str) -> dict[ObjectId, Object]:
    """Return the desired objects as they will be sent, by identity."""
    return by_identity(
        complete(item, namespace=options.namespace if _is_namespaced(item, discovery, desired) else "", inventory_id=inventory_id)
        for item in desired.objects.values()
    )


def _is_namespaced(item: Object, discovery: Discovery, desired: Snapshot) -> bool:
    resource = discovery.find(item.api_version, item.id.kind)
    if resource is not None:
        return resource.is_namespaced
    definition = next((other for other in desired.objects.values() if _defines(other, item)), None)
    return definition is None or definition.body["spec"].get("scope") != "Cluster"


def _defines(definition: Object, item: Object) -> bool:
    if definition.id.kind != "CustomResourceDefinition":
        return False
    spec: Any = definition.body.get("spec") or {}
    return bool(spec.get("group") == item.id.group and (spec.get("names") or {}).get("kind") == item.id.kind)


def _assumed(item: Object) -> ApiResource:
    group, _, version = item.api_version.rpartition("/")
    return ApiResource(group=group, version=version, kind=item.id.kind, plural="", is_namespaced=bool(item.id.namespace), verbs=frozenset())


def _dated(live: Object, conflict: Conflict) -> Any:
    """Return the owner as the live object knows it, with the subresource and time that a conflict's text may leave out."""
    known = [owner for owner in owners(live.body, conflict.path) if owner.name == conflict.owner.name]
    return next((owner for owner in known if owner.operation == conflict.owner.operation), conflict.owner)


def _overlay(live: Object, pinned: Object) -> tuple[FieldChange, ...]:
    stated = stated_fields(pinned.body)
    return tuple(
        replace(field, action=type(field.action)("change") if before is not None else field.action, before=before)
        for field in stated
        if (before := value_at(live.body, field.path)) != field.after
    )


def _warnings(answer: Answer | None) -> tuple[str, ...]:
    text = answer.headers.get("warning", "") if answer else ""
    return tuple(part.split('"')[1] for part in text.split(", 299 ") if part.count('"') >= 2)
