"""How much of a ResourceQuota is used, and whether one object more fits.

References
----------
Kubernetes, "Resource Quotas": compute resources, object counts, scopes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from gitopskit.sandbox.simulator.registry import Resource, StorageKey
from gitopskit.sandbox.simulator.status import forbidden, qualified
from gitopskit.sandbox.simulator.store import Store
from gitopskit.schema.quantity import canonicalise, parse

Amounts = dict[str, Decimal]

_OLD_COUNTS: Mapping[str, StorageKey] = {
    "pods": ("", "pods"),
    "services": ("", "services"),
    "secrets": ("", "secrets"),
    "configmaps": ("", "configmaps"),
    "persistentvolumeclaims": ("", "persistentvolumeclaims"),
    "replicationcontrollers": ("", "replicationcontrollers"),
    "resourcequotas": ("", "resourcequotas"),
}
_COMPUTE = ("cpu", "memory", "ephemeral-storage")


def usage_of(storage: StorageKey, obj: Mapping[str, Any]) -> Amounts:
    """Return what one object uses, under every name that a quota may know it by."""
    used: Amounts = {f"count/{qualified(*storage)}": Decimal(1)}
    used |= {name: Decimal(1) for name, key in _OLD_COUNTS.items() if key == storage}
    if storage == ("", "pods"):
        if (obj.get("status") or {}).get("phase") in {"Succeeded", "Failed"}:
            return {name: amount for name, amount in used.items() if name.startswith("count/")}
        used |= _pod_usage(obj["spec"])
    elif storage == ("", "services"):
        kind = obj["spec"].get("type")
        ports = len(obj["spec"].get("ports") or ())
        used["services.loadbalancers"] = Decimal(kind == "LoadBalancer")
        used["services.nodeports"] = Decimal(ports if kind in {"NodePort", "LoadBalancer"} else 0)
    elif storage == ("", "persistentvolumeclaims"):
        requests = (obj["spec"].get("resources") or {}).get("requests") or {}
        used["requests.storage"] = parse(requests.get("storage", "0"))
    return used


def _pod_usage(spec: Mapping[str, Any]) -> Amounts:
    used: Amounts = {}
    for container in spec.get("containers") or ():
        resources = container.get("resources") or {}
        for field in ("requests", "limits"):
            for name, value in (resources.get(field) or {}).items():
                amount = parse(value)
                used[f"{field}.{name}"] = used.get(f"{field}.{name}", Decimal(0)) + amount
                if field == "requests" and name in _COMPUTE:
                    used[name] = used.get(name, Decimal(0)) + amount
    return used


def used_in(store: Store, namespace: str, names: Iterable[str]) -> Amounts:
    """Return what a namespace uses of the named resources."""
    wanted = set(names)
    total: Amounts = dict.fromkeys(wanted, Decimal(0))
    for storage in _storages(wanted):
        for entry in store.entries(storage):
            if entry.key.startswith(namespace + "/"):
                for name, amount in usage_of(storage, entry.object).items():
                    if name in wanted:
                        total[name] += amount
    return total


def _storages(names: set[str]) -> set[StorageKey]:
    found: set[StorageKey] = set()
    for name in names:
        if name.startswith("count/"):
            plural, _, group = name.removeprefix("count/").partition(".")
            found.add((group, plural))
        elif name in _OLD_COUNTS:
            found.add(_OLD_COUNTS[name])
        elif name.startswith("services."):
            found.add(("", "services"))
        elif name.endswith("requests.storage"):
            found.add(("", "persistentvolumeclaims"))
        else:
            found.add(("", "pods"))
    return found


def check(resource: Resource, new: Mapping[str, Any], old: Mapping[str, Any] | None, quotas: list[Any], store: Store) -> None:
    """Refuse an object that does not fit into a quota.

    Raises
    ------
    StatusError
        403 with what was asked for, what is used and what the limit is.
    """
    added = usage_of(resource.storage, new)
    before = usage_of(resource.storage, old) if old else {}
    more = {name: amount - before.get(name, Decimal(0)) for name, amount in added.items() if amount > before.get(name, Decimal(0))}
    for quota in quotas:
        if quota["spec"].get("scopes") or quota["spec"].get("scopeSelector"):
            continue
        hard = quota["spec"].get("hard") or {}
        _check_stated(resource, new, old, quota, hard)
        asked = {name: amount for name, amount in more.items() if name in hard}
        if not asked:
            continue
        used = used_in(store, new["metadata"]["namespace"], asked)
        over = sorted(name for name in asked if used[name] + asked[name] > parse(hard[name]))
        if over:
            why = (
                f"exceeded quota: {quota['metadata']['name']}, requested: {_listed(asked, over)}, "
                f"used: {_listed(used, over)}, limited: {','.join(f'{n}={hard[n]}' for n in over)}"
            )
            raise forbidden(resource.group, resource.plural, new["metadata"]["name"], why)


def _check_stated(resource: Resource, new: Mapping[str, Any], old: Mapping[str, Any] | None, quota: Any, hard: Mapping[str, Any]) -> None:
    """Refuse a Pod that does not state what a quota counts."""
    if resource.storage != ("", "pods") or old is not None:
        return
    stated = _pod_usage(new["spec"])
    missing = sorted(
        n for n in hard if n not in stated and (n in _COMPUTE or n.startswith(("requests.", "limits."))) and "storage" not in n
    )
    if missing:
        containers = ",".join(c["name"] for c in new["spec"]["containers"])
        why = f"failed quota: {quota['metadata']['name']}: must specify {'; '.join(f'{n} for: {containers}' for n in missing)}"
        raise forbidden("", "pods", new["metadata"]["name"], why)


def _listed(amounts: Amounts, names: list[str]) -> str:
    return ",".join(f"{name}={canonicalise(str(amounts[name]))}" for name in names)
