"""What does one object use of a ResourceQuota, and does that still fit?

An object is known to a quota under several names (``pods`` and ``count/pods``, ``cpu`` and ``requests.cpu``). Who looks for the objects,
and who is told of a refusal, is left to others.

The trap that shaped it: a quota of cpu or memory refuses a Pod that does not state them, however much is left.

References
----------
Kubernetes, "Resource Quotas": compute resources, object counts, scopes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from gitopskit.schema.amounts import Amounts, of_pod, plus, quality_of_service
from gitopskit.schema.quantity import compare, parse

Object: TypeAlias = Mapping[str, Any]
GroupResource: TypeAlias = tuple[str, str]
"""API group and plural name of a kind."""

PODS: Final[GroupResource] = ("", "pods")
CLAIMS: Final[GroupResource] = ("", "persistentvolumeclaims")
_OLD_COUNTS: Final[Mapping[str, GroupResource]] = {
    "pods": PODS,
    "services": ("", "services"),
    "secrets": ("", "secrets"),
    "configmaps": ("", "configmaps"),
    "persistentvolumeclaims": CLAIMS,
    "replicationcontrollers": ("", "replicationcontrollers"),
    "resourcequotas": ("", "resourcequotas"),
}
_COMPUTE: Final = ("cpu", "memory", "ephemeral-storage")
_STATED: Final = {"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"}
_OF_CLASS: Final = ".storageclass.storage.k8s.io/"


def usage_of(resource: GroupResource, obj: Object) -> dict[str, str]:
    """Return what one object uses, under every name that a quota may know it by."""
    group, plural = resource
    used = {f"count/{plural}.{group}" if group else f"count/{plural}": "1"}
    used |= {name: "1" for name, counted in _OLD_COUNTS.items() if counted == resource}
    match resource:
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


def exceeded(asked: Amounts, used: Amounts, hard: Amounts) -> list[str]:
    """Return the names of what is asked for, and is then more than a quota allows.

    Examples
    --------
    >>> exceeded({"pods": "1", "requests.cpu": "500m"}, {"pods": "1", "requests.cpu": "700m"}, {"pods": "2", "requests.cpu": "1"})
    ['requests.cpu']
    """
    then = plus(used, asked)
    return sorted(name for name in asked if parse(asked[name]) > 0 and compare(then[name], hard[name]) > 0)


def is_count(name: str) -> bool:
    """Whether a quota knows a number of objects by this name, and not an amount."""
    return name.startswith(("count/", "services.")) or name.rpartition(_OF_CLASS)[2] in _OLD_COUNTS


def unstated(pod_spec: Object, hard: Iterable[str]) -> dict[str, set[str]]:
    """Return what a quota wants to be stated and is not: name → the containers that leave it out."""
    wanted = _STATED & set(hard)
    missing: dict[str, set[str]] = {}
    for container, stated in _statements(pod_spec):
        for name in wanted - stated:
            missing.setdefault(name, set()).add(container)
    return missing


def _statements(pod_spec: Object) -> Iterator[tuple[str, set[str]]]:
    for container in [*(pod_spec.get("containers") or ()), *(pod_spec.get("initContainers") or ())]:
        resources = container.get("resources") or {}
        yield container["name"], set(computed(resources.get("requests") or {}, resources.get("limits") or {}))


def counts(quota: Object, resource: GroupResource, obj: Object) -> bool:
    """Whether an object is in the scopes of a quota."""
    spec = quota["spec"]
    chosen = [{"scopeName": scope, "operator": "Exists"} for scope in spec.get("scopes") or ()]
    chosen += (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    return not chosen or (resource == PODS and all(_is_in_scope(obj, item) for item in chosen))


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


def counted_in(names: Iterable[str]) -> set[GroupResource]:
    """Return the kinds whose objects count in the named resources."""
    found: set[GroupResource] = set()
    for name in names:
        if name.startswith("count/"):
            plural, _, group = name.removeprefix("count/").partition(".")
            found.add((group, plural))
        elif name in _OLD_COUNTS:
            found.add(_OLD_COUNTS[name])
        elif name.startswith("services."):
            found.add(("", "services"))
        elif name.endswith(("requests.storage", f"{_OF_CLASS}persistentvolumeclaims")):
            found.add(CLAIMS)
        else:
            found.add(PODS)
    return found
