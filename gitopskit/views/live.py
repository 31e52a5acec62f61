"""What does a live object say of its own state, in a word or two?

Only what stands in the object: its phase, how many of its replicas are ready, a condition. It is no verdict on its health.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gitopskit.errors import plain
from gitopskit.model.objects import Object

_COUNTS: Final = (("readyReplicas", "replicas"), ("numberReady", "desiredNumberScheduled"), ("succeeded", "completions"))
_CONDITIONS: Final = ("Failed", "Complete", "Ready", "Available", "Established")
_LIMIT: Final = 60


def status_word(item: Object) -> str:
    """Return what an object says of its state; empty where it says nothing."""
    metadata, spec, status = (_map(item.body, name) for name in ("metadata", "spec", "status"))
    if "deletionTimestamp" in metadata:
        return "Terminating"
    for ready, wanted in _COUNTS:
        count = spec.get(wanted, status.get(wanted))
        if isinstance(count, int) and (wanted in spec or wanted in status):
            return f"{status.get(ready, 0)} of {count} ready"
    if isinstance(status.get("phase"), str):
        return plain(_reason(status) or status["phase"], _LIMIT)
    return _condition(status)


def created_at(item: Object) -> str:
    """Return when the object was made, as it says (ISO 8601); empty where it does not."""
    found = _map(item.body, "metadata").get("creationTimestamp")
    return found if isinstance(found, str) else ""


def _reason(status: Mapping[str, Any]) -> str:
    """Return why a container waits, which says more than its Pod's phase."""
    for one in status.get("containerStatuses") or ():
        state = one.get("state") if isinstance(one, Mapping) else None
        waiting = state.get("waiting") if isinstance(state, Mapping) else None
        if isinstance(waiting, Mapping) and isinstance(waiting.get("reason"), str):
            return str(waiting["reason"])
    return ""


def _condition(status: Mapping[str, Any]) -> str:
    listed = status.get("conditions")
    found = {one.get("type"): one.get("status") for one in listed if isinstance(one, Mapping)} if isinstance(listed, list) else {}
    for name in _CONDITIONS:
        if found.get(name) == "True":
            return name
    return "Not ready" if found.get("Ready") == "False" else ""


def _map(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}
