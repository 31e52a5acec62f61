"""A small estate for the charts: a plan, what is there, a report with its moments, a history; and the same with hostile names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gitopskit.model.changes import Action, Change, Confidence, FieldAction, FieldChange, FieldOwner, Judgement, Method
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.plan import Plan, PlanOptions, Scope
from gitopskit.model.report import Report, summarise
from gitopskit.model.snapshot import Side, Snapshot, SourceRef, Target
from gitopskit.planning.managed import FIELD_MANAGER
from gitopskit.planning.order import wave_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TARGET = Target(system="kubernetes", name="room-4", server="https://127.0.0.1:1", is_sandbox=True)
JUDGED = Judgement(method=Method.SERVER_DRY_RUN, confidence=Confidence.SERVER)
GROUPS = {"Deployment": "apps", "ReplicaSet": "apps", "StatefulSet": "apps", "CronJob": "batch", "Job": "batch"}
OURS = FieldOwner(name=FIELD_MANAGER, operation="Apply")
KUBECTL = FieldOwner(name="kubectl-edit", operation="Update", time="2026-03-01T11:00:00Z")
SCALER = FieldOwner(name="kube-controller-manager", operation="Update", subresource="scale", time="2026-03-01T11:30:00Z")


def object_id(kind: str, name: str, namespace: str = "shop", group: str | None = None) -> ObjectId:
    return ObjectId(group=GROUPS.get(kind, "") if group is None else group, kind=kind, namespace=namespace, name=name)


def live_object(of: ObjectId, *owners: ObjectId, uid: str = "", **body: Any) -> Object:
    """Return a live object whose uid is how it prints, so that owners are named easily."""
    references = [{"kind": one.kind, "name": one.name, "uid": str(one), "controller": at == 0} for at, one in enumerate(owners)]
    metadata = {"name": of.name, "ownerReferences": references} | body.pop("metadata", {})
    return Object(id=of, api_version="v1", body={"metadata": metadata, **body}, uid=uid or str(of), resource_version="1")


def live(*objects: Object, **rest: Any) -> Snapshot:
    return Snapshot(**({"side": Side.LIVE, "objects": {one.id: one for one in objects}, "taken_at": NOW, "target": TARGET} | rest))


def change(action: Action, of: ObjectId, **rest: Any) -> Change:
    return Change(**({"id": of, "action": action, "reason": "fields differ", "judgement": JUDGED, "wave": wave_of(of)} | rest))


def plan(*changes: Change, **rest: Any) -> Plan:
    made = {
        "target": TARGET, "source": SourceRef(url="/shop", revision="main", commit="c" * 40, path="deploy"), "scope": Scope(),
        "options": PlanOptions(), "changes": changes, "desired_digest": "d", "created_at": NOW,
        "expires_at": NOW + timedelta(minutes=30), "tool": "gitopskit/0.1.0",
    }  # fmt: skip
    return Plan(**(made | rest))


def field(path: str, *owners: FieldOwner) -> FieldChange:
    return FieldChange(path=tuple(path.split(".")), action=FieldAction.CHANGE, before=5, after=2, owners=owners)


WEB, CART, REDIS = object_id("Deployment", "web"), object_id("Deployment", "cart"), object_id("StatefulSet", "redis")
SETTINGS, SECRET, SHOP = object_id("ConfigMap", "settings"), object_id("Secret", "redis"), object_id("Namespace", "shop", "")
CLAIM, VOLUME = object_id("PersistentVolumeClaim", "redis-0"), object_id("PersistentVolume", "pv-1", "")
WEB_SET, WEB_POD = object_id("ReplicaSet", "web-5d9c"), object_id("Pod", "web-5d9c-x2x4k")
OTHER = object_id("ConfigMap", "notes", "docs")

PLAN = plan(
    change(Action.CREATE, SETTINGS),
    change(Action.UPDATE, WEB, drift=True, fields=(field("spec.replicas", SCALER), field("spec.paused", KUBECTL), field("a", OURS))),
    change(Action.UPDATE, CART, drift=True, fields=(field("spec.replicas", KUBECTL), field("spec.gone"))),
    change(Action.NO_OP, SECRET, reason="it is as desired"),
    change(Action.NO_OP, OTHER, reason="it is as desired"),
    change(Action.READ, object_id("Role", "reader", group="rbac.authorization.k8s.io"), reason="Forbidden"),
    change(Action.REPLACE, REDIS),
    change(Action.DELETE, object_id("ConfigMap", "old"), reason="no longer desired"),
)
ESTATE = live(
    live_object(SHOP),
    live_object(WEB),
    live_object(WEB_SET, WEB),
    *(live_object(object_id("Pod", f"web-5d9c-x{number}"), WEB_SET) for number in range(9)),
    live_object(CART),
    live_object(object_id("ReplicaSet", "cart-77bd"), CART),
    live_object(object_id("Pod", "cart-77bd-aaaaa"), object_id("ReplicaSet", "cart-77bd")),
    live_object(REDIS, metadata={"finalizers": ["backup.example/keep", "orphan"]}),
    live_object(object_id("Pod", "redis-0"), REDIS),
    live_object(SECRET, data={"a": "x", "b": "y"}),
    live_object(CLAIM, spec={"resources": {"requests": {"storage": "10Gi"}}}, status={"capacity": {"storage": "10Gi"}}),
    live_object(
        VOLUME,
        spec={
            "capacity": {"storage": "10Gi"}, "persistentVolumeReclaimPolicy": "Delete",
            "claimRef": {"namespace": "shop", "name": "redis-0"},
        },
    ),
    live_object(object_id("Job", "report-29"), object_id("CronJob", "report")),
    *(live_object(object_id("ConfigMap", f"settings-{number}"), data={"a": "b"}) for number in range(12)),
    live_object(OTHER, data={"a": "b"}),
    live_object(
        object_id("ResourceQuota", "team"),
        spec={"hard": {"pods": "20"}},
        status={
            "hard": {"pods": "20", "requests.cpu": "2", "requests.memory": "4Gi", "count/secrets": "0", "services": "5"},
            "used": {"pods": "11", "requests.cpu": "1900m", "requests.memory": "4608Mi", "count/secrets": "1", "services": "5"},
        },
    ),
    live_object(object_id("ResourceQuota", "new", "docs"), spec={"hard": {"pods": "3"}}),
)  # fmt: skip
DELETES_SHOP = plan(change(Action.DELETE, SHOP, reason="no longer desired"), change(Action.REPLACE, object_id("ConfigMap", "x", "docs")))
HEALTH = {WEB: "Degraded", CART: "Progressing", SECRET: "Healthy", REDIS: "Suspended"}


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def event(kind: EventKind, seconds: float, of: ObjectId | None = None, outcome: Outcome | None = None, **rest: Any) -> Event:
    return Event(kind=kind, at=at(seconds), id=of, outcome=outcome, **rest)


def step(of: ObjectId, begin: float, end: float | None, outcome: Outcome = Outcome.CHANGED, **rest: Any) -> Iterable[Event]:
    yield event(EventKind.INTENT, begin, of, name="update")
    if end is not None:
        yield event(EventKind.OUTCOME, end, of, outcome, name="update", **rest)


OLD = object_id("ConfigMap", "old")
EVENTS = [
    event(EventKind.GUARD, 0.02, outcome=Outcome.PASSED, name="intact"),
    event(EventKind.GUARD, 0.5, outcome=Outcome.WAIVED, name="source", message="agreed with Ada"),
    event(EventKind.GUARD, 1.4, outcome=Outcome.PASSED, name="dry-run"),
    event(EventKind.WAVE, 1.4, name="rights and configuration"),
    *step(SETTINGS, 1.4, 1.9),
    event(EventKind.WAVE, 1.9, name="workloads"),
    *(event(EventKind.INTENT, 1.95, of, name="update") for of in (WEB, CART, REDIS)),
    event(EventKind.OUTCOME, 2.9, WEB, Outcome.CHANGED, name="update"),
    event(EventKind.OUTCOME, 2.4, CART, Outcome.UNCHANGED, name="update"),
    event(EventKind.OUTCOME, 3.6, REDIS, Outcome.CHANGED, name="replace"),
    event(EventKind.WAVE, 3.6, name="prune"),
    *step(OLD, 3.6, 3.9),
    event(EventKind.PROOF, 4.6, outcome=Outcome.PASSED, message="a second plan is empty"),
]
PROVED = summarise(PLAN, EVENTS, plan(change(Action.NO_OP, WEB)))
BROKEN_EVENTS = [
    *EVENTS[:10],
    event(EventKind.OUTCOME, 2.9, WEB, Outcome.FAILED, name="update", message="the server refuses it"),
    event(EventKind.OUTCOME, 2.4, CART, Outcome.CHANGED, name="update"),
    event(EventKind.STOPPED, 3.5, message="Deployment.apps shop/web: the server refuses it"),
]
BROKEN = summarise(PLAN, BROKEN_EVENTS)
LATER = [replace(one, at=one.at + timedelta(hours=3)) for one in EVENTS[:3]]
RESUMED = summarise(
    PLAN,
    [
        *(one for one in BROKEN_EVENTS if one.kind in (EventKind.INTENT, EventKind.OUTCOME)),
        *LATER,
        *(replace(one, at=one.at + timedelta(hours=3)) for one in step(WEB, 1.5, 2.2)),
        *(replace(one, at=one.at + timedelta(hours=3)) for one in step(REDIS, 1.5, 3.0)),
        event(EventKind.PROOF, 3 * 3600 + 3.5, outcome=Outcome.PASSED, message="a second plan is empty"),
    ],
    plan(),
)
LEDGER = [
    {
        "at": at(60 * number).isoformat(), "plan": "abcdef0123456789", "stopped": "" if number == 3 else "refused",
        "is_proved": number == 3, "rows": [{"outcome": outcome} for outcome in outcomes],
    }
    for number, outcomes in enumerate((["changed", "failed", "skipped"], ["refused"] * 3, ["changed", "unchanged"]), start=1)
]  # fmt: skip


def big_plan(count: int = 10_000) -> Plan:
    """Return a plan of many objects, one in fifty of which is not as it should be."""
    kinds = ("Deployment", "ConfigMap", "Secret", "Service")
    ids = [object_id(kinds[at % 4], f"object-{at:05}", f"team-{at % 37}") for at in range(count)]
    return plan(*(change(Action.UPDATE if at % 50 == 0 else Action.NO_OP, one, drift=at % 50 == 0, fields=(field("a", KUBECTL),))
                  for at, one in enumerate(ids)))  # fmt: skip


def big_estate(count: int = 10_000) -> Snapshot:
    """Return as many objects, nearly all of them owned."""
    sets = [object_id("ReplicaSet", f"set-{at}", f"team-{at % 37}") for at in range(count // 10)]
    pods = [(object_id("Pod", f"pod-{at}", sets[at % len(sets)].namespace), sets[at % len(sets)]) for at in range(count - len(sets))]
    return live(*map(live_object, sets), *(live_object(pod, owner) for pod, owner in pods))


def big_report(count: int = 10_000) -> Report:
    """Return the report of as many steps, each lasting a moment, one of which failed."""
    big = plan(*(change(Action.UPDATE, one.id) for one in big_plan(count).changes))
    events = [
        one
        for at, of in enumerate(big.steps)
        for one in step(of.id, at / 100, at / 100 + 0.05, Outcome.FAILED if at == count // 2 else Outcome.CHANGED)
    ]
    return summarise(big, events)


def hostile(*texts: str) -> tuple[Plan, Snapshot, Report, list[dict[str, Any]]]:
    """Return a plan, a live snapshot, a report and a ledger in which every name from outside is one of these texts."""
    target = replace(TARGET, name=texts[0])
    bad = plan(*(one for text in texts for one in _hostile_changes(text)), target=target)
    seen = live(*(one for text in texts for one in _hostile_objects(text)), target=target)
    told = [one for text in texts for one in _hostile_events(text)]
    ledger = [{"at": NOW.isoformat(), "plan": text, "stopped": text, "is_proved": False, "rows": [{"outcome": "failed"}]} for text in texts]
    return bad, seen, summarise(bad, told), ledger


def _hostile_ids(text: str) -> tuple[ObjectId, ObjectId]:
    return (
        ObjectId(group=text, kind=text, namespace=text, name=text),
        ObjectId(group="", kind="ConfigMap", namespace=text, name=f"{text}2"),
    )


def _hostile_changes(text: str) -> Iterable[Change]:
    of, held = _hostile_ids(text)
    owner = FieldOwner(name=text, operation=text, time=text)
    yield change(Action.UPDATE, held, drift=True, fields=(field(text, owner),), reason=text)
    yield change(Action.DELETE, of, reason=text)


def _hostile_objects(text: str) -> Iterable[Object]:
    of, held = _hostile_ids(text)
    owned = ObjectId(group="", kind=text, namespace=text, name=f"{text}3")
    quota = ObjectId(group="", kind="ResourceQuota", namespace=text, name=text)
    yield live_object(of, metadata={"finalizers": [text]})
    yield live_object(held, of, data={text: text})
    yield live_object(owned, ObjectId(group="", kind=text, namespace=text, name="gone"))
    yield live_object(quota, status={"hard": {text: "1", "pods": text}, "used": {text: "2", "pods": text}})


def _hostile_events(text: str) -> Iterable[Event]:
    of, held = _hostile_ids(text)
    yield event(EventKind.GUARD, 0, name=text, outcome=Outcome.REFUSED, message=text)
    yield from step(of, 1, 2, Outcome.FAILED, message=text)
    yield from step(held, 1, None)
