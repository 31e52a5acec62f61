"""Deployments: one ReplicaSet per template, and the way from one to the next.

The rolling update follows the real controller's arithmetic (surge rounded up, unavailability rounded down, one of them at least one).

The trap that shaped it: two ReplicaSets are told apart by comparing templates, never by their hash, so that a Deployment rolled
back finds its old ReplicaSet again.
"""

from __future__ import annotations

from typing import Any

from gitopskit.sandbox.controllers import rollout
from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.rollout import REPLICA_SETS, REVISION, replicas_of, surge_of, unavailable_of
from gitopskit.sandbox.controllers.templates import HASH_LABEL, short_hash, without_hash
from gitopskit.sandbox.controllers.work import CONTROLLER, Work, reference_to
from gitopskit.sandbox.machinery.registry import StorageKey

DEPLOYMENTS: StorageKey = ("apps", "deployments")
_DESIRED = "deployment.kubernetes.io/desired-replicas"
_MAXIMUM = "deployment.kubernetes.io/max-replicas"
_HISTORY = "deployment.kubernetes.io/revision-history"
_NOT_COPIED = {
    REVISION,
    _DESIRED,
    _MAXIMUM,
    _HISTORY,
    "kubectl.kubernetes.io/last-applied-configuration",
    "deprecated.deployment.rollback.to",
}


def reconcile(work: Work) -> None:
    """Bring the ReplicaSets one step nearer to what is wanted, then say in the status how far they are."""
    found = work.living()
    if found is None or work.adopt(found, REPLICA_SETS, found["spec"]["selector"]):
        return
    sets = work.index.controlled(found, REPLICA_SETS)
    new = next((item for item in sets if without_hash(item["spec"]["template"]) == without_hash(found["spec"]["template"])), None)
    old = [item for item in sets if item is not new]
    if _advance(work, found, new, old):
        return
    rollout.write_status(work, found, new, old)
    if new is not None and rollout.is_complete(found, new, old):
        _clean_up(work, found, old)


def _advance(work: Work, found: Object, new: Object | None, old: list[Object]) -> bool:
    """Change at most one ReplicaSet; return whether one was changed (which brings the Deployment back here)."""
    paused = found["spec"].get("paused", False)
    if paused:
        active = [item for item in [*old, *([new] if new else [])] if replicas_of(item)]
        return len(active) == 1 and _scale(work, found, active[0], replicas_of(found))
    if new is None:
        _create(work, found, old)
        return True
    if _relabel(work, found, new, old):
        return True
    if found["spec"]["strategy"]["type"] == "Recreate":
        return _recreate(work, found, new, old)
    return _roll(work, found, new, old)


def _annotations(found: Object, revision: int, replicas_set: Object | None = None) -> dict[str, str]:
    kept = dict((replicas_set["metadata"].get("annotations") or {}) if replicas_set else {})
    copied = {key: value for key, value in (found["metadata"].get("annotations") or {}).items() if key not in _NOT_COPIED}
    before = kept.get(REVISION)
    if before and before != str(revision):
        kept[_HISTORY] = ",".join([item for item in kept.get(_HISTORY, "").split(",") if item] + [before])
    wanted = replicas_of(found)
    return {**kept, **copied, REVISION: str(revision), _DESIRED: str(wanted), _MAXIMUM: str(wanted + surge_of(found))}


def _create(work: Work, found: Object, old: list[Object]) -> None:
    template = found["spec"]["template"]
    collisions = (found.get("status") or {}).get("collisionCount")
    hashed = short_hash([without_hash(template), collisions] if collisions else without_hash(template))
    labels = {**((template.get("metadata") or {}).get("labels") or {}), HASH_LABEL: hashed}
    selector = found["spec"]["selector"]
    name, namespace = f"{found['metadata']['name']}-{hashed}", found["metadata"]["namespace"]
    if work.get(REPLICA_SETS, namespace, name) is not None:
        status = {**(found.get("status") or {}), "collisionCount": (collisions or 0) + 1}
        work.set_status(found, status)
        return
    spec: dict[str, Any] = {
        "replicas": _first_replicas(found, old),
        "selector": {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), HASH_LABEL: hashed}},
        "template": {**template, "metadata": {**(template.get("metadata") or {}), "labels": labels}},
    }
    if found["spec"].get("minReadySeconds"):
        spec["minReadySeconds"] = found["spec"]["minReadySeconds"]
    metadata = {
        "name": name,
        "namespace": namespace,
        "labels": labels,
        "annotations": _annotations(found, rollout.next_revision(old)),
        "ownerReferences": [reference_to(found)],
    }
    work.api.create({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": spec}, manager=CONTROLLER)
    if spec["replicas"]:
        work.tell(found, "ScalingReplicaSet", f"Scaled up replica set {name} from 0 to {spec['replicas']}")
    rollout.note_created(work, found, name)


def _first_replicas(found: Object, old: list[Object]) -> int:
    wanted, present = replicas_of(found), sum(replicas_of(item) for item in old)
    if found["spec"]["strategy"]["type"] == "Recreate":
        return 0 if present else wanted
    return max(0, min(wanted, wanted + surge_of(found) - present))


def _relabel(work: Work, found: Object, new: Object, old: list[Object]) -> bool:
    """Keep the annotations of the newest ReplicaSet those of the Deployment."""
    revision = max(rollout.next_revision(old), rollout.revision_of(new))
    wanted = _annotations(found, revision, new)
    seconds = found["spec"].get("minReadySeconds", 0)
    if wanted == (new["metadata"].get("annotations") or {}) and new["spec"].get("minReadySeconds", 0) == seconds:
        return False
    metadata = {**new["metadata"], "annotations": wanted}
    spec = {key: value for key, value in new["spec"].items() if key != "minReadySeconds"} | (
        {"minReadySeconds": seconds} if seconds else {}
    )
    work.api.update({**new, "metadata": metadata, "spec": spec}, manager=CONTROLLER)
    return True


def _scale(work: Work, found: Object, item: Object, count: int) -> bool:
    if replicas_of(item) == count:
        return False
    wanted = replicas_of(found)
    sizes = {_DESIRED: str(wanted), _MAXIMUM: str(wanted + surge_of(found))}
    metadata = {**item["metadata"], "annotations": {**(item["metadata"].get("annotations") or {}), **sizes}}
    work.api.update({**item, "metadata": metadata, "spec": {**item["spec"], "replicas": count}}, manager=CONTROLLER)
    way = "up" if count > replicas_of(item) else "down"
    work.tell(found, "ScalingReplicaSet", f"Scaled {way} replica set {item['metadata']['name']} from {replicas_of(item)} to {count}")
    return True


def _recreate(work: Work, found: Object, new: Object, old: list[Object]) -> bool:
    for item in old:
        if _scale(work, found, item, 0):
            return True
    if any(rollout.has_pods(work, item) for item in old):
        return False
    return _scale(work, found, new, replicas_of(found))


def _roll(work: Work, found: Object, new: Object, old: list[Object]) -> bool:
    wanted = replicas_of(found)
    present = sum(replicas_of(item) for item in [*old, new])
    if replicas_of(new) > wanted:
        return _scale(work, found, new, wanted)
    room = wanted + surge_of(found) - present
    if replicas_of(new) < wanted and room > 0:
        return _scale(work, found, new, min(wanted, replicas_of(new) + room))
    return _shrink(work, found, new, old)


def _shrink(work: Work, found: Object, new: Object, old: list[Object]) -> bool:
    """Take from the old ReplicaSets what may be missed: first what is not available anyway, then the rest."""
    least = replicas_of(found) - unavailable_of(found)
    present = sum(replicas_of(item) for item in [*old, new])
    unready = replicas_of(new) - rollout.available_of(new)
    spare = present - least - unready
    for item in old:
        dead = min(replicas_of(item) - rollout.available_of(item), spare)
        if dead > 0:
            return _scale(work, found, item, replicas_of(item) - dead)
    spare = sum(rollout.available_of(item) for item in [*old, new]) - least
    for item in old:
        if replicas_of(item) and spare > 0:
            return _scale(work, found, item, replicas_of(item) - min(spare, replicas_of(item)))
    return False


def _clean_up(work: Work, found: Object, old: list[Object]) -> None:
    """Forget the oldest empty ReplicaSets beyond the history limit."""
    idle = [item for item in old if not replicas_of(item) and not (item.get("status") or {}).get("replicas")]
    limit = found["spec"].get("revisionHistoryLimit", 10)
    for item in sorted(idle, key=rollout.revision_of)[: max(0, len(idle) - limit)]:
        work.delete(REPLICA_SETS, item)
