"""How is one step taken, and what became of it?

Creates are create-only, updates and deletes are conditional on uid and resourceVersion, and every answer is checked against what was
sent. No write is sent twice: one whose answer was lost is looked for.

The trap that shaped it: controllers touch the status of our objects all the time, so a resourceVersion can move without anybody
meaning it. Then the object is judged again, and the step goes on only if it is still the step that was approved.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import orjson

from gitopskit import home
from gitopskit.errors import ProviderError
from gitopskit.model.changes import Action, Change
from gitopskit.model.events import Outcome
from gitopskit.model.objects import Object
from gitopskit.model.paths import render_path
from gitopskit.model.plan import step_content
from gitopskit.planning.diff import value_at
from gitopskit.planning.ranges import wrapped_integers
from gitopskit.providers.kubernetes.connection import Answer, Connection, LostAnswerError
from gitopskit.providers.kubernetes.discovery import ApiResource
from gitopskit.providers.kubernetes.dry_run import problem_of, send_apply
from gitopskit.providers.kubernetes.reading import live_object, read_object
from gitopskit.providers.kubernetes.rows import declared_digest

STEP_ATTEMPTS: Final = 4
GONE_TIMEOUT_S: Final = 60.0
POLL_S: Final = 0.1
_UNDECIDED: Final = frozenset({502, 504})

Rejudge = Callable[[Object], Change]
"""Judges a desired object again, against what is there now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one step."""

    outcome: Outcome
    message: str = ""
    uid: str = ""
    resource_version: str = ""

    @property
    def is_expected(self) -> bool:
        """Whether the apply may go on."""
        return self.outcome in (Outcome.CHANGED, Outcome.UNCHANGED)


def failed(message: str) -> Result:
    """Return the result of a step that changed nothing."""
    return Result(outcome=Outcome.FAILED, message=message)


def take(change: Change, resource: ApiResource, connection: Connection, rejudge: Rejudge) -> Result:
    """Take one step."""
    if change.problem or change.refused_conflicts:
        return failed(change.problem or f"{change.refused_conflicts[0].owner} owns {render_path(change.refused_conflicts[0].path)}")
    try:
        match change.action:
            case Action.DELETE:
                return _delete(change, resource, connection)
            case Action.REPLACE:
                return _replace(change, resource, connection, rejudge)
        return _apply(change, resource, connection, rejudge)
    except LostAnswerError as error:
        is_delete = change.action is Action.DELETE
        look = partial(_gone, change, resource, connection) if is_delete else partial(_applied, change, rejudge)
        return _looked_for(look, error.what) or _unknown(error.what)
    except ProviderError as error:
        return failed(error.what)


def _apply(change: Change, resource: ApiResource, connection: Connection, rejudge: Rejudge) -> Result:
    if change.desired is None:
        return failed("the plan holds no desired object: plan again")
    pinned = replace(change.desired, uid=change.uid, resource_version=change.resource_version)
    force = any(conflict.forced for conflict in change.conflicts)
    for _ in range(STEP_ATTEMPTS):
        answer = send_apply(connection, resource, pinned, is_dry=False, force=force)
        if answer.status >= 500:
            return _look_after(problem_of(answer, pinned), answer, partial(_applied, change, rejudge))
        if answer.status != 409:
            return _checked(answer, pinned, change, resource)
        if not pinned.uid:
            return failed("it appeared meanwhile; plan again")
        fresh = rejudge(change.desired)
        if fresh.action is Action.NO_OP and fresh.uid == pinned.uid:
            return Result(outcome=Outcome.UNCHANGED, message="somebody made the same change meanwhile", uid=fresh.uid)
        if not _is_same_step(fresh, change):
            return failed("it was changed meanwhile, and the step would no longer be the one that was approved")
        pinned = replace(pinned, resource_version=fresh.resource_version)
    return failed("it keeps changing; nothing was written")


def _replace(change: Change, resource: ApiResource, connection: Connection, rejudge: Rejudge) -> Result:
    """Delete, wait until it is gone, and create."""

    def current() -> str:
        fresh = rejudge(change.desired) if change.desired else None
        return fresh.resource_version if fresh and _is_same_step(fresh, change) else ""

    gone = _delete_at(change, resource, connection, change.resource_version, current)
    if not gone.is_expected:
        return gone
    return _apply(replace(change, uid="", resource_version="", action=Action.CREATE, fields=()), resource, connection, rejudge)


def _delete(change: Change, resource: ApiResource, connection: Connection) -> Result:
    """Delete what was approved to be lost: the same incarnation, declaring the same."""

    def current() -> str:
        live = read_object(connection, resource, change.id)
        is_approved = live is not None and live.uid == change.uid and declared_digest(live) == change.desired_digest
        return live.resource_version if live and is_approved else ""

    return _delete_at(change, resource, connection, change.resource_version, current)


def _delete_at(change: Change, resource: ApiResource, connection: Connection, version: str, current: Callable[[], str]) -> Result:
    """Delete, on condition of uid and version; `current` gives the version to go on with when it has moved, or nothing."""
    path = resource.path(change.id.namespace, change.id.name)
    for _ in range(STEP_ATTEMPTS):
        preconditions = {"uid": change.uid, "resourceVersion": version}
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background", "preconditions": preconditions}
        answer = connection.write("DELETE", path, body=orjson.dumps(options))
        if answer.status == 404:
            return Result(outcome=Outcome.UNCHANGED, message="it was already gone", uid=change.uid)
        if answer.is_ok:
            return _await_gone(change, resource, connection)
        problem = f"the server refuses to delete it: {answer.message or answer.reason}"
        if answer.status >= 500:
            return _look_after(problem, answer, partial(_gone, change, resource, connection))
        if answer.status != 409:
            return failed(problem)
        version = current()
        if not version:
            return failed("it was changed meanwhile; it was not deleted")
    return failed("it keeps changing; it was not deleted")


def _await_gone(change: Change, resource: ApiResource, connection: Connection) -> Result:
    deadline = time.monotonic() + GONE_TIMEOUT_S
    pause = POLL_S / 10
    while time.monotonic() < deadline:
        try:
            left = read_object(connection, resource, change.id)
        except ProviderError as error:
            return Result(outcome=Outcome.CHANGED, message=f"the server took the deletion; {error.what}", uid=change.uid)
        if left is None or left.uid != change.uid:
            return Result(outcome=Outcome.CHANGED, uid=change.uid)
        time.sleep(pause)
        pause = min(pause * 2, POLL_S)
    message = f"it is marked for deletion, and still there after {GONE_TIMEOUT_S:.0f} s"
    return Result(outcome=Outcome.UNKNOWN, message=message, uid=change.uid)


def _look_after(problem: str, answer: Answer, look: Callable[[], Result | None]) -> Result:
    """Say what became of a step that the server failed at: it may have been done all the same, or (a timeout) be done later."""
    otherwise = _unknown(problem) if answer.status in _UNDECIDED else failed(problem)
    return _looked_for(look, problem) or otherwise


def _looked_for(look: Callable[[], Result | None], problem: str) -> Result | None:
    """Say what became of a step whose answer was lost, by looking at the object; None if it is not as it would be then."""
    try:
        return look()
    except ProviderError:
        return _unknown(problem)


def _gone(change: Change, resource: ApiResource, connection: Connection) -> Result | None:
    found = read_object(connection, resource, change.id)
    is_gone = found is None or found.uid != change.uid
    return Result(outcome=Outcome.CHANGED, message="the answer was lost; it is gone", uid=change.uid) if is_gone else None


def _applied(change: Change, rejudge: Rejudge) -> Result | None:
    fresh = rejudge(change.desired) if change.desired else None
    if fresh is None or fresh.action is not Action.NO_OP or (change.action is Action.REPLACE and fresh.uid == change.uid):
        return None
    message = "the answer was lost; it was applied"
    return Result(outcome=Outcome.CHANGED, message=message, uid=fresh.uid, resource_version=fresh.resource_version)


def _unknown(problem: str) -> Result:
    return Result(outcome=Outcome.UNKNOWN, message=problem)


def _checked(answer: Answer, pinned: Object, change: Change, resource: ApiResource) -> Result:
    """Judge the answer to an apply: the right status, the right incarnation, and values stored as they were approved."""
    if not answer.is_ok:
        return failed(problem_of(answer, pinned))
    stored = live_object(answer.json(), resource, home.mask_key())
    if pinned.uid and stored.uid != pinned.uid:
        return Result(outcome=Outcome.UNKNOWN, message="another object of the same name was written to", uid=stored.uid)
    if wrapped := wrapped_integers(pinned.body, stored.body):
        return Result(outcome=Outcome.FAILED, message="; ".join(wrapped), uid=stored.uid, resource_version=stored.resource_version)
    is_same = bool(pinned.resource_version) and stored.resource_version == pinned.resource_version
    outcome = Outcome.UNCHANGED if is_same else Outcome.CHANGED
    return Result(outcome=outcome, message=_otherwise(change, pinned, stored), uid=stored.uid, resource_version=stored.resource_version)


def _otherwise(change: Change, pinned: Object, stored: Object) -> str:
    """Name the fields of an update that we state and that the server stored other than it had said."""
    paths = [
        render_path(field.path)
        for field in change.fields
        if change.uid and value_at(pinned.body, field.path) is not None and value_at(stored.body, field.path) != field.after
    ]
    return f"the server stored another value than its dry-run said: {', '.join(paths)}" if paths else ""


def _is_same_step(fresh: Change, approved: Change) -> bool:
    return step_content(fresh) == step_content(approved) and fresh.uid == approved.uid
