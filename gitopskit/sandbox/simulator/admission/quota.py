"""Whether one object more fits in the ResourceQuotas of its namespace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.sandbox.machinery.status import forbidden
from gitopskit.sandbox.machinery.store import Store
from gitopskit.schema.amounts import Amounts, plus
from gitopskit.schema.quantity import parse
from gitopskit.schema.usage import PODS, counted_in, counts, exceeded, unstated, usage_of

Object = Mapping[str, Any]


def used_in(store: Store, quota: Object, names: Iterable[str]) -> dict[str, str]:
    """Return what the namespace of a quota uses of the named resources."""
    total = dict.fromkeys(names, "0")
    prefix = quota["metadata"]["namespace"] + "/"
    for storage in counted_in(total):
        for entry in store.entries(storage):
            if entry.key.startswith(prefix) and counts(quota, storage, entry.object):
                total = plus(total, {name: amount for name, amount in usage_of(storage, entry.object).items() if name in total})
    return total


def check(resource: Resource, new: Object, old: Object | None, quotas: list[Any], store: Store) -> list[tuple[Object, dict[str, str]]]:
    """Return the quotas that an object counts in, with what is then used of them.

    Raises
    ------
    StatusError
        403 with what was asked for, what is used and what the limit is.
    """
    mine = [quota for quota in quotas if counts(quota, resource.storage, new)]
    for quota in mine:
        _check_stated(resource, new, old, quota)
    more = usage_of(resource.storage, new)
    if old is not None:
        more = plus(more, usage_of(resource.storage, old), -1)
    more = {name: amount for name, amount in more.items() if parse(amount)}
    return [item for quota in mine if (item := _fitted(resource, new["metadata"]["name"], more, quota, store))]


def _fitted(resource: Resource, name: str, more: Amounts, quota: Object, store: Store) -> tuple[Object, dict[str, str]] | None:
    hard = quota["spec"].get("hard") or {}
    asked = {what: amount for what, amount in more.items() if what in hard}
    used = used_in(store, quota, asked) if asked else {}
    if over := exceeded(asked, used, hard):
        shown = [",".join(f"{what}={amounts[what]}" for what in over) for amounts in (asked, used, hard)]
        why = f"exceeded quota: {quota['metadata']['name']}, requested: {shown[0]}, used: {shown[1]}, limited: {shown[2]}"
        raise forbidden(resource.group, resource.plural, name, why)
    return (quota, plus(used, asked)) if asked else None


def _check_stated(resource: Resource, new: Object, old: Object | None, quota: Object) -> None:
    """Refuse a Pod with a container that does not state what a quota counts."""
    if resource.storage != PODS or old is not None:
        return
    if missing := unstated(new["spec"], quota["spec"].get("hard") or ()):
        listed = "; ".join(f"{name} for: {','.join(sorted(missing[name]))}" for name in sorted(missing))
        raise forbidden("", "pods", new["metadata"]["name"], f"failed quota: {quota['metadata']['name']}: must specify {listed}")
