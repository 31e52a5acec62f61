"""lightkube: its ordinary verbs, on both engines."""

import pytest
from lightkube import ApiError, Client, KubeConfig
from lightkube.generic_resource import create_namespaced_resource
from lightkube.models.autoscaling_v1 import ScaleSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment, ReplicaSet
from lightkube.resources.core_v1 import ConfigMap, Pod
from lightkube.types import CascadeType, PatchType

from .conftest import config_map, deployment, widget


@pytest.fixture
def client(cluster, namespace):
    connection = Client(config=KubeConfig.from_file(cluster.kubeconfig), namespace=namespace, field_manager="tester", trust_env=False)
    yield connection
    connection.close()


def make(name="c", value="v", **labels):
    return ConfigMap.from_dict(config_map(name, value, **labels))


def test_ordinary_verbs(client):
    client.create(make(colour="red"))
    client.create(make("d", colour="blue"))
    assert client.get(ConfigMap, "c").data == {"k": "v"}
    assert [item.metadata.name for item in client.list(ConfigMap, labels={"colour": "red"})] == ["c"]
    assert [item.metadata.name for item in client.list(ConfigMap, fields={"metadata.name": "d"})] == ["d"]
    assert [item.metadata.name for item in client.list(ConfigMap, labels={"colour": ["red", "blue"]}, chunk_size=1)] == ["c", "d"]
    client.set(ConfigMap, "c", labels={"colour": "green"})
    assert client.get(ConfigMap, "c").metadata.labels == {"colour": "green"}
    client.deletecollection(ConfigMap)
    with pytest.raises(ApiError) as caught:
        client.get(ConfigMap, "c")
    assert (caught.value.status.code, caught.value.status.reason) == (404, "NotFound")


def test_replace_of_an_old_version_conflicts(client):
    old = client.create(make())
    old.data = {"k": "1"}
    client.replace(old)
    with pytest.raises(ApiError) as caught:
        client.replace(old)
    assert caught.value.status.reason == "Conflict"


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        (PatchType.JSON, [{"op": "replace", "path": "/data/k", "value": "w"}]),
        (PatchType.MERGE, {"data": {"k": "w"}}),
        (PatchType.STRATEGIC, {"data": {"k": "w"}}),
        (PatchType.APPLY, config_map(value="w")),
    ],
)
def test_every_patch(client, kind, patch):
    client.create(make())
    assert client.patch(ConfigMap, "c", patch, patch_type=kind, force=kind is PatchType.APPLY).data == {"k": "w"}


def test_apply_of_two_managers_conflicts(client):
    client.apply(make())
    with pytest.raises(ApiError, match="conflict") as caught:
        client.apply(make(value="w"), field_manager="another")
    assert caught.value.status.code == 409
    assert client.apply(make(value="w"), field_manager="another", force=True).data == {"k": "w"}


def test_watch(client):
    start = client.create(make()).metadata.resourceVersion
    client.patch(ConfigMap, "c", {"data": {"k": "w"}})
    client.delete(ConfigMap, "c")
    seen = []
    for step, item in client.watch(ConfigMap, fields={"metadata.name": "c"}, resource_version=start):
        seen.append((step, item.data["k"]))
        if step == "DELETED":
            break
    assert seen == [("MODIFIED", "w"), ("DELETED", "w")]


def test_scale_and_wait(client):
    client.create(Deployment.from_dict(deployment(replicas=1)))
    client.replace(Deployment.Scale(metadata=ObjectMeta(name="web"), spec=ScaleSpec(replicas=3)), "web")
    client.wait(Deployment, "web", for_conditions=["Available"])
    assert client.get(Deployment.Scale, "web").spec.replicas == 3
    while len(list(client.list(Pod, labels={"app": "web"}))) != 3:
        pass


def test_delete_that_orphans(client):
    client.create(Deployment.from_dict(deployment(replicas=0)))
    next(iter(client.watch(ReplicaSet)))
    client.delete(Deployment, "web", cascade=CascadeType.ORPHAN)
    while list(client.list(Deployment)):
        pass
    assert [item.metadata.ownerReferences for item in client.list(ReplicaSet)] == [None]


def test_dry_run_keeps_nothing(client):
    assert client.create(make("dry"), dry_run=True).metadata.uid
    with pytest.raises(ApiError):
        client.get(ConfigMap, "dry")


def test_custom_objects(client, widgets):
    group = widgets["spec"]["group"]
    kind = create_namespaced_resource(group, "v1", "Widget", "widgets", verbs=None)
    made = client.create(kind(widget(group)))
    assert made.spec == {"size": 1, "colour": "red"}
    client.apply(kind(widget(group, size=2)), force=True)
    client.patch(kind.Status, "w", {"status": {"replicas": 4}}, patch_type=PatchType.MERGE)
    assert (client.get(kind, "w").spec["size"], client.get(kind, "w").status) == (2, {"replicas": 4})
    with pytest.raises(ApiError) as caught:
        client.create(kind(widget(group, "x", size=0)))
    assert caught.value.status.reason == "Invalid"
