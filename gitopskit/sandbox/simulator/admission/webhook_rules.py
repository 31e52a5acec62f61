"""Which webhooks are to be asked about a write.

References
----------
Kubernetes, "Dynamic Admission Control", "Matching requests".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitopskit.sandbox.machinery.registry import Registry, Resource
from gitopskit.sandbox.machinery.selectors import matches_selector
from gitopskit.sandbox.machinery.store import Store

Object = Mapping[str, Any]

GROUP = "admissionregistration.k8s.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """What is to be written: the object before (none if it is new) and after (none if it goes)."""

    operation: str
    resource: Resource
    subresource: str
    namespace: str
    name: str
    new: Object | None
    old: Object | None


def chosen(store: Store, registry: Registry, plural: str, write: Write) -> Iterator[tuple[str, Object, Resource]]:
    """Yield the webhooks of one kind of configuration that are asked about a write: an id, the webhook, the version it wants to see."""
    if write.resource.group == GROUP:
        return
    for entry in store.entries((GROUP, plural)):
        for hook in entry.object.get("webhooks") or ():
            seen = _seen_as(hook, write, registry)
            if seen is not None and _has_labels(hook.get("namespaceSelector"), _namespace_labels(store, write)):
                yield f"{plural}/{entry.object['metadata']['uid']}/{hook['name']}", hook, seen


def wants(hook: Object, new: Object | None, old: Object | None) -> bool:
    """Whether the labels of an object, before or after, are those that a webhook asks for."""
    selector = hook.get("objectSelector")
    return any(_has_labels(selector, obj["metadata"].get("labels") or {}) for obj in (new, old) if obj is not None)


def _has_labels(selector: Object | None, labels: Mapping[str, str] | None) -> bool:
    return not selector or labels is None or matches_selector(selector, labels)


def _namespace_labels(store: Store, write: Write) -> Mapping[str, str] | None:
    """Return the labels of a write's namespace; None if it has none."""
    if write.resource.storage == ("", "namespaces"):
        return ((write.new or write.old or {}).get("metadata") or {}).get("labels") or {}
    if not write.resource.namespaced:
        return None
    entry = store.get(("", "namespaces"), "", write.namespace)
    return (entry.object["metadata"].get("labels") or {}) if entry else {}


def _seen_as(hook: Object, write: Write, registry: Registry) -> Resource | None:
    """Return the version in which a webhook's rules name a write: its own, or (unless they are exact) another of the same objects."""
    rules = hook.get("rules") or ()
    if any(_covers(rule, write.resource, write) for rule in rules):
        return write.resource
    if hook.get("matchPolicy") == "Exact":
        return None
    others = (other for other in registry.resources() if other.storage == write.resource.storage and other != write.resource)
    return next((other for other in others if any(_covers(rule, other, write) for rule in rules)), None)


def _covers(rule: Object, resource: Resource, write: Write) -> bool:
    named = (("operations", write.operation), ("apiGroups", resource.group), ("apiVersions", resource.version))
    if any(not {"*", value} & set(rule.get(name) or ()) for name, value in named):
        return False
    if rule.get("scope", "*") not in ("*", "Namespaced" if resource.namespaced else "Cluster"):
        return False
    return any(_names(text, resource.plural, write.subresource) for text in rule.get("resources") or ())


def _names(text: str, plural: str, subresource: str) -> bool:
    main, _, below = text.partition("/")
    return main in ("*", plural) and below in ("*", subresource)
