"""Pods that fail on purpose: on which nodes, how, and what their containers go through then.

The states, back-offs and exit codes are a kubelet's: an image is tried again after 10, 20, 40 … 300 s; a container that ends is started
anew, the first time at once, then after the same times.

References
----------
Kubernetes, "Pod Lifecycle": container states, restart policy, CrashLoopBackOff; "Images": ImagePullBackOff.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.work import moment, moment_text, seconds_after
from gitopskit.sandbox.machinery.queries import label_test
from gitopskit.sandbox.pools import facts_of

STARTED = (("Normal", "Created", "Container created"), ("Normal", "Started", "Container started"))
RUNS_FOR_S = 1
PROBED_EVERY_S = 10
_SHOWN_FOR_S = 2
_FIRST_S, _LONGEST_S = 10, 300
PULL, CRASH, OOM, UNREADY = "image pull", "crash loop", "oom", "unready"
_ENDS = {CRASH: (1, "Error"), OOM: (137, "OOMKilled")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Which Pods fail, where and how.

    Parameters
    ----------
    how
        "image pull", "crash loop", "oom" or "unready".
    where
        A label selector of nodes, or what is true of them: ``{"nodeInfo.kernelVersion": "5.4", "packages.openssl": "1.1"}``; a version
        stands for all that begin with it.
    of
        A label selector of Pods.
    container
        Which of their containers; the first by default.
    """

    how: str
    where: str | Mapping[str, str] = ""
    of: str = ""
    namespace: str = ""
    container: str = ""

    def __post_init__(self) -> None:
        if self.how not in (PULL, CRASH, OOM, UNREADY):
            raise ValueError(f"Pods do not fail by {self.how!r}: choose {PULL}, {CRASH}, {OOM}, {UNREADY}")
        label_test(self.of)
        if isinstance(self.where, str):
            label_test(self.where)

    def hits(self, pod: Object, node: Object) -> bool:
        """Whether a Pod on a node fails so."""
        is_meant = self.namespace in ("", pod["metadata"]["namespace"]) and label_test(self.of)(pod["metadata"].get("labels") or {})
        if not is_meant or isinstance(self.where, str):
            return is_meant and label_test(str(self.where))(node["metadata"].get("labels") or {})
        known = {**node, **(node.get("status") or {}), **facts_of(node)}
        return all(_is_version(_value(known, path), str(wanted)) for path, wanted in self.where.items())


def _value(known: Any, path: str) -> Any:
    """Return what is at a dotted path; a key may hold dots itself."""
    if not isinstance(known, Mapping) or path in known:
        return known.get(path) if isinstance(known, Mapping) else None
    parts = path.split(".")
    ways = ((".".join(parts[:cut]), ".".join(parts[cut:])) for cut in range(1, len(parts)))
    return next((found for head, rest in ways if (found := _value(known.get(head), rest)) is not None), None)


def _is_version(value: Any, wanted: str) -> bool:
    text = "" if value is None else str(value)
    return text == wanted or (text.startswith(wanted) and not text[len(wanted)].isalnum())


@dataclass(slots=True)
class Failures:
    """The failures that hold now, and when images are tried again."""

    _held: dict[int, Failure] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    tries: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    hit: set[str] = field(default_factory=set)

    def begin(self, **described: Any) -> int:
        """Let a failure hold, and return the number to end it by."""
        number = next(self._numbers)
        self._held[number] = Failure(**described)
        return number

    def end(self, number: int) -> list[dict[str, Any]]:
        """End a failure and return it; nothing if it had ended."""
        return [asdict(self._held.pop(number))] if number in self._held else []

    def all(self) -> dict[int, Failure]:
        """Return what holds now, by number."""
        return dict(self._held)

    def restore(self, held: Mapping[int, Failure]) -> None:
        """Let just these hold."""
        self._held = dict(held)
        self.tries.clear()

    def of(self, pod: Object, node: Object) -> tuple[Failure | None, bool]:
        """Return how a Pod on a node fails, and whether that, or that it did, is a reason to look at its containers."""
        found = next((failure for failure in list(self._held.values()) if failure.hits(pod, node)), None)
        uid, containers = pod["metadata"]["uid"], (pod.get("status") or {}).get("containerStatuses") or ()
        was_hit = uid in self.hit or any("running" not in (item.get("state") or {}) for item in containers)
        (self.hit.add if found else self.hit.discard)(uid)
        return found, bool(found) or was_hit


@dataclass(slots=True)
class Course:
    """What one Pod's containers go through now.

    Attributes
    ----------
    wake_at
        When something changes by itself.
    events
        What a kubelet tells of it: type, reason, message, container.
    """

    pod: Object
    failure: Failure | None
    failures: Failures
    now: datetime
    wake_at: datetime | None = None
    events: list[tuple[str, str, str, str]] = field(default_factory=list)

    def step(self, spec: Object, before: Object) -> dict[str, Any]:
        """Return the status of a container that comes after the one before (empty: there is none yet)."""
        state = before.get("state") or {}
        failing = self.failure if self.failure and self.failure.container in ("", spec["name"]) else None
        if "running" in state:
            return self._go_on(before, failing)
        ended = state.get("terminated") or (before.get("lastState") or {}).get("terminated") or {}
        return self._restart(spec, before, failing, ended) if ended.get("finishedAt") else self._pull(spec, failing)

    def _go_on(self, before: Object, failing: Failure | None) -> dict[str, Any]:
        how = failing.how if failing else ""
        started = before["state"]["running"].get("startedAt") or moment_text(self.now)
        if how in _ENDS and self.now >= seconds_after(started, RUNS_FOR_S):
            code, reason = _ENDS[how]
            ended = {"exitCode": code, "reason": reason, "startedAt": started, "finishedAt": moment_text(self.now)}
            self._wake(self.now + timedelta(seconds=_SHOWN_FOR_S))
            return {**before, "ready": False, "started": False, "state": {"terminated": ended}}
        if how in _ENDS:
            self._wake(seconds_after(started, RUNS_FOR_S))
        elif how == UNREADY:
            self._tell(before, "Warning", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
            self._wake(self.now + timedelta(seconds=PROBED_EVERY_S))
        return {**before, "ready": how != UNREADY, "started": True}

    def _restart(self, spec: Object, before: Object, failing: Failure | None, ended: Object) -> dict[str, Any]:
        if self.pod["spec"].get("restartPolicy") == "Never":
            return dict(before)
        crashes = before.get("restartCount", 0) + 1
        wait_s = _SHOWN_FOR_S if crashes == 1 else _back_off_s(crashes - 1)
        shown, due = (moment(ended["finishedAt"]) + timedelta(seconds=seconds) for seconds in (_SHOWN_FOR_S, wait_s))
        if self.now >= due:
            return self._start(spec, failing, crashes, ended)
        if self.now < shown:
            self._wake(shown)
            return dict(before)
        self._wake(due)
        name = f"{self.pod['metadata']['name']}_{self.pod['metadata']['namespace']}({self.pod['metadata']['uid']})"
        self._tell(spec, "Warning", "BackOff", f"Back-off restarting failed container {spec['name']} in pod {name}")
        why = f"back-off {_shown(wait_s)} restarting failed container={spec['name']} pod={name}"
        waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": why}}
        return {**before, "ready": False, "started": False, "state": waiting, "lastState": {"terminated": ended}}

    def _start(self, spec: Object, failing: Failure | None, restarts: int = 0, ended: Object | None = None) -> dict[str, Any]:
        before = {"lastState": {"terminated": ended} if ended else {}, "restartCount": restarts}
        running = {"state": {"running": {"startedAt": moment_text(self.now)}}}
        self.events.extend((*told, spec["name"]) for told in STARTED)
        return self._go_on({"name": spec["name"], "image": spec["image"], "imageID": "", **before, **running}, failing)

    def _pull(self, spec: Object, failing: Failure | None) -> dict[str, Any]:
        place, image = f"{self.pod['metadata']['uid']}/{spec['name']}", spec["image"]
        tries, due = self.failures.tries.get(place, (0, self.now))
        is_failing = failing is not None and failing.how == PULL
        if self.now >= due and not is_failing:
            self.failures.tries.pop(place, None)
            return self._start(spec, failing)
        error = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {image}: not found'
        if self.now >= due:
            self._tell(spec, "Normal", "Pulling", f'Pulling image "{image}"')
            self._tell(spec, "Warning", "Failed", f'Failed to pull image "{image}": {error}')
            self._tell(spec, "Warning", "Failed", "Error: ErrImagePull")
            tries, due = tries + 1, self.now + timedelta(seconds=_back_off_s(tries + 1))
            self.failures.tries[place] = (tries, due)
        shown = due - timedelta(seconds=_back_off_s(tries) - _SHOWN_FOR_S)
        if self.now < shown:
            self._wake(shown)
            waiting = {"reason": "ErrImagePull", "message": error}
        else:
            self._wake(due)
            self._tell(spec, "Normal", "BackOff", f'Back-off pulling image "{image}"')
            self._tell(spec, "Warning", "Failed", "Error: ImagePullBackOff")
            waiting = {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{image}": ErrImagePull: {error}'}
        bare = {"name": spec["name"], "image": image, "imageID": "", "lastState": {}, "restartCount": 0}
        return {**bare, "ready": False, "started": False, "state": {"waiting": waiting}}

    def _tell(self, container: Object, kind: str, reason: str, message: str) -> None:
        self.events.append((kind, reason, message, container["name"]))

    def _wake(self, at: datetime) -> None:
        self.wake_at = at if self.wake_at is None else min(at, self.wake_at)


def phase_of(pod: Object, containers: list[dict[str, Any]]) -> str:
    """Return the phase of a Pod from what its containers do."""
    if pod["spec"].get("restartPolicy") == "Never" and any("terminated" in item["state"] for item in containers):
        return "Failed"
    return "Pending" if any("waiting" in item["state"] and not item.get("lastState") for item in containers) else "Running"


def _back_off_s(times: int) -> int:
    return int(min(_FIRST_S * 2 ** min(times - 1, 10), _LONGEST_S))


def _shown(seconds: int) -> str:
    """Return seconds as Go prints a duration."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
