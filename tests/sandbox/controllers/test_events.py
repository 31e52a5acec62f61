"""What is told of objects: counted, combined, and forgotten."""

import pytest

EVENTS, PODS, NODES = ("", "events"), ("", "pods"), ("", "nodes")


def told(fake, kind, source=None):
    """Return reason and count of the events about objects of a kind."""
    events = [event for event in fake.all(EVENTS) if (event.get("involvedObject") or event["regarding"])["kind"] == kind]
    return [(event["reason"], event.get("count", 1)) for event in events if source in (None, (event.get("source") or {}).get("component"))]


@pytest.fixture
def pod(make, template):
    def build(name="solo", **spec):
        body = template("x:1", **spec)
        return make("v1", "Pod", name, labels=body["metadata"]["labels"], spec=body["spec"])

    return build


def test_a_pod_is_placed_and_started(fake, pod):
    fake.create(pod())
    assert told(fake, "Pod") == [("Scheduled", 1), ("Pulled", 1), ("Created", 1), ("Started", 1)]
    fake.delete(PODS, "solo")
    assert told(fake, "Pod", "kubelet")[-1] == ("Killing", 1)


def test_many_alike_are_told_as_one(fake, make, template):
    spec = {"replicas": 40, "selector": {"matchLabels": {"app": "web"}}, "template": template("x:1", labels={"app": "web"})}
    fake.create(make("apps/v1", "ReplicaSet", "web", spec=spec))
    found = [event for event in fake.all(EVENTS) if event.get("involvedObject", {}).get("kind") == "ReplicaSet"]
    alone, together = [e for e in found if e["count"] == 1], [e for e in found if e["count"] > 1]
    assert len(alone) == 9
    assert [event["message"].startswith("(combined from similar events): Created pod: ") for event in together] == [True]
    assert together[0]["count"] == 25 - 9  # after 25 nothing more is heard for a while


def test_what_is_told_again_is_counted(fake, make):
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    fake.create(make("v1", "PersistentVolumeClaim", "disk", spec=spec))
    fake.change(("", "persistentvolumeclaims"), "disk", lambda body: body["metadata"].update(labels={"a": "b"}))
    assert told(fake, "PersistentVolumeClaim") == [("FailedBinding", 2)]


def test_an_event_is_kept_for_an_hour(fake, pod):
    fake.create(pod())
    fake.wait(3599)
    assert told(fake, "Pod")
    fake.wait(2)
    assert not told(fake, "Pod")


def test_nodes_that_register_are_told_of(fake):
    assert told(fake, "Node") == [("RegisteredNode", 1)] * 3


def test_a_pod_leaves_a_node_that_drives_it_away(fake, pod):
    tolerant = [{"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}]
    fake.create(pod("goes", nodeName="node-0"), pod("stays", nodeName="node-0", tolerations=tolerant))
    taint = {"key": "k", "effect": "NoExecute", "timeAdded": fake.api.clock.isoformat()}
    fake.change(NODES, "node-0", lambda body: body["spec"].update(taints=[taint]), "")
    assert fake.names(PODS) == ["stays"]
    fake.wait(59)
    assert fake.names(PODS) == ["stays"]
    fake.wait(2)
    assert fake.names(PODS) == []
    assert [reason for reason, _ in told(fake, "Pod", "taint-eviction-controller")] == ["TaintManagerEviction"] * 2


def set_ready(fake, name, status):
    def edit(body):
        ready = next(item for item in body["status"]["conditions"] if item["type"] == "Ready")
        ready["status"] = status

    fake.change(NODES, name, edit, namespace="", subresource="status")


def taints(fake, name):
    return [(item["key"].partition("/")[2], item["effect"]) for item in fake.get(NODES, name, "")["spec"].get("taints") or ()]


def is_ready(found):
    return next(item["status"] for item in found["status"]["conditions"] if item["type"] == "Ready")


def test_a_node_that_is_not_ready_keeps_pods_away_and_lets_them_go_after_five_minutes(fake, pod):
    soon = [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}]
    fake.create(pod("there", nodeName="node-0", tolerations=soon))
    set_ready(fake, "node-0", "False")
    assert taints(fake, "node-0") == [("not-ready", "NoSchedule"), ("not-ready", "NoExecute")]
    assert is_ready(fake.get(PODS, "there")) == "False"
    assert ("NodeNotReady", 1) in told(fake, "Node")
    fake.wait(298)
    assert fake.names(PODS) == ["there"]
    fake.wait(3)
    assert fake.names(PODS) == []


def test_a_node_that_is_ready_again_gets_its_pods_back(fake, pod):
    fake.create(pod("there", nodeName="node-0", tolerations=[{"operator": "Exists"}]))
    set_ready(fake, "node-0", "False")
    set_ready(fake, "node-0", "True")
    assert taints(fake, "node-0") == []
    assert is_ready(fake.get(PODS, "there")) == "True"


def test_what_a_lost_node_runs_is_not_known(fake, pod):
    fake.create(pod("there", nodeName="node-0", tolerations=[{"operator": "Exists"}]))
    set_ready(fake, "node-0", "Unknown")
    assert [name for name, _ in taints(fake, "node-0")] == ["unreachable"] * 2
    fake.delete(PODS, "there")
    assert fake.get(PODS, "there")["metadata"]["deletionTimestamp"]
