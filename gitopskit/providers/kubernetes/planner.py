"""What would an apply do, to every desired object and to every member that is no longer desired?

The trap that shaped it: what could not be read is not absent. Where members of the set may hide, nothing is pruned at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from gitopskit.model.changes import Change
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.plan import PlanOptions
from gitopskit.model.snapshot import Inventory, Snapshot, Unreadable
from gitopskit.planning.complete import by_identity
from gitopskit.planning.inventory import PART_OF_LABEL, foreign_owner
from gitopskit.planning.ownership import keep_reason
from gitopskit.planning.quotas import shortfalls
from gitopskit.providers.base import Progress
from gitopskit.providers.kubernetes.discovery import Discovery
from gitopskit.providers.kubernetes.judge import Judge, defined_kinds
from gitopskit.providers.kubernetes.notes import Notes
from gitopskit.providers.kubernetes.rows import leftover_row
from gitopskit.workers import workers

PARALLEL_DRY_RUNS: Final = 8


def judge_all(judge: Judge, notes: Notes, progress: Progress) -> list[Change]:
    """Return one change per desired object, and one per member that is no longer desired."""
    predicted = [notes.row(item, judge.live.objects.get(item.id), judge.predict) for item in judge.desired.values()]
    left = [item for item, change in zip(judge.desired.values(), predicted, strict=True) if change is None]
    found = [change for change in predicted if change is not None]
    total = len(predicted)
    progress("planning", len(found), total)
    with workers(PARALLEL_DRY_RUNS) as pool:
        ask = lambda item: notes.answer(item, judge.live.objects.get(item.id), judge.judge)  # noqa: E731
        for done, change in enumerate(pool.map(ask, left), len(found) + 1):
            found.append(change)
            progress("planning", done, total, change.id.group_kind)
    found = list(_warned(found, judge)) + list(_leftovers(judge))
    foreign = "" if judge.options.adopt else foreign_owner(judge.inventory)
    return [replace(change, owner=change.owner or foreign) if change.action.writes else change for change in found]


def _warned(changes: list[Change], judge: Judge) -> Iterator[Change]:
    """Yield the changes, with what the quotas and limit ranges of a new namespace have against them."""
    coming = {item.name for item in judge.desired if item.group_kind == "Namespace" and judge.lacks(item)}

    def plural_of(item: Object) -> str:
        resource = judge.discovery.find(item.api_version, item.id.kind)
        return resource.plural if resource else ""

    said = shortfalls(judge.desired.values(), coming, plural_of) if coming else {}
    for change in changes:
        yield replace(change, warnings=(*change.warnings, *said[change.id])) if change.id in said else change


def prune_obstacles(live: Snapshot, inventory: Inventory, desired: dict[ObjectId, Object]) -> tuple[Unreadable, ...]:
    """Return what could not be read and may hide members of the set."""
    kinds = {*inventory.group_kinds, *(item.group_kind for item in desired), inventory.group_kind}
    groups = {kind.partition(".")[2] for kind in kinds} - {""}
    return tuple(one for one in live.unreadable if not one.group_kind or one.group_kind in kinds | groups)


def completed(desired: Snapshot, discovery: Discovery, options: PlanOptions, inventory_id: str, notes: Notes) -> dict[ObjectId, Object]:
    """Return the desired objects as they will be sent, by identity."""
    kinds = {(item.api_version, item.id.kind): item for item in desired.objects.values()}
    places = {kind: options.namespace if _is_namespaced(item, discovery, desired) else "" for kind, item in kinds.items()}
    items = notes.completed(desired.objects.values(), places, inventory_id)
    return by_identity(items, desired.source.commit if desired.source else "")


def _leftovers(judge: Judge) -> Iterator[Change]:
    obstacles = prune_obstacles(judge.live, judge.inventory, judge.desired)
    for object_id in judge.live.objects.keys() - judge.desired.keys():
        item = judge.live.objects[object_id]
        if item.labels.get(PART_OF_LABEL) == judge.inventory.id:
            yield leftover_row(item, _kept(item, judge.options, obstacles), judge.inventory.id)


def _kept(item: Object, options: PlanOptions, obstacles: tuple[Unreadable, ...]) -> str:
    if not options.prune:
        return "prune is off"
    if obstacles:
        return f"nothing is pruned, because {obstacles[0].group_kind or 'a part'} could not be read ({obstacles[0].reason})"
    return keep_reason(item)


def _is_namespaced(item: Object, discovery: Discovery, desired: Snapshot) -> bool:
    resource = discovery.find(item.api_version, item.id.kind)
    if resource is not None:
        return resource.is_namespaced
    kind = (item.id.group, item.api_version.rpartition("/")[2], item.id.kind)
    definition = next((other for other in desired.objects.values() if kind in defined_kinds(other)), None)
    return definition is None or definition.body["spec"].get("scope") != "Cluster"
