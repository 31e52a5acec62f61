"""What one object uses of a ResourceQuota, under every name that a quota may know it by, and whose scopes it is in.

References
----------
Kubernetes, "Resource Quotas": compute resources, object counts, scopes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gitopskit.sandbox.kinds.strategy import quality_of_service
from gitopskit.sandbox.machinery.amounts import Amounts, of_pod
from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.machinery.status import qualified

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
_OF_CLASS = ".storageclass.storage.k8s.io/"


def usage_of(storage: StorageKey, obj: Object) -> dict[str, str]:
    """Return what one object uses, under every name that a quota may know it by."""
    used = {f"count/{qualified(*storage)}": "1"} | {name: "1" for name, key in _OLD_COUNTS.items() if key == storage}
    match storage:
        case "", "pods":
            if (obj.get("status") or {}).get("phase") in {"Succeeded", "Failed"}:
                return {name: amount for name, amount in used.items() if name.startswith("count/")}
            return used | computed(of_pod(obj["spec"], "requests"), of_pod(obj["spec"], "limits"))
        case "", "services":
            kind, ports = obj["spec"].get("type"), len(obj["spec"].get("ports") or ())
            used["services.loadbalancers"] = str(int(kind == "LoadBalancer"))
            used["services.nodeports"] = str(ports if kind in {"NodePort", "LoadBalancer"} else 0)
        case "", "persistentvolumeclaims":
            used["requests.storage"] = ((obj["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0")
            if of_class := obj["spec"].get("storageClassName"):
                used |= {f"{of_class}{_OF_CLASS}{name}": used[name] for name in ("persistentvolumeclaims", "requests.storage")}
    return used


def computed(requests: Amounts, limits: Amounts) -> dict[str, str]:
    """Return what containers ask for under the names that quotas know it by."""
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


def storages_of(names: Iterable[str]) -> set[StorageKey]:
    """Return the kinds whose objects count in the named resources."""
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
