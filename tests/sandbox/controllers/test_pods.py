"""Which node a Pod gets, what it looks like there, and how it goes."""

import pytest

PODS, NODES = ("", "pods"), ("", "nodes")


@pytest.fixture
def pod(make, template):
    def build(name="solo", **spec):
        body = template("x:1", **spec)
        return make("v1", "Pod", name, labels=body["metadata"]["labels"], spec=body["spec"])

    return build


def message(found):
    return next(c["message"] for c in found["status"]["conditions"] if c["type"] == "PodScheduled")


def test_a_pod_runs(fake, pod):
    fake.create(pod(initContainers=[{"name": "i", "image": "init:1"}]))
    found = fake.get(PODS, "solo")
    status = found["status"]
    assert (status["phase"], status["podIP"], status["hostIP"]) == ("Running", "10.244.0.1", "127.0.0.1")
    assert [c["type"] for c in status["conditions"]] == [
        "PodReadyToStartContainers",
        "Initialized",
        "Ready",
        "ContainersReady",
        "PodScheduled",
    ]
    assert status["containerStatuses"][0]["ready"] is True
    assert status["initContainerStatuses"][0]["state"]["terminated"]["reason"] == "Completed"


def test_pods_are_spread_and_have_addresses_of_their_own(fake, pod):
    for number in range(6):
        fake.create(pod(f"p{number}"))
    found = fake.all(PODS)
    assert sorted(item["spec"]["nodeName"] for item in found) == sorted(["node-0", "node-1", "node-2"] * 2)
    assert len({item["status"]["podIP"] for item in found}) == 6


def test_no_room_is_said_and_waited_for(fake, pod):
    big = {"resources": {"requests": {"cpu": "3"}}}
    for number in range(4):
        fake.create(pod(f"p{number}", container=big))
    waiting = next(item for item in fake.all(PODS) if item["status"]["phase"] == "Pending")
    assert message(waiting) == (
        "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod."
    )
    running = next(item["metadata"]["name"] for item in fake.all(PODS) if item["status"]["phase"] == "Running")
    fake.delete(PODS, running)
    assert fake.get(PODS, waiting["metadata"]["name"])["status"]["phase"] == "Running"


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"nodeSelector": {"disk": "ssd"}}, "3 node(s) didn't match Pod's node affinity/selector"),
        ({"container": {"resources": {"requests": {"memory": "9Gi"}}}}, "3 Insufficient memory"),
        ({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "none"}}]}, 'persistentvolumeclaim "none" not found'),
    ],
)
def test_why_a_pod_cannot_be_placed(fake, pod, spec, why):
    fake.create(pod(**spec))
    assert why in message(fake.get(PODS, "solo"))


def test_taints_and_tolerations(empty_cluster, pod, make_node):
    empty_cluster.create(make_node("gpu", taints=[{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]))
    empty_cluster.create(pod("plain"))
    empty_cluster.create(pod("tolerant", tolerations=[{"key": "gpu", "operator": "Equal", "value": "yes", "effect": "NoSchedule"}]))
    assert "untolerated taint" in message(empty_cluster.get(PODS, "plain"))
    assert empty_cluster.get(PODS, "tolerant")["spec"]["nodeName"] == "gpu"


def test_required_affinity_is_honoured(fake, pod):
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["node-0", "node-1"]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}
    fake.create(pod(affinity=affinity))
    assert fake.get(PODS, "solo")["spec"]["nodeName"] == "node-2"


def test_a_cordoned_node_takes_no_more_pods(fake, pod):
    fake.change(NODES, "node-0", lambda body: body["spec"].update(unschedulable=True), namespace="")
    cordoned = {"effect": "NoSchedule", "key": "node.kubernetes.io/unschedulable", "timeAdded": "2026-01-01T00:00:00Z"}
    assert fake.get(NODES, "node-0", "")["spec"]["taints"] == [cordoned]
    for number in range(4):
        fake.create(pod(f"p{number}"))
    assert {item["spec"]["nodeName"] for item in fake.all(PODS)} == {"node-1", "node-2"}
    fake.change(NODES, "node-0", lambda body: body["spec"].pop("unschedulable"), namespace="")
    assert "taints" not in fake.get(NODES, "node-0", "")["spec"]


def test_a_deleted_pod_is_gone_and_leaves_its_room(fake, pod):
    fake.create(pod())
    fake.delete(PODS, "solo")
    assert fake.get(PODS, "solo") is None
    fake.create(pod("next"))
    assert fake.get(PODS, "next")["status"]["podIP"] == "10.244.0.1"


def test_pods_of_a_deleted_node_go_with_it(fake, pod):
    fake.create(pod())
    fake.delete(NODES, "node-0", namespace="")
    assert fake.get(PODS, "solo") is None


def test_a_pod_waits_for_the_node_that_it_names(fake, pod, make_node):
    fake.create(pod(nodeName="late"))
    assert fake.get(PODS, "solo")["status"]["phase"] == "Pending"
    fake.create(make_node("late", 7))
    assert fake.get(PODS, "solo")["status"]["phase"] == "Running"


def test_another_image_restarts_the_container(fake, pod):
    fake.create(pod())
    fake.change(PODS, "solo", lambda body: body["spec"]["containers"][0].update(image="x:2"))
    status = fake.get(PODS, "solo")["status"]["containerStatuses"][0]
    assert (status["image"], status["restartCount"]) == ("x:2", 1)


def test_nodes_report_from_time_to_time(fake):
    before = fake.get(NODES, "node-0", "")["status"]["conditions"][0]["lastHeartbeatTime"]
    fake.wait(600)
    after = fake.get(NODES, "node-0", "")["status"]["conditions"][0]
    assert after["lastHeartbeatTime"] > before
    assert after["lastTransitionTime"] == before
