"""A cluster without an API: the store, the controllers, and the few rules of a write path that they rely on."""

import copy
import itertools
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from gitopskit.sandbox.controllers import Controllers
from gitopskit.sandbox.controllers.failing import Failures
from gitopskit.sandbox.machinery.status import not_found
from gitopskit.sandbox.machinery.store import Store

PLURALS = {"Endpoints": "endpoints", "Ingress": "ingresses"}


def storage_of(body):
    group = body["apiVersion"].rpartition("/")[0].replace("events.k8s.io", "")
    return group, PLURALS.get(body["kind"], body["kind"].lower() + "s")


class FakeApi:
    """Implements `ControlApi` over a store, with a clock that moves only when told."""

    def __init__(self):
        self.store = Store()
        self.clock = datetime(2026, 1, 1, tzinfo=UTC)
        self.failures = Failures()
        self.writes = []
        self.refuse = {}
        self._queue = self.store.listen()
        self._numbers = itertools.count()

    def changes(self):
        while self._queue:
            yield self._queue.popleft()

    def now(self):
        return self.clock

    def serves(self, api_version, kind):
        return kind != "Unknown"

    def create(self, body, *, manager="test"):
        body = copy.deepcopy(body)
        if body["kind"] in self.refuse:
            raise self.refuse[body["kind"]]
        metadata = body["metadata"]
        metadata.setdefault("name", f"{metadata.get('generateName', '')}{next(self._numbers)}")
        metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": self.clock.strftime("%Y-%m-%dT%H:%M:%SZ"), "generation": 1}
        if body["kind"] == "Pod":
            body["status"] = {"phase": "Pending"}
            body["spec"].setdefault("schedulerName", "default-scheduler")
        if body["kind"] == "Namespace":
            body["spec"] = {"finalizers": ["kubernetes"]}
        assert self.store.get(storage_of(body), metadata.get("namespace", ""), metadata["name"]) is None
        self.writes.append(("create", body["kind"], metadata["name"], manager))
        return self.store.put(storage_of(body), body).object

    def update(self, body, *, manager="test", subresource=""):
        body = copy.deepcopy(body)
        metadata, storage = body["metadata"], storage_of(body)
        old = self.store.get(storage, metadata.get("namespace", ""), metadata["name"])
        if old is None:
            raise not_found(*storage, metadata["name"])
        if subresource != "status":
            body["status"] = old.object.get("status", {})
            if body.get("spec") != old.object.get("spec"):
                metadata["generation"] += 1
        else:
            body = {
                **old.object,
                "status": body["status"],
                "metadata": {**old.object["metadata"], "annotations": metadata.get("annotations", {})},
            }
        self.writes.append(("update", body["kind"], metadata["name"], manager))
        gone = metadata.get("deletionTimestamp") and not metadata.get("finalizers") and not (body.get("spec") or {}).get("finalizers")
        if gone and body["kind"] != "Pod":
            return self.store.delete(storage, metadata.get("namespace", ""), metadata["name"]).object
        return self.store.put(storage, body).object

    def apply(self, body, *, manager="test"):
        metadata = body["metadata"]
        old = self.store.get(storage_of(body), metadata.get("namespace", ""), metadata["name"]).object
        return self.update({**old, **body, "metadata": old["metadata"]}, manager=manager)

    def delete(self, storage, namespace, name, *, uid="", propagation="", grace_s=None):
        entry = self.store.get(storage, namespace, name)
        if entry is None or (uid and entry.object["metadata"]["uid"] != uid):
            raise not_found(*storage, name)
        obj = copy.deepcopy(entry.object)
        metadata = obj["metadata"]
        mark = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}.get(propagation)
        if mark:
            metadata["finalizers"] = [*metadata.get("finalizers", []), mark]
        waits = storage == ("", "pods") and obj["spec"].get("nodeName") and grace_s != 0
        if not waits and not metadata.get("finalizers") and storage != ("", "namespaces"):
            self.store.delete(storage, namespace, name)
            return
        metadata["deletionTimestamp"] = self.clock.strftime("%Y-%m-%dT%H:%M:%SZ")
        metadata["deletionGracePeriodSeconds"] = 30 if waits else 0
        self.store.put(storage, obj)

    def bind(self, namespace, name, node):
        pod = copy.deepcopy(self.store.get(("", "pods"), namespace, name).object)
        pod["spec"]["nodeName"] = node
        bound = {"type": "PodScheduled", "status": "True", "lastTransitionTime": self.clock.strftime("%Y-%m-%dT%H:%M:%SZ")}
        pod["status"]["conditions"] = [bound]
        self.writes.append(("bind", "Pod", name, "kube-scheduler"))
        self.store.put(("", "pods"), pod)


class FakeCluster:
    """Writes as a user, lets the controllers work, and reads."""

    def __init__(self, nodes=3):
        self.api = FakeApi()
        self.controllers = Controllers(self.api)
        for number in range(nodes):
            self.create(node(f"node-{number}", number))
        self.create(thing("v1", "Namespace", "default", namespace=None))

    def create(self, *bodies):
        for body in bodies:
            self.api.create(body)
        return self.settle()

    def change(self, storage, name, edit, namespace="default", subresource=""):
        body = copy.deepcopy(self.get(storage, name, namespace))
        edit(body)
        self.api.update(body, subresource=subresource)
        return self.settle()

    def delete(self, storage, name, namespace="default", propagation="Background"):
        self.api.delete(storage, namespace, name, propagation=propagation)
        return self.settle()

    def settle(self, limit=50):
        """Let the controllers work until nothing is due; a controller that never rests fails the test."""
        for _ in range(limit):
            if not self.controllers.step():
                return self
        raise AssertionError(f"the controllers never come to rest: {self.api.writes[-20:]}")

    def wait(self, seconds):
        """Let time pass, and everything happen that is due in it."""
        end = self.api.clock + timedelta(seconds=seconds)
        while (at := self.controllers.next_at()) is not None and at <= end:
            self.api.clock = max(at, self.api.clock)
            self.settle()
        self.api.clock = end
        return self.settle()

    def get(self, storage, name, namespace="default"):
        entry = self.api.store.get(storage, namespace, name)
        return entry.object if entry else None

    def all(self, storage, namespace="default"):
        return [entry.object for entry in self.api.store.entries(storage) if entry.object["metadata"].get("namespace", "") == namespace]

    def names(self, storage, namespace="default"):
        return [obj["metadata"]["name"] for obj in self.all(storage, namespace)]


def thing(api_version, kind, name, *, namespace="default", labels=None, **rest):
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {}) | ({"labels": labels} if labels else {})
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


def node(name, number=0, **spec):
    room = {"cpu": "4", "memory": "8Gi", "pods": "110"}
    labels = {"kubernetes.io/hostname": name}
    made = thing("v1", "Node", name, namespace=None, labels=labels, spec={"podCIDR": f"10.244.{number}.0/24", **spec})
    return made | {"status": {"capacity": room, "allocatable": room}}


@pytest.fixture
def make():
    """Build an object as a complete API would store it."""
    return thing


@pytest.fixture
def make_node():
    return node


@pytest.fixture
def template():
    """Build a Pod template."""

    def build(image="nginx:1", labels=None, **spec):
        container = {"name": "c", "image": image, **spec.pop("container", {})}
        return {
            "metadata": {"labels": labels or {"app": "web"}},
            "spec": {"containers": [container], "schedulerName": "default-scheduler", **spec},
        }

    return build


@pytest.fixture
def deployment(template):
    """Build a Deployment."""

    def build(name="web", replicas=2, image="nginx:1", labels=None, **spec):
        labels = labels or {"app": name}
        rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
        body = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template(image, labels), "strategy": rolling}
        return thing("apps/v1", "Deployment", name, labels=labels, spec={**body, "progressDeadlineSeconds": 600, **spec})

    return build


@pytest.fixture
def fake():
    """A cluster with three nodes and the namespace ``default``."""
    return FakeCluster()


@pytest.fixture
def empty_cluster():
    """A cluster without a node."""
    return FakeCluster(nodes=0)
