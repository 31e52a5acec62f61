"""Which objects are refused with 422, and for what reasons.

Rules that every kind has are in `metadata`; the others stand in one table per module. A kind without rules of its own is checked by
its schema alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gitopskit.sandbox.kinds.validation import (
    admission,
    autoscaling,
    config,
    definitions,
    jobs,
    metadata,
    networking,
    pods,
    policy,
    rbac,
    services,
    storage,
    webhooks,
    workloads,
)
from gitopskit.sandbox.machinery.causes import Faults
from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.sandbox.machinery.status import invalid

Check = Callable[[Mapping[str, Any], Faults], None]
CheckUpdate = Callable[[Mapping[str, Any], Mapping[str, Any], Faults], None]

CREATE: Mapping[tuple[str, str], Check] = {
    **pods.CREATE,
    **workloads.CREATE,
    **jobs.CREATE,
    **config.CREATE,
    **services.CREATE,
    **storage.CREATE,
    **policy.CREATE,
    **rbac.CREATE,
    **networking.CREATE,
    **autoscaling.CREATE,
    **definitions.CREATE,
    **admission.CREATE,
    **webhooks.CREATE,
}
UPDATE: Mapping[tuple[str, str], CheckUpdate] = {
    **pods.UPDATE,
    **workloads.UPDATE,
    **jobs.UPDATE,
    **config.UPDATE,
    **services.UPDATE,
    **storage.UPDATE,
    **policy.UPDATE,
    **rbac.UPDATE,
    **definitions.UPDATE,
}
STATUS: Mapping[tuple[str, str], Check] = {**services.STATUS}


def check_new(resource: Resource, obj: Mapping[str, Any], faults: Faults) -> None:
    """Check a new object.

    Raises
    ------
    StatusError
        422 with every broken rule.
    """
    metadata.check_metadata(obj["metadata"], resource.group, resource.kind, faults)
    check = CREATE.get((resource.group, resource.kind))
    if check:
        check(obj, faults)
    raise_if_any(resource, obj, faults)


def check_replacement(resource: Resource, new: Mapping[str, Any], faults: Faults) -> None:
    """Check that a replacement sent by a client may be unconditional if it is.

    Raises
    ------
    StatusError
        422 if its kind insists on a revision and none is given.
    """
    metadata.check_condition(new["metadata"], (resource.group, resource.kind), faults, is_custom=resource.crd is not None)
    if faults.causes:
        raise invalid(resource.group, resource.plural if resource.crd else resource.kind, new["metadata"].get("name", ""), faults.causes)


def check_change(resource: Resource, new: Mapping[str, Any], old: Mapping[str, Any], faults: Faults) -> None:
    """Check a changed object against its rules and against what it was.

    Raises
    ------
    StatusError
        422 with every broken rule.
    """
    metadata.check_update(new["metadata"], old["metadata"], faults)
    key = (resource.group, resource.kind)
    if key in UPDATE and key == ("", "Service"):  # what may not change comes first there
        UPDATE[key](new, old, faults)
    if key in CREATE:
        CREATE[key](new, faults)
    if key in UPDATE and key != ("", "Service"):
        UPDATE[key](new, old, faults)
    raise_if_any(resource, new, faults)


def check_status(resource: Resource, new: Mapping[str, Any], old: Mapping[str, Any], faults: Faults) -> None:
    """Check an object whose status is changed.

    Raises
    ------
    StatusError
        422 with every broken rule.
    """
    metadata.check_update(new["metadata"], old["metadata"], faults)
    check = STATUS.get((resource.group, resource.kind))
    if check:
        check(new, faults)
    raise_if_any(resource, new, faults)


def raise_if_any(resource: Resource, obj: Mapping[str, Any], faults: Faults) -> None:
    """Refuse the object if a rule was broken."""
    if faults.causes:  # each is told once
        raise invalid(resource.group, resource.kind, obj["metadata"].get("name", ""), list(dict.fromkeys(faults.causes)))
