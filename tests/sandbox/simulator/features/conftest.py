"""Sandboxes as a trainer has them: one in this process, one in the background; and a short way to ask them things."""

import json

import pytest

from gitopskit.sandbox import attach, open_sandbox, start, stop
from gitopskit.sandbox.client import Client


class Cluster:
    """A sandbox, and requests to it."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self._client = Client.of(sandbox.kubeconfig)

    def __call__(self, method, path, body=None, media="application/json"):
        return json.loads(
            self._client.send(method, path, json.dumps(body).encode() if body is not None else None, media=media, timeout_s=60)
        )

    def get(self, path):
        return self("GET", path)

    def items(self, path):
        return self("GET", path)["items"]

    def create(self, path, body):
        return self("POST", path, body)

    def patch(self, path, body):
        return self("PATCH", path, body, "application/merge-patch+json")


@pytest.fixture
def cluster():
    """A simulator in this process, without nodes, whose clock stands still."""
    with open_sandbox("simulator", nodes=0) as sandbox:
        sandbox.clock.stop()
        yield Cluster(sandbox)


@pytest.fixture(params=["in this process", "in the background"])
def either(request, home_dir):
    """A simulator with one node, wherever it runs."""
    if request.param == "in this process":
        with open_sandbox("simulator", nodes=1) as sandbox:
            yield Cluster(sandbox)
        return
    start("features", "simulator", nodes=1)
    yield Cluster(attach("features"))
    stop("features")


@pytest.fixture(scope="session")
def controlplane():
    """A real control plane without nodes, shared."""
    from tests.conftest import require_controlplane

    require_controlplane()
    with open_sandbox("controlplane", nodes=0) as sandbox:
        yield Cluster(sandbox)


@pytest.fixture
def job():
    """Build a Job."""

    def make(name="once", image="registry.example/job:1", **spec):
        pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": image}]}
        return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {"template": {"spec": pod}, **spec}}

    return make


@pytest.fixture
def deployment():
    """Build a Deployment."""

    def make(name="web", replicas=1, image="registry.example/web:1", **spec):
        labels = {"app": name}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": image}]}}
        return {
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod, **spec},
        }  # fmt: skip

    return make
