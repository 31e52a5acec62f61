"""What stands between an understood object and the store: namespaces, limit ranges, quotas, priorities, storage classes.

The order is the server's: the namespace first, then what changes the object, and quota last, when everything else is settled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.machinery.status import StatusError, forbidden, not_found
from gitopskit.sandbox.machinery.store import Store
from gitopskit.sandbox.simulator.access.rbac import Authorizer
from gitopskit.sandbox.simulator.admission import limits, quota
from gitopskit.sandbox.simulator.options import Intent

Object = dict[str, Any]

_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_TOLERATIONS = tuple(
    {"effect": "NoExecute", "key": f"node.kubernetes.io/{name}", "operator": "Exists", "tolerationSeconds": 300}
    for name in ("not-ready", "unreachable")
)
_PRIORITIES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
_PROTECTIONS = {
    ("", "persistentvolumeclaims"): "kubernetes.io/pvc-protection",
    ("", "persistentvolumes"): "kubernetes.io/pv-protection",
}
_NOT_READY = {"effect": "NoSchedule", "key": "node.kubernetes.io/not-ready"}
_LIMITED = {("", "pods"), ("", "persistentvolumeclaims")}
_PROTECTED = {"default", "kube-system", "kube-public"}


class Admission:
    """The admission plugins, over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._authorizer = Authorizer(store)

    def check_place(self, intent: Intent, obj: Object) -> None:
        """Refuse a new object in a namespace that is not there (404) or is going away (403)."""
        resource, namespace = intent.route.resource, intent.route.namespace
        if not resource.namespaced:
            return
        entry = self._store.get(("", "namespaces"), "", namespace)
        if entry is None:
            raise not_found("", "namespaces", namespace)
        if entry.object["metadata"].get("deletionTimestamp"):
            raise _terminating(intent, obj["metadata"].get("name") or obj["metadata"].get("generateName", ""))

    def complete(self, intent: Intent, obj: Object) -> None:
        """Change a new object as the mutating plugins do; refuse a role that gives away too much."""
        self._authorizer.check_grant(intent.user, obj)
        storage = intent.route.resource.storage
        if storage == ("", "pods"):
            self._complete_pod(intent, obj)
        elif storage == ("", "persistentvolumeclaims"):
            self._complete_claim(obj)
        elif storage == ("", "nodes"):
            _taint_until_ready(obj)
        protection = _PROTECTIONS.get(storage)
        if protection and protection not in (obj["metadata"].get("finalizers") or ()):
            obj["metadata"]["finalizers"] = [*(obj["metadata"].get("finalizers") or ()), protection]

    def complete_update(self, intent: Intent, new: Object, old: Mapping[str, Any]) -> None:
        """Keep what the mutating plugins put into an object when it was new; refuse a role that gives away too much."""
        self._authorizer.check_grant(intent.user, new, old)
        if intent.route.resource.storage != ("", "pods"):
            return
        for name in ("priority", "preemptionPolicy", "nodeName"):
            if name in old["spec"]:
                new["spec"].setdefault(name, old["spec"][name])
        _tolerate_failures(new["spec"])

    def check_limits(self, intent: Intent, obj: Object) -> None:
        """Refuse what is outside a LimitRange (403)."""
        resource = intent.route.resource
        if resource.storage in _LIMITED:
            ranges = [entry.object for entry in self._in_namespace(("", "limitranges"), intent.route.namespace)]
            limits.check(resource.plural, obj, ranges)

    def check_quota(self, intent: Intent, new: Object, old: Mapping[str, Any] | None = None) -> list[tuple[Mapping[str, Any], Object]]:
        """Return the quotas in which an object counts, with what is then used; refuse what would exceed one (403)."""
        resource = intent.route.resource
        if not resource.namespaced or resource.storage == ("", "resourcequotas"):
            return []
        quotas = [e.object for e in self._in_namespace(("", "resourcequotas"), intent.route.namespace)]
        return quota.check(resource, new, old, quotas, self._store) if quotas else []

    def _complete_pod(self, intent: Intent, obj: Object) -> None:
        if limit_ranges := self._in_namespace(("", "limitranges"), intent.route.namespace):
            limits.complete(obj, [entry.object for entry in limit_ranges])
        spec = obj["spec"]
        name = spec.get("priorityClassName", "")
        spec["priority"] = self._priority(name, obj)
        spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
        _tolerate_failures(spec)

    def _priority(self, name: str, obj: Object) -> int:
        if not name:
            return 0
        entry = self._store.get(("scheduling.k8s.io", "priorityclasses"), "", name)
        if entry is None and name not in _PRIORITIES:
            raise forbidden("", "pods", obj["metadata"].get("name", ""), f"no PriorityClass with name {name} was found")
        return int(entry.object["value"]) if entry else _PRIORITIES[name]

    def _complete_claim(self, obj: Object) -> None:
        if "storageClassName" in obj["spec"]:
            return
        for entry in self._store.entries(("storage.k8s.io", "storageclasses")):
            if (entry.object["metadata"].get("annotations") or {}).get(_DEFAULT_CLASS) == "true":
                obj["spec"]["storageClassName"] = entry.object["metadata"]["name"]

    def _in_namespace(self, storage: tuple[str, str], namespace: str) -> list[Any]:
        prefix = namespace + "/"
        return [entry for entry in self._store.entries(storage) if entry.key.startswith(prefix)]


def _taint_until_ready(node: Object) -> None:
    """Keep Pods off a new node that does not say that it is ready."""
    conditions = (node.get("status") or {}).get("conditions") or ()
    if not any(item["type"] == "Ready" and item["status"] == "True" for item in conditions):
        node["spec"]["taints"] = [*(node["spec"].get("taints") or ()), dict(_NOT_READY)]


def _tolerate_failures(spec: Object) -> None:
    """Let a Pod stay for a while on a node that is not ready, unless it says otherwise."""
    present = spec.get("tolerations") or ()
    keys = {item.get("key", "") for item in present if item.get("effect", "") in ("", "NoExecute")}
    missing = [dict(item) for item in _TOLERATIONS if not keys & {"", item["key"]}]
    spec["tolerations"] = [*present, *missing]


def check_deletable(storage: tuple[str, str], name: str) -> None:
    """Refuse the deletion of a namespace that every cluster has (403)."""
    if storage == ("", "namespaces") and name in _PROTECTED:
        raise forbidden("", "namespaces", name, "this namespace may not be deleted")


def _terminating(intent: Intent, name: str) -> StatusError:
    resource, namespace = intent.route.resource, intent.route.namespace
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    error = forbidden(resource.group, resource.plural, name, why)
    message = f"namespace {namespace} is being terminated"
    error.details["causes"] = [{"reason": "NamespaceTerminating", "message": message, "field": "metadata.namespace"}]
    return error
