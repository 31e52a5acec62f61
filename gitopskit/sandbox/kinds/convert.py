"""How an object that is stored in one version is shown in another.

Nearly all versions differ in their name only. Autoscalers do differ: version 1 knows one metric, the CPU. Of custom kinds each version has
a schema of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.sandbox.machinery.request import encode
from gitopskit.sandbox.machinery.store import IDENTITY, Entry

Object = dict[str, Any]


def to_version(obj: Mapping[str, Any], resource: Resource) -> Object:
    """Return the object in the version of a resource."""
    if obj["apiVersion"] == resource.api_version:
        return dict(obj)
    if resource.seen:
        return resource.seen(obj)
    shown = {**obj, "apiVersion": resource.api_version, "kind": resource.kind}
    special = _SPECIAL.get((obj["apiVersion"], resource.api_version, resource.kind))
    return special(shown) if special else shown


def body_of(entry: Entry, resource: Resource) -> bytes:
    """Return the JSON of a stored object in the version of a resource, with its kind."""
    if is_special(entry.object, resource):
        return encode(to_version(entry.object, resource))
    return b'{"kind":"%s","apiVersion":"%s",%s' % (resource.kind.encode(), resource.api_version.encode(), entry.inner[1:])


def item_of(entry: Entry, resource: Resource) -> bytes:
    """Return the JSON of a stored object as an item of a list: built-in kinds leave out kind and version there."""
    if resource.crd:
        return body_of(entry, resource)
    if is_special(entry.object, resource):
        return encode({name: value for name, value in to_version(entry.object, resource).items() if name not in IDENTITY})
    return entry.inner


def is_special(obj: Mapping[str, Any], resource: Resource) -> bool:
    """Whether more than the version's name differs."""
    if obj["apiVersion"] == resource.api_version:
        return False
    return resource.seen is not None or (obj["apiVersion"], resource.api_version, resource.kind) in _SPECIAL


def _autoscaler_to_v2(obj: Object) -> Object:
    spec = dict(obj["spec"])
    percent = spec.pop("targetCPUUtilizationPercentage", None)
    if percent is not None:
        target = {"type": "Utilization", "averageUtilization": percent}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return {**obj, "spec": spec}


def _autoscaler_to_v1(obj: Object) -> Object:
    spec = dict(obj["spec"])
    for metric in spec.pop("metrics", None) or ():
        resource = metric.get("resource") or {}
        if resource.get("name") == "cpu" and "averageUtilization" in resource.get("target", {}):
            spec["targetCPUUtilizationPercentage"] = resource["target"]["averageUtilization"]
    spec.pop("behavior", None)
    status = obj.get("status") or {}
    kept = {name: value for name, value in status.items() if name not in {"currentMetrics", "conditions"}}
    return {**obj, "spec": spec, "status": {"currentReplicas": 0, "desiredReplicas": 0, **kept}}


_EVENT_FIELDS = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}
_ALWAYS: Object = {
    "reportingComponent": "",
    "reportingInstance": "",
    "source": {},
    "involvedObject": {},
    "firstTimestamp": None,
    "lastTimestamp": None,
}


def _event_to_new(obj: Object) -> Object:
    """Return an event under the newer names, which are left out where they are empty."""
    shown = {_EVENT_FIELDS.get(name, name): value for name, value in obj.items()}
    return {name: value for name, value in shown.items() if value != "" and value != {}}


def _event_to_old(obj: Object) -> Object:
    names = {new: old for old, new in _EVENT_FIELDS.items()}
    return _ALWAYS | {names.get(name, name): value for name, value in obj.items()}


_SPECIAL: Mapping[tuple[str, str, str], Callable[[Object], Object]] = {
    ("autoscaling/v1", "autoscaling/v2", "HorizontalPodAutoscaler"): _autoscaler_to_v2,
    ("autoscaling/v2", "autoscaling/v1", "HorizontalPodAutoscaler"): _autoscaler_to_v1,
    ("v1", "events.k8s.io/v1", "Event"): _event_to_new,
    ("events.k8s.io/v1", "v1", "Event"): _event_to_old,
}
