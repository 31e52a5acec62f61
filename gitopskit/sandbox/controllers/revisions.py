"""Controller revisions: the templates that a StatefulSet or DaemonSet has had, by number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.templates import short_hash
from gitopskit.sandbox.controllers.work import CONTROLLER, Work, reference_to
from gitopskit.sandbox.machinery.registry import StorageKey

REVISIONS: StorageKey = ("apps", "controllerrevisions")
HASH_LABEL = "controller-revision-hash"


def ensure(work: Work, found: Object, hash_label: str, annotations: Mapping[str, str]) -> tuple[Object | None, list[Object]]:
    """Return the revision of the present template and all older ones; a revision that had to be written first is None."""
    kept = sorted(work.index.controlled(found, REVISIONS), key=lambda item: int(item["revision"]))
    content = _content(found)
    same = next((item for item in reversed(kept) if item["data"] == content), None)
    last = int(kept[-1]["revision"]) if kept else 0
    if same is None:
        work.api.create(_revision(found, content, last + 1, hash_label, annotations), manager=CONTROLLER)
        return None, kept
    if int(same["revision"]) != last:
        work.api.update({**same, "revision": last + 1}, manager=CONTROLLER)
        return None, kept
    return same, [item for item in kept if item is not same]


def _content(found: Object) -> dict[str, Any]:
    return {"spec": {"template": {**found["spec"]["template"], "$patch": "replace"}}}


def _revision(found: Object, content: Mapping[str, Any], number: int, hash_label: str, annotations: Mapping[str, str]) -> dict[str, Any]:
    hashed = short_hash(content)
    labels = {**((found["spec"]["template"].get("metadata") or {}).get("labels") or {}), hash_label: hashed}
    metadata: dict[str, Any] = {
        "name": f"{found['metadata']['name']}-{hashed}",
        "namespace": found["metadata"]["namespace"],
        "labels": labels,
        "ownerReferences": [reference_to(found)],
    }
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": metadata, "data": content, "revision": number}


def hash_of(revision: Object) -> str:
    """Return the hash that Pods of a revision carry as a label, without the owner's name."""
    return str(revision["metadata"]["name"]).rpartition("-")[2]


def forget(work: Work, found: Object, old: list[Object], in_use: set[str]) -> None:
    """Delete the oldest revisions beyond the history limit that no Pod is of."""
    idle = [item for item in old if item["metadata"]["name"] not in in_use and hash_of(item) not in in_use]
    limit = found["spec"].get("revisionHistoryLimit", 10)
    for item in idle[: max(0, len(idle) - limit)]:
        work.delete(REVISIONS, item)
