"""In which order are the steps of a plan taken, and what is told of it?

Wave by wave, some steps at a time: their intents are told, then they are sent, then their outcomes are told. The first outcome that was
not expected ends the apply. What was shown as a preview only is held against the server's own word before its wave begins.

The trap that shaped it: a custom resource is refused until its definition is established *and* the server's discovery knows it, which
comes a moment later.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import groupby, islice
from typing import Final

from gitopskit.errors import ProviderError
from gitopskit.model.changes import Action, Change
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.objects import Object
from gitopskit.planning.given import is_given
from gitopskit.planning.order import PRUNE_WAVE, WAVE_NAMES, wave_of
from gitopskit.providers.kubernetes.connection import Connection
from gitopskit.providers.kubernetes.discovery import Discovery
from gitopskit.providers.kubernetes.preview import contradiction, is_preview, taken_over
from gitopskit.providers.kubernetes.reading import read_object
from gitopskit.providers.kubernetes.step import Rejudge, Result, failed, take
from gitopskit.workers import workers

PARALLEL_STEPS: Final = 8
ANNOUNCED_STEPS: Final = 32
"""Steps whose intents are told together: more of them leave fewer threads waiting for the last of a batch."""
SERVED_TIMEOUT_S: Final = 30.0
GIVEN_TIMEOUT_S: Final = 10.0
POLL_S: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Takes steps.

    Attributes
    ----------
    discover
        Returns what the server serves; asked anew (True) after definitions were applied.
    rejudge
        Judges an object against what is there.
    judge_new
        Judges an object that is not there.
    """

    connection: Connection
    discover: Callable[[bool], Discovery]
    rejudge: Rejudge
    judge_new: Rejudge

    def waves(self, steps: Iterable[Change]) -> Iterator[Event]:
        """Take the steps, in order; end after the first outcome that was not expected."""
        told = -1
        for (wave, _), members in groupby(steps, key=_group):
            group = list(members)
            if wave != told:
                yield Event(kind=EventKind.WAVE, at=now(), name=WAVE_NAMES[wave])
            told = wave
            group, problem = self._held(group)
            if problem:
                yield Event(kind=EventKind.STOPPED, at=now(), message=problem)
                return
            for event in self._wave(group):
                yield event
                if event.kind is EventKind.STOPPED:
                    return
            if wave == 0 and (problem := self._await_definitions(group)):
                yield Event(kind=EventKind.STOPPED, at=now(), message=problem)
                return

    def _held(self, steps: list[Change]) -> tuple[list[Change], str]:
        """Return the steps as they will be taken, and what the server says against the previews among them."""
        with workers(PARALLEL_STEPS) as pool:
            held = list(pool.map(self._held_step, steps)) if any(map(is_preview, steps)) else [(step, "") for step in steps]
        found = [text for _, text in held if text]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        said = f"the server says otherwise than the preview: {found[0]}{more}; plan again" if found else ""
        return [step for step, _ in held], said

    def _held_step(self, step: Change) -> tuple[Change, str]:
        if step.desired is None or not is_preview(step):
            return step, ""
        try:
            if is_given(step.id) and self._await_given(step):
                return taken_over(step, self.rejudge(step.desired))
            judge = self.judge_new if step.action is Action.CREATE else self.rejudge
            return step, contradiction(step, judge(step.desired))
        except ProviderError as error:
            return step, f"{step.id}: the server could not be asked: {error.what}"

    def _await_given(self, step: Change) -> bool:
        """Wait for what the cluster gives a new namespace; return whether it came."""
        resource = self.discover(False).find(step.api_version, step.id.kind)
        deadline = time.monotonic() + GIVEN_TIMEOUT_S
        while resource is not None and time.monotonic() < deadline:
            if read_object(self.connection, resource, step.id) is not None:
                return True
            time.sleep(POLL_S)
        return False

    def _wave(self, steps: list[Change]) -> Iterator[Event]:
        rest = iter(steps)
        with ThreadPoolExecutor(PARALLEL_STEPS) as pool:
            while batch := list(islice(rest, ANNOUNCED_STEPS)):
                for change in batch:
                    yield Event(kind=EventKind.INTENT, at=now(), id=change.id, name=change.action.value)
                results = list(pool.map(partial(self._taken, threading.Event()), batch))
                for change, (result, ended_at) in zip(batch, results, strict=True):
                    yield _outcome(change, result, ended_at)
                for change, (result, _) in zip(batch, results, strict=True):
                    if not result.is_expected:
                        yield Event(kind=EventKind.STOPPED, at=now(), id=change.id, message=f"{change.id}: {result.message}")
                        return

    def _taken(self, is_over: threading.Event, change: Change) -> tuple[Result, datetime]:
        """Take a step, and say when it ended: it is told only after the last of its batch."""
        return self._take(is_over, change), now()

    def _take(self, is_over: threading.Event, change: Change) -> Result:
        """Take a step, unless one that was announced with it has gone wrong already."""
        if is_over.is_set():
            return Result(outcome=Outcome.SKIPPED, message="it was not sent")
        resource = self.discover(False).find(change.api_version, change.id.kind)
        if resource is None:
            result = failed(f"the server does not serve {change.id.kind} in {change.api_version}")
        else:
            result = take(change, resource, self.connection, self.rejudge)
        if not result.is_expected:
            is_over.set()
        return result

    def _await_definitions(self, steps: list[Change]) -> str:
        """Wait until applied definitions are established and served; return what is wrong if they are not."""
        waiting = [step.desired for step in steps if step.id.kind == "CustomResourceDefinition" and step.desired]
        deadline = time.monotonic() + SERVED_TIMEOUT_S
        while waiting := [item for item in waiting if not self._is_served(item)]:
            if time.monotonic() > deadline:
                return f"{waiting[0].id} is not served after {SERVED_TIMEOUT_S:.0f} s"
            time.sleep(POLL_S)
        return ""

    def _is_served(self, definition: Object) -> bool:
        resource = self.discover(False).find(definition.api_version, definition.id.kind)
        live = read_object(self.connection, resource, definition.id) if resource else None
        conditions = (live.body.get("status") or {}).get("conditions") or () if live else ()
        if not any(item["type"] == "Established" and item["status"] == "True" for item in conditions):
            return False
        spec = definition.body["spec"]
        discovery = self.discover(True)
        served = [version["name"] for version in spec["versions"] if version.get("served")]
        return all(discovery.find(f"{spec['group']}/{version}", spec["names"]["kind"]) for version in served)


def now() -> datetime:
    """Return this moment, for an event."""
    return datetime.now(UTC)


def _group(change: Change) -> tuple[int, int]:
    """Return what is taken side by side: a wave; of the deletes, those of one former wave."""
    return (PRUNE_WAVE, wave_of(change.id)) if change.action is Action.DELETE else (change.wave, 0)


def _outcome(change: Change, result: Result, ended_at: datetime) -> Event:
    return Event(
        kind=EventKind.OUTCOME,
        at=ended_at,
        id=change.id,
        name=change.action.value,
        outcome=result.outcome,
        message=result.message,
        uid=result.uid,
        resource_version=result.resource_version,
    )
