"""Which rights does a plan need that the user lacks?

The server is asked (SelfSubjectAccessReview), once per verb, resource and namespace. It says yes for resources that do not exist,
so the answer counts only beside discovery and the dry-run.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import orjson

from gitopskit.model.changes import Action
from gitopskit.model.plan import Plan
from gitopskit.planning.inventory import PARENT_PLURALS
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


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One thing to be allowed; without a name it is for all objects of that kind there."""

    verb: str
    group: str
    plural: str
    namespace: str
    name: str = ""


def denied(connection: Connection, discovery: Discovery, plan: Plan, *, lock_namespace: str) -> tuple[Denied, ...]:
    """Return the rights that the plan needs and the user lacks.

    A right that is not given for all objects of a kind may be given for some by name: then it is asked for name by name.
    """
    needed: dict[Right, set[str]] = {}
    for right in _needed(discovery, plan, lock_namespace):
        needed.setdefault(replace(right, name=""), set()).add(right.name)
    with ThreadPoolExecutor(PARALLEL_REVIEWS) as pool:
        refused = [right for right, found in zip(needed, pool.map(lambda one: _review(connection, one), needed), strict=True) if found]
        named = sorted(replace(right, name=name) for right in refused for name in needed[right])
        return tuple(found for found in pool.map(lambda one: _review(connection, one), named) if found)


def _needed(discovery: Discovery, plan: Plan, lock_namespace: str) -> Iterator[Right]:
    for change in plan.steps:
        resource = discovery.find(change.api_version, change.id.kind)
        if resource is not None:
            for verb in _VERBS[change.action]:
                yield Right(verb, resource.group, resource.plural, change.id.namespace, "" if verb == "create" else change.id.name)
    if plan.inventory is not None and plan.steps:
        inventory = plan.inventory
        plural = PARENT_PLURALS[inventory.group_kind]
        yield from (Right(verb, "", plural, inventory.namespace, name) for verb, name in _with_create("patch", name=inventory.name))
        lease = f"gitopskit-{inventory.name}"
        for verb, name in _with_create("patch", "delete", name=lease):
            yield Right(verb, "coordination.k8s.io", "leases", lock_namespace, name)


def _with_create(*verbs: str, name: str) -> Iterator[tuple[str, str]]:
    yield "create", ""
    yield from ((verb, name) for verb in verbs)


def _review(connection: Connection, right: Right) -> Denied | None:
    attributes = {"verb": right.verb, "group": right.group, "resource": right.plural, "namespace": right.namespace, "name": right.name}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": attributes}}
    answer = connection.ask("POST", _PATH, body=orjson.dumps(review))
    if not answer.is_ok:
        raise error_of(answer, connection, _PATH)
    status = answer.json().get("status") or {}
    if status.get("allowed"):
        return None
    resource = f"{right.plural}.{right.group}" if right.group else right.plural
    return Denied(verb=right.verb, resource=resource, namespace=right.namespace, name=right.name, reason=str(status.get("reason") or ""))
