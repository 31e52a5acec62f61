"""What one reconciliation works with: look-ups, the clock, and writes that happen only when something differs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from gitopskit.sandbox.controllers.api import ControlApi, Object
from gitopskit.sandbox.controllers.events import News, Recorder
from gitopskit.sandbox.controllers.index import PODS, Index, Key, controller_of
from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.machinery.selectors import matches_selector
from gitopskit.sandbox.machinery.status import StatusError

NOT_FOUND = 404
CONTROLLER = "kube-controller-manager"
SCHEDULER = "scheduler"
_MOMENTS = {"lastTransitionTime", "lastUpdateTime"}


class Work:
    """One reconciliation under way.

    Parameters
    ----------
    key
        What is being reconciled.
    name
        The controller that is at work.
    recorder
        Who writes down what is told of it.
    moments
        When something was first seen, by this controller at this key.
    """

    def __init__(self, api: ControlApi, index: Index, key: Key, *, name: str, recorder: Recorder, moments: dict[str, datetime]) -> None:
        self.api = api
        self.index = index
        self.key = key
        self._source = SOURCES.get(name, f"{name}-controller")
        self._recorder = recorder
        self._moments = moments
        self.seen: dict[str, datetime] = {}
        self.wake_at: datetime | None = None

    def now(self) -> datetime:
        """Return the server's time."""
        return self.api.now()

    def stamp(self) -> str:
        """Return the server's time as objects carry it."""
        return moment_text(self.api.now())

    def tell(self, obj: Object, reason: str, message: str, *, kind: str = "Normal", host: str = "", part: str = "") -> None:
        """Record an event about an object, or about a part of it."""
        news = News(source=self._source, reason=reason, message=message, kind=kind, host=host, field_path=part)
        self._recorder.tell(self, obj, news)

    def warn(self, obj: Object, reason: str, message: str) -> None:
        """Record that something went wrong."""
        self.tell(obj, reason, message, kind="Warning")

    def since(self, what: str) -> datetime:
        """Return when something was first seen here: now, if it is new, or was not asked for the last time."""
        self.seen[what] = self._moments.get(what) or self.now()
        return self.seen[what]

    def later(self, at: datetime) -> None:
        """Ask to be run again at that moment."""
        self.wake_at = at if self.wake_at is None else min(at, self.wake_at)

    def current(self) -> Object | None:
        """Return the object that is being reconciled, or None if it is gone."""
        return self.index.get(self.key)

    def living(self) -> Object | None:
        """Return the object that is being reconciled unless it is gone or going."""
        found = self.index.get(self.key)
        return None if found is None or is_going(found) else found

    def get(self, storage: StorageKey, namespace: str, name: str) -> Object | None:
        """Return another object."""
        return self.index.get(Key(storage, namespace, name))

    def set_status(
        self, obj: Object, status: Mapping[str, Any], *, manager: str = CONTROLLER, annotations: Mapping[str, str] | None = None
    ) -> bool:
        """Write a status (and annotations beside it) if it says something new; return whether it was written."""
        metadata = obj["metadata"]
        present = metadata.get("annotations") or {}
        added = {key: value for key, value in (annotations or {}).items() if present.get(key) != value}
        if not added and not is_news(obj.get("status") or {}, status):
            return False
        if added:
            metadata = {**metadata, "annotations": {**present, **added}}
        self.api.update({**obj, "metadata": metadata, "status": status}, manager=manager, subresource="status")
        return True

    def set_spec(self, obj: Object, **fields: Any) -> Object:
        """Write fields of a spec."""
        return self.api.update({**obj, "spec": {**obj["spec"], **fields}}, manager=CONTROLLER)

    def set_metadata(self, obj: Object, **fields: Any) -> Object:
        """Write fields of the metadata; None removes one."""
        metadata = {key: value for key, value in {**obj["metadata"], **fields}.items() if value is not None}
        return self.api.update({**obj, "metadata": metadata}, manager=CONTROLLER)

    def create_pod(self, owner: Object, pod: Object, told: str = "Created pod: {}") -> None:
        """Create a Pod for its owner, and tell of it, or of its refusal."""
        try:
            made = self.api.create(pod, manager=CONTROLLER)
        except StatusError as error:
            self.warn(owner, "FailedCreate", f"Error creating: {error.message}")
            raise
        self.tell(owner, "SuccessfulCreate", told.format(made["metadata"]["name"]))

    def delete_pod(self, owner: Object, pod: Object, told: str = "Deleted pod: {}") -> None:
        """Delete a Pod of an owner, and tell of it."""
        self.delete(PODS, pod)
        self.tell(owner, "SuccessfulDelete", told.format(pod["metadata"]["name"]))

    def delete(self, storage: StorageKey, obj: Object, *, propagation: str = "", grace_s: int | None = None) -> None:
        """Delete exactly this object; that it is gone already is fine."""
        metadata = obj["metadata"]
        namespace = metadata.get("namespace", "")
        try:
            self.api.delete(storage, namespace, metadata["name"], uid=metadata["uid"], propagation=propagation, grace_s=grace_s)
        except StatusError as error:
            if error.code != NOT_FOUND:
                raise

    def adopt(self, owner: Object, storage: StorageKey, selector: Mapping[str, Any]) -> bool:
        """Make orphans that the selector picks the owner's own; return whether there were any."""
        orphans = [o for o in self._picked(storage, selector) if controller_of(o) is None and not is_going(o)]
        for orphan in orphans:
            owners = [*(orphan["metadata"].get("ownerReferences") or ()), reference_to(owner)]
            self.set_metadata(orphan, ownerReferences=owners)
        return bool(orphans)

    def _picked(self, storage: StorageKey, selector: Mapping[str, Any]) -> list[Object]:
        found = self.index.labelled(storage, self.key.namespace, selector.get("matchLabels") or {})
        return [obj for obj in found if matches_selector(selector, obj["metadata"].get("labels") or {})]


SOURCES = {
    "claim": "persistentvolume-controller",
    "budget": "controllermanager",
    "autoscaler": "horizontal-pod-autoscaler",
    "eviction": "taint-eviction-controller",
    "kubelet": "kubelet",
    SCHEDULER: "default-scheduler",
}
"""Under which name a controller tells what it does, where that is not its own with "-controller"."""


def is_going(obj: Object) -> bool:
    """Whether an object is being deleted."""
    return bool(obj["metadata"].get("deletionTimestamp"))


def reference_to(owner: Object) -> dict[str, Any]:
    """Return the owner reference of a controller."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def is_news(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two statuses differ in more than the moments of their conditions."""
    return bool(_without_moments(before) != _without_moments(after))


def _without_moments(status: Mapping[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in status.items() if value not in (None, 0, "", [], {}) or key == "observedGeneration"}
    if "conditions" in shown:
        shown["conditions"] = [{k: v for k, v in c.items() if k not in _MOMENTS} for c in shown["conditions"]]
    return shown


def condition(conditions: Any, kind: str) -> Mapping[str, Any] | None:
    """Return the condition of one type, or None."""
    return next((item for item in conditions or () if item["type"] == kind), None)


def is_true(obj: Object, kind: str) -> bool:
    """Whether an object's status has this condition."""
    found = condition((obj.get("status") or {}).get("conditions"), kind)
    return found is not None and found["status"] == "True"


def moment_text(moment: datetime) -> str:
    """Return a moment as objects carry it, in whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """Return the moment that an object carries."""
    return datetime.fromisoformat(text)


def seconds_after(text: str, seconds: float) -> datetime:
    """Return the moment so many seconds after one that an object carries."""
    return moment(text) + timedelta(seconds=seconds)
