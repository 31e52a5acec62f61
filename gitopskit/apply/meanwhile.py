"""What else moved while we applied, and who moved it?

Two looks that an apply takes anyway are held against each other: the reading of the staleness guard, before the first step, and that of
the proof, after the last. Of the first only identities, versions and hashes are kept.

The trap that shaped it: what our own steps set in motion (a controller that fills in a status) is no stranger's doing. So a step's
object is held against the version that the step itself left, and is told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from gitopskit.model.events import Movement
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.snapshot import Snapshot, object_digest
from gitopskit.planning.managed import entries, is_ours

_NAMED: Final = 3


class Seen(NamedTuple):
    """What is kept of an object that was looked at: its version, and a hash of each entry of its managed fields."""

    version: str
    entries: frozenset[int] = frozenset()


def versions(snapshot: Snapshot) -> dict[ObjectId, Seen]:
    """Return which version of each object was seen."""
    return {
        item.id: Seen(_version(item), frozenset(hash(entry.owner) for entry in entries(item.body))) for item in snapshot.objects.values()
    }


def movements(before: Mapping[ObjectId, Seen], after: Snapshot, written: Mapping[ObjectId, str]) -> Iterator[Movement]:
    """Yield what moved between two looks and no step of ours meant.

    Parameters
    ----------
    before
        What `versions` returned for the first look.
    written
        The objects of our steps, and the version that each step left; empty where the system did not tell.
    """
    for item in after.objects.values():
        seen, is_step = before.get(item.id), item.id in written
        known = written[item.id] if is_step else seen.version if seen else None
        if known != "" and known != _version(item):
            what = "appeared" if known is None else "changed"
            yield Movement(id=item.id, what=what, by=_writers(item, seen), is_step=is_step)
    for object_id in before:
        if object_id not in after.objects and object_id not in written:
            yield Movement(id=object_id, what="gone")


def _version(item: Object) -> str:
    return item.resource_version or object_digest(item)


def _writers(item: Object, seen: Seen | None) -> str:
    """Return whose entries of the managed fields are new; who wrote last, where none is (they know seconds only)."""
    others = [entry.owner for entry in entries(item.body) if not is_ours(entry)]
    known = seen.entries if seen else frozenset()
    latest = max((owner.time for owner in others), default="")
    found = [owner for owner in others if hash(owner) not in known] or [owner for owner in others if owner.time == latest]
    return ", ".join(sorted({str(owner) for owner in found})[:_NAMED])
