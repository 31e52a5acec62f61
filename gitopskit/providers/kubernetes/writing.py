"""How is each step of a plan taken?

Wave by wave, a few steps at a time. Creates are create-only, updates and deletes are conditional on uid and resourceVersion. Every
answer is checked against what was sent, and the first outcome that was not expected ends the apply: nothing is retried blindly.

The trap that shaped it: controllers touch the status of our objects all the time, so a resourceVersion can move without anybody
meaning it. Then the object is judged again, and the step goes on only if it is still the step that was approved.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Final

import orjson

from gitopskit.errors import ProviderError
from gitopskit.model.changes import Action, Change
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.objects import Object
from gitopskit.model.plan import step_content
from gitopskit.planning.diff import stated_fields, value_at
from gitopskit.planning.managed import our_entry, states_exactly
from gitopskit.planning.order import PRUNE_WAVE, WAVE_NAMES
from gitopskit.providers.kubernetes.connection import Answer, Connection, LostAnswerError
from gitopskit.providers.kubernetes.discovery import ApiResource, Discovery
from gitopskit.providers.kubernetes.dry_run import conflicts_of, problem_of, send_apply
from gitopskit.providers.kubernetes.reading import live_object, read_object

PARALLEL_STEPS: Final = 8
STEP_ATTEMPTS: Final = 4
GONE_TIMEOUT_S: Final = 60.0
POLL_S: Final = 0.1

Rejudge = Callable[[Object], Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """What became of one step."""

    outcome: Outcome
    message: str = ""
    uid: str = ""
    resource_version: str = ""

    @property
    def is_expected(self) -> bool:
        """Whether the apply may go on."""
        return self.outcome in (Outcome.CHANGED, Outcome.UNCHANGED)


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Takes steps.

    Attributes
    ----------
    discovery
        Called anew after definitions were applied.
    rejudge
        Judges a desired object again, against what is there now.
    """

    connection: Connection
    discovery: Callable[[], Discovery]
    rejudge: Rejudge

    def waves(self, steps: Iterable[Change]) -> Iterator[Event]:
        """Take the steps, in order; end after the first outcome that was not expected."""
        for wave, group in groupby(steps, key=lambda change: PRUNE_WAVE if change.action is Action.DELETE else change.wave):
            yield Event(kind=EventKind.WAVE, at=_now(), name=WAVE_NAMES[wave])
            failed = False
            members = list(group)
            for event in self._wave(members, width=1 if wave == PRUNE_WAVE else PARALLEL_STEPS):
                failed = failed or event.kind is EventKind.STOPPED
                yield event
            if failed:
                return
            if wave == 0 and (problem := self._await_definitions(members)):
                yield Event(kind=EventKind.STOPPED, at=_now(), message=problem)
                return

    def _wave(self, steps: list[Change], *, width: int) -> Iterator[Event]:
        with ThreadPoolExecutor(width) as pool:
            rest = iter(steps)
            while batch := list(islice(rest, width)):
                for change in batch:
                    yield Event(kind=EventKind.INTENT, at=_now(), id=change.id, name=change.action.value)
                results = list(pool.map(self._take, batch))
                for change, result in zip(batch, results, strict=True):
                    yield Event(
                        kind=EventKind.OUTCOME, at=_now(), id=change.id, name=change.action.value, outcome=result.outcome,
                        message=result.message, uid=result.uid, resource_version=result.resource_version,
                    )  # fmt: skip
                unexpected = [(change, result) for change, result in zip(batch, results, strict=True) if not result.is_expected]
                if unexpected:
                    change, result = unexpected[0]
                    yield Event(kind=EventKind.STOPPED, at=_now(), id=change.id, message=f"{change.id}: {result.message}")
                    return

    # --- one step ----------------------------------------------------------------------------------------------------------------

    def _take(self, change: Change) -> _Result:
        resource = self.discovery().find(change.api_version, change.id.kind)
        if resource is None:
            return _Result(outcome=Outcome.FAILED, message=f"the server does not serve {change.id.kind} in {change.api_version}")
        try:
            if change.action is Action.DELETE:
                return self._delete(change, resource)
            if change.action is Action.REPLACE:
                gone = self._delete(change, resource)
                return (
                    self._apply(replace(change, uid="", resource_version="", action=Action.CREATE), resource) if gone.is_expected else gone
                )
            return self._apply(change, resource)
        except LostAnswerError as error:
            return self._look_again(change, resource, error)
        except ProviderError as error:
            return _Result(outcome=Outcome.FAILED, message=error.what)

    def _apply(self, change: Change, resource: ApiResource) -> _Result:
        if change.desired is None:
            return _Result(outcome=Outcome.FAILED, message="the plan holds no desired object: plan again")
        pinned = replace(change.desired, uid=change.uid, resource_version=change.resource_version)
        for _ in range(STEP_ATTEMPTS):
            force = any(conflict.forced for conflict in change.conflicts)
            answer = send_apply(self.connection, resource, pinned, is_dry=False, force=force)
            if answer.status != 409 or not pinned.uid or conflicts_of(answer, pinned):
                return _checked(answer, pinned, resource)
            fresh = self.rejudge(pinned)
            if fresh.action is Action.NO_OP:
                return _Result(outcome=Outcome.UNCHANGED, message="somebody made the same change meanwhile", uid=fresh.uid)
            if step_content(fresh) != step_content(change) or fresh.uid != pinned.uid:
                return _Result(
                    outcome=Outcome.FAILED, message="it was changed meanwhile, and the step would no longer be the one that was approved"
                )
            pinned = replace(pinned, resource_version=fresh.resource_version)
        return _Result(outcome=Outcome.FAILED, message="it keeps changing; nothing was written")

    def _delete(self, change: Change, resource: ApiResource) -> _Result:
        path = resource.path(change.id.namespace, change.id.name)
        version = change.resource_version
        approved = read_object(self.connection, resource, change.id)
        for _ in range(STEP_ATTEMPTS):
            options = {
                "kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background",
                "preconditions": {"uid": change.uid, "resourceVersion": version},
            }  # fmt: skip
            answer = self.connection.send("DELETE", path, body=orjson.dumps(options))
            if answer.status == 404:
                return _Result(outcome=Outcome.UNCHANGED, message="it was already gone", uid=change.uid)
            if answer.is_ok:
                return self._await_gone(change, resource)
            moved = read_object(self.connection, resource, change.id)
            if (
                answer.status != 409
                or moved is None
                or approved is None
                or moved.uid != change.uid
                or not _only_status_moved(approved, moved)
            ):
                return _Result(outcome=Outcome.FAILED, message=answer.message or answer.reason)
            version = moved.resource_version
        return _Result(outcome=Outcome.FAILED, message="it keeps changing; it was not deleted")

    def _await_gone(self, change: Change, resource: ApiResource) -> _Result:
        deadline = time.monotonic() + GONE_TIMEOUT_S
        while time.monotonic() < deadline:
            left = read_object(self.connection, resource, change.id)
            if left is None or left.uid != change.uid:
                return _Result(outcome=Outcome.CHANGED, uid=change.uid)
            time.sleep(POLL_S)
        return _Result(
            outcome=Outcome.UNKNOWN, message=f"it is marked for deletion, and still there after {GONE_TIMEOUT_S:.0f} s", uid=change.uid
        )

    def _look_again(self, change: Change, resource: ApiResource, error: LostAnswerError) -> _Result:
        """Say what became of a step whose answer was lost, by looking at the object."""
        try:
            found = read_object(self.connection, resource, change.id)
        except ProviderError:
            return _Result(outcome=Outcome.UNKNOWN, message=error.what)
        if change.action is Action.DELETE and (found is None or found.uid != change.uid):
            return _Result(outcome=Outcome.CHANGED, message="the answer was lost; it is gone", uid=change.uid)
        ours = our_entry(found.body) if found else None
        if found and change.desired and ours and states_exactly(change.desired.body, found.body, ours.fields):
            return _Result(
                outcome=Outcome.CHANGED,
                message="the answer was lost; it was applied",
                uid=found.uid,
                resource_version=found.resource_version,
            )
        return _Result(outcome=Outcome.UNKNOWN, message=error.what)

    def _await_definitions(self, steps: list[Change]) -> str:
        """Wait until applied definitions are served; return what is wrong if they are not."""
        deadline = time.monotonic() + GONE_TIMEOUT_S
        for change in steps:
            resource = self.discovery().find(change.api_version, change.id.kind)
            if change.id.kind != "CustomResourceDefinition" or resource is None:
                continue
            while not _is_established(read_object(self.connection, resource, change.id)):
                if time.monotonic() > deadline:
                    return f"{change.id} is not established after {GONE_TIMEOUT_S:.0f} s"
                time.sleep(POLL_S)
        return ""


def _checked(answer: Answer, pinned: Object, resource: ApiResource) -> _Result:
    """Judge the answer to an apply: the right status, the right incarnation, and numbers stored as they were sent."""
    if not answer.is_ok:
        return _Result(outcome=Outcome.FAILED, message=problem_of(answer, pinned))
    stored = live_object(answer.json(), resource)
    if pinned.uid and stored.uid != pinned.uid:
        return _Result(outcome=Outcome.UNKNOWN, message="another object of the same name was written to", uid=stored.uid)
    for field in stated_fields(pinned.body):
        if type(field.after) is int and isinstance(found := value_at(stored.body, field.path), int) and found != field.after:
            return _Result(outcome=Outcome.FAILED, message=f"the server stored {found} for {field.after}", uid=stored.uid)
    is_same = bool(pinned.resource_version) and stored.resource_version == pinned.resource_version
    outcome = Outcome.UNCHANGED if is_same else Outcome.CHANGED
    return _Result(outcome=outcome, uid=stored.uid, resource_version=stored.resource_version)


def _only_status_moved(before: Object, after: Object) -> bool:
    left, right = ({name: value for name, value in item.body.items() if name not in ("status", "metadata")} for item in (before, after))
    return left == right and before.labels == after.labels


def _is_established(definition: Object | None) -> bool:
    conditions = (definition.body.get("status") or {}).get("conditions") or () if definition else ()
    return any(item["type"] == "Established" and item["status"] == "True" for item in conditions)


def _now() -> datetime:
    return datetime.now(UTC)
