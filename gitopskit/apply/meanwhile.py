"""What else moved while we applied, and who moved it?

Two looks that an apply takes anyway are held against each other: the reading of the staleness guard, before the first step, and that of
the proof, after the last. Of the first only identities and versions are kept.

The trap that shaped it: what our own steps set in motion (a controller that fills in a status) is no stranger's doing. So a step's
object is held against the version that the step itself left, and is told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from gitopskit.model.events import Movement
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.snapshot import Snapshot, object_digest
from gitopskit.planning.managed import entries, is_ours

_NAMED: Final = 3


def versions(snapshot: Snapshot) -> dict[ObjectId, str]:
    """Return which version of each object was seen."""
    return {item.id: _version(item) for item in snapshot.objects.values()}


def movements(before: Mapping[ObjectId, str], after: Snapshot, written: Mapping[ObjectId, str], since: datetime) -> Iterator[Movement]:
    """Yield what moved between two looks and no step of ours meant.

    Parameters
    ----------
    before
        What `versions` returned for the first look.
    written
        The objects of our steps, and the version that each step left; empty where the system did not tell.
    since
        The moment of the first look.
    """
    for item in after.objects.values():
        known = written.get(item.id, before.get(item.id))
        if known != "" and known != _version(item):
            what = "appeared" if known is None else "changed"
            yield Movement(id=item.id, what=what, by=_writers(item, since), is_step=item.id in written)
    for object_id in before:
        if object_id not in after.objects and object_id not in written:
            yield Movement(id=object_id, what="gone")


def _version(item: Object) -> str:
    return item.resource_version or object_digest(item)


def _writers(item: Object, since: datetime) -> str:
    """Return who wrote last, by the managed fields: those since the first look, or the latest where clocks do not agree."""
    others = [entry.owner for entry in entries(item.body) if not is_ours(entry) and entry.owner.time]
    moment = f"{since:%Y-%m-%dT%H:%M:%SZ}"
    latest = max((owner.time for owner in others), default="")
    found = [owner for owner in others if owner.time >= moment] or [owner for owner in others if owner.time == latest]
    return ", ".join(sorted({str(owner) for owner in found})[:_NAMED])
