"""Which objects are refused with 422, and for what reasons.

Rules that every kind has are in `metadata`; the others stand in one table per module. A kind without rules of its own is checked by
its schema alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gitopskit.sandbox.simulator.registry import Resource
from gitopskit.sandbox.simulator.status import invalid
from gitopskit.sandbox.simulator.validation import core, extensions, metadata, pods, workloads
from gitopskit.sandbox.simulator.validation.faults import Faults

Check = Callable[[Mapping[str, Any], Faults], None]
CheckUpdate = Callable[[Mapping[str, Any], Mapping[str, Any], Faults], None]

CREATE: Mapping[tuple[str, str], Check] = {("", "Pod"): pods.check_pod, **workloads.CREATE, **core.CREATE, **extensions.CREATE}
UPDATE: Mapping[tuple[str, str], CheckUpdate] = {
    ("", "Pod"): pods.check_pod_update,
    **workloads.UPDATE,
    **core.UPDATE,
    **extensions.UPDATE,
}


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


def check_change(resource: Resource, new: Mapping[str, Any], old: Mapping[str, Any], faults: Faults) -> None:
    """Check a changed object against its rules and against what it was.

    Raises
    ------
    StatusError
        422 with every broken rule.
    """
    metadata.check_update(new["metadata"], old["metadata"], faults)
    key = (resource.group, resource.kind)
    if key in CREATE:
        CREATE[key](new, faults)
    if key in UPDATE:
        UPDATE[key](new, old, faults)
    raise_if_any(resource, new, faults)


def raise_if_any(resource: Resource, obj: Mapping[str, Any], faults: Faults) -> None:
    """Refuse the object if a rule was broken."""
    if faults.causes:
        raise invalid(resource.group, resource.kind, obj["metadata"].get("name", ""), faults.causes)
