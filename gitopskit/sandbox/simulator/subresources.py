"""Writes through a subresource: scale, binding, eviction, finalize, tokens.

``status`` needs nothing of its own: it is an ordinary update that leaves everything else alone (see `strategy.prepare_status`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gitopskit.sandbox.simulator import deletion, ownership
from gitopskit.sandbox.simulator.authentication import AUDIENCE
from gitopskit.sandbox.simulator.options import Intent
from gitopskit.sandbox.simulator.registry import Resource
from gitopskit.sandbox.simulator.request import copy
from gitopskit.sandbox.simulator.selectors import matches_selector
from gitopskit.sandbox.simulator.status import Cause, StatusError, bad_request, conflict, invalid
from gitopskit.sandbox.simulator.writer import Writer

Object = dict[str, Any]

_SCALE = "autoscaling/v1"
_TOKEN_LIFETIME_S, _TOKEN_LEAST_S = 3600, 600


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
        "apiVersion": _SCALE,
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


def write_scale(writer: Writer, intent: Intent, sent: Any, media: str | None) -> Object:
    """Set the replicas of an object through its scale, by PUT (`media` None), patch or apply."""
    resource = intent.route.resource
    with writer.store.lock:
        old = writer.existing(intent).object
        if media is not None and "apply" in media:
            return _apply_scale(writer, intent, sent)
        scale = sent if media is None else ownership.patched(scale_of(old, resource), sent, _plain(media), writer.kinds.type_of(resource))
        _check_scale(scale)
        replicas = (scale.get("spec") or {}).get("replicas") or 0
        if replicas < 0:
            message = f"Invalid value: {replicas}: must be greater than or equal to 0"
            cause = Cause(reason="FieldValueInvalid", message=message, field="spec.replicas")
            raise invalid("autoscaling", "Scale", intent.route.name, [cause])
        new = copy(dict(old))
        _set(new, _paths(resource)["spec"], replicas)
        for name in ("resourceVersion", "uid"):
            asked = (scale.get("metadata") or {}).get(name)
            if asked:
                new["metadata"][name] = asked
        untimed = replace(intent, route=replace(intent.route, subresource="scale"), now="")  # who scales owns without a time
        return scale_of(writer.replace(untimed, old, new).object, resource)


def _plain(media: str) -> str:
    return ownership.MERGE if media == ownership.STRATEGIC else media


def _check_scale(scale: Any) -> None:
    given = (scale.get("apiVersion", _SCALE), scale.get("kind", "Scale")) if isinstance(scale, dict) else ("", "")
    if given != (_SCALE, "Scale"):
        raise bad_request(f"wrong type passed for the scale subresource: {given[0]}, Kind={given[1]}, expected {_SCALE}, Kind=Scale")


def _apply_scale(writer: Writer, intent: Intent, config: Any) -> Object:
    resource = intent.route.resource
    given = (config.get("apiVersion"), config.get("kind"))
    if given != (_SCALE, "Scale"):
        raise bad_request(f"invalid object type: {given[0]}, Kind={given[1]}, expected {_SCALE}, Kind=Scale")
    metadata = {
        name: value for name, value in (config.get("metadata") or {}).items() if name in {"name", "namespace", "resourceVersion", "uid"}
    }
    asked: Object = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata}
    if "replicas" in (config.get("spec") or {}):
        _set(asked, _paths(resource)["spec"], config["spec"]["replicas"])
    return scale_of(writer.apply(intent, asked).object, resource)


def _set(obj: Object, path: str, value: Any) -> None:
    *parents, last = path.strip(".").split(".")
    for part in parents:
        obj = obj.setdefault(part, {})
    obj[last] = value


def bind(writer: Writer, intent: Intent, binding: Any) -> Object:
    """Put a Pod on a node."""
    with writer.store.lock:
        old = writer.existing(intent).object
        target = ((binding or {}).get("target") or {}).get("name", "")
        if old["spec"].get("nodeName"):
            why = f'pod {intent.route.name} is already assigned to node "{old["spec"]["nodeName"]}"'
            raise conflict("", "pods/binding", intent.route.name, why)
        new = copy(dict(old))
        new["spec"]["nodeName"] = target
        conditions = [c for c in new["status"].get("conditions") or () if c["type"] != "PodScheduled"]
        scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": intent.now}
        new["status"]["conditions"] = [*conditions, scheduled]
        if not intent.dry_run:
            writer.store.put(("", "pods"), new)  # nobody comes to own what a binding writes
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def evict(writer: Writer, intent: Intent, eviction: Any) -> Object:
    """Delete a Pod unless a disruption budget forbids it (429)."""
    with writer.store.lock:
        pod = writer.existing(intent).object
        for entry in writer.store.entries(("policy", "poddisruptionbudgets")):
            budget = entry.object
            is_here = budget["metadata"]["namespace"] == intent.route.namespace
            if is_here and _covers(budget, pod) and not (budget.get("status") or {}).get("disruptionsAllowed"):
                raise _too_many(budget)
        options = deletion.options_of((eviction or {}).get("deleteOptions"), {})
        deletion.delete(writer, intent, options)
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _covers(budget: Mapping[str, Any], pod: Mapping[str, Any]) -> bool:
    return matches_selector(budget["spec"].get("selector"), pod["metadata"].get("labels") or {})


def _too_many(budget: Mapping[str, Any]) -> StatusError:
    name = budget["metadata"]["name"]
    status = budget.get("status") or {}
    desired, healthy = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
    message = f"The disruption budget {name} needs {desired} healthy pods and has {healthy} currently"
    details = {"causes": [{"reason": "DisruptionBudget", "message": message}]}
    return StatusError(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", details)


def finalize(writer: Writer, intent: Intent, sent: Any) -> Object:
    """Replace a namespace's own finalizers; the last one gone, the namespace is."""
    with writer.store.lock:
        entry = writer.existing(intent)
        new = copy(entry.object)
        finalizers = ((sent or {}).get("spec") or {}).get("finalizers") or []
        new["spec"] = {"finalizers": finalizers} if finalizers else {}
        if not finalizers and new["metadata"].get("deletionTimestamp") and not new["metadata"].get("finalizers"):
            if not intent.dry_run:
                writer.store.delete(("", "namespaces"), "", intent.route.name)
            return dict(new)
        return writer.touch(intent, new).object


def token(intent: Intent, sent: Any, account: Object, issue: Callable[[Object, list[str], int], str]) -> Object:
    """Answer a TokenRequest for a ServiceAccount."""
    spec = (sent or {}).get("spec") or {}
    audiences, lifetime_s = spec.get("audiences") or [AUDIENCE], spec.get("expirationSeconds") or _TOKEN_LIFETIME_S
    if lifetime_s < _TOKEN_LEAST_S:
        message = f"Invalid value: {lifetime_s}: may not specify a duration less than 10 minutes"
        cause = Cause(reason="FieldValueInvalid", message=message, field="spec.expirationSeconds")
        raise invalid("authentication.k8s.io", "TokenRequest", "", [cause])
    metadata = {name: account["metadata"][name] for name in ("name", "namespace", "uid")}
    end = datetime.fromisoformat(intent.now) + timedelta(seconds=lifetime_s)
    return {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {**metadata, "creationTimestamp": intent.now},
        "spec": {"audiences": audiences, "expirationSeconds": lifetime_s, "boundObjectRef": None},
        "status": {"token": issue(account, audiences, lifetime_s), "expirationTimestamp": f"{end:%Y-%m-%dT%H:%M:%SZ}"},
    }
