"""What the API says about itself."""

import pytest

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


def test_both_forms_of_discovery_name_the_same_resources(client):
    for root in ("/api", "/apis"):
        for group in client.get(root, accept=AGGREGATED)["items"]:
            for version in group["versions"]:
                name = group["metadata"].get("name")
                path = f"/apis/{name}/{version['version']}" if name else f"/api/{version['version']}"
                plain = {item["name"] for item in client.get(path)["resources"] if "/" not in item["name"]}
                assert plain == {item["resource"] for item in version["resources"]}


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/readyz/etcd"])
def test_health(client, path):
    assert client.get(path) == "ok"


def test_version(client):
    assert client.get("/version")["gitVersion"] == "v1.37.2"


@pytest.mark.parametrize("path", ["/apis/apps/v9", "/api/v1/nothing", "/apis/apps/v1/namespaces/default/deployments/a/nothing"])
def test_what_is_not_served_is_not_found(client, path):
    answer = client("GET", path)
    assert (answer.status, answer.body["reason"]) == (404, "NotFound")


@pytest.mark.parametrize("path", ["/api/v1/namespaces/default/configmaps/..", "/api/v1/namespaces/default/configmaps/a%2fb", "/api/%00"])
def test_odd_paths_are_refused(client, path):
    assert client("GET", path).status == 400


def test_openapi_has_every_type_that_it_refers_to(client):
    document = client.get("/openapi/v3/apis/apps/v1")
    schemas = document["components"]["schemas"]
    waiting, referred = [schemas], set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            referred |= {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    assert {reference.rpartition("/")[2] for reference in referred} <= set(schemas)
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert patch["x-kubernetes-group-version-kind"] == {"group": "apps", "version": "v1", "kind": "Deployment"}
    assert "fieldValidation" in {parameter["name"] for parameter in patch["parameters"]}


def test_openapi_v2_refers_to_its_own_definitions(client):
    definitions = client.get("/openapi/v2")["definitions"]
    spec = definitions["io.k8s.api.apps.v1.Deployment"]["properties"]["spec"]
    assert spec == {"$ref": "#/definitions/io.k8s.api.apps.v1.DeploymentSpec"}


def test_a_definition_adds_its_kind_and_takes_it_away(client, widgets):
    client.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", widgets)
    served = client.get("/apis/example.com/v1")["resources"]
    assert [item["name"] for item in served] == ["widgets", "widgets/status", "widgets/scale"]
    assert "com.example.v1.Widget" in client.get("/openapi/v3/apis/example.com/v1")["components"]["schemas"]
    client("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com")
    assert client("GET", "/apis/example.com/v1").status == 404
