"""Deployments come to the state that was asked for, and say so."""

from copy import deepcopy

import pytest

from gitopskit.sandbox.machinery.status import forbidden

DEPLOYMENTS, SETS, PODS = ("apps", "deployments"), ("apps", "replicasets"), ("", "pods")
REVISION = "deployment.kubernetes.io/revision"


def conditions(obj):
    return {c["type"]: (c["status"], c["reason"]) for c in obj["status"]["conditions"]}


def images(fake):
    return sorted(pod["spec"]["containers"][0]["image"] for pod in fake.all(PODS))


def set_image(image):
    def edit(body):
        body["spec"]["template"]["spec"]["containers"][0]["image"] = image

    return edit


def test_a_deployment_runs(fake, deployment):
    fake.create(deployment(replicas=3))
    found = fake.get(DEPLOYMENTS, "web")
    assert {name: found["status"][name] for name in ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas")} == {
        "replicas": 3,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "updatedReplicas": 3,
    }
    assert conditions(found) == {"Available": ("True", "MinimumReplicasAvailable"), "Progressing": ("True", "NewReplicaSetAvailable")}
    assert found["status"]["observedGeneration"] == 1
    assert found["metadata"]["annotations"][REVISION] == "1"
    assert {pod["spec"]["nodeName"] for pod in fake.all(PODS)} == {"node-0", "node-1", "node-2"}


def test_the_replicaset_carries_the_hash_and_the_numbers(fake, deployment):
    fake.create(deployment(replicas=4))
    (item,) = fake.all(SETS)
    hashed = item["metadata"]["labels"]["pod-template-hash"]
    assert item["metadata"]["name"] == f"web-{hashed}"
    assert item["spec"]["selector"]["matchLabels"] == {"app": "web", "pod-template-hash": hashed}
    assert item["metadata"]["annotations"] == {
        REVISION: "1",
        "deployment.kubernetes.io/desired-replicas": "4",
        "deployment.kubernetes.io/max-replicas": "5",
    }
    assert item["status"] == {
        "replicas": 4,
        "fullyLabeledReplicas": 4,
        "readyReplicas": 4,
        "availableReplicas": 4,
        "terminatingReplicas": 0,
        "observedGeneration": 1,
    }


@pytest.mark.parametrize("count", [0, 1, 7])
def test_scaling_ends_at_the_number_asked_for(fake, deployment, count):
    fake.create(deployment(replicas=3))
    fake.change(DEPLOYMENTS, "web", lambda body: body["spec"].update(replicas=count))
    assert len(fake.all(PODS)) == count
    found = fake.get(DEPLOYMENTS, "web")
    assert found["status"].get("availableReplicas", 0) == count
    assert found["status"]["observedGeneration"] == 2


@pytest.mark.parametrize(
    "strategy", [{"type": "Recreate"}, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}]
)
def test_a_new_template_replaces_every_pod(fake, deployment, strategy):
    fake.create(deployment(replicas=3, strategy=strategy))
    fake.change(DEPLOYMENTS, "web", set_image("nginx:2"))
    assert images(fake) == ["nginx:2"] * 3
    assert sorted(item["spec"]["replicas"] for item in fake.all(SETS)) == [0, 3]
    assert fake.get(DEPLOYMENTS, "web")["metadata"]["annotations"][REVISION] == "2"
    assert conditions(fake.get(DEPLOYMENTS, "web"))["Progressing"] == ("True", "NewReplicaSetAvailable")


def test_a_rolling_update_keeps_enough_pods(fake, deployment):
    fake.create(deployment(replicas=4))
    seen = []
    fake.api.update(with_image(fake, "nginx:2"))
    while fake.controllers.step(limit=1):
        ready = [pod for pod in fake.all(PODS) if pod["status"]["phase"] == "Running" and not pod["metadata"].get("deletionTimestamp")]
        seen.append((len(ready), len([pod for pod in fake.all(PODS) if not pod["metadata"].get("deletionTimestamp")])))
    assert min(ready for ready, _ in seen) >= 3
    assert max(all_ for _, all_ in seen) <= 5
    assert images(fake) == ["nginx:2"] * 4


def with_image(fake, image):
    body = deepcopy(fake.get(DEPLOYMENTS, "web"))
    set_image(image)(body)
    return body


def test_a_rollback_finds_its_old_replicaset(fake, deployment):
    fake.create(deployment())
    first = fake.names(SETS)
    fake.change(DEPLOYMENTS, "web", set_image("nginx:2"))
    fake.change(DEPLOYMENTS, "web", set_image("nginx:1"))
    assert len(fake.all(SETS)) == 2
    again = fake.get(SETS, first[0])
    assert again["spec"]["replicas"] == 2
    assert again["metadata"]["annotations"][REVISION] == "3"
    assert again["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"


def test_old_replicasets_beyond_the_limit_are_forgotten(fake, deployment):
    fake.create(deployment(revisionHistoryLimit=1))
    for number in range(2, 6):
        fake.change(DEPLOYMENTS, "web", set_image(f"nginx:{number}"))
    assert sorted(int(item["metadata"]["annotations"][REVISION]) for item in fake.all(SETS)) == [4, 5]


def test_a_paused_deployment_waits(fake, deployment):
    fake.create(deployment(paused=True))
    assert fake.all(SETS) == []
    assert conditions(fake.get(DEPLOYMENTS, "web"))["Progressing"] == ("Unknown", "DeploymentPaused")
    fake.change(DEPLOYMENTS, "web", lambda body: body["spec"].pop("paused"))
    assert len(fake.all(PODS)) == 2
    assert conditions(fake.get(DEPLOYMENTS, "web"))["Progressing"] == ("True", "NewReplicaSetAvailable")


def test_a_refused_pod_is_told_of_and_tried_again(fake, deployment):
    fake.api.refuse["Pod"] = forbidden("", "pods", "web-x", "exceeded quota: q")
    fake.create(deployment())
    found = fake.get(DEPLOYMENTS, "web")
    assert conditions(found)["ReplicaFailure"] == ("True", "FailedCreate")
    assert found["status"]["unavailableReplicas"] == 2
    assert [c["type"] for c in found["status"]["conditions"]] == ["Progressing", "Available", "ReplicaFailure"]
    fake.api.refuse.clear()
    fake.wait(10)
    assert conditions(fake.get(DEPLOYMENTS, "web")) == {
        "Available": ("True", "MinimumReplicasAvailable"),
        "Progressing": ("True", "NewReplicaSetAvailable"),
    }


def test_a_rollout_without_room_times_out(empty_cluster, deployment):
    empty_cluster.create(deployment())
    assert conditions(empty_cluster.get(DEPLOYMENTS, "web"))["Progressing"][0] == "True"
    empty_cluster.wait(601)
    assert conditions(empty_cluster.get(DEPLOYMENTS, "web")) == {
        "Available": ("False", "MinimumReplicasUnavailable"),
        "Progressing": ("False", "ProgressDeadlineExceeded"),
    }


def test_pods_are_available_only_after_their_seconds(fake, deployment):
    fake.create(deployment(minReadySeconds=30))
    assert fake.get(DEPLOYMENTS, "web")["status"].get("availableReplicas", 0) == 0
    fake.wait(31)
    assert fake.get(DEPLOYMENTS, "web")["status"]["availableReplicas"] == 2


def test_a_deleted_pod_comes_back(fake, deployment):
    fake.create(deployment())
    gone = fake.names(PODS)[0]
    fake.delete(PODS, gone)
    assert len(fake.all(PODS)) == 2
    assert gone not in fake.names(PODS)


def test_orphans_are_adopted(fake, deployment):
    fake.create(deployment())
    pods = fake.names(PODS)
    fake.delete(DEPLOYMENTS, "web", propagation="Orphan")
    assert fake.get(DEPLOYMENTS, "web") is None
    assert fake.names(PODS) == pods
    fake.create(deployment())
    assert fake.names(PODS) == pods
    assert fake.all(SETS)[0]["metadata"]["ownerReferences"][0]["uid"] == fake.get(DEPLOYMENTS, "web")["metadata"]["uid"]


def test_at_rest_nothing_is_written(fake, deployment):
    fake.create(deployment(replicas=3))
    before = list(fake.api.writes)
    fake.wait(60)
    assert fake.api.writes == before


def test_a_deployment_costs_few_writes(fake, deployment):
    fake.create(deployment(replicas=10))
    writes = [write for write in fake.api.writes if write[1] in {"Deployment", "ReplicaSet"}]
    assert len(writes) <= 6
    assert len([write for write in fake.api.writes if write[1] == "Pod"]) == 30


def test_a_fight_between_writers_comes_to_rest(fake, deployment):
    fake.create(deployment())
    real = fake.api.update

    def undo(body, **options):
        made = real(body, **options)
        if body["kind"] == "Deployment" and options.get("subresource") == "status":
            real({**made, "status": {"replicas": 77}}, subresource="status")
        return made

    fake.api.update = undo
    fake.change(DEPLOYMENTS, "web", lambda body: body["spec"].update(replicas=3))
    assert len(fake.all(PODS)) == 3
    fake.api.update = real
    fake.wait(5)
    assert fake.get(DEPLOYMENTS, "web")["status"]["replicas"] == 3
