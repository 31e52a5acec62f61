"""Which rights does a plan need that the user lacks?

The server is asked (SelfSubjectAccessReview), once per verb, resource and namespace. It says yes for resources that do not exist,
so the answer counts only beside discovery and the dry-run.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import orjson

from gitopskit.model.changes import Action
from gitopskit.model.plan import Plan
from gitopskit.providers.base import Denied
from gitopskit.providers.kubernetes.connection import Connection, error_of
from gitopskit.providers.kubernetes.discovery import Discovery

PARALLEL_REVIEWS: Final = 8
_PATH: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_VERBS: Final = {
    Action.CREATE: ("create", "patch"),
    Action.UPDATE: ("patch",),
    Action.REPLACE: ("delete", "create", "patch"),
    Action.DELETE: ("delete",),
}

Right = tuple[str, str, str, str]
"""Verb, group, plural, namespace."""


def denied(connection: Connection, discovery: Discovery, plan: Plan) -> tuple[Denied, ...]:
    """Return the rights that the plan needs and the user lacks."""
    rights = sorted(set(_needed(discovery, plan)))
    with ThreadPoolExecutor(PARALLEL_REVIEWS) as pool:
        answers = pool.map(lambda right: _review(connection, right), rights)
    return tuple(found for found in answers if found)


def _needed(discovery: Discovery, plan: Plan) -> Iterator[Right]:
    for change in plan.steps:
        resource = discovery.find(change.api_version, change.id.kind)
        if resource is not None:
            yield from ((verb, resource.group, resource.plural, change.id.namespace) for verb in _VERBS[change.action])
    if plan.inventory is not None and plan.steps:
        yield from ((verb, "", "configmaps", plan.inventory.namespace) for verb in ("create", "patch"))
        yield from ((verb, "coordination.k8s.io", "leases", plan.inventory.namespace) for verb in ("create", "patch", "delete"))


def _review(connection: Connection, right: Right) -> Denied | None:
    verb, group, plural, namespace = right
    attributes = {"verb": verb, "group": group, "resource": plural, "namespace": namespace}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": attributes}}
    answer = connection.send("POST", _PATH, body=orjson.dumps(review))
    if not answer.is_ok:
        raise error_of(answer, connection, _PATH)
    status = answer.json().get("status") or {}
    if status.get("allowed"):
        return None
    resource = f"{plural}.{group}" if group else plural
    return Denied(verb=verb, resource=resource, namespace=namespace, name="", reason=str(status.get("reason") or ""))
