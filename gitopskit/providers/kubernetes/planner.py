"""What would an apply do, to every desired object and to every member that is no longer desired?

The trap that shaped it: what could not be read is not absent. Where members of the set may hide, nothing is pruned at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Final

from gitopskit.model.changes import Change
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.plan import PlanOptions
from gitopskit.model.snapshot import Inventory, Snapshot, Unreadable
from gitopskit.planning.complete import by_identity
from gitopskit.planning.inventory import PART_OF_LABEL, foreign_owner
from gitopskit.planning.needs import referred
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
    predicted = notes.rows(judge.live.objects, judge.predict)
    found = [change for change in predicted if change is not None]
    left = [item for item, change in zip(judge.desired.values(), predicted, strict=True) if change is None]
    total = len(judge.desired)
    progress("planning", len(found), total)
    with workers(PARALLEL_DRY_RUNS) as pool:
        ask = lambda item: notes.answer(item, judge.live.objects.get(item.id), judge.judge)  # noqa: E731
        for done, change in enumerate(pool.map(ask, left), len(found) + 1):
            found.append(change)
            progress("planning", done, total, change.id.group_kind)
    found = _warned(found, judge)
    matched = set(map(id, notes.page.lives))
    found += _leftovers(judge, [item for item in judge.live.objects.values() if id(item) not in matched])
    foreign = "" if judge.options.adopt else foreign_owner(judge.inventory)
    return [replace(change, owner=change.owner or foreign) if change.action.writes else change for change in found] if foreign else found


def _warned(changes: list[Change], judge: Judge) -> list[Change]:
    """Return the changes, with what the quotas and limit ranges of a new namespace have against them."""
    coming = {item.name for item in judge.desired if item.kind == "Namespace" and judge.lacks(item)}

    def plural_of(item: Object) -> str:
        resource = judge.discovery.find(item.api_version, item.id.kind)
        return resource.plural if resource else ""

    said = shortfalls(judge.desired.values(), coming, plural_of) if coming else {}
    if not said:
        return changes
    return [replace(change, warnings=(*change.warnings, *said[change.id])) if change.id in said else change for change in changes]


def prune_obstacles(live: Snapshot, inventory: Inventory, desired: dict[ObjectId, Object]) -> tuple[Unreadable, ...]:
    """Return what could not be read and may hide members of the set."""
    kinds = {*inventory.group_kinds, *(item.group_kind for item in desired), inventory.group_kind}
    groups = {kind.partition(".")[2] for kind in kinds} - {""}
    return tuple(one for one in live.unreadable if not one.group_kind or one.group_kind in kinds | groups)


def definitions(desired: Snapshot) -> tuple[Object, ...]:
    """Return the CustomResourceDefinitions among the desired objects."""
    return tuple(desired.objects[item] for item in desired.objects if item.kind == "CustomResourceDefinition")


def completed(desired: Snapshot, discovery: Discovery, options: PlanOptions, inventory_id: str, notes: Notes) -> dict[ObjectId, Object]:
    """Return the desired objects as they will be sent, by identity."""
    coming = definitions(desired)

    @cache
    def place_of(api_version: str, group: str, kind: str) -> str:
        return options.namespace if _is_namespaced(api_version, group, kind, discovery, coming) else ""

    items = notes.completed(desired.objects.values(), lambda item: place_of(item.api_version, item.id.group, item.id.kind), inventory_id)
    return by_identity(items, desired.source.commit if desired.source else "")


def _leftovers(judge: Judge, others: Iterable[Object]) -> Iterator[Change]:
    """Yield a row for each member of the set among those that are not desired."""
    obstacles = prune_obstacles(judge.live, judge.inventory, judge.desired)
    members = [item for item in others if item.labels.get(PART_OF_LABEL) == judge.inventory.id]
    kept = {item.id: _kept(item, judge.options, obstacles) for item in members}
    going = {object_id for object_id, why in kept.items() if not why}
    for item in members:
        row = leftover_row(item, kept[item.id], judge.inventory.id)
        yield replace(row, refers_to=referred(item, going)) if item.id in going else row


def _kept(item: Object, options: PlanOptions, obstacles: tuple[Unreadable, ...]) -> str:
    if not options.prune:
        return "prune is off"
    if obstacles:
        return f"nothing is pruned, because {obstacles[0].group_kind or 'a part'} could not be read ({obstacles[0].reason})"
    return keep_reason(item)


def _is_namespaced(api_version: str, group: str, kind: str, discovery: Discovery, coming: tuple[Object, ...]) -> bool:
    resource = discovery.find(api_version, kind)
    if resource is not None:
        return resource.is_namespaced
    wanted = (group, api_version.rpartition("/")[2], kind)
    definition = next((other for other in coming if wanted in defined_kinds(other)), None)
    return definition is None or definition.body["spec"].get("scope") != "Cluster"
