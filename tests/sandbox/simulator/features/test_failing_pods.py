"""Pods fail on nodes with a property: ``sandbox.fail_pods("image pull", where={"nodeInfo.kernelVersion": "5.4"})``."""

import json
from collections import Counter

import pytest

from gitopskit.errors import SandboxError

PODS = "/api/v1/namespaces/default/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
OLD = {"nodeInfo.kernelVersion": "5.4"}


@pytest.fixture
def mixed(cluster):
    """A new node and an old one, and nothing on them."""
    facts = {"packages": {"openssl": "1.1.1f"}, "sysctls": {"vm.swappiness": 60}}
    old = {"name": "old", "kernel": "5.4.0-150", "labels": {"disk": "hdd"}, "facts": facts}
    cluster.sandbox.add_nodes([{"name": "new"}, old])
    cluster.sandbox.clock.advance(seconds=1)
    return cluster


def pod(name="web", node="old-0", **spec):
    containers = [{"name": "main", "image": "registry.example/web:1"}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"nodeName": node, "containers": containers} | spec,
    }


def started(cluster, *pods):
    for item in pods or [pod()]:
        cluster.create(PODS, item)
    cluster.sandbox.clock.advance(seconds=0)


def after(cluster, seconds, name="web"):
    """Return the Pod's status, and its first container's, so many seconds later."""
    cluster.sandbox.clock.advance(seconds=seconds)
    status = cluster.get(f"{PODS}/{name}")["status"]
    return status, status["containerStatuses"][0]


def condition(status, kind):
    return next(item for item in status["conditions"] if item["type"] == kind)


def test_an_image_cannot_be_pulled(mixed):
    failing = mixed.sandbox.fail_pods("image pull", where=OLD)
    started(mixed)
    status, container = after(mixed, 0)
    assert (status["phase"], container["ready"], container["started"], container["restartCount"]) == ("Pending", False, False, 0)
    assert container["state"]["waiting"]["reason"] == "ErrImagePull"
    assert status["podIP"]
    assert status["startTime"]
    assert condition(status, "Initialized")["status"] == "True"
    for kind in ("Ready", "ContainersReady"):
        found = condition(status, kind)
        assert (found["status"], found["reason"]) == ("False", "ContainersNotReady")
        assert found["message"] == "containers with unready status: [main]"
    waiting = after(mixed, 2)[1]["state"]["waiting"]
    assert waiting["reason"] == "ImagePullBackOff"
    assert waiting["message"].startswith('Back-off pulling image "registry.example/web:1": ErrImagePull: ')
    reasons = [after(mixed, 1)[1]["state"]["waiting"]["reason"] for _ in range(60)]
    tried = [number for number, reason in enumerate(reasons, 3) if reason == "ErrImagePull"]
    assert tried == [10, 11, 30, 31], "again after 10, 20, 40 s, shown for two"
    failing.end()
    assert after(mixed, 1)[1]["state"]["waiting"]["reason"] == "ImagePullBackOff", "nobody pulls before it is due"
    status, container = after(mixed, 10)
    assert (status["phase"], container["ready"], container["restartCount"]) == ("Running", True, 0)
    assert condition(status, "Ready").keys() >= {"status", "lastTransitionTime"}
    assert "reason" not in condition(status, "Ready")


@pytest.mark.parametrize(("how", "code", "reason"), [("crash loop", 1, "Error"), ("oom", 137, "OOMKilled")])
def test_a_container_ends_again_and_again(mixed, how, code, reason):
    failing = mixed.sandbox.fail_pods(how, where=OLD)
    started(mixed)
    status, container = after(mixed, 0)
    assert (status["phase"], container["ready"], list(container["state"])) == ("Running", True, ["running"])
    status, container = after(mixed, 1)
    ended = container["state"]["terminated"]
    assert (ended["exitCode"], ended["reason"], container["ready"], container["restartCount"]) == (code, reason, False, 0)
    assert condition(status, "Ready")["reason"] == "ContainersNotReady"
    _, container = after(mixed, 2)
    assert (container["restartCount"], list(container["state"])) == (1, ["running"]), "at once, the first time"
    assert container["lastState"]["terminated"] == ended
    _, container = after(mixed, 1)
    assert (container["restartCount"], list(container["state"])) == (1, ["terminated"])
    status, container = after(mixed, 2)
    waiting = container["state"]["waiting"]
    assert (waiting["reason"], container["lastState"]["terminated"]["reason"], status["phase"]) == ("CrashLoopBackOff", reason, "Running")
    assert waiting["message"].startswith("back-off 10s restarting failed container=main pod=web_default(")
    restarts = [after(mixed, 1)[1]["restartCount"] for _ in range(70)]
    assert [restarts.index(number) for number in (2, 3, 4)] == [7, 28, 69], "after 10, 20, 40 s and the second that each lasts"
    failing.end()
    status, container = after(mixed, 300)
    assert (container["ready"], container["restartCount"], container["lastState"]["terminated"]["exitCode"]) == (True, 4, code)
    assert condition(status, "Ready")["status"] == "True"
    assert after(mixed, 3600)[1]["restartCount"] == 4


def test_a_running_pod_becomes_unready_and_ready_again(mixed):
    started(mixed)
    assert after(mixed, 5)[1]["ready"]
    with mixed.sandbox.fail_pods("unready", where=OLD):
        status, container = after(mixed, 1)
        assert (container["ready"], container["started"], list(container["state"]), status["phase"]) == (
            False,
            True,
            ["running"],
            "Running",
        )
        assert condition(status, "Ready")["reason"] == "ContainersNotReady"
    status, container = after(mixed, 1)
    assert container["ready"]
    assert condition(status, "Ready")["status"] == "True"
    assert container["restartCount"] == 0


def test_a_pod_that_is_not_to_be_restarted_has_failed(mixed, job):
    mixed.sandbox.fail_pods("oom", of="app=web")
    started(mixed, pod(restartPolicy="Never"))
    status, container = after(mixed, 10)
    assert (status["phase"], container["state"]["terminated"]["exitCode"], container["restartCount"]) == ("Failed", 137, 0)
    assert condition(status, "Ready")["reason"] == "PodFailed"


def test_a_job_gives_up(mixed, job):
    mixed.sandbox.fail_pods("crash loop")
    mixed.create("/apis/batch/v1/namespaces/default/jobs", job(backoffLimit=1))
    mixed.sandbox.clock.advance(minutes=10)
    found = mixed.get("/apis/batch/v1/namespaces/default/jobs/once")["status"]
    assert [item["reason"] for item in found["conditions"] if item["type"] == "Failed"] == ["BackoffLimitExceeded"]
    assert found["failed"] == 2


@pytest.mark.parametrize("how", ["image pull", "crash loop", "unready"])
def test_a_job_comes_to_its_end_when_nothing_keeps_it(mixed, job, how):
    failing = mixed.sandbox.fail_pods(how, of="batch.kubernetes.io/job-name=late")
    jobs = "/apis/batch/v1/namespaces/default/jobs"
    for name in ("late", "spared"):
        body = job(name)
        body["spec"]["template"]["spec"]["restartPolicy"] = "OnFailure"
        mixed.create(jobs, body)
    mixed.sandbox.clock.advance(minutes=1)
    assert [item["status"].get("succeeded", 0) for item in mixed.items(jobs)] == [0, 1]
    failing.end()
    mixed.sandbox.clock.advance(minutes=5)
    assert [item["status"].get("succeeded", 0) for item in mixed.items(jobs)] == [1, 1]


def test_an_image_that_can_no_longer_be_pulled_ends_no_container_that_runs(mixed, job):
    mixed.create("/apis/batch/v1/namespaces/default/jobs", job())
    started(mixed)
    with mixed.sandbox.fail_pods("image pull"):
        assert after(mixed, 60)[1]["ready"]
        assert mixed.get("/apis/batch/v1/namespaces/default/jobs/once")["status"]["succeeded"] == 1


@pytest.mark.parametrize(
    ("where", "hit"),
    [
        (OLD, {"old"}),
        ({"nodeInfo.kernelVersion": "5.4.0-150"}, {"old"}),
        ({"nodeInfo.kernelVersion": "5"}, {"old"}),
        ({"nodeInfo.kernelVersion": "5.40"}, set()),
        ({"nodeInfo.kernelVersion": "6.1"}, set()),
        ({"packages.openssl": "1.1.1f"}, {"old"}),
        ({"sysctls.vm.swappiness": "60"}, {"old"}),
        ({"packages.openssl": "1.1", "nodeInfo.osImage": "Nothing"}, set()),
        ({"metadata.name": "new-0"}, {"new"}),
        ("disk=hdd", {"old"}),
        ("disk!=hdd", {"new"}),
        ("", {"old", "new"}),
        ({}, {"old", "new"}),
        ({"nodeInfo.nothing": "1"}, set()),
        ({"status": "x"}, set()),
    ],
)
def test_fails_on_the_nodes_that_are_meant(mixed, where, hit):
    mixed.sandbox.fail_pods("image pull", where=where)
    started(mixed, pod("old"), pod("new", "new-0"))
    assert {item["metadata"]["name"] for item in mixed.items(PODS) if item["status"]["phase"] == "Pending"} == hit


def test_fails_the_pods_that_are_meant(mixed):
    mixed.sandbox.fail_pods("image pull", of="app in (a, b)", namespace="default")
    started(mixed, pod("a"), pod("b", "new-0"), pod("c"))
    assert {item["metadata"]["name"] for item in mixed.items(PODS) if item["status"]["phase"] == "Pending"} == {"a", "b"}


def test_one_container_of_two(mixed):
    two = [{"name": name, "image": f"registry.example/{name}:1"} for name in ("main", "side")]
    mixed.sandbox.fail_pods("crash loop", container="side")
    started(mixed, pod(containers=two))
    status, _ = after(mixed, 1)
    assert [item["ready"] for item in status["containerStatuses"]] == [True, False]
    assert condition(status, "Ready")["message"] == "containers with unready status: [side]"


def test_a_node_that_is_changed_by_hand_is_the_reason_or_no_longer(mixed):
    mixed.sandbox.fail_pods("unready", where=OLD)
    started(mixed, pod("web"), pod("new", "new-0"))
    mixed.patch("/api/v1/nodes/old-0/status", {"status": {"nodeInfo": {"kernelVersion": "6.12.0"}}})
    mixed.patch("/api/v1/nodes/new-0/status", {"status": {"nodeInfo": {"kernelVersion": "5.4.9"}}})
    assert after(mixed, 1)[1]["ready"]
    assert not after(mixed, 0, "new")[1]["ready"]


def test_a_rollout_stalls_on_the_odd_node_and_goes_on_when_it_is_mended(mixed, deployment):
    failing = mixed.sandbox.fail_pods("image pull", where=OLD)
    mixed.create(DEPLOYMENTS, deployment(replicas=4, progressDeadlineSeconds=60))
    mixed.sandbox.clock.advance(seconds=70)
    status = mixed.get(f"{DEPLOYMENTS}/web")["status"]
    assert (status["readyReplicas"], status["unavailableReplicas"]) == (2, 2)
    assert [item["reason"] for item in status["conditions"] if item["type"] == "Progressing"] == ["ProgressDeadlineExceeded"]
    failing.end()
    mixed.sandbox.clock.advance(minutes=5)
    assert mixed.get(f"{DEPLOYMENTS}/web")["status"]["readyReplicas"] == 4


def test_works_wherever_the_simulator_runs_and_kubectl_shows_it(either, kubectl, eventually):
    with either.sandbox.fail_pods("image pull") as failing:
        assert "until .end()" in repr(failing)
        kubectl(either.sandbox.kubeconfig, "run", "web", "--image=registry.example/web:1")
        shown = lambda: kubectl(either.sandbox.kubeconfig, "get", "pods", "--no-headers")  # noqa: E731
        eventually(lambda: "ErrImagePull" in shown() or "ImagePullBackOff" in shown(), "it fails", 30)
        assert shown().split()[1] == "0/1"
    [told] = failing.end()
    assert told["how"] == "image pull"
    either.sandbox.clock.advance(minutes=5)
    assert shown().split()[1:3] == ["1/1", "Running"]


def test_goes_back_with_a_checkpoint(mixed):
    mark = mixed.sandbox.checkpoint()
    mixed.sandbox.fail_pods("image pull")
    failing = mixed.sandbox.checkpoint()
    mixed.sandbox.back_to(mark)
    started(mixed)
    assert after(mixed, 1)[0]["phase"] == "Running"
    mixed.sandbox.back_to(failing)
    started(mixed)
    assert after(mixed, 1)[0]["phase"] == "Pending"


@pytest.mark.parametrize("state", [{}, {"waiting": {"reason": "CrashLoopBackOff"}}, {"terminated": {"exitCode": 3}}, {"running": {}}])
def test_a_status_that_somebody_wrote_by_hand_is_put_right_and_stops_nobody(mixed, state):
    started(mixed)
    odd = {
        "status": {"containerStatuses": [{"name": "main", "image": "x", "imageID": "", "ready": False, "restartCount": 0, "state": state}]}
    }
    mixed.patch(f"{PODS}/web/status", odd)
    with mixed.sandbox.fail_pods("oom"):
        after(mixed, 60)
    assert after(mixed, 300)[1]["ready"]
    started(mixed, pod("next"))
    assert after(mixed, 1, "next")[1]["ready"]


@pytest.mark.parametrize(
    ("how", "described"), [("boredom", {}), ("oom", {"of": "a in b"}), ("oom", {"where": "=="}), ("oom", {"where": {"a": {}}, "of": 3})]
)
def test_refuses_what_is_no_failure(cluster, how, described):
    with pytest.raises(SandboxError):
        cluster.sandbox.fail_pods(how, **described)


def test_describe_tells_of_it(mixed, kubectl):
    mixed.sandbox.fail_pods("crash loop")
    started(mixed)
    after(mixed, 8)
    shown = kubectl(mixed.sandbox.kubeconfig, "describe", "pod", "web")
    assert "CrashLoopBackOff" in shown
    assert json.dumps(1) in shown


@pytest.mark.parametrize(
    ("how", "reasons"),
    [
        ("image pull", {"Pulling": 1, "Failed": 3, "BackOff": 1}),
        ("crash loop", {"Created": 2, "Started": 2, "BackOff": 1}),
        ("oom", {"Created": 2, "Started": 2, "BackOff": 1}),
        ("unready", {"Created": 1, "Started": 1, "Unhealthy": 1}),
    ],
)
def test_a_kubelet_tells_what_happens(mixed, how, reasons):
    mixed.sandbox.fail_pods(how, of="app=web")
    started(mixed)
    after(mixed, 9)
    told = [event for event in mixed.items("/api/v1/namespaces/default/events") if event["source"].get("component") == "kubelet"]
    counts = Counter()
    for event in told:
        counts[event["reason"]] += event["count"]
    assert counts == reasons
    assert {event["type"] for event in told if event["reason"] in {"Failed", "Unhealthy"}} <= {"Warning"}
    assert {event["involvedObject"]["fieldPath"] for event in told} == {"spec.containers{main}"}
