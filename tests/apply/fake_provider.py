"""A system that plans by itself, as Terraform or a change set does: no Kubernetes anywhere.

It keeps a dict of servers, saves a plan of its own (a file with a digest) with unknown and sensitive values, applies exactly that file,
and can be told to misbehave. If it fits without a special case anywhere, the seam holds.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from gitopskit import home
from gitopskit.errors import PlanDigestError, RefusedError
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
BIG = 100  # a server is made anew to become this big, or small again


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
    """One datacentre.

    `kill_before`, `kill_within`, `kill_after`, `lose` and `fail` are numbers of steps; a step is killed *within* when a replacement has
    deleted the old server and not made the new one. `meanwhile` is called after each write.
    """

    servers: dict[str, int] = field(default_factory=dict)
    target: Target = HALL
    lacking: tuple[Denied, ...] = ()
    is_locked: bool = False
    kill_before: int = -1
    kill_within: int = -1
    kill_after: int = -1
    lose: int = -1
    fail: int = -1
    meanwhile: Callable[[], None] = lambda: None
    name: str = "datacentre"
    promises: Promises = PROMISES
    calls: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)

    def identify(self) -> Target:
        self.calls.append("identify")
        return self.target

    def scope(self, desired: Snapshot, options: PlanOptions) -> Scope:
        return Scope(group_kinds=("server.datacentre",))

    def read(self, scope: Scope, progress: Any = no_progress, *, only: Any = None) -> Snapshot:
        self.calls.append("read")
        objects = {
            identity(name): Object(id=identity(name), api_version="1", body={"size": size}, uid=f"{name}.{self.made[name]}")
            for name, size in self.servers.items()
        }
        return Snapshot(side=Side.LIVE, objects=objects, taken_at=NOW, target=self.target)

    def plan(self, desired: Snapshot, live: Snapshot, options: PlanOptions, progress: Any = no_progress) -> Plan:
        changes = [_change(item, live.objects.get(item.id)) for item in desired.objects.values()]
        if options.prune:
            gone = [item for item in live.objects.values() if item.id not in desired.objects]
            changes += [
                Change(id=item.id, action=Action.DELETE, reason="not desired", judgement=JUDGED, wave=5, uid=item.uid) for item in gone
            ]
        return Plan(
            target=self.target, source=desired.source, scope=Scope(), options=options, changes=tuple(changes),
            desired_digest=snapshot_digest(desired), created_at=live.taken_at, expires_at=live.taken_at + timedelta(minutes=30),
            tool="gitopskit/0.1.0", tool_plan=_save(changes),
        )  # fmt: skip

    def denied(self, plan: Plan) -> tuple[Denied, ...]:
        self.calls.append("denied")
        return self.lacking

    @contextlib.contextmanager
    def lock(self, plan: Plan) -> Iterator[None]:
        self.calls.append("lock")
        if self.is_locked:
            raise RefusedError("grace@host:1 is applying to this inventory, since noon", next_step="wait")
        try:
            yield
        finally:
            self.calls.append("unlock")

    def apply(self, plan: Plan) -> Iterator[Event]:
        """Take the steps of the saved plan file, and of nothing else."""
        for number, (name, action, size) in enumerate(_load(plan.tool_plan)):
            step = identity(name)
            yield Event(kind=EventKind.INTENT, at=NOW, id=step, name=action)
            _kill_at(number, self.kill_before)
            if number == self.fail:
                yield Event(kind=EventKind.OUTCOME, at=NOW, id=step, outcome=Outcome.FAILED, message="no power")
                yield Event(kind=EventKind.STOPPED, at=NOW, message=f"{step}: no power")
                return
            self._take(number, name, action, size)
            _kill_at(number, self.kill_after)
            lost = number == self.lose
            yield Event(kind=EventKind.OUTCOME, at=NOW, id=step, outcome=Outcome.UNKNOWN if lost else Outcome.CHANGED)
            if lost:
                yield Event(kind=EventKind.STOPPED, at=NOW, message="the answer was lost")
                return

    def _take(self, number: int, name: str, action: str, size: int) -> None:
        self.writes.append(name)
        if action in (Action.DELETE, Action.REPLACE):
            del self.servers[name]
        if action == Action.REPLACE:
            _kill_at(number, self.kill_within)
        if action != Action.DELETE:
            self.made[name] += action != Action.UPDATE
            self.servers[name] = size
        self.meanwhile()


def _kill_at(number: int, moment: int) -> None:
    if number == moment:
        raise Killed


def _change(item: Object, live: Object | None) -> Change:
    base = {"id": item.id, "judgement": JUDGED, "api_version": "1", "desired": item, "desired_digest": object_digest(item)}
    size = item.body["size"]
    if live is None:
        fields = (
            FieldChange(path=("size",), action=FieldAction.ADD, after=size),
            FieldChange(path=("address",), action=FieldAction.ADD, after=UNKNOWN),
            FieldChange(path=("password",), action=FieldAction.ADD, after=mask("canary-pw", key=b"k")),
        )
        return Change(action=Action.CREATE, reason="it is not there", fields=fields, **base)
    base["uid"], found = live.uid, live.body["size"]
    if found == size:
        return Change(action=Action.NO_OP, reason="it is as desired", **base)
    action = Action.UPDATE if (found < BIG) == (size < BIG) else Action.REPLACE
    fields = (FieldChange(path=("size",), action=FieldAction.CHANGE, before=found, after=size),)
    return Change(action=action, reason="size differs", fields=fields, drift=True, classes=frozenset({ChangeClass.DRIFT}), **base)


def _save(changes: list[Change]) -> str:
    """Write the tool's own plan, and return its path and digest."""
    steps = [(c.id.name, c.action, c.desired.body["size"] if c.desired else 0) for c in changes if c.action.writes]
    content = json.dumps(steps).encode()
    found = sha256(content).hexdigest()
    path = home.state_dir("hall") / f"{found[:16]}.plan"
    path.write_bytes(content)
    return f"{path} sha256:{found}"


def _load(tool_plan: str) -> list[tuple[str, str, int]]:
    path, _, expected = tool_plan.rpartition(" sha256:")
    content = Path(path).read_bytes()
    if sha256(content).hexdigest() != expected:
        raise PlanDigestError("the tool's plan was altered", where=path, next_step="plan again")
    return json.loads(content)
