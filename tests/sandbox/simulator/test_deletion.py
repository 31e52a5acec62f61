"""How objects go, and what goes with them."""

import pytest

from .conftest import CONFIG_MAPS, DEPLOYMENTS

PODS = "/api/v1/namespaces/default/pods"
REPLICA_SETS = "/apis/apps/v1/namespaces/default/replicasets"


def test_a_deletion_says_what_it_deleted(client, config_map):
    made = client.create(CONFIG_MAPS, config_map())
    answer = client("DELETE", f"{CONFIG_MAPS}/c")
    assert (answer.status, answer.body["status"]) == (200, "Success")
    assert answer.body["details"] == {"name": "c", "kind": "configmaps", "uid": made["metadata"]["uid"]}
    assert client("DELETE", f"{CONFIG_MAPS}/c").status == 404


@pytest.mark.parametrize("conditions", [{"uid": "other"}, {"resourceVersion": "1"}])
def test_preconditions(client, config_map, conditions):
    client.create(CONFIG_MAPS, config_map())
    answer = client("DELETE", f"{CONFIG_MAPS}/c", {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": conditions})
    assert (answer.status, answer.body["reason"]) == (409, "Conflict")
    assert client.get(f"{CONFIG_MAPS}/c")["data"] == {"k": "v"}


def test_a_dry_run_deletes_nothing(client, config_map):
    client.create(CONFIG_MAPS, config_map())
    assert client("DELETE", f"{CONFIG_MAPS}/c?dryRun=All").status == 200
    assert client.get(f"{CONFIG_MAPS}/c")["data"] == {"k": "v"}


def test_a_finalizer_holds_an_object(client, config_map):
    held = config_map()
    held["metadata"]["finalizers"] = ["example.com/hold"]
    client.create(CONFIG_MAPS, held)
    waiting = client("DELETE", f"{CONFIG_MAPS}/c").body
    assert waiting["metadata"]["deletionTimestamp"] == "2026-01-01T00:00:00Z"
    assert client.get(f"{CONFIG_MAPS}/c")["metadata"]["deletionGracePeriodSeconds"] == 0
    freed = client("PATCH", f"{CONFIG_MAPS}/c", {"metadata": {"finalizers": None}}, media="application/merge-patch+json")
    assert freed.status == 200
    assert client("GET", f"{CONFIG_MAPS}/c").status == 404


def test_a_collection_is_deleted_by_selector(client, config_map):
    client.create(CONFIG_MAPS, config_map("a", labels={"x": "1"}))
    client.create(CONFIG_MAPS, config_map("b"))
    assert client("DELETE", f"{CONFIG_MAPS}?labelSelector=x%3D1").status == 200
    names = [item["metadata"]["name"] for item in client.get(CONFIG_MAPS)["items"]]
    assert names == ["b", "kube-root-ca.crt"]


@pytest.mark.parametrize(("policy", "left"), [("Background", 0), ("Foreground", 0), ("Orphan", 1)])
def test_propagation(client, deployment, policy, left):
    client.create(DEPLOYMENTS, deployment())
    client.settle()
    client("DELETE", f"{DEPLOYMENTS}/web?propagationPolicy={policy}")
    client.settle()
    client.clock.step(60)
    client.settle()
    assert client("GET", f"{DEPLOYMENTS}/web").status == 404
    assert len(client.get(REPLICA_SETS)["items"]) == left
    assert len(client.get(PODS)["items"]) == 2 * left


def test_a_namespace_takes_everything_with_it(client, config_map):
    client.create("/api/v1/namespaces", {"metadata": {"name": "short"}})
    client.create("/api/v1/namespaces/short/configmaps", config_map())
    ending = client("DELETE", "/api/v1/namespaces/short").body
    assert ending["status"]["phase"] == "Terminating" or ending["metadata"]["name"] == "short"
    client.settle()
    client.clock.step(60)
    client.settle()
    assert client("GET", "/api/v1/namespaces/short").status == 404
    assert client("GET", "/api/v1/namespaces/short/configmaps/c").status == 404


def test_some_namespaces_stay(client):
    assert client("DELETE", "/api/v1/namespaces/kube-system").status == 403


def test_bad_options_are_refused(client, config_map):
    client.create(CONFIG_MAPS, config_map())
    assert client("DELETE", f"{CONFIG_MAPS}/c?propagationPolicy=Maybe").status == 422
    assert client("DELETE", f"{CONFIG_MAPS}/c?dryRun=Some").status == 422
