"""Replicas read and written through the ``scale`` subresource.

A scale is an object of its own kind with field managers of its own: those who own the replicas of the object behind it. So a write
works on the scale, and whoever owns its replicas afterwards owns the object's.

The trap that shaped it: an updater's entry comes back under the scale's version, so that the object's entry loses the replicas to a
second one of the same name, and a scale of no replicas states none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gitopskit.sandbox.kinds.convert import to_version
from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.sandbox.machinery.request import copy
from gitopskit.sandbox.machinery.status import Cause, internal, invalid
from gitopskit.sandbox.simulator.admission.review import Review
from gitopskit.sandbox.simulator.options import Intent
from gitopskit.sandbox.simulator.writing import ownership
from gitopskit.sandbox.simulator.writing.bodies import check_kind, check_place
from gitopskit.sandbox.simulator.writing.writer import Writer
from gitopskit.schema.fieldset import Tree, difference, from_fields_v1, intersection, to_fields_v1

Object = dict[str, Any]

_SCALE = Resource(group="autoscaling", version="v1", kind="Scale", plural="scales")
_REPLICAS: Object = {"f:spec": {"f:replicas": {}}}


def write_scale(writer: Writer, intent: Intent, sent: Any, media: str, repeated: list[str]) -> Object:
    """Set the replicas of an object through its scale, by PUT (`media` empty), patch or apply."""
    resource = intent.route.resource
    with writer.store.lock:
        old = to_version(writer.existing(intent).object, resource)
        live = scale_of(old, resource)
        live["metadata"]["managedFields"] = _in_scale(old, resource)
        scale = _written(writer, _as_scale(intent), live, sent, media, repeated, is_custom=resource.crd is not None)
        if not media:
            writer.check_uid(resource, old, scale["metadata"].get("uid"))
        kind = (_SCALE.group, _SCALE.version, _SCALE.kind)
        writer.policies.check(Review(operation="UPDATE", intent=intent, name=intent.route.name, new=scale, old=live, kind=kind))
        return scale_of(writer.change(intent, old, _scaled(old, scale, resource)).object, resource)


def _as_scale(intent: Intent) -> Intent:
    resource = replace(_SCALE, namespaced=intent.route.resource.namespaced, storage=intent.route.resource.storage)
    return replace(intent, route=replace(intent.route, resource=resource))


def _written(writer: Writer, intent: Intent, live: Object, sent: Any, media: str, repeated: list[str], *, is_custom: bool) -> Object:
    """Return the scale that a request makes of the live one, with its managed fields."""
    if "apply" in media:
        merged = writer.merged(intent, live, writer.configuration(intent, sent))
        if is_custom:  # the real server cannot, and says so
            why = f"request to convert CR to an invalid group/version: {_SCALE.api_version}"
            named = f"(/{intent.route.name}; {_SCALE.api_version}, Kind=Scale)"
            raise internal(f"failed to convert new object {named} to proper version: {why}")
        return merged
    new = ownership.patched(live, sent, media, writer.kinds.type_of(_SCALE)) if media else sent
    new = writer.kinds.read(_SCALE, check_kind(new, _SCALE), intent, repeated)
    check_place(new, intent)
    replicas = new["spec"].get("replicas", 0)
    if replicas < 0 and is_custom:
        return ownership.update(live, new, writer.kinds, intent)  # the object's own rules say what is wrong
    if replicas < 0:
        message = f"Invalid value: {replicas}: must be greater than or equal to 0"
        raise invalid(
            "autoscaling", "Scale", intent.route.name, [Cause(reason="FieldValueInvalid", message=message, field="spec.replicas")]
        )
    return ownership.update(live, new, writer.kinds, intent)


def _scaled(old: Object, scale: Object, resource: Resource) -> Object:
    new: Object = copy(old)
    _set(new, _paths(resource)["spec"], scale["spec"].get("replicas", 0))
    metadata = new["metadata"]
    metadata["managedFields"] = _in_parent(old, scale, resource)
    metadata["resourceVersion"] = scale["metadata"].get("resourceVersion", "")
    return new


def _owned_path(resource: Resource) -> Tree:
    tree: Object = {}
    for part in reversed(_paths(resource)["spec"].strip(".").split(".")):
        tree = {f"f:{part}": tree}
    return from_fields_v1(tree)


def _in_scale(obj: Object, resource: Resource) -> list[Object]:
    """Return the entries of those who own the replicas, as entries of the scale."""
    path = _owned_path(resource)
    owners = [item for item in _entries(obj) if intersection(from_fields_v1(item["fieldsV1"]), path)]
    return [{**item, "apiVersion": _SCALE.api_version, "fieldsV1": _REPLICAS} for item in owners]


def _in_parent(old: Object, scale: Object, resource: Resource) -> list[Object]:
    """Return the object's entries, after whose are the replicas in the entries of its scale."""
    path = _owned_path(resource)
    left = {_key(item): item for item in _entries(scale)}
    kept = []
    for item in _entries(old):
        fields = from_fields_v1(item["fieldsV1"])
        if not intersection(fields, path) or left.pop(_key(item), {}):
            kept.append(item)
        elif rest := difference(fields, path):
            kept.append({**item, "fieldsV1": to_fields_v1(rest)})
    own = {"apiVersion": resource.api_version, "fieldsV1": to_fields_v1(path), "time": None}
    kept.extend({name: value for name, value in {**item, **own}.items() if value is not None} for item in left.values())
    return sorted(kept, key=lambda item: (item["operation"], item.get("time", ""), item["manager"]))


def _entries(obj: Object) -> list[Object]:
    """Return an object's managed fields; of two entries of one manager the last counts."""
    return list({_key(item): item for item in obj["metadata"].get("managedFields", ())}.values())


def _key(entry: Object) -> tuple[str, str, str, str]:
    version = "" if entry["operation"] == "Apply" else entry["apiVersion"]
    return (entry["manager"], entry["operation"], version, entry.get("subresource", ""))


def scale_of(obj: Mapping[str, Any], resource: Resource) -> Object:
    """Return the ``Scale`` of an object."""
    metadata = obj["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    paths = _paths(resource)
    status: Object = {"replicas": _value(obj, paths["status"]) or 0}
    selector = _selector_text(obj, paths["selector"])
    if selector:
        status["selector"] = selector
    replicas = _value(obj, paths["spec"])
    return {
        "kind": "Scale",
        "apiVersion": _SCALE.api_version,
        "metadata": {name: metadata[name] for name in kept if name in metadata},
        "spec": {"replicas": replicas} if replicas else {},
        "status": status,
    }


def _paths(resource: Resource) -> dict[str, str]:
    if resource.crd is None:
        return {"spec": ".spec.replicas", "status": ".status.replicas", "selector": ".spec.selector"}
    scale = resource.definition["subresources"]["scale"]
    return {"spec": scale["specReplicasPath"], "status": scale["statusReplicasPath"], "selector": scale.get("labelSelectorPath", "")}


def _value(obj: Mapping[str, Any], path: str) -> Any:
    value: Any = obj
    for part in path.strip(".").split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _selector_text(obj: Mapping[str, Any], path: str) -> str:
    selector = _value(obj, path) if path else None
    if isinstance(selector, str):
        return selector
    if not isinstance(selector, Mapping):
        return ""
    labels = selector.get("matchLabels") if "matchLabels" in selector or "matchExpressions" in selector else selector
    terms = [f"{key}={value}" for key, value in sorted((labels or {}).items())]
    terms.extend(_expression_text(item) for item in selector.get("matchExpressions") or ())
    return ",".join(sorted(terms))


def _expression_text(item: Mapping[str, Any]) -> str:
    values = ",".join(sorted(item.get("values") or ()))
    shapes = {"In": f"{item['key']} in ({values})", "NotIn": f"{item['key']} notin ({values})", "Exists": item["key"]}
    return str(shapes.get(item["operator"], f"!{item['key']}"))


def _set(obj: Object, path: str, value: Any) -> None:
    *parents, last = path.strip(".").split(".")
    for part in parents:
        obj = obj.setdefault(part, {})
    obj[last] = value
