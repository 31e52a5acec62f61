"""A target that is no Kubernetes, and a repository for it."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gitopskit.notebook.lessons import Lesson, seed_shop
from gitopskit.notebook.workspace import Workspace
from gitopskit.providers.kubernetes import open_provider
from tests.apply.fake_provider import FakeProvider
from tests.providers.kubernetes.conftest import run_kubectl


class Datacentre(FakeProvider):
    """The fake system, read now."""

    def read(self, scope, progress=None, *, only=None):
        return replace(super().read(scope), taken_at=datetime.now(UTC))


@dataclass
class Hall:
    """A target: something with a provider."""

    is_sandbox: bool = True
    system: Datacentre = field(default_factory=Datacentre)

    def provider(self) -> Datacentre:
        return self.system


def server(name: str, size: int) -> dict[str, str]:
    text = {"apiVersion": "datacentre/v1", "kind": "server", "metadata": {"name": name, "namespace": "hall-1"}, "size": size}
    return {f"racks/{name}.json": json.dumps(text)}


@pytest.fixture
def racks(home_dir) -> Lesson:
    lesson = seed_shop()
    lesson.write(server("a", 1) | server("b", 2), "Order two servers")
    return lesson


@pytest.fixture
def hall() -> Hall:
    return Hall()


@pytest.fixture
def workspace(racks, hall) -> Workspace:
    return Workspace(racks, "racks", revision="main", trunk="main", target=hall)


@dataclass
class Cluster:
    """A target: a sandbox that somebody else opened."""

    kubeconfig: Path
    is_sandbox: bool = True

    def provider(self):
        return open_provider(kubeconfig=self.kubeconfig, is_sandbox=True)


def files(namespace: str) -> dict[str, str]:
    place = {"namespace": namespace}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", **place}}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", **place}, "data": {"greeting": "hello"}}
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "menu", **place}, "data": {"today": "soup"}}
    spec = {
        "serviceAccountName": "web", "containers": [{"name": "web", "image": "web:1", "envFrom": [{"configMapRef": {"name": "settings"}}]}],
    }  # fmt: skip
    pod = {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "web", **place}, "template": {"spec": spec}}
    ours = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    bodies = {"namespace": ours, "account": account, "config": config, "menu": other, "pod": pod}
    return {f"parts/{name}.json": json.dumps(body) for name, body in bodies.items()}


@pytest.fixture
def ours(cluster, namespace_name, racks) -> Workspace:
    """A workspace whose plan creates a namespace and four objects in it; the set is kept elsewhere."""
    racks.write(files(namespace_name), "Begin")
    target = Cluster(cluster.kubeconfig)
    yield Workspace(racks, "parts", revision="main", trunk="main", target=target, inventory=namespace_name)
    run_kubectl(cluster.kubeconfig, "default")("delete", "namespace", namespace_name, "--wait=false", "--ignore-not-found")
