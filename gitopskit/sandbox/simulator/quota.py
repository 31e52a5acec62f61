"""How much of a ResourceQuota is used, and whether one object more fits.

References
----------
Kubernetes, "Resource Quotas": compute resources, object counts, scopes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gitopskit.sandbox.simulator.amounts import Amounts, of_pod, plus
from gitopskit.sandbox.simulator.registry import Resource, StorageKey
from gitopskit.sandbox.simulator.status import forbidden, qualified
from gitopskit.sandbox.simulator.store import Store
from gitopskit.sandbox.simulator.strategy import quality_of_service
from gitopskit.schema.quantity import compare, parse

Object = Mapping[str, Any]

_PODS: StorageKey = ("", "pods")
_OLD_COUNTS: Mapping[str, StorageKey] = {
    "pods": _PODS,
    "services": ("", "services"),
    "secrets": ("", "secrets"),
    "configmaps": ("", "configmaps"),
    "persistentvolumeclaims": ("", "persistentvolumeclaims"),
    "replicationcontrollers": ("", "replicationcontrollers"),
    "resourcequotas": ("", "resourcequotas"),
}
_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_STATED = {"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"}
_OF_CLASS = ".storageclass.storage.k8s.io/"


def usage_of(storage: StorageKey, obj: Object) -> dict[str, str]:
    """Return what one object uses, under every name that a quota may know it by."""
    used = {f"count/{qualified(*storage)}": "1"} | {name: "1" for name, key in _OLD_COUNTS.items() if key == storage}
    match storage:
        case "", "pods":
            if (obj.get("status") or {}).get("phase") in {"Succeeded", "Failed"}:
                return {name: amount for name, amount in used.items() if name.startswith("count/")}
            return used | _computed(of_pod(obj["spec"], "requests"), of_pod(obj["spec"], "limits"))
        case "", "services":
            kind, ports = obj["spec"].get("type"), len(obj["spec"].get("ports") or ())
            used["services.loadbalancers"] = str(int(kind == "LoadBalancer"))
            used["services.nodeports"] = str(ports if kind in {"NodePort", "LoadBalancer"} else 0)
        case "", "persistentvolumeclaims":
            used["requests.storage"] = ((obj["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0")
            if of_class := obj["spec"].get("storageClassName"):
                used |= {f"{of_class}{_OF_CLASS}{name}": used[name] for name in ("persistentvolumeclaims", "requests.storage")}
    return used


def _computed(requests: Amounts, limits: Amounts) -> dict[str, str]:
    used = {name: amount for name, amount in requests.items() if name in _COMPUTE}
    used |= {f"requests.{name}": amount for name, amount in requests.items()}
    return used | {f"limits.{name}": amount for name, amount in limits.items()}


def counts(quota: Object, storage: StorageKey, obj: Object) -> bool:
    """Whether an object is in the scopes of a quota."""
    spec = quota["spec"]
    chosen = [{"scopeName": scope, "operator": "Exists"} for scope in spec.get("scopes") or ()]
    chosen += (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    return not chosen or (storage == _PODS and all(_is_in_scope(obj, item) for item in chosen))


def _is_in_scope(pod: Object, chosen: Object) -> bool:
    name = pod["spec"].get("priorityClassName", "")
    scope: str = chosen["scopeName"]
    match scope:
        case "Terminating" | "NotTerminating":
            return ("activeDeadlineSeconds" in pod["spec"]) == (scope == "Terminating")
        case "BestEffort" | "NotBestEffort":
            return (quality_of_service(pod["spec"]) == "BestEffort") == (scope == "BestEffort")
        case "PriorityClass":
            named = {"In": name in chosen.get("values", ()), "NotIn": name not in chosen.get("values", ()), "DoesNotExist": not name}
            return named.get(chosen["operator"], bool(name))
    return False


def used_in(store: Store, quota: Object, names: Iterable[str]) -> dict[str, str]:
    """Return what the namespace of a quota uses of the named resources."""
    total = dict.fromkeys(names, "0")
    prefix = quota["metadata"]["namespace"] + "/"
    for storage in _storages(total):
        for entry in store.entries(storage):
            if entry.key.startswith(prefix) and counts(quota, storage, entry.object):
                total = plus(total, {name: amount for name, amount in usage_of(storage, entry.object).items() if name in total})
    return total


def _storages(names: Iterable[str]) -> set[StorageKey]:
    found: set[StorageKey] = set()
    for name in names:
        if name.startswith("count/"):
            plural, _, group = name.removeprefix("count/").partition(".")
            found.add((group, plural))
        elif name in _OLD_COUNTS:
            found.add(_OLD_COUNTS[name])
        elif name.startswith("services."):
            found.add(("", "services"))
        elif name.endswith(("requests.storage", f"{_OF_CLASS}persistentvolumeclaims")):
            found.add(("", "persistentvolumeclaims"))
        else:
            found.add(("", "pods"))
    return found


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
    then = plus(used, asked)
    if over := sorted(what for what in asked if parse(asked[what]) > 0 and compare(then[what], hard[what]) > 0):
        shown = [",".join(f"{what}={amounts[what]}" for what in over) for amounts in (asked, used, hard)]
        why = f"exceeded quota: {quota['metadata']['name']}, requested: {shown[0]}, used: {shown[1]}, limited: {shown[2]}"
        raise forbidden(resource.group, resource.plural, name, why)
    return (quota, then) if asked else None


def _check_stated(resource: Resource, new: Object, old: Object | None, quota: Object) -> None:
    """Refuse a Pod with a container that does not state what a quota counts."""
    if resource.storage != _PODS or old is not None:
        return
    wanted = _STATED & set(quota["spec"].get("hard") or ())
    missing: dict[str, set[str]] = {}
    for container, stated in _statements(new["spec"]):
        for name in wanted - stated:
            missing.setdefault(name, set()).add(container)
    if missing:
        listed = "; ".join(f"{name} for: {','.join(sorted(missing[name]))}" for name in sorted(missing))
        raise forbidden("", "pods", new["metadata"]["name"], f"failed quota: {quota['metadata']['name']}: must specify {listed}")


def _statements(spec: Object) -> Iterator[tuple[str, set[str]]]:
    for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
        resources = container.get("resources") or {}
        yield container["name"], set(_computed(resources.get("requests") or {}, resources.get("limits") or {}))
