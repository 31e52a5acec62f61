"""What does a patch make of an object?

References
----------
RFC 7396 (JSON merge patch), RFC 6902 (JSON patch); Kubernetes, "strategic merge patch".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import jsonpatch
import jsonpointer

from gitopskit.schema.typed import printed
from gitopskit.schema.types import UNTYPED, Type

Object = dict[str, Any]


class MergeKeyError(ValueError):
    """An item of a strategic merge patch does not say which item it is for."""


def merge_patch(old: Any, patch: Any) -> Any:
    """Return `old` with a JSON merge patch on it; as on the real server, nulls are left out of lists too, where there was no object."""
    if not isinstance(old, Mapping):
        return _without_nulls(patch)
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(old)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def json_patch(old: Object, operations: Any) -> Object:
    """Return `old` with a JSON patch on it; as on the real server, a field that is not there can be replaced, and is null.

    Raises
    ------
    ValueError
        An operation is malformed, or does not apply.
    """
    try:
        patched = _Patch(operations).apply(old)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError, KeyError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(patched, dict):
        raise ValueError("a patch must leave an object")
    return patched


class _Replace(jsonpatch.ReplaceOperation):
    def apply(self, obj: Any) -> Any:
        parent, name = self.pointer.to_last(obj)
        if isinstance(parent, dict) and name not in parent:
            return jsonpatch.AddOperation(self.operation).apply(obj)
        return super().apply(obj)


class _Test(jsonpatch.TestOperation):
    def apply(self, obj: Any) -> Any:
        parent, name = self.pointer.to_last(obj)
        if isinstance(parent, dict) and name not in parent and self.operation.get("value") is None:
            return obj
        return super().apply(obj)


class _Patch(jsonpatch.JsonPatch):
    operations = MappingProxyType({**jsonpatch.JsonPatch.operations, "replace": _Replace, "test": _Test})


def strategic_merge_patch(old: Object, patch: Any, type_: Type) -> Object:
    """Return `old` with a strategic merge patch on it.

    Raises
    ------
    MergeKeyError
        An item of a list lacks its merge key.
    ValueError
        The patch is no object.
    """
    if not isinstance(patch, Mapping):
        raise ValueError("a strategic merge patch must be an object")
    return _map(old, patch, type_)


def _map(old: Mapping[str, Any], patch: Mapping[str, Any], type_: Type) -> Object:
    if patch.get("$patch") == "replace":
        return {name: value for name, value in patch.items() if name != "$patch"}
    if patch.get("$patch") == "delete":
        return {}
    kept = patch.get("$retainKeys")
    merged = {name: value for name, value in old.items() if kept is None or name in kept}
    for name, value in patch.items():
        if name.startswith("$"):
            _directive(merged, name, value, patch)
        elif value is None:
            merged.pop(name, None)
        else:
            merged[name] = _value(merged.get(name), value, name, type_)
    for name in {name.removeprefix("$setElementOrder/") for name in patch}:
        order = patch.get(f"$setElementOrder/{name}", patch.get(name) if isinstance(old.get(name), list) else None)
        if isinstance(merged.get(name), list) and isinstance(order, list) and "merge" in _strategy(type_, name)[0]:
            merged[name] = _in_order(merged[name], old.get(name) or [], order, _strategy(type_, name)[1])
    return merged


def _directive(merged: Object, name: str, value: Any, patch: Mapping[str, Any]) -> None:
    if name.startswith("$deleteFromPrimitiveList/"):
        target = name.partition("/")[2]
        if target not in patch:
            merged[target] = [item for item in merged.get(target) or () if item not in value]


def _value(old: Any, value: Any, name: str, type_: Type) -> Any:
    child = type_.child(name)
    strategy, key = _strategy(type_, name)
    if isinstance(value, Mapping):
        if "replace" in strategy:
            return {part: item for part, item in value.items() if not part.startswith("$")}
        return _map(old if isinstance(old, Mapping) else {}, value, child)
    if isinstance(value, list) and "merge" in strategy:
        return _list(old, value, key, child) if isinstance(old, list) else _fresh(value)
    return value


def _strategy(type_: Type, name: str) -> tuple[str, str]:
    schema = type_.names.get(name) or {}
    return str(schema.get("x-kubernetes-patch-strategy") or ""), str(schema.get("x-kubernetes-patch-merge-key") or "")


def _fresh(patch: list[Any]) -> list[Any]:
    """Return a list where there was none: the patch without its directives."""
    kept = [item for item in patch if not isinstance(item, Mapping) or "$patch" not in item]
    return [_map({}, item, UNTYPED) if isinstance(item, Mapping) else item for item in kept]


def _list(old: list[Any], patch: list[Any], key: str, type_: Type) -> list[Any]:
    if {"$patch": "replace"} in patch:
        return [item for item in patch if item != {"$patch": "replace"}]
    if not key:
        return old + [item for item in patch if item not in old]
    merged = list(old)
    for item in patch:
        if not isinstance(item, Mapping) or key not in item:
            raise MergeKeyError(f"map: {printed(item)} does not contain declared merge key: {key}")
        position = next((at for at, known in enumerate(merged) if known.get(key) == item[key]), None)
        if item.get("$patch") == "delete":
            merged = [known for known in merged if known.get(key) != item[key]]
        elif position is None:
            merged.append(_map({}, item, type_.element))
        else:
            merged[position] = _map(merged[position], item, type_.element)
    return merged


def _in_order(items: list[Any], old: list[Any], order: list[Any], key: str) -> list[Any]:
    """Return the items that the patch names in its order, and the others between them, as they stood before.

    What was not there before comes first.
    """
    ranks = {_rank_key(item, key): rank for rank, item in reversed(list(enumerate(order)))}
    places = {_rank_key(item, key): place for place, item in enumerate(old)}
    named = sorted((item for item in items if _rank_key(item, key) in ranks), key=lambda item: ranks[_rank_key(item, key)])
    others = [item for item in items if _rank_key(item, key) not in ranks]
    sorted_items: list[Any] = []
    while named and others:
        is_named_next = places.get(_rank_key(named[0], key), -1) < places.get(_rank_key(others[0], key), -1)
        sorted_items.append((named if is_named_next else others).pop(0))
    return sorted_items + named + others


def _rank_key(item: Any, key: str) -> str:
    return repr(item.get(key) if isinstance(item, Mapping) else item)
