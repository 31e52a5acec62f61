"""Services, namespaces, ownership, claims, quotas, budgets and autoscalers."""

import pytest

from gitopskit.sandbox import controllers

PODS, SERVICES, ENDPOINTS, SLICES = ("", "pods"), ("", "services"), ("", "endpoints"), ("discovery.k8s.io", "endpointslices")
NAMESPACES, CONFIG_MAPS, ACCOUNTS = ("", "namespaces"), ("", "configmaps"), ("", "serviceaccounts")
DEPLOYMENTS, SETS = ("apps", "deployments"), ("apps", "replicasets")
CLAIMS, VOLUMES, QUOTAS = ("", "persistentvolumeclaims"), ("", "persistentvolumes"), ("", "resourcequotas")
BUDGETS, SCALERS = ("policy", "poddisruptionbudgets"), ("autoscaling", "horizontalpodautoscalers")


@pytest.fixture
def service(make):
    def build(name="web", selector=None, **spec):
        ports = [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]
        return make("v1", "Service", name, spec={"selector": selector or {"app": "web"}, "ports": ports, "type": "ClusterIP", **spec})

    return build


def owned_by(owner, body):
    metadata = owner["metadata"]
    reference = {"apiVersion": "v1", "kind": owner["kind"], "name": metadata["name"], "uid": metadata["uid"], "blockOwnerDeletion": True}
    body["metadata"]["ownerReferences"] = [reference]
    return body


def test_a_service_finds_its_pods(fake, deployment, service):
    fake.create(service(), deployment(replicas=2))
    (found,) = fake.all(SLICES)
    assert len(found["endpoints"]) == 2
    assert all(item["conditions"] == {"ready": True, "serving": True, "terminating": False} for item in found["endpoints"])
    assert found["ports"] == [{"name": "", "port": 8080, "protocol": "TCP"}]
    assert found["metadata"]["labels"]["kubernetes.io/service-name"] == "web"
    (subset,) = fake.get(ENDPOINTS, "web")["subsets"]
    assert {item["ip"] for item in subset["addresses"]} == {pod["status"]["podIP"] for pod in fake.all(PODS)}
    assert subset["ports"] == [{"port": 8080, "protocol": "TCP"}]


def test_a_service_follows_its_pods(fake, deployment, service):
    fake.create(service(), deployment(replicas=3))
    fake.change(DEPLOYMENTS, "web", lambda body: body["spec"].update(replicas=1))
    assert len(fake.all(SLICES)[0]["endpoints"]) == 1
    fake.change(DEPLOYMENTS, "web", lambda body: body["spec"].update(replicas=0))
    assert fake.all(SLICES)[0]["endpoints"] == []
    fake.delete(SERVICES, "web")
    assert (fake.all(SLICES), fake.get(ENDPOINTS, "web")) == ([], None)


def test_a_named_port_is_looked_up_in_the_pod(fake, make, template, service):
    body = template(container={"ports": [{"name": "http", "containerPort": 3000, "protocol": "TCP"}]})
    fake.create(service(ports=[{"name": "front", "port": 80, "targetPort": "http", "protocol": "TCP"}]))
    fake.create(make("v1", "Pod", "p", labels={"app": "web"}, spec=body["spec"]))
    assert fake.all(SLICES)[0]["ports"] == [{"name": "front", "port": 3000, "protocol": "TCP"}]


def test_a_service_without_selector_is_left_alone(fake, service):
    body = service()
    del body["spec"]["selector"]
    fake.create(body)
    assert (fake.all(SLICES), fake.all(ENDPOINTS)) == ([], [])


def test_many_pods_need_many_slices(fake, deployment, service):
    fake.create(service(), deployment(replicas=150))
    assert sorted(len(item["endpoints"]) for item in fake.all(SLICES)) == [50, 100]


def test_a_namespace_is_furnished_and_kept_so(fake):
    assert fake.names(ACCOUNTS) == ["default"]
    assert fake.names(CONFIG_MAPS) == ["kube-root-ca.crt"]
    fake.delete(CONFIG_MAPS, "kube-root-ca.crt")
    assert fake.names(CONFIG_MAPS) == ["kube-root-ca.crt"]


def test_a_namespace_goes_with_everything_in_it(fake, make, deployment, service):
    fake.create(make("v1", "Namespace", "team", namespace=None))
    for body in (deployment(replicas=3), service(), make("v1", "ConfigMap", "settings")):
        body["metadata"]["namespace"] = "team"
        fake.create(body)
    fake.delete(NAMESPACES, "team", namespace="")
    assert fake.get(NAMESPACES, "team", "") is None
    assert [fake.all(storage, "team") for storage in (PODS, SETS, DEPLOYMENTS, SERVICES, ENDPOINTS, SLICES, CONFIG_MAPS)] == [[]] * 7


def test_a_finalizer_keeps_a_namespace(fake, make):
    fake.create(make("v1", "Namespace", "team", namespace=None))
    held = make("v1", "ConfigMap", "held", namespace="team")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    fake.create(held)
    fake.delete(NAMESPACES, "team", namespace="")
    messages = {c["type"]: c["message"] for c in fake.get(NAMESPACES, "team", "")["status"]["conditions"]}
    assert messages["NamespaceContentRemaining"] == "Some resources are remaining: configmaps. has 1 resource instances"
    assert messages["NamespaceFinalizersRemaining"] == (
        "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
    )
    fake.change(CONFIG_MAPS, "held", lambda body: body["metadata"].pop("finalizers"), namespace="team")
    assert fake.get(NAMESPACES, "team", "") is None


@pytest.mark.parametrize("propagation", ["Background", "Foreground"])
def test_what_is_owned_goes_with_its_owner(fake, deployment, propagation):
    fake.create(deployment())
    fake.delete(DEPLOYMENTS, "web", propagation=propagation)
    assert (fake.all(DEPLOYMENTS), fake.all(SETS), fake.all(PODS)) == ([], [], [])


def test_foreground_deletion_waits_for_what_blocks(fake, make):
    fake.create(make("v1", "ConfigMap", "owner"))
    child = owned_by(fake.get(CONFIG_MAPS, "owner"), make("v1", "ConfigMap", "child"))
    child["metadata"]["finalizers"] = ["example.com/hold"]
    fake.create(child)
    fake.delete(CONFIG_MAPS, "owner", propagation="Foreground")
    assert fake.get(CONFIG_MAPS, "owner")["metadata"]["finalizers"] == ["foregroundDeletion"]
    fake.change(CONFIG_MAPS, "child", lambda body: body["metadata"].pop("finalizers"))
    assert fake.get(CONFIG_MAPS, "owner") is None


def test_one_of_two_owners_is_enough(fake, make):
    fake.create(make("v1", "ConfigMap", "a"), make("v1", "ConfigMap", "b"))
    child = owned_by(fake.get(CONFIG_MAPS, "a"), make("v1", "ConfigMap", "child"))
    second = owned_by(fake.get(CONFIG_MAPS, "b"), make("v1", "ConfigMap", "x"))["metadata"]["ownerReferences"]
    child["metadata"]["ownerReferences"] += second
    fake.create(child)
    fake.delete(CONFIG_MAPS, "a")
    assert fake.get(CONFIG_MAPS, "child")["metadata"]["ownerReferences"] == second
    fake.delete(CONFIG_MAPS, "b")
    assert fake.get(CONFIG_MAPS, "child") is None


def test_an_owner_that_never_was_takes_nothing_of_an_unknown_kind(fake, make):
    for name, kind in (("known", "ConfigMap"), ("unknown", "Unknown")):
        body = make("v1", "ConfigMap", name)
        body["metadata"]["ownerReferences"] = [{"apiVersion": "v1", "kind": kind, "name": "none", "uid": f"no-{name}"}]
        fake.create(body)
    assert fake.get(CONFIG_MAPS, "known") is None
    assert fake.get(CONFIG_MAPS, "unknown") is not None


def claim(make, name="data", size="1Gi", **spec):
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **spec}
    return make("v1", "PersistentVolumeClaim", name, spec=spec)


def volume(make, name, size, **spec):
    return make(
        "v1", "PersistentVolume", name, namespace=None, spec={"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], **spec}
    )


def test_a_claim_gets_the_smallest_volume_that_fits(fake, make):
    fake.create(volume(make, "big", "9Gi"), volume(make, "small", "500Mi"), volume(make, "right", "2Gi"), claim(make))
    found = fake.get(CLAIMS, "data")
    assert (found["spec"]["volumeName"], found["status"]["phase"], found["status"]["capacity"]) == ("right", "Bound", {"storage": "2Gi"})
    assert fake.get(VOLUMES, "right", "")["spec"]["claimRef"]["uid"] == found["metadata"]["uid"]
    assert [fake.get(VOLUMES, name, "")["status"]["phase"] for name in ("big", "small", "right")] == ["Available", "Available", "Bound"]
    fake.delete(CLAIMS, "data")
    assert fake.get(VOLUMES, "right", "")["status"]["phase"] == "Released"


def test_a_claim_waits_for_a_volume_and_its_pod_for_it(fake, make, template):
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    fake.create(claim(make, storageClassName="fast"), make("v1", "Pod", "p", spec=template(volumes=volumes)["spec"]))
    assert fake.get(PODS, "p")["status"]["phase"] == "Pending"
    fake.create(volume(make, "slow", "5Gi", storageClassName="slow"))
    assert fake.get(PODS, "p")["status"]["phase"] == "Pending"
    fake.create(volume(make, "fast", "5Gi", storageClassName="fast"))
    assert fake.get(PODS, "p")["status"]["phase"] == "Running"


def test_a_claim_in_use_is_protected(fake, make, template):
    body = claim(make)
    body["metadata"]["finalizers"] = ["kubernetes.io/pvc-protection"]
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    fake.create(volume(make, "pv", "1Gi"), body, make("v1", "Pod", "p", spec=template(volumes=volumes)["spec"]))
    fake.delete(CLAIMS, "data")
    assert fake.get(CLAIMS, "data") is not None
    fake.delete(PODS, "p")
    assert fake.get(CLAIMS, "data") is None


def test_a_quota_counts(fake, make, deployment):
    hard = {"pods": "10", "count/deployments.apps": "5", "configmaps": "9", "requests.cpu": "4"}
    fake.create(make("v1", "ResourceQuota", "q", spec={"hard": hard}))
    body = deployment(replicas=3)
    body["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1"}}
    fake.create(body)
    assert fake.get(QUOTAS, "q")["status"] == {
        "hard": hard,
        "used": {"pods": "3", "count/deployments.apps": "1", "configmaps": "1", "requests.cpu": "3"},
    }
    fake.delete(DEPLOYMENTS, "web")
    assert fake.get(QUOTAS, "q")["status"]["used"] == {"pods": "0", "count/deployments.apps": "0", "configmaps": "1", "requests.cpu": "0"}


@pytest.mark.parametrize(
    ("spec", "expected", "desired", "allowed"),
    [({"minAvailable": 1}, 4, 1, 3), ({"minAvailable": "50%"}, 4, 2, 2), ({"maxUnavailable": 1}, 4, 3, 1), ({"minAvailable": 9}, 4, 9, 0)],
)
def test_a_budget_says_how_many_may_go(fake, make, deployment, spec, expected, desired, allowed):
    fake.create(
        deployment(replicas=4), make("policy/v1", "PodDisruptionBudget", "b", spec={"selector": {"matchLabels": {"app": "web"}}, **spec})
    )
    status = fake.get(BUDGETS, "b")["status"]
    found = (status["expectedPods"], status["currentHealthy"], status["desiredHealthy"], status["disruptionsAllowed"])
    assert found == (expected, 4, desired, allowed)
    assert status["conditions"][0]["reason"] == ("SufficientPods" if allowed else "InsufficientPods")


def scaler(make, **spec):
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}
    spec = {"minReplicas": 1, "maxReplicas": 3, "scaleTargetRef": target, "metrics": [metric], **spec}
    return make("autoscaling/v2", "HorizontalPodAutoscaler", "web", spec=spec)


def test_an_autoscaler_without_metrics_says_so(fake, make, deployment):
    fake.create(deployment(), scaler(make))
    found = {c["type"]: (c["status"], c["reason"]) for c in fake.get(SCALERS, "web")["status"]["conditions"]}
    assert found == {"AbleToScale": ("True", "SucceededGetScale"), "ScalingActive": ("False", "FailedGetResourceMetric")}
    assert fake.get(SCALERS, "web")["status"]["currentReplicas"] == 2


@pytest.mark.parametrize(("bounds", "count"), [({"maxReplicas": 1}, 1), ({"minReplicas": 3}, 3)])
def test_an_autoscaler_keeps_its_target_within_bounds(fake, make, deployment, bounds, count):
    fake.create(deployment(), scaler(make, **bounds))
    assert fake.get(DEPLOYMENTS, "web")["spec"]["replicas"] == count
    assert len(fake.all(PODS)) == count


def test_an_autoscaler_without_target_says_so(fake, make):
    fake.create(scaler(make))
    (found,) = fake.get(SCALERS, "web")["status"]["conditions"]
    assert (found["status"], found["reason"]) == ("False", "FailedGetScale")
    assert 'deployments.apps "web" not found' in found["message"]


def test_a_controller_that_fails_is_told_of_tried_again_and_stops_no_other(fake, deployment, service, monkeypatch, failures):
    def fail(work):
        raise KeyError(work.key.name)

    with monkeypatch.context() as broken:
        broken.setitem(controllers.CONTROLLERS, "deployment", fail)
        fake.create(deployment(), service())
        assert not fake.all(SETS)
        assert fake.all(SLICES)
    assert "the deployment controller failed at apps/deployments/default/web" in failures[0]
    failures.clear()
    fake.wait(60)
    assert len(fake.all(PODS)) == 2
