"""What else moved while we applied, and who moved it?

Two looks that an apply takes anyway are held against each other: the reading of the staleness guard, before the first step, and that of
the proof, after the last. Of the first only identities, versions and hashes are kept.

The trap that shaped it: what our own steps set in motion (a controller that fills in a status) is no stranger's doing. So a step's
object is held against the version that the step itself left, and is told apart. And what a look could not read is not what is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from gitopskit.model.events import Movement
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.snapshot import Snapshot, Unreadable, object_digest
from gitopskit.planning.managed import entries, is_ours

_NAMED: Final = 3


class Seen(NamedTuple):
    """What is kept of an object that was looked at: its version, and a hash of each entry of its managed fields."""

    version: str
    entries: frozenset[int] = frozenset()


class Look(NamedTuple):
    """What is kept of a look: the objects that were there, and what could not be read."""

    objects: Mapping[ObjectId, Seen]
    unreadable: tuple[Unreadable, ...] = ()


def versions(snapshot: Snapshot) -> Look:
    """Return which version of each object was seen, and where nothing was."""
    found = {
        item.id: Seen(_version(item), frozenset(hash(entry.owner) for entry in entries(item.body))) for item in snapshot.objects.values()
    }
    return Look(found, snapshot.unreadable)


def movements(before: Look, after: Snapshot, written: Mapping[ObjectId, str]) -> Iterator[Movement]:
    """Yield what moved between two looks and no step of ours meant.

    Parameters
    ----------
    before
        What `versions` returned for the first look.
    written
        The objects of our steps, and the version that each step left; empty where the system did not tell.
    """
    for item in after.objects.values():
        seen, is_step = before.objects.get(item.id), item.id in written
        known = written[item.id] if is_step else seen.version if seen else None
        is_hidden = known is None and _is_hidden(item.id, before.unreadable)
        if known != "" and known != _version(item) and not is_hidden:
            what = "appeared" if known is None else "changed"
            yield Movement(id=item.id, what=what, by=_writers(item, seen), is_step=is_step)
    for object_id in before.objects:
        if object_id not in after.objects and object_id not in written and not _is_hidden(object_id, after.unreadable):
            yield Movement(id=object_id, what="gone")


def _is_hidden(object_id: ObjectId, unreadable: tuple[Unreadable, ...]) -> bool:
    return any(part.covers(object_id) for part in unreadable)


def _version(item: Object) -> str:
    return item.resource_version or object_digest(item)


def _writers(item: Object, seen: Seen | None) -> str:
    """Return whose entries of the managed fields are new; who wrote last, where none is (they know seconds only)."""
    others = [entry.owner for entry in entries(item.body) if not is_ours(entry)]
    known = seen.entries if seen else frozenset()
    latest = max((owner.time for owner in others), default="")
    found = [owner for owner in others if hash(owner) not in known] or [owner for owner in others if owner.time == latest]
    return ", ".join(sorted({str(owner) for owner in found})[:_NAMED])
