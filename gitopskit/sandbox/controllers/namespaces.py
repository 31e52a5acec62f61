"""Namespaces: what each has from the start, and how one goes with everything in it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from gitopskit.sandbox.controllers import conditions
from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.index import Key
from gitopskit.sandbox.controllers.work import CONTROLLER, Work, is_going
from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.machinery.status import qualified

NAMESPACES: StorageKey = ("", "namespaces")
ACCOUNTS: StorageKey = ("", "serviceaccounts")
CONFIG_MAPS: StorageKey = ("", "configmaps")
_REMOVED = ("ContentRemoved", "All content successfully removed")
_FINISHED = ("ContentHasNoFinalizers", "All content-preserving finalizers finished")
ROOT_CA = "kube-root-ca.crt"
_DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or "
    "kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."
)


def reconcile(work: Work) -> None:
    """Furnish a namespace, or empty it."""
    found = work.current()
    if found is None:
        return
    if is_going(found):
        _empty(work, found)
    else:
        _furnish(work)


def _furnish(work: Work) -> None:
    name = work.key.name
    if work.get(ACCOUNTS, name, "default") is None:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}}
        work.api.create(account, manager=CONTROLLER)
    if work.get(CONFIG_MAPS, name, ROOT_CA) is None:
        metadata = {"name": ROOT_CA, "namespace": name, "annotations": {"kubernetes.io/description": _DESCRIPTION}}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"ca.crt": ""}}
        work.api.create(body, manager=CONTROLLER)


def _empty(work: Work, found: Object) -> None:
    left = work.index.contents(work.key.name)
    for key in left:
        obj = work.index.get(key)
        if obj is not None and not is_going(obj):
            work.delete(key.storage, obj)
    remaining = [key for key in left if _is_held(work, key)]
    others = [item for item in found["spec"].get("finalizers") or () if item != "kubernetes"]
    has_news = bool(remaining or (others and not left)) and _explain(work, found, remaining)
    if not left and not has_news:
        work.api.update({**found, "spec": {"finalizers": others}}, manager=CONTROLLER, subresource="finalize")


def _is_held(work: Work, key: Key) -> bool:
    """Whether finalizers keep an object, not just the moment until its deletion is noticed."""
    obj = work.index.get(key)
    return obj is not None and is_going(obj) and bool(obj["metadata"].get("finalizers"))


def _explain(work: Work, found: Object, keys: list[Key]) -> bool:
    """Write what is left into the status; return whether that is news."""
    kinds = Counter(f"{qualified(*reversed(key.storage))}" if key.storage[0] else f"{key.storage[1]}." for key in keys)
    held: Counter[str] = Counter()
    for key in keys:
        held.update((work.index.get(key) or {"metadata": {}})["metadata"].get("finalizers") or ())
    listed = ", ".join(f"{kind} has {count} resource instances" for kind, count in sorted(kinds.items()))
    waiting = ", ".join(f"{name} in {count} resource instances" for name, count in sorted(held.items()))
    some = ("SomeResourcesRemain", f"Some resources are remaining: {listed}")
    waits = ("SomeFinalizersRemain", f"Some content in the namespace has finalizers remaining: {waiting}")
    made = (
        ("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"),
        ("NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
        ("NamespaceDeletionContentFailure", "False", "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
        ("NamespaceContentRemaining", str(bool(keys)), *(some if keys else _REMOVED)),
        ("NamespaceFinalizersRemaining", str(bool(keys)), *(waits if keys else _FINISHED)),
    )
    listed_conditions: list[Any] = list((found.get("status") or {}).get("conditions") or ())
    for item in made:
        listed_conditions = conditions.put(listed_conditions, conditions.make(*item), work.stamp())
    return work.set_status(found, {**(found.get("status") or {}), "conditions": listed_conditions})
