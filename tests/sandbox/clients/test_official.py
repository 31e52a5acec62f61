"""The official client, typed: its ordinary verbs, on both engines."""

import json

import pytest
from kubernetes import client, watch

from .conftest import config_map, deployment, widget


@pytest.fixture
def core(api):
    return client.CoreV1Api(api)


@pytest.fixture
def apps(api):
    return client.AppsV1Api(api)


@pytest.fixture
def custom(api):
    return client.CustomObjectsApi(api)


def refused(error: client.ApiException) -> tuple[int, str]:
    return error.status, json.loads(error.body)["reason"]


def test_create_read_list_and_delete(core, namespace):
    made = core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata=client.V1ObjectMeta(name="c"), data={"k": "v"}))
    assert made.metadata.uid
    assert core.read_namespaced_config_map("c", namespace).data == {"k": "v"}
    assert "c" in [item.metadata.name for item in core.list_namespaced_config_map(namespace).items]
    core.delete_namespaced_config_map("c", namespace)
    with pytest.raises(client.ApiException) as caught:
        core.read_namespaced_config_map("c", namespace)
    assert refused(caught.value) == (404, "NotFound")


def test_selectors_and_pages(core, namespace):
    for number in range(7):
        core.create_namespaced_config_map(namespace, config_map(f"c{number}", colour="red" if number % 2 else "blue"))
    assert len(core.list_namespaced_config_map(namespace, label_selector="colour in (red)").items) == 3
    assert [i.metadata.name for i in core.list_namespaced_config_map(namespace, field_selector="metadata.name=c4").items] == ["c4"]
    names, token = [], None
    while token != "":
        page = core.list_namespaced_config_map(namespace, limit=3, _continue=token, label_selector="colour")
        assert len(page.items) <= 3
        names += [item.metadata.name for item in page.items]
        token = page.metadata._continue or ""
    assert names == [f"c{number}" for number in range(7)]


def test_watch_sees_each_step(core, namespace):
    start = core.list_namespaced_config_map(namespace).metadata.resource_version
    core.create_namespaced_config_map(namespace, config_map("seen"))
    core.patch_namespaced_config_map("seen", namespace, {"data": {"k": "w"}})
    core.delete_namespaced_config_map("seen", namespace)
    seen, watcher = [], watch.Watch()
    for event in watcher.stream(
        core.list_namespaced_config_map, namespace, resource_version=start, field_selector="metadata.name=seen", timeout_seconds=60
    ):
        seen.append((event["type"], event["object"].data["k"]))
        if event["type"] == "DELETED":
            watcher.stop()
    assert seen == [("ADDED", "v"), ("MODIFIED", "w"), ("DELETED", "w")]


@pytest.mark.parametrize(
    ("media", "patch"),
    [
        ("application/json-patch+json", [{"op": "replace", "path": "/spec/replicas", "value": 5}]),
        ("application/merge-patch+json", {"spec": {"replicas": 5}}),
        ("application/strategic-merge-patch+json", {"spec": {"replicas": 5}}),
        ("application/apply-patch+yaml", {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 5}}),
    ],
)
def test_every_patch(apps, namespace, media, patch):
    apps.create_namespaced_deployment(namespace, deployment(replicas=0))
    options = {"field_manager": "tester", "force": True} if "apply" in media else {}
    patched = apps.patch_namespaced_deployment("web", namespace, patch, _content_type=media, **options)
    assert patched.spec.replicas == 5
    assert patched.spec.template.spec.containers[0].image == "registry.example/web:1"


def test_apply_of_two_managers_conflicts(core, namespace):
    def apply(manager, value, **options):
        body = config_map("shared", value)
        return core.patch_namespaced_config_map(
            "shared", namespace, body, _content_type="application/apply-patch+yaml", field_manager=manager, **options
        )

    apply("one", "a")
    with pytest.raises(client.ApiException) as caught:
        apply("two", "b")
    assert refused(caught.value) == (409, "Conflict")
    assert json.loads(caught.value.body)["details"]["causes"][0]["field"] == ".data.k"
    assert [entry.manager for entry in apply("two", "b", force=True).metadata.managed_fields] == ["two"]


def test_replace_of_an_old_version_conflicts(core, namespace):
    old = core.create_namespaced_config_map(namespace, config_map())
    old.data = {"k": "1"}
    new = core.replace_namespaced_config_map("c", namespace, old)
    assert new.metadata.resource_version != old.metadata.resource_version
    with pytest.raises(client.ApiException) as caught:
        core.replace_namespaced_config_map("c", namespace, old)
    assert refused(caught.value) == (409, "Conflict")


def test_scale_and_wait_until_it_is_there(apps, core, namespace):
    apps.create_namespaced_deployment(namespace, deployment(replicas=1))
    assert apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 3}}).spec.replicas == 3
    watcher = watch.Watch()
    for event in watcher.stream(apps.list_namespaced_deployment, namespace, timeout_seconds=120):
        if event["object"].status.ready_replicas == 3:
            watcher.stop()
    assert apps.read_namespaced_deployment_scale("web", namespace).status.replicas == 3
    assert len(core.list_namespaced_pod(namespace, label_selector="app=web").items) == 3


@pytest.mark.parametrize(("policy", "left"), [("Orphan", 1), ("Foreground", 0), ("Background", 0)])
def test_delete_with_propagation(apps, namespace, policy, left):
    apps.create_namespaced_deployment(namespace, deployment(replicas=0))
    watcher = watch.Watch()
    for event in watcher.stream(apps.list_namespaced_replica_set, namespace, timeout_seconds=120):
        if event["type"] == "ADDED":
            watcher.stop()
    apps.delete_namespaced_deployment("web", namespace, propagation_policy=policy)
    while apps.list_namespaced_deployment(namespace).items:
        pass
    while len(sets := apps.list_namespaced_replica_set(namespace).items) != left:
        pass
    assert [item.metadata.owner_references for item in sets] == [None] * left


def test_delete_a_collection(core, namespace):
    for number in range(4):
        core.create_namespaced_config_map(namespace, config_map(f"c{number}", odd=str(number % 2)))
    core.delete_collection_namespaced_config_map(namespace, label_selector="odd=1")
    assert [item.metadata.name for item in core.list_namespaced_config_map(namespace, label_selector="odd").items] == ["c0", "c2"]


def test_dry_run_keeps_nothing(core, namespace):
    assert core.create_namespaced_config_map(namespace, config_map("dry"), dry_run="All").metadata.uid
    with pytest.raises(client.ApiException):
        core.read_namespaced_config_map("dry", namespace)


def test_custom_objects(custom, namespace, widgets):
    group = widgets["spec"]["group"]
    where = (group, "v1", namespace, "widgets")
    made = custom.create_namespaced_custom_object(*where, widget(group))
    assert made["spec"] == {"size": 1, "colour": "red"}
    custom.patch_namespaced_custom_object(*where, "w", {"spec": {"size": 2}})
    custom.patch_namespaced_custom_object_status(*where, "w", {"status": {"replicas": 4}})
    custom.patch_namespaced_custom_object_scale(*where, "w", {"spec": {"replicas": 7}})
    found = custom.list_namespaced_custom_object(*where)["items"][0]
    assert found["spec"] == {"size": 2, "colour": "red", "replicas": 7}
    assert found["status"] == {"replicas": 4}
    with pytest.raises(client.ApiException) as caught:
        custom.patch_namespaced_custom_object(*where, "w", {"spec": {"size": 0}})
    assert refused(caught.value) == (422, "Invalid")
    assert custom.delete_namespaced_custom_object(*where, "w")["status"] == "Success"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"metadata": {"name": "c"}}, (409, "AlreadyExists")),
        ({"metadata": {"name": "Not Valid"}}, (422, "Invalid")),
        ({"metadata": {"name": "x", "namespace": "elsewhere"}}, (400, "BadRequest")),
        ({"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "x"}}, (400, "BadRequest")),
    ],
)
def test_refusals(core, namespace, body, expected):
    core.create_namespaced_config_map(namespace, config_map())
    with pytest.raises(client.ApiException) as caught:
        core.create_namespaced_config_map(namespace, body)
    assert refused(caught.value) == expected


def test_what_needs_a_kubelet_is_refused(core, namespace):
    with pytest.raises(client.ApiException) as caught:
        core.read_namespaced_pod_log("nobody", namespace)
    assert refused(caught.value) == (404, "NotFound")


def test_who_and_what(api, core):
    assert client.VersionApi(api).get_code().git_version.startswith("v1.37")
    assert {group.name for group in client.ApisApi(api).get_api_versions().groups} >= {"apps", "batch", "rbac.authorization.k8s.io"}
    review = client.AuthenticationV1Api(api).create_self_subject_review(client.V1SelfSubjectReview())
    assert "system:masters" in review.status.user_info.groups
    assert {item.name for item in core.get_api_resources().resources} >= {"pods", "pods/log", "namespaces/finalize"}
