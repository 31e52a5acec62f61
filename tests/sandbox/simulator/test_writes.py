"""Create, replace, patch and apply."""

import pytest

from .conftest import APPLY, CONFIG_MAPS, DEPLOYMENTS

WIDGETS = "/apis/example.com/v1/namespaces/default/widgets"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"


def test_a_created_object_gets_identity_and_owner(client, config_map):
    made = client.create(CONFIG_MAPS, config_map())
    metadata = made["metadata"]
    assert metadata["creationTimestamp"] == "2026-01-01T00:00:00Z"
    assert metadata["uid"]
    assert int(metadata["resourceVersion"]) > 1
    assert metadata["managedFields"] == [
        {
            "manager": "tester",
            "operation": "Update",
            "apiVersion": "v1",
            "time": "2026-01-01T00:00:00Z",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:data": {".": {}, "f:k": {}}},
        }
    ]


def test_a_dry_run_stores_nothing(client, config_map):
    made = client.create(f"{CONFIG_MAPS}?dryRun=All", config_map())
    assert made["metadata"]["uid"]
    assert "resourceVersion" not in made["metadata"]
    assert client("GET", f"{CONFIG_MAPS}/c").status == 404


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "c"}}, 400, "BadRequest"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "other"}}, 400, "BadRequest"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}, 422, "Invalid"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "A_b"}}, 422, "Invalid"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"k": 5}}, 400, "BadRequest"),
        (b"{bad", 400, "BadRequest"),
        (b"", 400, "BadRequest"),
    ],
)
def test_bodies_that_are_refused(client, body, status, reason):
    answer = client("POST", CONFIG_MAPS, body)
    assert (answer.status, answer.body["reason"]) == (status, reason)


def test_the_wrong_type_is_named_as_go_names_it(client, deployment):
    body = deployment()
    body["spec"]["replicas"] = "x"
    message = client("POST", DEPLOYMENTS, body).body["message"]
    assert message.endswith("json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32")


def test_unknown_fields_warn_or_refuse(client, config_map):
    body = config_map(x=1)
    assert client("POST", f"{CONFIG_MAPS}?fieldValidation=Strict", body).status == 400
    answer = client("POST", CONFIG_MAPS, body)
    assert (answer.status, answer.warnings) == (201, ['299 - "unknown field \\"x\\""'])
    assert "x" not in answer.body
    assert client("POST", f"{CONFIG_MAPS}?fieldValidation=Ignore", config_map("d", x=1)).warnings == []


def test_repeated_keys_warn_or_refuse(client):
    body = b'{"metadata":{"name":"c"},"data":{"k":"a","k":"b"}}'
    refused = client("POST", f"{CONFIG_MAPS}?fieldValidation=Strict", body)
    assert (refused.status, 'duplicate field "data.k"' in refused.body["message"]) == (400, True)
    answer = client("POST", CONFIG_MAPS, body)
    assert answer.warnings == ['299 - "duplicate field \\"data.k\\""']
    assert answer.body["data"] == {"k": "b"}


def test_a_name_can_be_generated(client):
    made = client.create(CONFIG_MAPS, {"metadata": {"generateName": "c-"}})
    assert made["metadata"]["name"].startswith("c-")
    assert len(made["metadata"]["name"]) == 7


def test_a_missing_or_ending_namespace_takes_nothing(client, config_map):
    assert client("POST", "/api/v1/namespaces/none/configmaps", config_map()).status == 404
    client.create("/api/v1/namespaces", {"metadata": {"name": "ending", "finalizers": ["example.com/hold"]}})
    client("DELETE", "/api/v1/namespaces/ending")
    answer = client("POST", "/api/v1/namespaces/ending/configmaps", config_map())
    assert (answer.status, answer.body["details"]["causes"][0]["reason"]) == (403, "NamespaceTerminating")


def test_a_replacement_must_know_the_present_revision(client, config_map):
    made = client.create(CONFIG_MAPS, config_map())
    stale = {**made, "metadata": {**made["metadata"], "resourceVersion": "1"}}
    answer = client("PUT", f"{CONFIG_MAPS}/c", stale)
    assert (answer.status, answer.body["reason"]) == (409, "Conflict")
    assert client("PUT", f"{CONFIG_MAPS}/c", made).status == 200


def test_a_replacement_that_changes_nothing_keeps_the_revision(client, config_map):
    made = client.create(CONFIG_MAPS, config_map())
    client.clock.step(5)
    assert client("PUT", f"{CONFIG_MAPS}/c", made).body["metadata"] == made["metadata"]


def test_defaults_are_there_and_status_is_not_written(client, deployment):
    made = client.create(DEPLOYMENTS, {**deployment(), "status": {"replicas": 9}})
    assert made["status"] == {}
    assert made["spec"]["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
    assert made["metadata"]["generation"] == 1


def test_the_generation_counts_what_was_asked_for(client, deployment):
    client.create(DEPLOYMENTS, deployment())
    labelled = client("PATCH", f"{DEPLOYMENTS}/web", {"metadata": {"labels": {"a": "b"}}}, media=MERGE).body
    scaled = client("PATCH", f"{DEPLOYMENTS}/web", {"spec": {"replicas": 3}}, media=MERGE).body
    assert (labelled["metadata"]["generation"], scaled["metadata"]["generation"]) == (1, 2)


def test_the_three_patches(client, deployment):
    client.create(DEPLOYMENTS, deployment())
    change = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "registry.example/web:2"}]}}}}
    strategic = client("PATCH", f"{DEPLOYMENTS}/web", change, media=STRATEGIC).body
    assert strategic["spec"]["template"]["spec"]["containers"][0]["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    path = "/spec/template/spec/containers/0/image"
    listed = client(
        "PATCH", f"{DEPLOYMENTS}/web", [{"op": "replace", "path": path, "value": "registry.example/web:3"}], media=JSON_PATCH
    ).body
    assert listed["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/web:3"
    merged = client("PATCH", f"{DEPLOYMENTS}/web", {"metadata": {"annotations": {"a": "b"}}}, media=MERGE).body
    assert merged["metadata"]["annotations"]["a"] == "b"


def test_a_patch_in_another_format_is_refused(client, config_map):
    client.create(CONFIG_MAPS, config_map())
    assert client("PATCH", f"{CONFIG_MAPS}/c", {}, media="application/json").status == 415


def test_applying_twice_changes_nothing(client, config_map):
    first = client.apply(f"{CONFIG_MAPS}/c", config_map())
    client.clock.step(5)
    second = client.apply(f"{CONFIG_MAPS}/c", config_map())
    assert (first.status, second.status) == (201, 200)
    assert first.body == second.body


def test_an_applier_owns_what_it_states_and_no_default(client, deployment):
    made = client.apply(f"{DEPLOYMENTS}/web", deployment()).body
    (entry,) = made["metadata"]["managedFields"]
    assert (entry["operation"], entry["manager"]) == ("Apply", "tester")
    assert set(entry["fieldsV1"]["f:spec"]) == {"f:replicas", "f:selector", "f:template"}


def test_a_conflict_names_the_owner_and_force_takes_the_field(client, config_map):
    client.apply(f"{CONFIG_MAPS}/c", config_map(), manager="first")
    refused = client.apply(f"{CONFIG_MAPS}/c", config_map(data={"k": "other"}), manager="second")
    assert (refused.status, refused.body["reason"]) == (409, "Conflict")
    assert refused.body["details"]["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "first"', "field": ".data.k"},
    ]
    assert refused.body["message"] == 'Apply failed with 1 conflict: conflict with "first": .data.k'
    assert client.get(f"{CONFIG_MAPS}/c")["data"] == {"k": "v"}
    forced = client.apply(f"{CONFIG_MAPS}/c", config_map(data={"k": "other"}), manager="second", query="&force=true").body
    assert forced["data"] == {"k": "other"}
    assert [entry["manager"] for entry in forced["metadata"]["managedFields"]] == ["second"]


def test_a_dropped_field_goes_unless_somebody_else_has_it(client, config_map):
    client.apply(f"{CONFIG_MAPS}/c", config_map(data={"a": "1", "b": "2"}), manager="first")
    client.apply(f"{CONFIG_MAPS}/c", config_map(data={"b": "2"}), manager="second")
    left = client.apply(f"{CONFIG_MAPS}/c", config_map(data={}), manager="first").body
    assert left["data"] == {"b": "2"}


def test_an_apply_with_only_a_revision_creates_again_and_a_uid_does_not(client, config_map):
    made = client.apply(f"{CONFIG_MAPS}/c", config_map()).body
    client("DELETE", f"{CONFIG_MAPS}/c")
    named = {"name": "c", "resourceVersion": made["metadata"]["resourceVersion"]}
    with_uid = client.apply(f"{CONFIG_MAPS}/c", {**config_map(), "metadata": {**named, "uid": made["metadata"]["uid"]}})
    assert (with_uid.status, with_uid.body["reason"]) == (409, "Conflict")
    assert client.apply(f"{CONFIG_MAPS}/c", {**config_map(), "metadata": named}).status == 201


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"{CONFIG_MAPS}/c", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}, 422),
        (f"{CONFIG_MAPS}/c?fieldManager={'x' * 129}", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}, 422),
        (f"{CONFIG_MAPS}/c?fieldManager=x", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "c"}}, 400),
        (f"{CONFIG_MAPS}/c?fieldManager=x", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "d"}}, 400),
        (f"{CONFIG_MAPS}/c?fieldManager=x", {"apiVersion": "v1", "kind": "ConfigMap"}, 400),
        (f"{CONFIG_MAPS}/c?fieldManager=x", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "managedFields": []}}, 400),
        (f"{CONFIG_MAPS}/c?fieldManager=x", [1], 400),
        (f"{CONFIG_MAPS}/c?fieldManager=x", b"a: [", 400),
        (f"{CONFIG_MAPS}/c?fieldManager=x", b"&a [*a, *a]", 400),
    ],
)
def test_applies_that_are_refused(client, path, body, status):
    assert client("PATCH", path, body, media=APPLY).status == status
    assert client("GET", f"{CONFIG_MAPS}/c").status == 404


def test_an_apply_may_be_yaml(client):
    body = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: 'yes'}\n"
    answer = client("PATCH", f"{CONFIG_MAPS}/c?fieldManager=x", body, media=APPLY)
    assert (answer.status, answer.body["data"]) == (201, {"k": "yes"})


def test_force_is_for_applies_only(client, config_map):
    client.create(CONFIG_MAPS, config_map())
    assert client("PATCH", f"{CONFIG_MAPS}/c?force=true", {}, media=MERGE).status == 422


def test_an_unknown_field_in_an_apply_is_a_server_error(client, config_map):
    answer = client.apply(f"{CONFIG_MAPS}/c", config_map(x=1))
    assert answer.status == 500
    assert answer.body["message"].endswith(".x: field not declared in schema")


def test_an_apply_wraps_integers_as_the_real_server_does(client, deployment):
    made = client.apply(f"{DEPLOYMENTS}/web", deployment(replicas=2**32 + 2))
    assert (made.status, made.body["spec"]["replicas"]) == (201, 2)
    assert client("POST", DEPLOYMENTS, deployment("b", replicas=2**32 + 2)).status == 400


def test_what_cannot_change_is_refused(client, deployment):
    client.create(DEPLOYMENTS, deployment())
    change = {"spec": {"selector": {"matchLabels": {"app": "other"}}, "template": {"metadata": {"labels": {"app": "other"}}}}}
    answer = client("PATCH", f"{DEPLOYMENTS}/web", change, media=MERGE)
    assert answer.status == 422
    assert [cause["field"] for cause in answer.body["details"]["causes"]] == ["spec.selector"]


def test_a_secret_takes_text_and_keeps_bytes(client):
    path = "/api/v1/namespaces/default/secrets"
    made = client.create(path, {"metadata": {"name": "s"}, "stringData": {"a": "b"}})
    assert (made["data"], made["type"], "stringData" in made) == ({"a": "Yg=="}, "Opaque", False)


def test_service_addresses_are_given_kept_and_checked(client):
    path = "/api/v1/namespaces/default/services"
    body = {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}}
    made = client.create(path, body)
    again = client("PUT", f"{path}/s", body).body
    assert made["spec"]["clusterIP"] == again["spec"]["clusterIP"] != ""
    taken = {"metadata": {"name": "t"}, "spec": {"clusterIP": made["spec"]["clusterIP"], "ports": [{"port": 80}]}}
    assert "already allocated" in client("POST", path, taken).body["message"]


def test_custom_objects_are_defaulted_pruned_and_checked(client, widgets):
    client.create(CRDS, widgets)
    made = client.create(
        WIDGETS, {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 3, "x": 1}}
    )
    assert made["spec"] == {"size": 3, "colour": "red"}
    bad = client("POST", WIDGETS, {"metadata": {"name": "v"}, "spec": {"size": 0, "colour": "green"}})
    assert bad.status == 422
    assert {cause["field"] for cause in bad.body["details"]["causes"]} == {"spec.size", "spec.colour"}
    assert client("PATCH", f"{WIDGETS}/w", {"spec": {"size": 4}}, media=STRATEGIC).status == 415


def test_a_quota_counts_and_refuses(client, config_map):
    quota = {"metadata": {"name": "q"}, "spec": {"hard": {"configmaps": "2"}}}
    client.create("/api/v1/namespaces/default/resourcequotas", quota)
    client.create(CONFIG_MAPS, config_map("a"))
    answer = client("POST", CONFIG_MAPS, config_map("b"))
    assert (answer.status, answer.body["reason"]) == (403, "Forbidden")
    assert "exceeded quota: q, requested: configmaps=1, used: configmaps=2, limited: configmaps=2" in answer.body["message"]


def test_a_limit_range_fills_in_and_refuses(client):
    limits = [{"type": "Container", "default": {"cpu": "200m"}, "max": {"cpu": "1"}}]
    client.create("/api/v1/namespaces/default/limitranges", {"metadata": {"name": "l"}, "spec": {"limits": limits}})
    pods = "/api/v1/namespaces/default/pods"
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "x"}]}}
    assert client.create(pods, pod)["spec"]["containers"][0]["resources"]["limits"] == {"cpu": "200m"}
    greedy = {"metadata": {"name": "g"}, "spec": {"containers": [{"name": "c", "image": "x", "resources": {"limits": {"cpu": "2"}}}]}}
    assert client("POST", pods, greedy).status == 403
