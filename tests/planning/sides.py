"""Plans and both sides of them, made by hand: one ConfigMap, changed by whoever a test says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gitopskit.model.changes import Action, Change, Confidence, FieldAction, FieldChange, Judgement, Method
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object, Origin
from gitopskit.model.plan import Plan, PlanOptions, Scope
from gitopskit.model.snapshot import Side, Snapshot, SourceRef, Target
from gitopskit.planning.classes import is_drift
from gitopskit.planning.diff import differences, stated_fields
from gitopskit.planning.managed import owners
from gitopskit.planning.sides import Sides

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z"
JUDGED = Judgement(method=Method.SERVER_DRY_RUN, confidence=Confidence.SERVER)
SETTINGS = ObjectId(group="", kind="ConfigMap", namespace="shop", name="settings")
HALL = Target(system="kubernetes", name="room-4", server="https://127.0.0.1:1", uid="hall-uid", is_sandbox=True)


def entry(manager: str, time: str, *names: str, operation: str = "Update") -> dict[str, Any]:
    """Return an item of the managed fields that holds entries of ``data``."""
    held = {"f:data": {f"f:{name}": {} for name in names}} if names else {}
    return {"manager": manager, "operation": operation, "time": time, "fieldsV1": held}


def ours(*names: str, time: str = EARLY) -> dict[str, Any]:
    """Return what we applied."""
    return entry("gitopskit", time, *names, operation="Apply")


def body(data: dict[str, Any], *entries: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """Return a ConfigMap."""
    managed = {"managedFields": list(entries)} if entries else {}
    return {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop", **metadata, **managed}, "data": data,
    }  # fmt: skip


def git(content: dict[str, Any] | None, commit: str = "c", object_id: ObjectId = SETTINGS) -> Snapshot:
    """Return what Git says: one object, or none."""
    item = Object(id=object_id, api_version="v1", body=content or {}, origin=Origin(file="settings.yaml", line=1))
    source = SourceRef(url="/shop", revision="main", commit=commit * 40)
    return Snapshot(side=Side.DESIRED, objects={object_id: item} if content is not None else {}, taken_at=NOW, source=source)


def there(content: dict[str, Any] | None, object_id: ObjectId = SETTINGS, **rest: Any) -> Snapshot:
    """Return what is live: one object, or none."""
    item = Object(id=object_id, api_version="v1", body=content or {}, uid="u", resource_version="5", **rest)
    return Snapshot(side=Side.LIVE, objects={object_id: item} if content is not None else {}, taken_at=NOW, target=HALL)


def overlaid(live: Any, head: Any) -> Any:
    """Return a live value with what Git states laid over it: an apply that takes everything over."""
    if isinstance(live, dict) and isinstance(head, dict):
        return {**live, **{name: overlaid(live.get(name), value) for name, value in head.items()}}
    return head


def plan_for(head: Snapshot, live: Snapshot, *, removed: tuple[str, ...] = (), **rest: Any) -> Plan:
    """Return the plan of an overlay; `removed` names entries of ``data`` that Git no longer states and we held."""
    changes = [_change(item, live.objects.get(item.id), removed, rest) for item in head.objects.values()]
    gone = [item for item in live.objects.values() if item.id not in head.objects]
    changes += [Change(id=o.id, action=Action.NO_OP, reason="no longer desired; prune is off", judgement=JUDGED, uid=o.uid) for o in gone]
    return Plan(
        target=HALL, source=head.source, scope=Scope(), options=PlanOptions(namespace="shop"), changes=tuple(changes), desired_digest="d",
        created_at=NOW, expires_at=NOW + timedelta(minutes=30), tool="gitopskit/0.1.0", unreadable=live.unreadable,
    )  # fmt: skip


def _change(item: Object, live: Object | None, removed: tuple[str, ...], rest: dict[str, Any]) -> Change:
    row = Change(id=item.id, action=Action.NO_OP, reason="", judgement=JUDGED, api_version="v1", desired=item, origin=item.origin)
    if live is None:
        return replace(row, **({"action": Action.CREATE, "fields": stated_fields(item.body)} | rest))
    after = overlaid(live.body, item.body)
    if removed:
        after["data"] = {name: value for name, value in after["data"].items() if name not in removed}
    fields = tuple(replace(field, owners=owners(live.body, field.path)) for field in differences(live.body, after))
    action = Action.UPDATE if fields else Action.NO_OP
    drift = is_drift(live.body, fields)
    found = replace(row, action=action, fields=fields, drift=drift, uid=live.uid, resource_version=live.resource_version)
    return replace(found, **rest)


def sides(head: Snapshot, live: Snapshot, base: Snapshot | None = None, applied: Snapshot | None = None) -> Sides:
    """Return what is compared."""
    return Sides(head=head, live=live, base=base, applied=applied)


def added(path: tuple[Any, ...], value: Any) -> FieldChange:
    """Return a field that an apply adds by itself."""
    return FieldChange(path=path, action=FieldAction.ADD, after=value)
