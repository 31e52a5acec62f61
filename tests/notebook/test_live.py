"""A table that follows: what came, changed and went, what cannot be told, paused, and ended when nobody looks."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from gitopskit.errors import UsageError
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.snapshot import Side, Snapshot, Unreadable
from gitopskit.notebook.widgets import live, panel, sightings
from gitopskit.notebook.widgets.sightings import Sightings
from gitopskit.notebook.workspace import Workspace
from gitopskit.planning.health import assess
from gitopskit.views.frames import to_health
from gitopskit.views.live import status_word
from tests.notebook.conftest import Cluster
from tests.notebook.test_widgets import HOSTILE, Page
from tests.providers.kubernetes.conftest import RIGHTS, run_kubectl

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def kubectl(cluster, namespace_name):
    run = run_kubectl(cluster.kubeconfig, namespace_name)
    run("create", "namespace", namespace_name)
    yield run
    run("delete", "namespace", namespace_name, "--wait=false", "--ignore-not-found")


@pytest.fixture
def table(ours, kubectl, namespace_name):
    """A live table of ConfigMaps in one namespace, and the page that shows it."""
    kubectl("create", "configmap", "first", "--from-literal=a=b")
    shown = ours.watch("ConfigMap", namespaces=[namespace_name])
    page = Page(shown)
    page.do("ready")
    yield shown, page
    shown.close()
    assert not [one.name for one in threading.enumerate() if one.name.startswith("watch ") or one.name == "live view"]


def marks(message: dict) -> dict[str, str]:
    return {row["name"]: row["mark"] for row in message["rows"] or ()}


def test_what_happens_is_seen(table, kubectl):
    _, page = table
    page.wait("live", lambda told: marks(told).get("first") == "")
    kubectl("create", "configmap", "second")
    page.wait("live", lambda told: marks(told).get("second") == "added")
    kubectl("label", "configmap", "first", "x=y")
    page.wait("live", lambda told: marks(told).get("first") == "changed")
    kubectl("delete", "configmap", "second")
    told = page.wait("live", lambda told: marks(told).get("second") == "deleted")
    assert (told["counts"]["added"], told["counts"]["changed"], told["counts"]["deleted"]) == (0, 1, 1)
    assert [row["name"] for row in told["rows"]][:2] == ["second", "first"], "what moved last comes first"
    assert next(row for row in told["rows"] if row["name"] == "first")["created"].endswith("Z")
    assert told["watched"].startswith("ConfigMap ")
    assert told["alerts"] == []
    assert page.plain


def test_a_table_that_is_paused_stands_and_catches_up(table, kubectl):
    shown, page = table
    page.wait("live", lambda told: "first" in marks(told))
    page.do("pause", on=True)
    assert page.wait("live", lambda told: told["paused"])["rows"] is None
    noticed, see = threading.Event(), shown._see

    def seen_by(snapshot):
        see(snapshot)
        if any(one.name == "second" for one in snapshot.objects):
            noticed.set()

    shown._see = seen_by
    kubectl("create", "configmap", "second")
    assert noticed.wait(60)
    assert "second" not in str(page.told)
    page.do("pause", on=False)
    assert marks(page.wait("live", lambda told: not told["paused"]))["second"] == "added"


def test_the_table_ends_when_asked_to_and_stays_as_it_is(table):
    shown, page = table
    page.wait("live", lambda told: "first" in marks(told))
    page.do("end")
    told = page.wait("live", lambda told: told["over"])
    assert "first" in marks(told)
    page.do("here")
    assert not (shown._thread and shown._thread.is_alive())


def test_nobody_is_followed_for_when_the_page_is_silent(table, monkeypatch):
    shown, page = table
    page.wait("live", lambda told: "first" in marks(told))
    monkeypatch.setattr(live, "SILENCE_S", 0.0)
    shown._thread.join(60)
    assert not shown._thread.is_alive()
    monkeypatch.setattr(live, "SILENCE_S", 60.0)
    page.do("here")
    assert shown._thread.is_alive(), "and again when it is heard of"


def test_the_end_of_the_process_ends_the_watches(table):
    shown, page = table
    page.wait("live", lambda told: "first" in marks(told))
    live._end()
    assert not shown._thread.is_alive()


def test_what_may_not_be_read_is_said(ours, kubectl, cluster, namespace_name, tmp_path):
    kubectl("apply", "--server-side", "-f", "-", text=RIGHTS)
    document = yaml.safe_load(cluster.kubeconfig.read_text())
    document["users"][0]["user"]["as"] = "Ada"
    path = tmp_path / "restricted.kubeconfig"
    path.write_text(yaml.safe_dump(document))
    restricted = Workspace(ours.repo, "parts", revision="main", trunk="main", target=Cluster(path), namespace=namespace_name)
    shown = restricted.watch("Secret", namespaces=[namespace_name])
    page = Page(shown)
    page.do("ready")
    told = page.wait("live", lambda told: told["alerts"])
    assert "Secret" in told["alerts"][0]
    assert "Forbidden" in told["alerts"][0]
    shown.close()


def test_a_system_that_is_gone_is_said_and_tried_again(table, monkeypatch):
    shown, page = table
    page.wait("live", lambda told: "first" in marks(told))
    shown._say("it is gone; trying again")
    assert page.last("live")["alerts"] == ["it is gone; trying again"]
    shown._see(replace(shown.snapshot, taken_at=NOW))
    assert page.last("live")["alerts"] == []


def test_the_static_form_is_read_once_and_follows_nothing(ours, kubectl, namespace_name):
    kubectl("create", "configmap", "first")
    shown = ours.watch("ConfigMap", namespaces=[namespace_name])
    bundle = shown._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert "first" in bundle["text/html"]
    assert shown._thread is None


def test_kinds_are_named_shortly(ours):
    assert ours.watch("Deployment", "Pod", "Job.batch").scope.group_kinds == ("Deployment.apps", "Pod", "Job.batch")
    assert "PodTemplate" in ours.watch().scope.group_kinds


def test_a_system_that_does_not_tell_of_changes(workspace):
    with pytest.raises(UsageError, match="does not tell of changes"):
        workspace.watch()


# --- pure ---------------------------------------------------------------------------------------------------------------------------------


def thing(name: str, version: int = 1, **body) -> Object:
    object_id = ObjectId(group="", kind="Pod", namespace="shop", name=name)
    return Object(id=object_id, api_version="v1", body={"metadata": {}, **body}, uid=name, resource_version=str(version))


def seen(*items: Object, after_s: int = 0, blind=()) -> Snapshot:
    objects = {item.id: item for item in items}
    return Snapshot(side=Side.LIVE, objects=objects, taken_at=NOW + timedelta(seconds=after_s), unreadable=tuple(blind))


ALWAYS = {"spec": {"restartPolicy": "Always"}}
PULLS = {"containerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull", "message": "no \x1b[2J"}}}]}
WAITS = ALWAYS | {"status": {"phase": "Pending", **PULLS}}
RUNS = ALWAYS | {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}


def test_the_health_is_that_of_the_frame():
    config = replace(thing("c"), id=ObjectId(group="", kind="ConfigMap", namespace="shop", name="c"))
    live_side = seen(thing("a", **RUNS), thing("b", **WAITS), config)
    found = Sightings()
    found.take(live_side)
    rows = {row["name"]: (row["health"], row["message"]) for row in found.rows()[0]}
    frame = to_health(live_side)
    assert rows == dict(zip(frame["name"], zip(frame["health"], frame["health_message"], strict=True), strict=True))
    assert [rows[name][0] for name in "abc"] == ["Healthy", "Degraded", ""]
    assert "\x1b" not in rows["b"][1]
    found.take(seen(after_s=1))
    assert {row["health"] for row in found.rows()[0]} == {""}, "what is gone does neither well nor badly"


def test_health_is_judged_of_what_changed_and_is_shown(monkeypatch):
    judged = []
    monkeypatch.setattr(sightings, "assess", lambda item, now: judged.append(item.id.name) or assess(item, now))
    monkeypatch.setattr(sightings, "ROWS_SHOWN", 3)
    items = [thing(f"p{number}") for number in range(5)]
    found = Sightings()
    found.take(seen(*items))
    assert judged == []
    found.rows()
    found.rows()
    assert judged == ["p0", "p1", "p2"]
    judged.clear()
    for version in range(2, 300):
        found.take(seen(*items[:4], thing("p4", version), after_s=version))
    found.rows()
    assert judged == ["p4"], "once for all that came between two looks"


def test_what_cannot_be_read_has_not_gone():
    found = Sightings()
    found.take(seen(thing("a"), thing("b")))
    found.take(seen(after_s=1, blind=[Unreadable(group_kind="Pod", reason="Unreachable", message="no")]))
    assert found.counts()["deleted"] == 0
    found.take(seen(thing("a"), after_s=2))
    assert marks({"rows": found.rows()[0]}) == {"a": "", "b": "deleted"}
    found.take(seen(thing("a"), thing("b", 7), after_s=3))
    assert marks({"rows": found.rows()[0]}) == {"a": "", "b": "added"}


def test_rows_are_bounded(monkeypatch):
    monkeypatch.setattr(sightings, "ROWS_SHOWN", 3)
    monkeypatch.setattr(sightings, "GONE_KEPT", 2)
    found = Sightings()
    found.take(seen(*(thing(f"p{number}") for number in range(9))))
    rows, more = found.rows()
    assert (len(rows), more) == (3, 6)
    found.take(seen(after_s=1))
    assert found.counts() == {"there": 0, "added": 0, "changed": 0, "deleted": 2}


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, ""),
        ({"status": {"phase": "Running"}}, "Running"),
        ({"status": {"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull"}}}]}}, "ErrImagePull"),
        ({"spec": {"replicas": 3}, "status": {"readyReplicas": 2}}, "2 of 3 ready"),
        ({"spec": {"replicas": 0}, "status": {}}, "0 of 0 ready"),
        ({"status": {"desiredNumberScheduled": 4, "numberReady": 4}}, "4 of 4 ready"),
        ({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}, "Ready"),
        ({"status": {"conditions": [{"type": "Ready", "status": "False"}]}}, "Not ready"),
        ({"metadata": {"deletionTimestamp": "now"}, "status": {"phase": "Active"}}, "Terminating"),
        ({"status": "nonsense", "spec": 5}, ""),
        ({"status": {"phase": 5, "conditions": {"a": 1}, "containerStatuses": ["x", {"state": 1}]}}, ""),
    ],
)  # fmt: skip
def test_what_an_object_says_of_itself(body, word):
    assert status_word(thing("a", **body)) == word


def test_hostile_names_are_text(ours, monkeypatch):
    monkeypatch.setattr(panel, "has_front_end", lambda: False)
    shown = ours.watch("ConfigMap")
    shown._sightings.take(seen(replace(thing("a"), id=ObjectId(group="", kind=HOSTILE, namespace=HOSTILE, name=HOSTILE))))
    assert HOSTILE not in shown.static()["text/html"]


def test_the_static_form_tells_the_health(ours, monkeypatch):
    monkeypatch.setattr(panel, "has_front_end", lambda: False)
    shown = ours.watch("Pod")
    shown._sightings.take(seen(thing("a", **WAITS)))
    assert "✗</i> Degraded" in shown.static()["text/html"]
