"""The garbage collector: what happens to an object when its owners go.

An owner that is going keeps a finalizer that says how: ``orphan`` frees what it owns, ``foregroundDeletion`` waits for it. One that is
gone takes what it alone owned with it.

References
----------
Kubernetes, "Garbage Collection", "Owners and dependents", "Finalizers".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.index import Index, Key, owners_of
from gitopskit.sandbox.controllers.work import Work, is_going

_FOREGROUND, _ORPHAN = "foregroundDeletion", "orphan"


def touched(index: Index, before: Object | None, after: Object | None, key: Key) -> Iterable[Key]:
    """Return what a change gives the collector to look at."""
    if after is not None:
        owners = owners_of(after)
        if _is_waiting(after) or (owners and (before is None or owners_of(before) != owners)):
            yield key
    elif before is not None:
        yield from index.owned(before["metadata"]["uid"])
        yield from (owner for reference in owners_of(before) if (owner := index.by_uid(reference["uid"])))


def _is_waiting(obj: Object) -> bool:
    finalizers = obj["metadata"].get("finalizers")
    return bool(finalizers) and is_going(obj) and not {_FOREGROUND, _ORPHAN}.isdisjoint(finalizers)


def reconcile(work: Work) -> None:
    """Look after one object: as an owner that is going, or as something owned."""
    found = work.current()
    if found is None:
        return
    finalizers = found["metadata"].get("finalizers") or []
    if is_going(found) and _ORPHAN in finalizers:
        _free(work, found)
        _let_go(work, found, _ORPHAN)
    elif is_going(found) and _FOREGROUND in finalizers:
        _wait(work, found)
    elif not is_going(found) and owners_of(found):
        _follow(work, found)


def _let_go(work: Work, found: Object, finalizer: str) -> None:
    kept = [name for name in found["metadata"]["finalizers"] if name != finalizer]
    work.set_metadata(found, finalizers=kept or None)


def _free(work: Work, found: Object) -> None:
    uid = found["metadata"]["uid"]
    for key in work.index.owned(uid):
        dependent = work.index.get(key)
        if dependent is not None:
            kept = [owner for owner in owners_of(dependent) if owner["uid"] != uid]
            work.set_metadata(dependent, ownerReferences=kept or None)


def _wait(work: Work, found: Object) -> None:
    uid = found["metadata"]["uid"]
    dependents = [(key, obj) for key in work.index.owned(uid) if (obj := work.index.get(key)) is not None]
    for key, dependent in dependents:
        if not is_going(dependent) and not _has_other_owner(work, dependent, uid):
            work.delete(
                key.storage, dependent, propagation="Foreground" if work.index.owned(dependent["metadata"]["uid"]) else "Background"
            )
    if not any(_blocks(dependent, uid) for _, dependent in dependents):
        _let_go(work, found, _FOREGROUND)


def _blocks(dependent: Object, uid: str) -> bool:
    return any(owner["uid"] == uid and owner.get("blockOwnerDeletion") for owner in owners_of(dependent))


def _has_other_owner(work: Work, dependent: Object, uid: str) -> bool:
    return any(owner["uid"] != uid and _is_there(work, dependent, owner) for owner in owners_of(dependent))


def _follow(work: Work, found: Object) -> None:
    """Delete an object whose owners are all gone; forget those that are, if others are not."""
    owners = owners_of(found)
    present = [owner for owner in owners if _is_there(work, found, owner)]
    if not present:
        work.delete(work.key.storage, found, propagation="Background")
    elif len(present) < len(owners):
        work.set_metadata(found, ownerReferences=present)


def _is_there(work: Work, dependent: Object, owner: Mapping[str, Any]) -> bool:
    """Whether an owner exists where the dependent can see it; one of an unknown kind is given the benefit of the doubt."""
    key = work.index.by_uid(owner["uid"])
    if key is None:
        return not work.api.serves(owner["apiVersion"], owner["kind"])
    return key.namespace in ("", dependent["metadata"].get("namespace", ""))
