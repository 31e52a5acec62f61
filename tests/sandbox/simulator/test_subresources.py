"""Scale, status, eviction, binding; and who may do what."""

import pytest

from .conftest import CONFIG_MAPS, DEPLOYMENTS

PODS = "/api/v1/namespaces/default/pods"
MERGE = "application/merge-patch+json"
SCALE = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web"}, "spec": {"replicas": 5}}
RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"


def test_scale_shows_and_sets_replicas(client, deployment):
    client.create(DEPLOYMENTS, deployment())
    shown = client.get(f"{DEPLOYMENTS}/web/scale")
    assert (shown["kind"], shown["spec"], shown["status"]["selector"]) == ("Scale", {"replicas": 2}, "app=web")
    assert client("PUT", f"{DEPLOYMENTS}/web/scale", SCALE).body["spec"] == {"replicas": 5}
    client("PATCH", f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": 6}}, media=MERGE)
    live = client.get(f"{DEPLOYMENTS}/web")
    assert live["spec"]["replicas"] == 6
    scaler = [entry for entry in live["metadata"]["managedFields"] if entry.get("subresource") == "scale"]
    assert [entry["fieldsV1"] for entry in scaler] == [{"f:spec": {"f:replicas": {}}}]


def test_scale_refuses_less_than_nothing(client, deployment):
    client.create(DEPLOYMENTS, deployment())
    assert client("PUT", f"{DEPLOYMENTS}/web/scale", {**SCALE, "spec": {"replicas": -1}}).status == 422


def test_status_writes_status_alone(client, deployment):
    made = client.create(DEPLOYMENTS, deployment())
    made["spec"]["replicas"] = 9
    made["status"] = {"observedGeneration": 1, "replicas": 7}
    done = client("PUT", f"{DEPLOYMENTS}/web/status", made).body
    assert (done["spec"]["replicas"], done["status"]["replicas"]) == (2, 7)


def test_an_eviction_respects_the_budget(client):
    pod = {"metadata": {"name": "p", "labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x"}]}}
    client.create(PODS, pod)
    budget = {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}}}
    client.create("/apis/policy/v1/namespaces/default/poddisruptionbudgets", budget)
    client.settle()
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}}
    refused = client("POST", f"{PODS}/p/eviction", eviction)
    assert (refused.status, refused.body["details"]["causes"][0]["reason"]) == (429, "DisruptionBudget")
    client("DELETE", "/apis/policy/v1/namespaces/default/poddisruptionbudgets/b")
    assert client("POST", f"{PODS}/p/eviction", eviction).status == 201


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        (f"{PODS}/p/log", 500, 'Get "https://node-0:10250/containerLogs/default/p/c": dial tcp: lookup node-0'),
        (f"{PODS}/p/log?container=x", 400, "container x is not valid for pod p"),
        (f"{PODS}/p/exec?command=ls", 400, "Upgrade request required"),
        ("/api/v1/nodes/node-0/proxy", 400, "lookup node-0"),
        ("/api/v1/namespaces/default/services/kubernetes/proxy", 503, 'no endpoints available for service "kubernetes"'),
    ],
)
def test_what_needs_a_kubelet_fails_as_without_one(client, path, status, message):
    client.create(PODS, {"metadata": {"name": "p"}, "spec": {"nodeName": "node-0", "containers": [{"name": "c", "image": "x"}]}})
    answer = client("GET", path)
    assert (answer.status, answer.body["message"].startswith(message)) == (status, True)


def test_a_pod_without_a_node_has_no_log_yet(client):
    client.create(PODS, {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "x"}]}})
    answer = client("GET", f"{PODS}/p/log")
    assert (answer.status, answer.body) == (200, "")


@pytest.fixture
def ann(client):
    """Give a user the right to read config maps in one namespace."""
    client.create(
        f"{RBAC}/roles", {"metadata": {"name": "r"}, "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]}
    )
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "ann"}
    client.create(f"{RBAC}/rolebindings", {"metadata": {"name": "b"}, "roleRef": role, "subjects": [subject]})
    return {"impersonate_user": "ann"}


def test_rights_are_enforced(client, ann, config_map):
    assert client("GET", CONFIG_MAPS, **ann).status == 200
    refused = client("POST", CONFIG_MAPS, config_map(), **ann)
    assert (refused.status, refused.body["reason"]) == (403, "Forbidden")
    expected = 'configmaps is forbidden: User "ann" cannot create resource "configmaps" in API group "" in the namespace "default"'
    assert refused.body["message"] == expected
    assert client("GET", "/api/v1/namespaces/kube-system/configmaps", **ann).status == 403


def test_an_apply_that_creates_needs_the_right_to_create(client, config_map):
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch"]}]
    client.create(f"{RBAC}/roles", {"metadata": {"name": "p"}, "rules": rules})
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "p"}
    subject = {"kind": "User", "name": "pat", "apiGroup": "rbac.authorization.k8s.io"}
    client.create(f"{RBAC}/rolebindings", {"metadata": {"name": "p"}, "roleRef": role, "subjects": [subject]})
    body = config_map()
    assert (
        client("PATCH", f"{CONFIG_MAPS}/c?fieldManager=x", body, media="application/apply-patch+yaml", impersonate_user="pat").status == 403
    )
    client.create(CONFIG_MAPS, config_map())
    assert (
        client("PATCH", f"{CONFIG_MAPS}/c?fieldManager=x", body, media="application/apply-patch+yaml", impersonate_user="pat").status == 200
    )


def test_nobody_grants_more_than_he_has(client):
    rules = [{"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "verbs": ["create"]}]
    client.create(f"{RBAC}/roles", {"metadata": {"name": "maker"}, "rules": rules})
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "maker"}
    subject = {"kind": "User", "name": "eve", "apiGroup": "rbac.authorization.k8s.io"}
    client.create(f"{RBAC}/rolebindings", {"metadata": {"name": "maker"}, "roleRef": role, "subjects": [subject]})
    more = {"metadata": {"name": "more"}, "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}
    refused = client("POST", f"{RBAC}/roles", more, impersonate_user="eve")
    assert (refused.status, "not currently held" in refused.body["message"]) == (403, True)


@pytest.mark.parametrize(("verb", "allowed"), [("get", True), ("delete", False)])
def test_may_i(client, ann, verb, allowed):
    ask = {"spec": {"resourceAttributes": {"verb": verb, "resource": "configmaps", "namespace": "default"}}}
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    assert client("POST", path, ask, **ann).body["status"]["allowed"] is allowed
    assert client("POST", path, ask).body["status"]["allowed"] is True


def test_who_am_i(client, ann):
    answer = client("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, **ann)
    assert answer.body["status"]["userInfo"]["username"] == "ann"
