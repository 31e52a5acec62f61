"""A plan of any size to look at: objects of some kinds over some namespaces, of which a part is to be created, changed or deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice

from gitopskit.model.changes import Action, Change, ChangeClass, Confidence, FieldAction, FieldChange, FieldOwner, Judgement, Method
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Origin
from gitopskit.model.paths import list_key
from gitopskit.model.plan import Plan, PlanOptions, Scope
from gitopskit.model.snapshot import SourceRef, Target

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KINDS = (("apps", "Deployment"), ("", "Service"), ("", "ConfigMap"), ("", "ServiceAccount"), ("policy", "PodDisruptionBudget"))
ACTIONS = (Action.UPDATE, Action.NO_OP, Action.CREATE, Action.UPDATE, Action.NO_OP, Action.UPDATE, Action.DELETE)
REASONS = {
    Action.UPDATE: "fields differ", Action.NO_OP: "it is as desired", Action.CREATE: "it is not there", Action.DELETE: "no longer desired",
}  # fmt: skip
SOMEBODY = FieldOwner(name="kubectl-edit", operation="Update", time="2026-03-01T11:00:00Z")
IMAGE = ("spec", "template", "spec", "containers", list_key(name="main"), "image")


def plan_of(count: int) -> Plan:
    """Return a plan with so many changes."""
    source = SourceRef(url="https://example.org/estate.git", revision="main", commit="c" * 40, path="deploy", trunk="main", on_trunk=True)
    return Plan(
        target=Target(system="kubernetes", name="estate", server="https://127.0.0.1:6443"), source=source, scope=Scope(),
        options=PlanOptions(), changes=tuple(changes(count)), desired_digest="d", created_at=NOW, expires_at=NOW + timedelta(minutes=30),
        tool="gitopskit",
    )  # fmt: skip


def changes(count: int) -> Iterator[Change]:
    """Yield so many changes."""
    for number, (group, kind), action in islice(zip(range(count), cycle(KINDS), cycle(ACTIONS), strict=False), count):
        place = ObjectId(group=group, kind=kind, namespace=f"team-{number % 10}", name=f"app-{number // len(KINDS):05d}")
        yield Change(
            id=place, action=action, reason=REASONS[action], wave=number % 3, drift=action is Action.UPDATE,
            judgement=Judgement(method=Method.SERVER_DRY_RUN, confidence=Confidence.SERVER), fields=tuple(_fields(number, action)),
            classes=frozenset({ChangeClass.DRIFT}) if action is Action.UPDATE else frozenset(),
            origin=Origin(file=f"team-{number % 10}/app-{number // len(KINDS):05d}.yaml", line=1 + number % 90),
        )  # fmt: skip


def _fields(number: int, action: Action) -> Iterator[FieldChange]:
    if action is Action.UPDATE:
        yield FieldChange(path=("spec", "replicas"), action=FieldAction.CHANGE, before=5, after=2, owners=(SOMEBODY,))
        image = f"registry.example/app-{number}"
        yield FieldChange(path=IMAGE, action=FieldAction.CHANGE, before=f"{image}:hotfix", after=f"{image}:1.0", owners=(SOMEBODY,))
    elif action is Action.CREATE:
        for name in ("app", "team", "tier"):
            yield FieldChange(path=("metadata", "labels", name), action=FieldAction.ADD, after=f"{name}-{number}")
