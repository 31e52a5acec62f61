"""Nodes described in a few lines: ``gk.sandbox(nodes=[{"name": "old", "count": 2, "kernel": "5.4.0"}, …])``."""

import json

import pytest

from gitopskit.errors import SandboxError
from gitopskit.sandbox import attach, open_sandbox, start, status, stop

POOLS = """
- {name: new, count: 2}
- name: old
  count: 2
  kernel: 5.4.0-150-generic
  os_image: Ubuntu 20.04.6 LTS
  kubelet: v1.34.1
  runtime: containerd://1.6.8
  capacity: {cpu: 4}
  labels: {disk: ssd}
  annotations: {rack: r2}
  taints: [dedicated=batch:NoSchedule]
  facts: {packages: {openssl: 1.1.1f}, sysctls: {vm.swappiness: "60"}}
"""


@pytest.fixture(scope="module")
def pooled(engine):
    with open_sandbox(engine, nodes=POOLS) as sandbox:
        yield sandbox


def get(sandbox, kubectl, *words):
    return json.loads(kubectl(sandbox.kubeconfig, "get", *words, "-o", "json"))


def test_a_pool_is_what_it_was_described_as(pooled, kubectl, eventually):
    assert [item["metadata"]["name"] for item in get(pooled, kubectl, "nodes")["items"]] == ["new-0", "new-1", "old-0", "old-1"]
    old = get(pooled, kubectl, "node", "old-1")
    software = old["status"]["nodeInfo"]
    assert (software["kernelVersion"], software["osImage"]) == ("5.4.0-150-generic", "Ubuntu 20.04.6 LTS")
    assert (software["kubeletVersion"], software["containerRuntimeVersion"]) == ("v1.34.1", "containerd://1.6.8")
    assert old["status"]["allocatable"] == {"cpu": "4", "memory": "32Gi", "ephemeral-storage": "100Gi", "pods": "110"}
    assert old["metadata"]["labels"].items() >= {"disk": "ssd", "gitopskit.dev/pool": "old", "kubernetes.io/hostname": "old-1"}.items()
    assert old["metadata"]["annotations"]["rack"] == "r2"
    pooled.wait_ready()  # a taint of the pool's own is no reason to wait
    dedicated = [{"key": "dedicated", "value": "batch", "effect": "NoSchedule"}]
    eventually(lambda: get(pooled, kubectl, "node", "old-1")["spec"]["taints"] == dedicated, "ready: no other taint left", 30)
    ready = "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}"
    eventually(lambda: kubectl(pooled.kubeconfig, "get", "nodes", "-o", ready).split() == ["True"] * 4, "all Ready", 30)
    assert len({item["spec"]["podCIDR"] for item in get(pooled, kubectl, "nodes")["items"]}) == 4


def test_facts_are_for_audits(pooled):
    facts = pooled.facts()
    assert facts["old-0"]["packages"] == {"openssl": "1.1.1f"}
    assert facts["old-0"]["sysctls"] == {"vm.swappiness": "60"}
    assert {name: found["kernelVersion"] for name, found in facts.items() if name.endswith("-0")} == {
        "new-0": "6.12.0", "old-0": "5.4.0-150-generic",
    }  # fmt: skip
    assert "packages" not in facts["new-0"]


def test_a_node_stays_as_it_was_changed_by_hand(pooled, kubectl, eventually):
    patch = {"status": {"nodeInfo": {"kernelVersion": "6.1.0-hand"}, "capacity": {"cpu": "2"}, "allocatable": {"cpu": "2"}}}
    kubectl(pooled.kubeconfig, "patch", "node", "new-1", "--subresource=status", "--type=merge", "-p", json.dumps(patch))
    kubectl(pooled.kubeconfig, "label", "node", "new-1", "kubernetes.io/os=plan9", "--overwrite")
    kubectl(pooled.kubeconfig, "annotate", "node", "new-1", "gitopskit.dev/facts=" + json.dumps({"packages": {"openssl": "0.9"}}))
    odd = {"status": {"conditions": [{"type": "KernelDeadlock", "status": "True", "reason": "Odd", "message": "by hand"}]}}
    kubectl(pooled.kubeconfig, "patch", "node", "new-1", "--subresource=status", "-p", json.dumps(odd))
    kubectl(pooled.kubeconfig, "cordon", "new-1")
    cordoned = "node.kubernetes.io/unschedulable"
    eventually(lambda: cordoned in kubectl(pooled.kubeconfig, "get", "node", "new-1", "-o", "json").partition('"status"')[0], "tainted", 30)
    if pooled.engine == "simulator":
        pooled.clock.advance(hours=1)  # a dozen heartbeats
    node = get(pooled, kubectl, "node", "new-1")
    assert node["status"]["nodeInfo"]["kernelVersion"] == "6.1.0-hand"
    assert (node["status"]["capacity"]["cpu"], node["status"]["allocatable"]["cpu"]) == ("2", "2")
    assert node["metadata"]["labels"]["kubernetes.io/os"] == "plan9"
    assert {"KernelDeadlock", "Ready"} <= {item["type"] for item in node["status"]["conditions"]}
    assert pooled.facts()["new-1"]["packages"] == {"openssl": "0.9"}
    kubectl(pooled.kubeconfig, "uncordon", "new-1")
    eventually(lambda: "taints" not in get(pooled, kubectl, "node", "new-1")["spec"], "no taint left", 30)


def test_what_somebody_says_of_a_nodes_health_stays_too(cluster):
    cluster.sandbox.add_nodes([{"name": "n", "count": 1}])
    cluster.sandbox.clock.advance(seconds=1)
    sick = {"type": "Ready", "status": "False", "reason": "Sick", "message": "by hand"}
    cluster("PATCH", "/api/v1/nodes/n-0/status", {"status": {"conditions": [sick]}}, "application/strategic-merge-patch+json")
    cluster.sandbox.clock.advance(hours=1)
    node = cluster.get("/api/v1/nodes/n-0")
    ready = next(item for item in node["status"]["conditions"] if item["type"] == "Ready")
    assert ready.items() >= sick.items()
    assert "node.kubernetes.io/not-ready" in [item["key"] for item in node["spec"]["taints"]]


def test_pools_can_be_added_later_and_to_a_background_sandbox(names):
    name = names("pools")
    start(name, "simulator", nodes=[{"name": "a", "count": 2}])
    assert attach(name).add_nodes([{"name": "b"}]) == ["b-0"]
    assert sorted(attach(name).facts()) == ["a-0", "a-1", "b-0"]
    stop(name)


@pytest.mark.parametrize(
    ("pools", "what"),
    [
        ([{"name": "a", "core": "5.4"}], "core"),
        ("- {name: Not_A_Name}", "Not_A_Name"),
        ("three of them", "mapping"),
        (["a"], "mapping"),
        ([{"name": "a", "capacity": {"cpu": "lots"}}], "quantities"),
    ],
)
def test_refuses_what_is_no_pool_and_leaves_nothing_running(pools, what, home_dir):
    with pytest.raises(SandboxError, match=what) as caught:
        open_sandbox("simulator", nodes=pools)
    assert caught.value.next_step
    with pytest.raises(SandboxError, match=what):
        start("none", "simulator", nodes=pools)
    assert status() == []


def test_two_pools_of_one_name_are_refused(cluster):
    cluster.sandbox.add_nodes([{"name": "a"}])
    with pytest.raises(SandboxError, match="already exists"):
        cluster.sandbox.add_nodes([{"name": "a"}])
