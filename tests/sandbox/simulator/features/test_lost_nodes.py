"""Nodes fall silent and are heard again: ``sandbox.stop_kubelets("node-0")``."""

import pytest

from gitopskit.errors import SandboxError

NODES = "/api/v1/nodes"
PODS = "/api/v1/namespaces/default/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
UNREACHABLE = "node.kubernetes.io/unreachable"


@pytest.fixture
def three(cluster):
    """Three nodes, and a Deployment of three."""
    cluster.sandbox.add_nodes([{"name": "node", "count": 3}])
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "registry.example/web:1"}]}}
    spec = {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    cluster.create(DEPLOYMENTS, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
    cluster.sandbox.clock.advance(seconds=1)
    return cluster


def ready_of(cluster, name):
    listed = cluster.get(f"{NODES}/{name}")["status"]["conditions"]
    return next((item["status"], item["reason"]) for item in listed if item["type"] == "Ready")


def taints_of(cluster, name):
    return [(item["key"], item["effect"]) for item in cluster.get(f"{NODES}/{name}")["spec"].get("taints", ())]


def going(cluster):
    return [item for item in cluster.items(PODS) if "deletionTimestamp" in item["metadata"]]


def running(cluster):
    return sorted(item["spec"]["nodeName"] for item in cluster.items(PODS) if "deletionTimestamp" not in item["metadata"])


def test_a_silent_node_is_found_out_and_its_pods_are_replaced(three):
    three.sandbox.stop_kubelets("node-0")
    three.sandbox.clock.advance(seconds=49)
    assert ready_of(three, "node-0") == ("True", "KubeletReady")
    three.sandbox.clock.advance(seconds=2)
    assert ready_of(three, "node-0") == ("Unknown", "NodeStatusUnknown")
    assert taints_of(three, "node-0") == [(UNREACHABLE, "NoSchedule"), (UNREACHABLE, "NoExecute")]
    assert not going(three)  # for five minutes every Pod tolerates it, unless it says otherwise
    three.sandbox.clock.advance(minutes=5)
    assert [item["spec"]["nodeName"] for item in going(three)] == ["node-0"]
    assert len(running(three)) == 3
    assert set(running(three)) == {"node-1", "node-2"}


def test_a_pod_that_was_driven_away_ends_when_the_node_is_heard_again(three):
    three.sandbox.stop_kubelets("node-0")
    three.sandbox.clock.advance(minutes=10)
    assert going(three)
    three.sandbox.start_kubelets("node-0")
    three.sandbox.clock.advance(seconds=1)
    assert not going(three)
    assert ready_of(three, "node-0") == ("True", "KubeletReady")
    assert taints_of(three, "node-0") == []


def test_a_node_that_is_out_of_service_gives_its_pods_up(three):
    three.sandbox.stop_kubelets("node-0")
    three.sandbox.clock.advance(minutes=10)
    taints = [*three.get(f"{NODES}/node-0")["spec"]["taints"], {"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"}]
    three.patch(f"{NODES}/node-0", {"spec": {"taints": taints}})
    three.sandbox.clock.advance(seconds=1)
    assert not going(three)


def test_where_no_node_is_heard_nothing_is_driven_anywhere(three):
    three.sandbox.stop_kubelets("node-0", "node-1", "node-2")
    three.sandbox.clock.advance(minutes=10)
    assert [taints_of(three, f"node-{number}") for number in range(3)] == [[(UNREACHABLE, "NoSchedule")]] * 3
    assert not going(three)


def test_nothing_starts_and_nothing_ends_on_a_silent_node(three):
    three.sandbox.stop_kubelets("node-0")
    pod = {"metadata": {"name": "new"}, "spec": {"nodeName": "node-0", "containers": [{"name": "c", "image": "i:1"}]}}
    three.create(PODS, {"apiVersion": "v1", "kind": "Pod", **pod})
    three.sandbox.clock.advance(seconds=5)
    assert three.get(f"{PODS}/new")["status"]["phase"] == "Pending"
    three.sandbox.start_kubelets("node-0")
    three.sandbox.clock.advance(seconds=5)
    assert three.get(f"{PODS}/new")["status"]["phase"] == "Running"


def test_a_node_that_is_not_there(three):
    with pytest.raises(SandboxError, match='nodes "node-9" not found'):
        three.sandbox.stop_kubelets("node-9")
