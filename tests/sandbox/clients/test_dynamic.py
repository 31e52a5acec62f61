"""The official client, dynamic: kinds found by discovery."""

import pytest
from kubernetes import dynamic
from kubernetes.dynamic import exceptions

from .conftest import config_map, deployment, widget


@pytest.fixture
def dyn(api, tmp_path):
    return dynamic.DynamicClient(api, cache_file=str(tmp_path / "discovery"))


@pytest.fixture
def maps(dyn):
    return dyn.resources.get(api_version="v1", kind="ConfigMap")


def test_discovery_finds_what_is_served(dyn):
    deployments = dyn.resources.get(api_version="apps/v1", kind="Deployment")
    assert (deployments.name, deployments.namespaced) == ("deployments", True)
    assert {"status", "scale"} <= set(deployments.subresources)
    assert dyn.resources.get(short_names=["deploy"]).kind == "Deployment"
    with pytest.raises(exceptions.ResourceNotFoundError):
        dyn.resources.get(api_version="v1", kind="Nothing")


def test_ordinary_verbs(maps, namespace):
    maps.create(config_map(colour="red"), namespace=namespace)
    assert maps.get(name="c", namespace=namespace).data.k == "v"
    assert [item.metadata.name for item in maps.get(namespace=namespace, label_selector="colour=red").items] == ["c"]
    maps.patch({"metadata": {"name": "c"}, "data": {"k": "w"}}, namespace=namespace, content_type="application/merge-patch+json")
    old = maps.get(name="c", namespace=namespace).to_dict()
    maps.replace({**old, "data": {"k": "x"}}, namespace=namespace)
    with pytest.raises(exceptions.ConflictError):
        maps.replace({**old, "data": {"k": "y"}}, namespace=namespace)
    maps.delete(name="c", namespace=namespace)
    with pytest.raises(exceptions.NotFoundError):
        maps.get(name="c", namespace=namespace)


def test_server_side_apply(maps, namespace):
    maps.server_side_apply(config_map(), namespace=namespace, field_manager="one")
    with pytest.raises(exceptions.ConflictError):
        maps.server_side_apply(config_map(value="w"), namespace=namespace, field_manager="two")
    applied = maps.server_side_apply(config_map(value="w"), namespace=namespace, field_manager="two", force_conflicts=True)
    assert applied.data.k == "w"


def test_watch(dyn, maps, namespace):
    maps.create(config_map("seen"), namespace=namespace)
    watcher = dynamic.client.watch.Watch()
    seen = []
    for event in dyn.watch(maps, namespace=namespace, name="seen", timeout=60, watcher=watcher):
        seen.append(event["type"])
        if event["type"] == "ADDED":
            maps.delete(name="seen", namespace=namespace)
        else:
            watcher.stop()
    assert seen == ["ADDED", "DELETED"]


def test_subresources(dyn, namespace):
    deployments = dyn.resources.get(api_version="apps/v1", kind="Deployment")
    deployments.create(deployment(replicas=0), namespace=namespace)
    patch = {"metadata": {"name": "web"}, "spec": {"replicas": 2}}
    deployments.scale.patch(patch, name="web", namespace=namespace, content_type="application/merge-patch+json")
    assert deployments.scale.get(name="web", namespace=namespace).spec.replicas == 2


def test_custom_objects(dyn, namespace, widgets):
    group = widgets["spec"]["group"]
    resource = dyn.resources.get(api_version=f"{group}/v1", kind="Widget")
    resource.create(widget(group, size=3), namespace=namespace)
    assert resource.get(name="w", namespace=namespace).spec.colour == "red"
    with pytest.raises(exceptions.UnprocessibleEntityError):
        resource.create(widget(group, "x", size=0), namespace=namespace)
