"""kr8s: its ordinary verbs, on both engines."""

import kr8s
import pytest
from kr8s._async_utils import as_sync_func
from kr8s.objects import ConfigMap, Deployment, new_class

from .conftest import config_map, deployment, widget

pytestmark = pytest.mark.filterwarnings("ignore:Kubernetes version v1.37.2 is not supported:UserWarning:kr8s")


@pytest.fixture
def client(cluster, namespace):
    connection = kr8s.api(kubeconfig=str(cluster.kubeconfig), namespace=namespace)
    yield connection
    as_sync_func(connection._session.aclose)()  # it has no way of its own to close what it opened


@pytest.fixture
def make(client, namespace):
    def create(name="c", value="v", **labels):
        body = config_map(name, value, **labels)
        item = ConfigMap({**body, "metadata": {**body["metadata"], "namespace": namespace}}, api=client)
        item.create()
        return item

    return create


def test_ordinary_verbs(client, make, namespace):
    item = make(colour="red")
    make("d", colour="blue")
    assert item.exists()
    assert [found.name for found in client.get("configmaps", namespace=namespace, label_selector={"colour": "red"})] == ["c"]
    assert [found.name for found in client.get("configmaps", "d", namespace=namespace)] == ["d"]
    item.label(colour="green")
    item.annotate(note="kept")
    item.patch({"data": {"k": "w"}})
    item.patch([{"op": "add", "path": "/data/l", "value": "x"}], type="json")
    again = ConfigMap.get("c", namespace=namespace, api=client)
    assert (again.labels, again.annotations, again.raw["data"]) == ({"colour": "green"}, {"note": "kept"}, {"k": "w", "l": "x"})
    item.delete()
    assert not item.exists()
    with pytest.raises(kr8s.NotFoundError):
        ConfigMap.get("c", namespace=namespace, api=client)


def test_watch(client, make, namespace):
    item = make("seen")
    seen = []
    for step, found in client.watch("configmaps", namespace=namespace, field_selector="metadata.name=seen"):
        seen.append((step, found.raw["data"]["k"]))
        if step == "ADDED":
            item.patch({"data": {"k": "w"}})
        elif step == "MODIFIED":
            item.delete()
        else:
            break
    assert seen == [("ADDED", "v"), ("MODIFIED", "w"), ("DELETED", "w")]


def test_scale_and_wait(client, namespace):
    body = deployment(replicas=1)
    item = Deployment({**body, "metadata": {**body["metadata"], "namespace": namespace}}, api=client)
    item.create()
    item.scale(3)
    item.wait("condition=Available", timeout=120)
    while item.raw["status"].get("readyReplicas") != 3:
        item.refresh()
    item.delete(propagation_policy="Foreground")
    item.wait("delete", timeout=120)
    assert not item.exists()


def test_a_name_that_is_taken(make):
    make()
    with pytest.raises(kr8s.ServerError, match="already exists") as caught:
        make()
    assert caught.value.status["reason"] == "AlreadyExists"


def test_who_and_what(client):
    assert client.version()["gitVersion"].startswith("v1.37")
    assert client.whoami() == "admin"
    assert {"deployments", "pods"} <= {item["name"] for item in client.api_resources()}


def test_custom_objects(client, namespace, widgets):
    group = widgets["spec"]["group"]
    kind = new_class("Widget", version=f"{group}/v1", namespaced=True, asyncio=False)
    body = widget(group)
    item = kind({**body, "metadata": {**body["metadata"], "namespace": namespace}}, api=client)
    item.create()
    assert item.raw["spec"] == {"size": 1, "colour": "red"}
    item.patch({"status": {"replicas": 4}}, subresource="status")
    assert [found.raw["status"] for found in client.get(f"widgets.{group}", namespace=namespace)] == [{"replicas": 4}]
