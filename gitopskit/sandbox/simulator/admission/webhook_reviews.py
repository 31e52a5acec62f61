"""What a webhook is told of a write, and what its answer does to it.

References
----------
Kubernetes, "Dynamic Admission Control", "Webhook request and response".
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import orjson

from gitopskit.sandbox.kinds.convert import to_version
from gitopskit.sandbox.machinery.quote import quoted
from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.sandbox.machinery.status import StatusError
from gitopskit.sandbox.simulator.admission.webhook_rules import Write
from gitopskit.sandbox.simulator.options import Intent
from gitopskit.schema import patches

Object = dict[str, Any]

_OPTIONS = {"CREATE": "CreateOptions", "UPDATE": "UpdateOptions", "DELETE": "DeleteOptions"}
_VOLATILE = {"managedFields", "creationTimestamp", "uid"}


def failure(why: str) -> StatusError:
    """500 for a webhook that does not do what it should."""
    return StatusError(500, "InternalError", f"Internal error occurred: {why}", {"causes": [{"message": why}]})


def address(config: Mapping[str, Any]) -> str:
    """Return the URL of a webhook; that of a Service is a name that only a cluster knows."""
    service = config.get("service")
    if not service:
        return str(config["url"])
    path = "/" + service.get("path", "").lstrip("/")
    return f"https://{service['name']}.{service['namespace']}.svc:{service.get('port', 443)}{path}"


def write_of(intent: Intent, operation: str, new: Mapping[str, Any] | None, old: Mapping[str, Any] | None) -> Write:
    """Return what a request is about to write."""
    route = intent.route
    name = route.name or str(((new or old or {}).get("metadata") or {}).get("name", ""))
    return Write(
        operation=operation, resource=route.resource, subresource=route.subresource, namespace=route.namespace, name=name, new=new, old=old
    )


def request_of(intent: Intent, seen: Resource, write: Write) -> Object:
    """Return the part of an AdmissionReview that tells of a write."""
    own, user = write.resource, intent.user
    kind, requested = ({"group": r.group, "version": r.version, "kind": r.kind} for r in (seen, own))
    resource, asked = ({"group": r.group, "version": r.version, "resource": r.plural} for r in (seen, own))
    below = {"subResource": write.subresource} if write.subresource else {}
    who = {"username": user.name, "uid": user.uid, "groups": list(user.groups), "extra": {k: list(v) for k, v in user.extra.items()}}
    return {
        "kind": kind,
        "resource": resource,
        **below,
        "requestKind": requested,
        "requestResource": asked,
        **({"requestSubResource": write.subresource} if write.subresource else {}),
        **({"name": write.name} if write.name else {}),
        **({"namespace": write.namespace} if write.namespace else {}),
        "operation": write.operation,
        "userInfo": {name: value for name, value in who.items() if value},
        "object": write.new and to_version(write.new, seen),
        "oldObject": write.old and to_version(write.old, seen),
        "dryRun": intent.dry_run,
        "options": {"kind": _OPTIONS[write.operation], "apiVersion": "meta.k8s.io/v1", **intent.asked},
    }


def key_of(request: Object) -> str:
    """Return a text for a request, without what differs when the same write is carried out again."""
    obj = request["object"]
    if obj:
        metadata = {name: value for name, value in obj["metadata"].items() if name not in _VOLATILE}
        request = {**request, "object": {**obj, "metadata": metadata}}
    return orjson.dumps(request, option=orjson.OPT_SORT_KEYS).decode()


def refusal(name: str, status: Mapping[str, Any]) -> StatusError:
    """Return what a webhook's no becomes."""
    said, reason = status.get("message") or status.get("reason"), status.get("reason") or ""
    head = f"admission webhook {quoted(name)} denied the request"
    code = max(int(status.get("code") or 0), 400)
    return StatusError(code, reason, f"{head}: {said}" if said else f"{head} without explanation", dict(status.get("details") or {}))


def patched(response: Mapping[str, Any], write: Write, seen: Resource) -> Mapping[str, Any] | None:
    """Return an object with a webhook's changes in it."""
    if not response.get("patch") or write.new is None:
        return write.new
    operations: list[dict[str, Any]] = orjson.loads(b64decode(response["patch"]))
    try:
        changed = patches.json_patch(to_version(orjson.loads(orjson.dumps(write.new)), seen), operations)
    except ValueError as error:
        first = operations[0]
        missing = f"{first.get('op')} operation does not apply: doc is missing path: {first.get('path')}: missing value"
        raise failure(missing) from error
    return to_version(changed, write.resource)
