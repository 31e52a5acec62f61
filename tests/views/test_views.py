"""A plan, a report and a snapshot as frames, HTML and terminal text: exact, escaped, without secrets."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pandas as pd
import pytest

from gitopskit.errors import RevisionError
from gitopskit.model.changes import (
    Action,
    Change,
    ChangeClass,
    Confidence,
    Conflict,
    FieldAction,
    FieldChange,
    FieldOwner,
    Judgement,
    Method,
)
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.health import HealthStatus, KStatus
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object, Origin
from gitopskit.model.paths import list_key
from gitopskit.model.plan import Plan, PlanOptions, Scope
from gitopskit.model.report import summarise
from gitopskit.model.snapshot import Side, Snapshot, SourceRef, Target, Unreadable
from gitopskit.model.values import UNKNOWN, mask
from gitopskit.views import html, terminal
from gitopskit.views.frames import to_fields, to_frame, to_health
from gitopskit.views.words import HEALTH, KSTATUS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KUBECTL = FieldOwner(name="kubectl", operation="Update", subresource="scale", time="2026-03-01T11:00:00Z")
SECRET = mask("canary-4711", key=b"k")
HOSTILE = "<img src=x onerror=alert(1)>\"'&\x1b[2J\u202e</script>${x}$"


def change(action: Action, name: str, **rest) -> Change:
    judged = Judgement(method=Method.SERVER_DRY_RUN, confidence=Confidence.SERVER)
    place = ObjectId(group="apps", kind="Deployment", namespace="shop", name=name)
    return Change(**({"id": place, "action": action, "reason": "fields differ", "judgement": judged, "wave": 3} | rest))


def plan(*changes: Change, **rest) -> Plan:
    made = {
        "target": Target(system="kubernetes", name="room-4", server="https://127.0.0.1:1", is_sandbox=True),
        "source": SourceRef(url="/shop", revision="main", commit="c" * 40, path="deploy", trunk="main", on_trunk=True),
        "scope": Scope(), "options": PlanOptions(), "changes": changes, "desired_digest": "d", "created_at": NOW,
        "expires_at": NOW + timedelta(minutes=30), "tool": "gitopskit/0.1.0",
    }  # fmt: skip
    return Plan(**(made | rest))


REPLICAS = FieldChange(path=("spec", "replicas"), action=FieldAction.CHANGE, before=5, after=2, owners=(KUBECTL,))
IMAGE = ("spec", "containers", list_key(name="web"), "image")
FULL = plan(
    change(Action.CREATE, "new", reason="it is not there", fields=(FieldChange(path=("a",), action=FieldAction.ADD, after=SECRET),)),
    change(
        Action.UPDATE, "web", drift=True, classes=frozenset({ChangeClass.DRIFT, ChangeClass.FORCE}),
        fields=(
            REPLICAS, FieldChange(path=IMAGE, action=FieldAction.REMOVE, before="x"),
            FieldChange(path=("ip",), action=FieldAction.ADD, after=UNKNOWN),
        ),
        conflicts=(Conflict(path=("spec", "replicas"), owner=KUBECTL, forced=True),),
        origin=Origin(file="web.yaml", line=3),
    ),
    change(Action.NO_OP, "same", reason="it is as desired"),
    change(Action.NO_OP, "old", reason="no longer desired; prune is off"),
    change(Action.DELETE, "gone", reason="no longer desired"),
    unreadable=(Unreadable(group_kind="Secret", namespace="shop", reason="Forbidden", message="no"),),
)  # fmt: skip


def test_plan_frame():
    frame = to_frame(FULL)
    assert list(zip(frame["name"], frame["action"], frame["sync"], strict=True)) == [
        ("new", "create", "Missing"), ("web", "update", "OutOfSync"), ("same", "no-op", "Synced"), ("old", "no-op", "Extra"),
        ("gone", "delete", "Extra"),
    ]  # fmt: skip
    assert frame.loc[1, ["fields", "drift", "classes", "origin"]].tolist() == [3, True, "drift, force", "web.yaml:3@cccccccccccc"]


def test_field_frame():
    frame = to_fields(FULL)
    web = frame[frame["name"] == "web"]
    assert web["path"].tolist() == [".spec.replicas", '.spec.containers[name="web"].image', ".ip"]
    assert web[["live", "desired", "owner", "operation"]].iloc[0].tolist() == ["5", "2", "kubectl", "Update"]
    assert web["forced"].tolist() == [True, False, False]
    assert frame["desired"].tolist()[0] == "(sensitive)"
    assert web["desired"].tolist()[2] == "(known after apply)"


def live(kind: str, group: str, **body) -> Object:
    place = ObjectId(group=group, kind=kind, namespace="shop", name="a")
    return Object(id=place, api_version=f"{group}/v1" if group else "v1", body=body)


def test_health_frame():
    failed = {"type": "Failed", "message": HOSTILE}
    items = [
        live("Job", "batch", metadata={}, status={"startTime": "2026-03-01T12:00:00Z"}),
        live("Job", "batch", metadata={}, status={"conditions": [failed]}),
        live("ConfigMap", "", metadata={}),
        live("Service", "", metadata={}, spec={"type": SECRET}),
    ]
    frame = to_health(Snapshot(side=Side.LIVE, objects=dict(enumerate(items)), taken_at=NOW))
    assert frame["health"].tolist() == ["Progressing", "Degraded", "", "Unknown"]
    assert frame["kstatus"].tolist() == ["Current", "InProgress", "Current", "Current"]
    assert frame["disagree"].tolist() == [True, True, False, True]
    assert frame["health_rule"].tolist()[1:3] == ["Argo CD gitops-engine/pkg/health/health_job.go", ""]
    assert "\x1b" not in frame.to_string()
    assert "canary" not in frame.to_string()
    empty = to_health(Snapshot(side=Side.LIVE, objects={}, taken_at=NOW))
    pd.testing.assert_series_equal(empty.dtypes, frame.dtypes)


@pytest.mark.parametrize(("looks", "words"), [(HEALTH, HealthStatus), (KSTATUS, KStatus)])
def test_every_word_of_health_has_its_own_look(looks, words):
    assert [look.word for look in looks.values()] == [str(word) for word in looks]
    assert set(looks) == set(words)
    assert len({look.glyph for look in looks.values()}) == len(looks)
    assert len({look.light for look in looks.values()}) == len(looks)


def test_frames_are_stable_when_empty():
    for empty, full in ((to_frame(plan()), to_frame(FULL)), (to_fields(plan()), to_fields(FULL))):
        assert empty.empty
        pd.testing.assert_series_equal(empty.dtypes, full.dtypes)


def events(*outcomes: Outcome) -> list[Event]:
    steps = FULL.steps
    found = [Event(kind=EventKind.GUARD, at=NOW, name="intact", outcome=Outcome.PASSED)]
    for step, outcome in zip(steps, outcomes, strict=False):
        found += [Event(kind=EventKind.INTENT, at=NOW, id=step.id), Event(kind=EventKind.OUTCOME, at=NOW, id=step.id, outcome=outcome)]
    return found


def test_report_in_every_view():
    report = summarise(FULL, events(Outcome.CHANGED, Outcome.FAILED), None)
    assert to_frame(report)["outcome"].tolist() == ["changed", "failed", "skipped"]
    assert "not started" in terminal.render(report, is_coloured=False)
    assert "1 of 1 guards passed" in html.fragment(report)
    proved = summarise(FULL, events(*[Outcome.CHANGED] * 3), plan())
    assert "a second plan is empty" in terminal.render(proved, is_coloured=False)
    assert "Proof: a second plan is empty" in html.page(proved)


def test_terminal_text():
    text = terminal.render(FULL, is_coloured=False)
    assert "~ .spec.replicas: 5 → 2   kubectl (Update via scale)" in text
    assert "taken over from kubectl" in text
    assert "Secret shop could not be read: Forbidden" in text
    assert "\x1b" not in text
    assert "\x1b[" in terminal.render(FULL, is_coloured=True)


def test_a_long_plan_is_cut_with_a_count():
    many = plan(*(change(Action.CREATE, f"n{number}") for number in range(300)))
    assert "100 more" in html.fragment(many)
    assert "100 more" in terminal.render(many, is_coloured=False)
    assert len(to_frame(many)) == 300


class Elements(HTMLParser):
    """Collects what markup really is there."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


ALLOWED = {
    "div",
    "style",
    "h4",
    "p",
    "code",
    "b",
    "span",
    "i",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "br",
    "wbr",
}


def hostile(text: str = HOSTILE) -> list:
    place = ObjectId(group=text, kind=text, namespace=text, name=text)
    owner = FieldOwner(name=text, operation=text)
    field = FieldChange(path=(text, list_key(name=text)), action=FieldAction.CHANGE, before=text, after={text: [text]}, owners=(owner,))
    origin = Origin(file=text, line=1)
    row = change(
        Action.UPDATE, "x", id=place, reason=text, fields=(field,), problem=text, warnings=(text,), owner=text, origin=origin,
        conflicts=(Conflict(path=(text,), owner=owner),),
    )  # fmt: skip
    target = Target(system="kubernetes", name=text, server=text)
    source = SourceRef(url=text, revision=text, commit=text, path=text, trunk=text)
    blind = Unreadable(group_kind=text, reason=text, message=text)
    bad = plan(row, replace(row, action=Action.NO_OP, problem=""), target=target, source=source, warnings=(text,), unreadable=(blind,))
    stopped = Event(kind=EventKind.STOPPED, at=NOW, message=text)
    guard = Event(kind=EventKind.GUARD, at=NOW, name=text, outcome=Outcome.REFUSED, message=text)
    item = Object(id=place, api_version="v1", body={}, origin=origin)
    snapshot = Snapshot(side=Side.DESIRED, objects={place: item}, taken_at=NOW, source=source, warnings=(text,))
    return [bad, summarise(bad, [guard, stopped]), snapshot, RevisionError(text, where=text, next_step=text)]


@pytest.mark.parametrize("noun", hostile(), ids=lambda noun: type(noun).__name__)
def test_nothing_from_outside_is_markup(noun):
    text = html.fragment(noun)
    found = Elements(text)
    assert found.tags <= ALLOWED
    assert found.attributes <= {"class", "aria-label", "aria-hidden", "scope", "open", "tabindex", "role"}
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text)


def test_secrets_are_nowhere():
    for text in (html.page(FULL), terminal.render(FULL, is_coloured=True), to_fields(FULL).to_csv(), repr(FULL)):
        assert "canary" not in text
