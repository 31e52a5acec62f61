"""The whole state of a simulator: kept, gone back to, and carried to another one.

Going back is done as an operator restores etcd: what differs is written anew, under revisions that nobody has seen yet, so that no
client sees a version go backwards; and whoever watches is told 410 and lists again. Time goes on, unless it stood still.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from gitopskit.sandbox.controllers.failing import Failure
from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.machinery.request import encode

if TYPE_CHECKING:
    from gitopskit.sandbox.simulator.serve import RunningSimulator

Object = Mapping[str, Any]
Objects = Mapping[StorageKey, Mapping[str, Object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One moment of a simulator.

    Parameters
    ----------
    objects
        All of them, by storage key and ``namespace/name``; shared, never changed.
    stopped_at
        Where its clock stood; None if it ran.
    failures
        Which Pods were to fail.
    """

    objects: Objects
    revision: int
    stopped_at: datetime | None = None
    failures: Mapping[int, Failure] = field(default_factory=dict)


def take(simulator: RunningSimulator) -> Checkpoint:
    """Return the present state."""
    revision, objects = simulator.api.store.objects()
    failures = simulator.api.failures.all()
    return Checkpoint(objects=objects, revision=revision, stopped_at=simulator.clock.stopped_at, failures=failures)


def back_to(simulator: RunningSimulator, checkpoint: Checkpoint) -> None:
    """Make the state what it was; call it while no controller is at work."""
    api = simulator.api
    with api.store.lock:
        api.store.restore(checkpoint.objects, checkpoint.revision)
        api.definitions.restore(api.store)
    api.failures.restore(checkpoint.failures)
    api.store.nudge(("", "pods"))
    if checkpoint.stopped_at is not None:
        simulator.clock.stop(checkpoint.stopped_at)
    api.wrote.set()


def to_text(checkpoint: Checkpoint) -> str:
    """Return a checkpoint as it is carried about."""
    listed = [[*storage, list(objects.values())] for storage, objects in sorted(checkpoint.objects.items()) if objects]
    stopped_at = checkpoint.stopped_at.isoformat() if checkpoint.stopped_at else None
    failures = [[number, asdict(failure)] for number, failure in checkpoint.failures.items()]
    content = {"revision": checkpoint.revision, "stopped_at": stopped_at, "failures": failures, "objects": listed}
    return base64.b64encode(zlib.compress(encode(content))).decode()


def from_text(text: str) -> Checkpoint:
    """Read what `to_text` returned.

    Raises
    ------
    ValueError, LookupError, TypeError
        It is something else.
    """
    try:
        content = orjson.loads(zlib.decompress(base64.b64decode(text)))
    except zlib.error as error:
        raise ValueError(f"no state: {error}") from error
    objects = {(group, plural): {_key(obj): obj for obj in listed} for group, plural, listed in content["objects"]}
    stopped_at = datetime.fromisoformat(content["stopped_at"]) if content["stopped_at"] else None
    failures = {number: Failure(**described) for number, described in content["failures"]}
    return Checkpoint(objects=objects, revision=int(content["revision"]), stopped_at=stopped_at, failures=failures)


def _key(obj: Object) -> str:
    return f"{obj['metadata'].get('namespace', '')}/{obj['metadata']['name']}"
