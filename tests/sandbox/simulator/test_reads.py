"""What get, list, watch and tables answer."""

import pytest

from gitopskit.sandbox.machinery import store
from gitopskit.sandbox.machinery.status import StatusError

from .conftest import CONFIG_MAPS, DEPLOYMENTS

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


@pytest.fixture
def five(client, config_map):
    for number in range(5):
        client.create(CONFIG_MAPS, config_map(f"c{number}", labels={"odd": str(number % 2)}))
    return client


def test_an_object_that_is_not_there_is_a_status(client):
    answer = client("GET", f"{CONFIG_MAPS}/none")
    assert answer.status == 404
    assert answer.body["reason"] == "NotFound"
    assert answer.body["message"] == 'configmaps "none" not found'
    assert answer.body["details"] == {"name": "none", "kind": "configmaps"}


def test_without_the_token_nothing_is_answered(client):
    assert client("GET", CONFIG_MAPS, authorization="Bearer wrong").status == 401
    assert client("GET", CONFIG_MAPS, authorization="").status == 403
    assert client("GET", CONFIG_MAPS, authorization="Basic YTpi").status == 403


def test_items_of_a_list_leave_out_their_kind(five):
    listed = five.get(CONFIG_MAPS)
    assert listed["kind"] == "ConfigMapList"
    assert all("kind" not in item and "apiVersion" not in item for item in listed["items"])
    assert five.get(f"{CONFIG_MAPS}/c0")["kind"] == "ConfigMap"


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("odd=1", ["c1", "c3"]),
        ("odd!=1", ["c0", "c2", "c4", "kube-root-ca.crt"]),
        ("odd in (0,1)", ["c0", "c1", "c2", "c3", "c4"]),
        ("odd notin (0)", ["c1", "c3", "kube-root-ca.crt"]),
        ("!odd", ["kube-root-ca.crt"]),
        ("odd,odd>0", ["c1", "c3"]),
    ],
)
def test_label_selectors(five, selector, names):
    listed = five.get(f"{CONFIG_MAPS}?labelSelector={selector.replace(' ', '%20')}")
    assert [item["metadata"]["name"] for item in listed["items"]] == names


def test_field_selectors(five):
    listed = five.get(f"{CONFIG_MAPS}?fieldSelector=metadata.name%3Dc3")
    assert [item["metadata"]["name"] for item in listed["items"]] == ["c3"]
    refused = five("GET", f"{CONFIG_MAPS}?fieldSelector=data.k%3Dv")
    assert refused.status == 400
    assert "not a known field selector" in refused.body["message"]


@pytest.mark.parametrize("query", ["labelSelector=a%20b", "continue=abc", "limit=x", "resourceVersion=abc"])
def test_bad_list_options_are_bad_requests(client, query):
    assert client("GET", f"{CONFIG_MAPS}?{query}").status == 400


def test_pages_show_one_moment(five, config_map):
    first = five.get(f"{CONFIG_MAPS}?limit=2")
    assert first["metadata"]["remainingItemCount"] == 4
    five.create(CONFIG_MAPS, config_map("c2a"))
    second = five.get(f"{CONFIG_MAPS}?limit=100&continue={first['metadata']['continue']}")
    names = [item["metadata"]["name"] for item in first["items"] + second["items"]]
    assert names == ["c0", "c1", "c2", "c3", "c4", "kube-root-ca.crt"]
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    assert "continue" not in second["metadata"]


def test_a_forgotten_page_is_gone_and_leads_on(five):
    first = five.get(f"{CONFIG_MAPS}?limit=2")
    revision, objects = five.api.store.objects()
    five.api.store.restore(objects, revision)  # which forgets what was before
    answer = five("GET", f"{CONFIG_MAPS}?continue={first['metadata']['continue']}")
    assert (answer.status, answer.body["reason"]) == (410, "Expired")
    rest = five.get(f"{CONFIG_MAPS}?continue={answer.body['metadata']['continue']}")
    assert [item["metadata"]["name"] for item in rest["items"]] == ["c2", "c3", "c4", "kube-root-ca.crt"]


def test_a_revision_from_the_future_is_a_timeout(client):
    answer = client("GET", f"{CONFIG_MAPS}?resourceVersion=999999")
    assert (answer.status, answer.body["reason"]) == (504, "Timeout")


def test_a_watch_tells_what_happened_since(five, config_map):
    start = five.get(CONFIG_MAPS)["metadata"]["resourceVersion"]
    five.create(CONFIG_MAPS, config_map("new"))
    five("PUT", f"{CONFIG_MAPS}/new", config_map("new", data={"k": "w"}))
    five("DELETE", f"{CONFIG_MAPS}/new")
    events = five.watch(f"{CONFIG_MAPS}?watch=1&resourceVersion={start}&timeoutSeconds=1")
    assert [event["type"] for event in events] == ["ADDED", "MODIFIED", "DELETED"]
    revisions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
    assert revisions == sorted(set(revisions))


def test_leaving_the_selection_is_a_deletion_for_the_watcher(five, config_map):
    start = five.get(CONFIG_MAPS)["metadata"]["resourceVersion"]
    five("PUT", f"{CONFIG_MAPS}/c1", config_map("c1", labels={"odd": "no"}))
    events = five.watch(f"{CONFIG_MAPS}?watch=1&labelSelector=odd%3D1&resourceVersion={start}&timeoutSeconds=1")
    assert [(event["type"], event["object"]["metadata"]["name"]) for event in events] == [("DELETED", "c1")]


def test_a_watch_with_initial_events_marks_their_end(five):
    query = "watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1"
    events = five.watch(f"{CONFIG_MAPS}?{query}")
    assert [event["type"] for event in events[:7]] == ["ADDED"] * 6 + ["BOOKMARK"]
    assert events[6]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_watch_from_too_long_ago_is_gone(client, monkeypatch):
    monkeypatch.setattr(store, "LOG_LENGTH", 3)
    storage = ("example", "things")
    for number in range(5):
        client.api.store.put(storage, {"metadata": {"name": f"t{number}"}})
    with pytest.raises(StatusError, match="too old resource version"):
        client.api.store.since(storage, 2)


def test_a_table_has_the_columns_of_its_kind(client, deployment):
    client.create(DEPLOYMENTS, deployment())
    client.settle()
    client.clock.step(130)
    shown = client.get(DEPLOYMENTS, accept=TABLE)
    names = [column["name"] for column in shown["columnDefinitions"]]
    assert names == ["Name", "Ready", "Up-to-date", "Available", "Age", "Containers", "Images", "Selector"]
    assert shown["rows"][0]["cells"] == ["web", "2/2", 2, 2, "2m10s", "web", "registry.example/web:1", "app=web"]
    assert shown["rows"][0]["object"]["kind"] == "PartialObjectMetadata"


def test_an_answer_that_cannot_be_made_is_not_acceptable(client):
    assert client("GET", CONFIG_MAPS, accept="application/vnd.kubernetes.protobuf").status == 406


def test_metadata_alone(five):
    accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
    listed = five.get(CONFIG_MAPS, accept=accept)
    assert listed["kind"] == "PartialObjectMetadataList"
    assert "data" not in listed["items"][0]
