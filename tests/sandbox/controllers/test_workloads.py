"""StatefulSets, DaemonSets, Jobs and CronJobs."""

from copy import deepcopy

import pytest

STATEFUL, DAEMONS, JOBS, CRONS = ("apps", "statefulsets"), ("apps", "daemonsets"), ("batch", "jobs"), ("batch", "cronjobs")
PODS, CLAIMS, REVISIONS = ("", "pods"), ("", "persistentvolumeclaims"), ("apps", "controllerrevisions")


@pytest.fixture
def stateful_set(make, template):
    def build(replicas=2, **spec):
        rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
        body = {"replicas": replicas, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "updateStrategy": rolling}
        return make("apps/v1", "StatefulSet", "db", spec={**body, "template": template("redis:1", {"app": "db"}), **spec})

    return build


@pytest.fixture
def daemon_set(make, template):
    def build(**spec):
        rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}
        body = {"selector": {"matchLabels": {"app": "agent"}}, "updateStrategy": rolling, "template": template("agent:1", {"app": "agent"})}
        return make("apps/v1", "DaemonSet", "agent", spec={**body, **spec})

    return build


@pytest.fixture
def job(make, template):
    def build(name="once", **spec):
        body = {
            "completions": 1,
            "parallelism": 1,
            "backoffLimit": 6,
            "template": template("busybox:1", {"job": name}, restartPolicy="Never"),
        }
        return make("batch/v1", "Job", name, spec={**body, **spec})

    return build


def new_image(body):
    body["spec"]["template"]["spec"]["containers"][0]["image"] = "new:2"


def conditions(obj):
    return [(c["type"], c["status"], c["reason"]) for c in obj["status"].get("conditions") or ()]


def test_stateful_pods_are_numbered_and_made_in_order(fake, stateful_set):
    fake.create(stateful_set(3))
    made = [name for verb, kind, name, _ in fake.api.writes if (verb, kind) == ("create", "Pod")]
    assert made == ["db-0", "db-1", "db-2"]
    revision = fake.names(REVISIONS)[0]
    assert fake.get(STATEFUL, "db")["status"] == {
        "replicas": 3,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "currentReplicas": 3,
        "updatedReplicas": 3,
        "currentRevision": revision,
        "updateRevision": revision,
        "collisionCount": 0,
        "observedGeneration": 1,
    }
    pod = fake.get(PODS, "db-1")
    assert pod["metadata"]["labels"] == {
        "app": "db",
        "statefulset.kubernetes.io/pod-name": "db-1",
        "apps.kubernetes.io/pod-index": "1",
        "controller-revision-hash": revision,
    }
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("db-1", "db")


def test_stateful_pods_go_from_the_last(fake, stateful_set):
    fake.create(stateful_set(3))
    fake.change(STATEFUL, "db", lambda body: body["spec"].update(replicas=1))
    assert fake.names(PODS) == ["db-0"]
    assert fake.get(STATEFUL, "db")["status"]["replicas"] == 1


def test_a_stateful_set_waits_for_the_pod_before(empty_cluster, stateful_set, make_node):
    empty_cluster.create(stateful_set(2))
    assert empty_cluster.names(PODS) == ["db-0"]
    empty_cluster.create(make_node("late"))
    assert empty_cluster.names(PODS) == ["db-0", "db-1"]


def test_a_parallel_stateful_set_does_not_wait(empty_cluster, stateful_set):
    empty_cluster.create(stateful_set(2, podManagementPolicy="Parallel"))
    assert empty_cluster.names(PODS) == ["db-0", "db-1"]


def test_a_new_template_replaces_stateful_pods(fake, stateful_set):
    fake.create(stateful_set(2))
    fake.change(STATEFUL, "db", new_image)
    assert {pod["spec"]["containers"][0]["image"] for pod in fake.all(PODS)} == {"new:2"}
    status = fake.get(STATEFUL, "db")["status"]
    assert status["currentRevision"] == status["updateRevision"]
    assert sorted(item["revision"] for item in fake.all(REVISIONS)) == [1, 2]


def test_a_partition_holds_back_the_first_pods(fake, stateful_set):
    fake.create(stateful_set(3, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}))
    fake.change(STATEFUL, "db", new_image)
    assert [pod["spec"]["containers"][0]["image"] for pod in fake.all(PODS)] == ["redis:1", "redis:1", "new:2"]
    fake.delete(PODS, "db-0")
    assert fake.get(PODS, "db-0")["spec"]["containers"][0]["image"] == "redis:1"
    status = fake.get(STATEFUL, "db")["status"]
    assert (status["currentReplicas"], status["updatedReplicas"]) == (2, 1)


def test_each_stateful_pod_has_its_claim(fake, stateful_set, make):
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
    for number in range(2):
        spec = {"capacity": {"storage": "2Gi"}, "accessModes": ["ReadWriteOnce"]}
        fake.create(make("v1", "PersistentVolume", f"pv-{number}", namespace=None, spec=spec))
    fake.create(stateful_set(2, volumeClaimTemplates=[claim]))
    assert fake.names(CLAIMS) == ["data-db-0", "data-db-1"]
    assert [item["status"]["phase"] for item in fake.all(CLAIMS)] == ["Bound", "Bound"]
    assert fake.get(PODS, "db-1")["spec"]["volumes"] == [{"name": "data", "persistentVolumeClaim": {"claimName": "data-db-1"}}]
    assert fake.get(STATEFUL, "db")["status"]["readyReplicas"] == 2
    fake.change(STATEFUL, "db", lambda body: body["spec"].update(replicas=0))
    assert fake.names(CLAIMS) == ["data-db-0", "data-db-1"]


def test_a_daemon_runs_on_every_node(fake, daemon_set, make_node):
    fake.create(daemon_set())
    assert sorted(pod["spec"]["nodeName"] for pod in fake.all(PODS)) == ["node-0", "node-1", "node-2"]
    assert fake.get(DAEMONS, "agent")["status"] == {
        "currentNumberScheduled": 3,
        "desiredNumberScheduled": 3,
        "numberAvailable": 3,
        "numberMisscheduled": 0,
        "numberReady": 3,
        "observedGeneration": 1,
        "updatedNumberScheduled": 3,
    }
    fake.create(make_node("node-3", 3))
    assert len(fake.all(PODS)) == 4
    fake.delete(("", "nodes"), "node-3", namespace="")
    assert sorted(pod["spec"]["nodeName"] for pod in fake.all(PODS)) == ["node-0", "node-1", "node-2"]


def test_a_daemon_keeps_to_the_nodes_that_are_meant(fake, daemon_set, make_node):
    fake.create(make_node("tainted", 5, taints=[{"key": "gpu", "effect": "NoSchedule"}]))
    body = daemon_set()
    body["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": "node-1"}
    fake.create(body)
    assert [pod["spec"]["nodeName"] for pod in fake.all(PODS)] == ["node-1"]


def test_a_new_template_replaces_daemons(fake, daemon_set):
    fake.create(daemon_set())
    fake.change(DAEMONS, "agent", new_image)
    assert [pod["spec"]["containers"][0]["image"] for pod in fake.all(PODS)] == ["new:2"] * 3
    assert fake.get(DAEMONS, "agent")["status"]["updatedNumberScheduled"] == 3


def test_daemons_on_delete_are_left_alone(fake, daemon_set):
    fake.create(daemon_set(updateStrategy={"type": "OnDelete"}))
    fake.change(DAEMONS, "agent", new_image)
    assert {pod["spec"]["containers"][0]["image"] for pod in fake.all(PODS)} == {"agent:1"}
    assert fake.get(DAEMONS, "agent")["status"].get("updatedNumberScheduled", 0) == 0


def test_a_job_runs_to_completion(fake, job):
    fake.create(job(completions=3, parallelism=2))
    assert fake.get(JOBS, "once")["status"]["active"] == 2
    fake.wait(10)
    status = deepcopy(fake.get(JOBS, "once")["status"])
    reached = ("True", "CompletionsReached")
    assert conditions({"status": status}) == [("SuccessCriteriaMet", *reached), ("Complete", *reached)]
    assert (status["succeeded"], status["ready"], status.get("active", 0)) == (3, 0, 0)
    assert status["completionTime"] > status["startTime"]
    assert [pod["status"]["phase"] for pod in fake.all(PODS)] == ["Succeeded"] * 3


def test_an_indexed_job_runs_every_index_once(fake, job):
    fake.create(job(completions=3, parallelism=2, completionMode="Indexed"))
    fake.wait(10)
    assert fake.get(JOBS, "once")["status"]["completedIndexes"] == "0-2"
    index = "batch.kubernetes.io/job-completion-index"
    assert sorted(pod["metadata"]["labels"][index] for pod in fake.all(PODS)) == ["0", "1", "2"]


def test_a_suspended_job_starts_when_it_is_resumed(fake, job):
    fake.create(job(suspend=True))
    assert conditions(fake.get(JOBS, "once")) == [("Suspended", "True", "JobSuspended")]
    assert fake.all(PODS) == []
    fake.change(JOBS, "once", lambda body: body["spec"].update(suspend=False))
    fake.wait(5)
    assert conditions(fake.get(JOBS, "once"))[0] == ("Suspended", "False", "JobResumed")
    assert fake.get(JOBS, "once")["status"]["succeeded"] == 1


def test_a_job_that_fails_too_often_gives_up(fake, job):
    fake.create(job(backoffLimit=0))
    pod = fake.names(PODS)[0]
    fake.change(PODS, pod, lambda body: body["status"].update(phase="Failed"), subresource="status")
    assert ("Failed", "True", "BackoffLimitExceeded") in conditions(fake.get(JOBS, "once"))
    assert fake.get(JOBS, "once")["status"]["failed"] == 1


def test_a_job_over_its_deadline_fails(empty_cluster, job):
    empty_cluster.create(job(activeDeadlineSeconds=20))
    empty_cluster.wait(21)
    assert ("Failed", "True", "DeadlineExceeded") in conditions(empty_cluster.get(JOBS, "once"))


def test_a_finished_job_expires_with_its_pods(fake, job):
    fake.create(job(ttlSecondsAfterFinished=60))
    fake.wait(30)
    assert fake.names(JOBS) == ["once"]
    fake.wait(60)
    assert (fake.names(JOBS), fake.names(PODS)) == ([], [])
