"""What has one environment that another has not, by what Git says of both?

Objects are the same when kind and name are: two environments live in namespaces of their own as a rule. What only the namespace tells apart
is no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gitopskit.model.changes import FieldChange
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.planning.diff import differences

Pair = tuple[ObjectId | None, ObjectId | None, tuple[FieldChange, ...]]


def unequal(ahead: Mapping[ObjectId, Object], behind: Mapping[ObjectId, Object]) -> Iterator[Pair]:
    """Yield (identity ahead, identity behind, fields) of each object that is not the same; None where one side has none.

    The fields are those that would change behind, to be as ahead.
    """
    twins = _by_name(behind)
    seen = set()
    for object_id, item in ahead.items():
        twin = behind.get(object_id) or _only(twins.get(_name(object_id), ()))
        if twin is None:
            yield object_id, None, ()
            continue
        seen.add(twin.id)
        if fields := differences(_anywhere(twin.body), _anywhere(item.body)):
            yield object_id, twin.id, fields
    for object_id in behind:
        if object_id not in seen:
            yield None, object_id, ()


def _name(object_id: ObjectId) -> tuple[str, str, str]:
    return object_id.group, object_id.kind, object_id.name


def _by_name(objects: Mapping[ObjectId, Object]) -> dict[tuple[str, str, str], list[Object]]:
    found: dict[tuple[str, str, str], list[Object]] = {}
    for object_id, item in objects.items():
        found.setdefault(_name(object_id), []).append(item)
    return found


def _only(items: Any) -> Object | None:
    return items[0] if len(items) == 1 else None


def _anywhere(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without the namespace that it lives in."""
    metadata = {name: value for name, value in (body.get("metadata") or {}).items() if name != "namespace"}
    return {**body, "metadata": metadata}
