"""What belongs to what, by owner references?

An owner is meant by its uid, and lives in the same namespace or in none: a reference into another namespace owns nothing. Whether
somebody is gone, or was only not read, a snapshot cannot tell; so an owner that is not in it is named, and judged by nobody here.

The trap that shaped it: references are written by people, too. Two objects may own each other, one may own itself, and one may have
many owners; a walk must end all the same, and see each object once.

References
----------
Kubernetes, "Owners and Dependents"; "Garbage Collection", cascading deletion.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Who owns whom in one snapshot.

    Attributes
    ----------
    owners
        Object to its owners that are there, its controller first; objects without one are left out.
    children
        The other way round, in the order of the snapshot.
    missing
        Object to its owners that are not in the snapshot, as ``Kind name``.
    """

    owners: Mapping[ObjectId, tuple[ObjectId, ...]]
    children: Mapping[ObjectId, tuple[ObjectId, ...]]
    missing: Mapping[ObjectId, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an object stands in its tree.

    Attributes
    ----------
    parent
        The owner under which it stands; None for a root.
    depth
        0 for a root.
    """

    id: ObjectId
    parent: ObjectId | None
    depth: int


def trace(live: Snapshot) -> Lineage:
    """Return who owns whom, by the owner references of live objects."""
    by_uid = {item.uid: item.id for item in live.objects.values() if item.uid}
    owners: dict[ObjectId, tuple[ObjectId, ...]] = {}
    children: dict[ObjectId, list[ObjectId]] = {}
    missing: dict[ObjectId, tuple[str, ...]] = {}
    for item in live.objects.values():
        found, absent = _resolved(item, by_uid)
        if absent:
            missing[item.id] = absent
        if found:
            owners[item.id] = found
        for owner in found:
            children.setdefault(owner, []).append(item.id)
    return Lineage(owners=owners, children={owner: tuple(below) for owner, below in children.items()}, missing=missing)


def _resolved(item: Object, by_uid: Mapping[str, ObjectId]) -> tuple[tuple[ObjectId, ...], tuple[str, ...]]:
    """Return the owners of one object that are there, each once, and the names of the others."""
    found: dict[ObjectId, None] = {}
    absent: dict[str, None] = {}
    for reference in sorted(_references(item.body), key=lambda one: not one.get("controller")):
        owner = by_uid.get(str(reference.get("uid", "")))
        if owner is not None and owner.namespace in ("", item.id.namespace):
            found[owner] = None
        else:
            absent[f"{reference.get('kind', '')} {reference.get('name', '')}"] = None
    return tuple(found), tuple(absent)


def _references(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = (body.get("metadata") or {}).get("ownerReferences")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def roots(lineage: Lineage, objects: Iterable[ObjectId]) -> Iterator[ObjectId]:
    """Yield the objects at which a walk down must begin to see all of them: those without an owner among them, and one of each ring."""
    listed = list(objects)
    among = set(listed)
    first = [one for one in listed if among.isdisjoint(lineage.owners.get(one, ()))]
    yield from first
    seen = {place.id for place in walk(lineage, first)}
    for one in listed:
        if one not in seen:
            top = _top(lineage, one, among)
            yield top
            seen |= {place.id for place in walk(lineage, [top])}


def _top(lineage: Lineage, start: ObjectId, among: set[ObjectId]) -> ObjectId:
    """Return the first object that a climb from owner to owner meets again."""
    climbed: set[ObjectId] = set()
    here = start
    while here not in climbed:
        climbed.add(here)
        here = next((owner for owner in lineage.owners.get(here, ()) if owner in among), here)
    return here


def walk(lineage: Lineage, starts: Iterable[ObjectId]) -> Iterator[Place]:
    """Yield the starts and everything below them, nearest first, each object once."""
    waiting = deque(Place(id=start, parent=None, depth=0) for start in starts)
    seen = {place.id for place in waiting}
    while waiting:
        place = waiting.popleft()
        yield place
        for child in lineage.children.get(place.id, ()):
            if child not in seen:
                seen.add(child)
                waiting.append(Place(id=child, parent=place.id, depth=place.depth + 1))
