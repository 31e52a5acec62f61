"""What panels are given to show in a kernel: every text that somebody else may write, in every slot that a panel shows."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import yaml

from gitopskit.model.changes import Action, Change, FieldAction, FieldChange, FieldOwner
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.plan import Plan, Scope
from gitopskit.model.snapshot import Side, Snapshot, Target, Unreadable
from tests.views.payloads import PAYLOADS
from tests.views.test_views import NOW


def spoilt(plan: Plan) -> Plan:
    """Return a plan with a row more for each text."""
    first = plan.changes[0]
    rows = tuple(_spoilt(first, text) for text in PAYLOADS)
    target = replace(plan.target, name=PAYLOADS[0], server=PAYLOADS[0])
    source = replace(plan.source, url=PAYLOADS[0], path=PAYLOADS[1], commit=PAYLOADS[0], revision=PAYLOADS[2], trunk=PAYLOADS[3])
    blind = tuple(Unreadable(group_kind=text, namespace=text, reason=text, message=text) for text in PAYLOADS)
    return replace(plan, changes=(*rows, *plan.changes), warnings=tuple(PAYLOADS), unreadable=blind, target=target, source=source)


def _spoilt(change: Change, text: str) -> Change:
    owner = FieldOwner(name=text, operation=text, time=text)
    field = FieldChange(path=(text,), action=FieldAction.CHANGE, before=text, after={text: [text]}, owners=(owner,))
    words = dict.fromkeys(("reason", "problem", "owner"), text)
    place = ObjectId(group="", kind=text, namespace=text, name=text)
    return replace(change, id=place, action=Action.UPDATE, warnings=(text,), desired=None, fields=(field,), **words)


def written(kubeconfig: Path) -> str:
    """Write a kubeconfig with a context more for each text, and return its path; the first context is called room-4."""
    document = yaml.safe_load(kubeconfig.read_text())
    document["contexts"][0]["name"] = "room-4"
    document["contexts"] += [{"name": text, "context": {"cluster": text, "user": text, "namespace": text}} for text in PAYLOADS]
    Path("rooms").write_text(yaml.safe_dump(document))
    return "rooms"


class Teller:
    """A system that tells of one object for each text, and of a part that cannot be read, and of nothing new ever after."""

    def followed(self, scope: Scope, progress: object = None) -> Snapshot:
        """Return all of it."""
        objects = [one for text in PAYLOADS for one in _objects(text)]
        blind = tuple(Unreadable(group_kind=text, namespace=text, reason=text, message=text) for text in PAYLOADS)
        target = Target(system="kubernetes", name=PAYLOADS[0], server=PAYLOADS[1])
        return Snapshot(side=Side.LIVE, objects={one.id: one for one in objects}, taken_at=NOW, target=target, unreadable=blind)

    read = followed

    def told(self, timeout_s: float) -> None:
        """Wait."""
        threading.Event().wait(timeout_s)

    def unfollow(self) -> None:
        """End nothing."""


class Told:
    """A workspace on that system, as far as a live view needs one."""

    provider = Teller()

    def apart(self) -> Told:
        """Return itself."""
        return self


def _objects(text: str) -> tuple[Object, ...]:
    waiting = {"state": {"waiting": {"reason": text, "message": text}}}
    conditions = [{"type": "Ready", "status": "False", "reason": text, "message": text}]
    status = {"phase": text, "message": text, "reason": text, "conditions": conditions}
    own = ObjectId(group=text, kind=text, namespace=text, name=text)
    pod = ObjectId(group="", kind="Pod", namespace=text, name=text)
    made = {"creationTimestamp": text}
    return (
        Object(id=own, api_version=text, body={"metadata": made, "status": status}, uid=text, resource_version=text),
        Object(id=pod, api_version="v1", body={"metadata": made, "status": status | {"containerStatuses": [waiting]}}, uid=f"{text}2"),
    )
