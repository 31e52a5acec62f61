"""The controllers behind the simulator's own write path: names, owners and subresources as clients see them."""

import pytest

NAMESPACE = "/api/v1/namespaces/default"
APPS = "/apis/apps/v1/namespaces/default"
SCALERS = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"


@pytest.fixture
def web():
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


@pytest.fixture
def scaler():
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"minReplicas": 4, "maxReplicas": 9, "scaleTargetRef": target}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}, "spec": spec}


def managers(obj):
    return {(entry["manager"], entry["operation"], entry.get("subresource", "")) for entry in obj["metadata"]["managedFields"]}


def test_everybody_owns_what_they_wrote(client, web):
    client.apply(f"{APPS}/deployments/web", web)
    client.settle()
    controller = "kube-controller-manager"
    assert managers(client.get(f"{APPS}/deployments/web")) == {("tester", "Apply", ""), (controller, "Update", "status")}
    (replica_set,) = client.get(f"{APPS}/replicasets")["items"]
    assert managers(replica_set) == {(controller, "Update", ""), (controller, "Update", "status")}
    pod = client.get(f"{NAMESPACE}/pods")["items"][0]
    assert managers(pod) == {(controller, "Update", ""), ("kubelet", "Update", "status")}


def test_applying_again_after_the_controllers_changes_nothing(client, web):
    client.apply(f"{APPS}/deployments/web", web)
    client.settle()
    before = client.get(f"{APPS}/deployments/web")
    client.apply(f"{APPS}/deployments/web", web)
    client.settle()
    assert client.get(f"{APPS}/deployments/web") == before


def test_an_autoscaler_takes_the_replicas_over(client, web, scaler):
    client.apply(f"{APPS}/deployments/web", web)
    client.create(SCALERS, scaler)
    client.settle()
    found = client.get(f"{APPS}/deployments/web")
    assert (found["spec"]["replicas"], found["status"]["availableReplicas"]) == (4, 4)
    assert ("kube-controller-manager", "Update", "scale") in managers(found)
    answer = client.apply(f"{APPS}/deployments/web", web)
    assert answer.status == 409
    assert 'conflict with "kube-controller-manager" with subresource "scale"' in answer.body["message"]


def test_a_quota_stops_pods_and_its_end_lets_them_go(client, web):
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": {"pods": "1"}}}
    client.create(f"{NAMESPACE}/resourcequotas", quota)
    client.create(f"{APPS}/deployments", web)
    client.settle()
    assert client.get(f"{NAMESPACE}/resourcequotas/q")["status"]["used"] == {"pods": "1"}
    failure = next(c for c in client.get(f"{APPS}/deployments/web")["status"]["conditions"] if c["type"] == "ReplicaFailure")
    assert "exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1" in failure["message"]
    client("DELETE", f"{NAMESPACE}/resourcequotas/q")
    client.clock.step(600)
    client.settle()
    assert client.get(f"{APPS}/deployments/web")["status"]["availableReplicas"] == 2


def test_custom_objects_go_with_their_owner_and_their_namespace(client, widgets):
    client.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", widgets)
    client.create("/api/v1/namespaces", {"metadata": {"name": "team"}})
    place = "/apis/example.com/v1/namespaces/team/widgets"
    owner = client.create(place, {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": {"size": 1}})
    reference = {"apiVersion": "example.com/v1", "kind": "Widget", "name": "a", "uid": owner["metadata"]["uid"]}
    for name, owners in (("b", [reference]), ("c", [])):
        metadata = {"name": name, "ownerReferences": owners}
        client.create(place, {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata, "spec": {"size": 1}})
    client("DELETE", f"{place}/a")
    client.settle()
    assert [item["metadata"]["name"] for item in client.get(place)["items"]] == ["c"]
    client("DELETE", "/api/v1/namespaces/team")
    client.settle()
    assert client("GET", "/api/v1/namespaces/team").status == 404
    assert client.get("/apis/example.com/v1/widgets")["items"] == []


def test_a_job_finishes_by_the_clock(client):
    spec = {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox:1"}]}}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"}, "spec": spec}
    client.create("/apis/batch/v1/namespaces/default/jobs", job)
    client.settle()
    assert client.get("/apis/batch/v1/namespaces/default/jobs/once")["status"]["active"] == 1
    client.clock.step(2)
    client.settle()
    done = client.get("/apis/batch/v1/namespaces/default/jobs/once")
    assert done["status"]["succeeded"] == 1
    assert done["metadata"]["labels"]["job-name"] == "once"
