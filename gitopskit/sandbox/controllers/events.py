"""What controllers, the scheduler and the kubelets tell of what they do: Events, as ``kubectl describe`` shows them.

The same event again is counted; ten that differ in their message only are told as one; an object that is much talked about is heard
less often. An event is kept for an hour.

The trap that shaped it: a recorder that wrote whatever it is told would write one event for each Pod of a Deployment of a thousand.

References
----------
Kubernetes, ``client-go/tools/record``: the correlator of events, with its limits.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.machinery.status import StatusError

if TYPE_CHECKING:
    from gitopskit.sandbox.controllers.work import Work

EVENTS: StorageKey = ("", "events")
KEPT_S = 3600
_SIMILAR_WITHIN_S = 600
_SIMILAR = 10
_BURST = 25
_REFILL_S = 300
_MEMORY = 4096
_COMBINED = "(combined from similar events): "

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something to be told of an object.

    Parameters
    ----------
    source
        Who tells it: the component's name.
    host
        The node that it is told from, by a kubelet.
    field_path
        Which part of the object it is about.
    """

    source: str
    reason: str
    message: str
    kind: str = "Normal"
    host: str = ""
    field_path: str = ""


@dataclass(slots=True)
class _Subject:
    """What was told of one object by one source."""

    tokens: float = _BURST
    asked_at: datetime | None = None
    messages: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    similar_at: dict[tuple[str, str], datetime] = field(default_factory=dict)
    written: dict[tuple[str, str, str], Object] = field(default_factory=dict)


class Recorder:
    """Writes events, and remembers what it wrote in order to count."""

    def __init__(self) -> None:
        self._subjects: OrderedDict[tuple[str, str], _Subject] = OrderedDict()
        self._numbers = count()

    def tell(self, work: Work, obj: Object, news: News) -> None:
        """Record something about an object; where its namespace takes nothing any more, nothing is recorded."""
        with suppress(StatusError):
            if news.source == _SCHEDULER:
                work.api.create(_new_event(obj, news, self._name(work, obj), work.now()), manager="kube-scheduler")
            else:
                self._count(work, obj, news)

    def _count(self, work: Work, obj: Object, news: News) -> None:
        subject = self._subject(news.source, obj["metadata"]["uid"])
        message, is_combined = _combined(subject, news, work.now())
        if not _is_heard(subject, work.now()):
            return
        key = (news.kind, news.reason, "" if is_combined else message)
        manager = _MANAGERS.get(news.source, "kube-controller-manager")
        with suppress(StatusError, KeyError):  # never told, or forgotten since: it is told anew
            known = subject.written[key]
            told = {"count": known["count"] + 1, "lastTimestamp": work.stamp(), "message": message}
            subject.written[key] = work.api.update({**known, **told}, manager=manager)
            return
        body = _event(obj, news, message, self._name(work, obj), work.stamp())
        body["reportingComponent"] = "" if is_combined else news.source
        subject.written[key] = work.api.create(body, manager=manager)

    def _subject(self, source: str, uid: str) -> _Subject:
        subject = self._subjects.setdefault((source, uid), _Subject())
        self._subjects.move_to_end((source, uid))
        if len(self._subjects) > _MEMORY:
            self._subjects.popitem(last=False)
        return subject

    def _name(self, work: Work, obj: Object) -> str:
        """Return a name that no other event has: with the time, as real names have it."""
        number = int(work.now().timestamp() * 1e6) * 1000 + next(self._numbers) % 1000
        return f"{obj['metadata']['name']}.{number:x}"


_SCHEDULER = "default-scheduler"
_MANAGERS = {"kubelet": "kubelet"}


def reconcile(work: Work) -> None:
    """Forget an event that was written an hour ago."""
    event = work.current()
    if event is None:
        return
    written = [event["metadata"]["creationTimestamp"], *(entry["time"] for entry in event["metadata"].get("managedFields") or ())]
    due = datetime.fromisoformat(max(written)) + timedelta(seconds=KEPT_S)
    if work.now() >= due:
        work.delete(EVENTS, event)
    else:
        work.later(due)


def _combined(subject: _Subject, news: News, now: datetime) -> tuple[str, bool]:
    """Return the message, and whether it stands for others like it."""
    similar = (news.kind, news.reason)
    last = subject.similar_at.get(similar)
    if last is None or (now - last).total_seconds() > _SIMILAR_WITHIN_S:
        subject.messages[similar] = set()
    subject.similar_at[similar] = now
    messages = subject.messages[similar]
    messages.add(news.message)
    if len(messages) < _SIMILAR:
        return news.message, False
    messages.remove(news.message)  # the real one forgets any: the others are still told by themselves when they come again
    return _COMBINED + news.message, True


def _is_heard(subject: _Subject, now: datetime) -> bool:
    """Whether the subject may be told of once more; each time costs a token, and tokens come back slowly."""
    if subject.asked_at is not None:
        subject.tokens = min(_BURST, subject.tokens + (now - subject.asked_at).total_seconds() / _REFILL_S)
    subject.asked_at = now
    if subject.tokens < 1:
        return False
    subject.tokens -= 1
    return True


def _event(obj: Object, news: News, message: str, name: str, now: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": obj["metadata"].get("namespace") or "default"},
        "involvedObject": _reference(obj, news),
        "reason": news.reason,
        "message": message,
        "source": {"component": news.source} | ({"host": news.host} if news.host else {}),
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
        "type": news.kind,
        "reportingInstance": news.host,
    }


def _new_event(obj: Object, news: News, name: str, now: datetime) -> dict[str, Any]:
    """Return an event in the newer form, in which the scheduler tells what it does."""
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": obj["metadata"].get("namespace") or "default"},
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "reportingController": news.source,
        "reportingInstance": f"{news.source}-sandbox",
        "action": "Binding" if news.kind == "Normal" else "Scheduling",
        "reason": news.reason,
        "regarding": _reference(obj, news),
        "note": news.message,
        "type": news.kind,
    }


def _reference(obj: Object, news: News) -> dict[str, str]:
    metadata = obj["metadata"]
    found = {"kind": obj["kind"], "apiVersion": obj["apiVersion"], "name": metadata["name"], "uid": metadata["uid"]}
    if metadata.get("namespace"):
        found |= {"namespace": metadata["namespace"], "resourceVersion": metadata.get("resourceVersion", "")}
    return found | ({"fieldPath": news.field_path} if news.field_path else {})
