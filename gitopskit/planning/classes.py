"""What should a person look at before confirming an update?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gitopskit.model.changes import ChangeClass, Conflict, FieldAction, FieldChange
from gitopskit.planning.managed import Entry, entries, is_ours, leaves, our_entry, owns
from gitopskit.planning.ownership import is_by_hand


def classes_of(
    live: Mapping[str, Any], after: Mapping[str, Any], fields: Iterable[FieldChange], conflicts: Iterable[Conflict]
) -> frozenset[ChangeClass]:
    """Return the classes of an update, from the live object and what the server says it would become."""
    found = set()
    ours, ours_after, listed = our_entry(live), our_entry(after), list(fields)
    if ours is None:
        found.add(ChangeClass.ADOPT)
    elif ours_after is not None and _is_released(ours, ours_after, listed):
        found.add(ChangeClass.RELEASE)
    if any(field.action is FieldAction.REMOVE for field in listed):
        found.add(ChangeClass.REMOVE_FIELD)
    if any(conflict.forced for conflict in conflicts):
        found.add(ChangeClass.FORCE)
    if (live.get("metadata") or {}).get("finalizers") and not (after.get("metadata") or {}).get("finalizers"):
        found.add(ChangeClass.REMOVES_LAST_FINALIZER)
    if is_drift(live, listed):
        found.add(ChangeClass.DRIFT)
    return frozenset(found)


def is_drift(live: Mapping[str, Any], fields: Iterable[FieldChange]) -> bool:
    """Whether somebody changed one of these fields after we last applied the object; see `drifted`."""
    return any(drifted(live, fields))


def drifted(live: Mapping[str, Any], fields: Iterable[FieldChange]) -> Iterator[FieldChange]:
    """Yield those of the fields that somebody changed after we last applied the object.

    A field that we still own has its last applied value: what differs there was changed in Git. A field that is gone leaves no trace
    of who had it: it may be new in Git, too. It counts as drift if somebody worked on the object by hand later than we did.
    """
    known = entries(live)
    ours = next((entry for entry in known if is_ours(entry)), None)
    if ours is None:
        return
    later = [e for e in known if not is_ours(e) and (not e.owner.time or e.owner.time >= ours.owner.time)]  # scaling leaves no time
    if later:
        yield from (field for field in fields if _moved(field, ours, later))


def _moved(field: FieldChange, ours: Entry, later: list[Entry]) -> bool:
    if owns(ours.fields, field.path):
        return False
    if field.action is FieldAction.ADD:
        return any(is_by_hand(entry.owner) and entry.owner.time > ours.owner.time for entry in later)
    return any(owns(entry.fields, field.path) for entry in later)


def _is_released(before: Entry, after: Entry, fields: list[FieldChange]) -> bool:
    removed = [field.path for field in fields if field.action is FieldAction.REMOVE]
    given_up = set(leaves(before.fields)) - set(leaves(after.fields))
    return any(not any(path[: len(gone)] == gone for gone in removed) for path in given_up)
