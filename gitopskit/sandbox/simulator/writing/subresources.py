"""Writes through a subresource: scale, binding, eviction, finalize, tokens.

``status`` needs nothing of its own: it is an ordinary update that leaves everything else alone (see `strategy.prepare_status`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from gitopskit.sandbox.machinery.request import copy
from gitopskit.sandbox.machinery.selectors import matches_selector
from gitopskit.sandbox.machinery.status import Cause, StatusError, conflict, invalid
from gitopskit.sandbox.simulator.access.authentication import AUDIENCE
from gitopskit.sandbox.simulator.options import Intent
from gitopskit.sandbox.simulator.writing import deletion
from gitopskit.sandbox.simulator.writing.writer import Writer

Object = dict[str, Any]

_SCALE = "autoscaling/v1"
_TOKEN_LIFETIME_S, _TOKEN_LEAST_S = 3600, 600


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
        "metadata": {**metadata, "creationTimestamp": intent.now, "managedFields": [_token_owner(intent, spec)]},
        "spec": {"audiences": audiences, "expirationSeconds": lifetime_s, "boundObjectRef": None},
        "status": {"token": issue(account, audiences, lifetime_s), "expirationTimestamp": f"{end:%Y-%m-%dT%H:%M:%SZ}"},
    }


def _token_owner(intent: Intent, spec: Mapping[str, Any]) -> Object:
    """Return who owns the fields of a TokenRequest; how long it holds is always among them."""
    owned: Object = {"f:expirationSeconds": {}} | ({"f:audiences": {}} if spec.get("audiences") else {})
    entry = {"manager": intent.manager, "operation": "Update", "apiVersion": "authentication.k8s.io/v1", "time": intent.now}
    return {**entry, "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": owned}, "subresource": "token"}
