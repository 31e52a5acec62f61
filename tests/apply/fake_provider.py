"""A system that plans by itself, as Terraform or a change set does: no Kubernetes anywhere.

It keeps a dict of servers, makes a saved plan of its own with unknown and sensitive values, and can be told to misbehave. If it fits
without a special case anywhere, the seam holds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from gitopskit.errors import RefusedError
from gitopskit.model.canonical import digest
from gitopskit.model.changes import Action, Change, ChangeClass, Confidence, FieldAction, FieldChange, Judgement, Method
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.plan import Plan, PlanOptions, Scope
from gitopskit.model.snapshot import Side, Snapshot, SourceRef, Target, object_digest, snapshot_digest
from gitopskit.model.values import UNKNOWN, mask
from gitopskit.providers.base import Denied, Promises, no_progress

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
JUDGED = Judgement(method=Method.TOOL_PLAN, confidence=Confidence.TOOL)


HALL = Target(system="datacentre", name="hall", server="hall://1", uid="hall-uid", user="ada", is_sandbox=True)
PROMISES = Promises(applies_saved_plan=True, dry_runs=False, tells_drift=True, prunes=True)


class Killed(BaseException):
    """The process is gone: nothing after it runs."""


def identity(name: str) -> ObjectId:
    return ObjectId(group="datacentre", kind="server", namespace="hall-1", name=name)


def desired(**sizes: int) -> Snapshot:
    """Return desired servers by name and size."""
    objects = {identity(name): Object(id=identity(name), api_version="1", body={"size": size}) for name, size in sizes.items()}
    source = SourceRef(url="/racks", revision="main", commit="c" * 40, trunk="main", on_trunk=True)
    return Snapshot(side=Side.DESIRED, objects=objects, taken_at=NOW, source=source)


@dataclass
class FakeProvider:
    """One datacentre."""

    servers: dict[str, int] = field(default_factory=dict)
    target: Target = HALL
    lacking: tuple[Denied, ...] = ()
    is_locked: bool = False
    kill_before: int = -1
    kill_after: int = -1
    lose: int = -1
    fail: int = -1
    name: str = "datacentre"
    promises: Promises = PROMISES
    calls: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)

    def identify(self) -> Target:
        self.calls.append("identify")
        return self.target

    def scope(self, desired: Snapshot, options: PlanOptions) -> Scope:
        return Scope(group_kinds=("server.datacentre",))

    def read(self, scope: Scope, progress: Any = no_progress) -> Snapshot:
        self.calls.append("read")
        objects = {
            identity(name): Object(id=identity(name), api_version="1", body={"size": size}, uid=name) for name, size in self.servers.items()
        }
        return Snapshot(side=Side.LIVE, objects=objects, taken_at=NOW, target=self.target)

    def plan(self, desired: Snapshot, live: Snapshot, options: PlanOptions, progress: Any = no_progress) -> Plan:
        changes = [self._change(item, live.objects.get(item.id)) for item in desired.objects.values()]
        if options.prune:
            gone = [item for item in live.objects.values() if item.id not in desired.objects]
            changes += [Change(id=item.id, action=Action.DELETE, reason="not desired", judgement=JUDGED, wave=5) for item in gone]
        return Plan(
            target=self.target, source=desired.source, scope=Scope(), options=options, changes=tuple(changes),
            desired_digest=snapshot_digest(desired), created_at=live.taken_at, expires_at=live.taken_at + timedelta(minutes=30),
            tool="gitopskit/0.1.0", tool_plan=f"hall.plan sha256:{digest([c.id for c in changes])}",
        )  # fmt: skip

    def _change(self, item: Object, live: Object | None) -> Change:
        base = {"id": item.id, "judgement": JUDGED, "api_version": "1", "desired": item, "desired_digest": object_digest(item)}
        size = item.body["size"]
        if live is None:
            fields = (
                FieldChange(path=("size",), action=FieldAction.ADD, after=size),
                FieldChange(path=("address",), action=FieldAction.ADD, after=UNKNOWN),
                FieldChange(path=("password",), action=FieldAction.ADD, after=mask("canary-pw", key=b"k")),
            )
            return Change(action=Action.CREATE, reason="it is not there", fields=fields, **base)
        if live.body["size"] == size:
            return Change(action=Action.NO_OP, reason="it is as desired", **base)
        fields = (FieldChange(path=("size",), action=FieldAction.CHANGE, before=live.body["size"], after=size),)
        return Change(
            action=Action.UPDATE, reason="size differs", fields=fields, drift=True, classes=frozenset({ChangeClass.DRIFT}), **base
        )

    def denied(self, plan: Plan) -> tuple[Denied, ...]:
        self.calls.append("denied")
        return self.lacking

    @contextlib.contextmanager
    def lock(self, plan: Plan) -> Iterator[None]:
        self.calls.append("lock")
        if self.is_locked:
            raise RefusedError("grace@host:1 is applying to this inventory, since noon", next_step="wait")
        yield
        self.calls.append("unlock")

    def apply(self, plan: Plan) -> Iterator[Event]:
        for number, step in enumerate(plan.steps):
            yield Event(kind=EventKind.INTENT, at=NOW, id=step.id, name=step.action.value)
            if number == self.kill_before:
                raise Killed
            if number == self.fail:
                yield Event(kind=EventKind.OUTCOME, at=NOW, id=step.id, outcome=Outcome.FAILED, message="no power")
                yield Event(kind=EventKind.STOPPED, at=NOW, message=f"{step.id}: no power")
                return
            self._take(step)
            if number == self.kill_after:
                raise Killed
            lost = number == self.lose
            yield Event(kind=EventKind.OUTCOME, at=NOW, id=step.id, outcome=Outcome.UNKNOWN if lost else Outcome.CHANGED)
            if lost:
                yield Event(kind=EventKind.STOPPED, at=NOW, message="the answer was lost")
                return

    def _take(self, step: Change) -> None:
        self.writes.append(step.id.name)
        if step.action is Action.DELETE:
            del self.servers[step.id.name]
        else:
            self.servers[step.id.name] = step.desired.body["size"]
