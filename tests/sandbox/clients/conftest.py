"""A namespace of a test's own, and the objects that every client writes."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client, config

from gitopskit.sandbox import Sandbox


@pytest.fixture
def api(cluster: Sandbox) -> Iterator[client.ApiClient]:
    """The official client's connection."""
    with config.new_client_from_config(str(cluster.kubeconfig)) as connection:
        yield connection


@pytest.fixture
def namespace(api: client.ApiClient, namespace_name: str) -> Iterator[str]:
    core = client.CoreV1Api(api)
    core.create_namespace({"metadata": {"name": namespace_name}})
    yield namespace_name
    core.delete_namespace(namespace_name)


@pytest.fixture
def widgets(api: client.ApiClient, namespace_name: str) -> Iterator[dict[str, Any]]:
    """A definition of a group of the test's own, served."""
    definition = _definition(group=f"{namespace_name}.example.com")
    extensions = client.ApiextensionsV1Api(api)
    extensions.create_custom_resource_definition(definition)
    name = definition["metadata"]["name"]
    while not _is_served(api, definition["spec"]["group"]):
        time.sleep(0.05)
    yield definition
    with contextlib.suppress(client.ApiException):
        extensions.delete_custom_resource_definition(name)


def _is_served(api: client.ApiClient, group: str) -> bool:
    """Whether the definition's kind is there, and discovery tells of it: a server says Established before both."""
    try:
        client.CustomObjectsApi(api).list_cluster_custom_object(group, "v1", "widgets")
        return any(item.name == group for item in client.ApisApi(api).get_api_versions().groups)
    except client.ApiException:
        return False


def config_map(name: str = "c", value: str = "v", **labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels}, "data": {"k": value}}


def deployment(name: str = "web", replicas: int = 2) -> dict[str, Any]:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": "registry.example/web:1"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels}, "spec": spec}


def widget(group: str, name: str = "w", size: int = 1) -> dict[str, Any]:
    return {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": name}, "spec": {"size": size}}


def _definition(group: str) -> dict[str, Any]:
    fields = {"size": {"type": "integer", "minimum": 1}, "colour": {"type": "string", "default": "red"}, "replicas": {"type": "integer"}}
    status = {"type": "object", "properties": {"replicas": {"type": "integer"}}}
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": fields, "required": ["size"]}, "status": status}}
    scale = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    version = {
        "name": "v1", "served": True, "storage": True,
        "schema": {"openAPIV3Schema": schema}, "subresources": {"status": {}, "scale": scale},
    }  # fmt: skip
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [version]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"widgets.{group}"}, "spec": spec,
    }  # fmt: skip
