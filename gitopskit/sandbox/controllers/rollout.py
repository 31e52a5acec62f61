"""How far a Deployment is: counts, revision and conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gitopskit.sandbox.controllers import conditions
from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.conditions import Condition
from gitopskit.sandbox.controllers.index import PODS
from gitopskit.sandbox.controllers.work import Work, seconds_after
from gitopskit.sandbox.machinery.registry import StorageKey

REPLICA_SETS: StorageKey = ("apps", "replicasets")
REVISION = "deployment.kubernetes.io/revision"
_FOREVER = 2**31 - 1
_FIRST = {"NewReplicaSetCreated", "DeploymentPaused", "DeploymentResumed"}


def replicas_of(item: Object) -> int:
    """Return how many replicas are asked for."""
    return int(item["spec"].get("replicas", 0))


def available_of(item: Object) -> int:
    """Return how many replicas are available."""
    return int((item.get("status") or {}).get("availableReplicas", 0))


def surge_of(found: Object) -> int:
    """Return how many Pods a rolling update may add."""
    rolling = found["spec"]["strategy"].get("rollingUpdate")
    return share(rolling.get("maxSurge", 0), replicas_of(found), math.ceil) if rolling else 0


def unavailable_of(found: Object) -> int:
    """Return how many Pods a rolling update may miss."""
    rolling = found["spec"]["strategy"].get("rollingUpdate")
    if not rolling or not replicas_of(found):
        return 0
    count = share(rolling.get("maxUnavailable", 0), replicas_of(found), math.floor)
    return min(count or int(surge_of(found) == 0), replicas_of(found))


def share(value: Any, whole: int, rounded: Callable[[float], int]) -> int:
    """Return a count given as a number or as a percentage of the whole."""
    return rounded(whole * int(value[:-1]) / 100) if isinstance(value, str) else int(value)


def revision_of(item: Object) -> int:
    """Return a ReplicaSet's revision."""
    return int((item["metadata"].get("annotations") or {}).get(REVISION, "0") or 0)


def next_revision(old: list[Object]) -> int:
    """Return the revision after those of the old ReplicaSets."""
    return max((revision_of(item) for item in old), default=0) + 1


def has_pods(work: Work, item: Object) -> bool:
    """Whether a ReplicaSet still has Pods, going ones included."""
    return bool(work.index.controlled(item, PODS))


def is_complete(found: Object, new: Object, old: list[Object]) -> bool:
    """Whether everything runs on the newest template."""
    wanted = replicas_of(found)
    counts = new.get("status") or {}
    present = sum((item.get("status") or {}).get("replicas", 0) for item in [*old, new])
    is_new = counts.get("replicas", 0) == wanted and counts.get("availableReplicas", 0) == wanted
    return bool(is_new and present == wanted and counts.get("observedGeneration") == new["metadata"].get("generation"))


def write_status(work: Work, found: Object, new: Object | None, old: list[Object]) -> None:
    """Write the status if it says something new."""
    status = _counts(found, [*old, *([new] if new else [])], new)
    status["conditions"] = _conditions(work, found, status, new, old)
    annotations = {REVISION: str(revision_of(new))} if new is not None and revision_of(new) else {}
    work.set_status(found, status, annotations=annotations)


def note_created(work: Work, found: Object, name: str) -> None:
    """Say at once that there is a new ReplicaSet, so that what it brings about counts as progress."""
    if found["spec"].get("progressDeadlineSeconds", _FOREVER) == _FOREVER:
        return
    made = conditions.make("Progressing", "True", "NewReplicaSetCreated", f'Created new replica set "{name}"')
    status = found.get("status") or {}
    listed = conditions.put(status.get("conditions"), made, work.stamp(), updated=True)
    work.set_status(found, {**status, "conditions": listed})


def _counts(found: Object, sets: list[Object], new: Object | None) -> dict[str, Any]:
    def total(name: str) -> int:
        return sum((item.get("status") or {}).get(name, 0) for item in sets)

    counts = {name: total(name) for name in ("replicas", "readyReplicas", "availableReplicas")}
    counts["updatedReplicas"] = ((new.get("status") or {}) if new else {}).get("replicas", 0)
    counts["unavailableReplicas"] = max(0, sum(replicas_of(item) for item in sets) - counts["availableReplicas"])
    before = found.get("status") or {}
    kept = {"collisionCount": before["collisionCount"]} if "collisionCount" in before else {}
    status: dict[str, Any] = {name: count for name, count in counts.items() if count}
    return {
        **status,
        "terminatingReplicas": total("terminatingReplicas"),
        "observedGeneration": found["metadata"].get("generation", 0),
        **kept,
    }


def _conditions(work: Work, found: Object, status: dict[str, Any], new: Object | None, old: list[Object]) -> list[Condition]:
    now = work.stamp()
    listed = list((found.get("status") or {}).get("conditions") or ())
    made = [_available(found, status)]
    progress = _progressing(work, found, status, new, old)
    if progress is not None:
        made.insert(0 if progress.get("reason") in _FIRST else 1, progress)
    failed = next((c for item in [*old, *([new] if new else [])] for c in _failures(item)), None)
    if failed is None:
        listed = conditions.without(listed, "ReplicaFailure")
    else:
        made.append({key: value for key, value in failed.items() if key != "lastTransitionTime"})
    for item in made:
        listed = conditions.put(listed, item, now, updated=True)
    return listed


def _failures(item: Object) -> list[Condition]:
    return [c for c in (item.get("status") or {}).get("conditions") or () if c["type"] == "ReplicaFailure"]


def _available(found: Object, status: dict[str, Any]) -> Condition:
    if status.get("availableReplicas", 0) >= replicas_of(found) - unavailable_of(found):
        return conditions.make("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    return conditions.make("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")


def _progressing(work: Work, found: Object, status: dict[str, Any], new: Object | None, old: list[Object]) -> Condition | None:
    deadline = found["spec"].get("progressDeadlineSeconds", _FOREVER)
    before = conditions.find((found.get("status") or {}).get("conditions"), "Progressing")
    if deadline == _FOREVER:
        return None
    if found["spec"].get("paused"):
        return conditions.make("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")
    if before is not None and before.get("reason") == "DeploymentPaused":
        return conditions.make("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed")
    if new is None:
        return None
    name = new["metadata"]["name"]
    if is_complete(found, new, old):
        return conditions.make("Progressing", "True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.')
    if before is None:
        return conditions.make("Progressing", "True", "NewReplicaSetCreated", f'Created new replica set "{name}"')
    if before.get("reason") == "NewReplicaSetAvailable" and status.get("replicas", 0) == status.get("updatedReplicas", 0):
        return None  # what changes now is no rollout
    if _has_moved(found, status):
        return conditions.make("Progressing", "True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')
    return _timed_out(work, before, deadline, name)


def _has_moved(found: Object, status: dict[str, Any]) -> bool:
    before = found.get("status") or {}
    was_old, is_old = (each.get("replicas", 0) - each.get("updatedReplicas", 0) for each in (before, status))
    grown = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return is_old < was_old or any(status.get(name, 0) > before.get(name, 0) for name in grown)


def _timed_out(work: Work, before: Condition, deadline_s: int, name: str) -> Condition | None:
    if before.get("reason") == "ProgressDeadlineExceeded":
        return before
    at = seconds_after(before["lastUpdateTime"], deadline_s)
    if work.now() >= at:
        return conditions.make("Progressing", "False", "ProgressDeadlineExceeded", f'ReplicaSet "{name}" has timed out progressing.')
    work.later(at)
    return None
