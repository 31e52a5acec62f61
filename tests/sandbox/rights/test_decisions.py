"""Who may do what: every answer of the simulator is the real server's, to the letter."""

import pytest

from .conftest import BINDINGS, CLUSTER_BINDINGS, CLUSTER_ROLES, ROLES, binding, normal, role, rule

MAPS = "/api/v1/namespaces/shop/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
AUTHORIZATION = "/apis/authorization.k8s.io/v1"
AUTHENTICATION = "/apis/authentication.k8s.io/v1"


def named(name: str = "made") -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def asks(verb: str, resource: str, namespace: str = "shop", **rest: str) -> dict:
    return {"spec": {"resourceAttributes": {"verb": verb, "resource": resource, "namespace": namespace, **rest}}}


ROWS = [
    # who, method, path, body, media
    (None, "GET", "/api"),
    (None, "GET", "/version"),
    (None, "GET", "/healthz"),
    (None, "GET", "/livez"),
    (None, "GET", MAPS),
    ("wrong", "GET", MAPS),
    ("wrong", "GET", "/version"),
    ("ada", "GET", "/nope"),
    ("ada", "GET", "/"),
    ("ada", "GET", "/metrics"),
    ("ada", "POST", "/api"),
    ("ada", "GET", "/api/v1/nope"),
    ("ada", "GET", "/api/v1/namespaces/shop/nope/a/b"),
    ("ada", "GET", "/apis/example.com/v1/widgets"),
    ("ada", "GET", "/apis/example.com/v1/namespaces/shop/widgets"),
    ("ada", "GET", "/apis/nope/v1/things/a"),
    ("ada", "GET", f"{MAPS}/open"),
    ("ada", "GET", f"{MAPS}/none"),
    ("ada", "GET", "/api/v1/configmaps"),
    ("ada", "GET", "/api/v1/namespaces/bank/configmaps"),
    ("ada", "GET", "/api/v1/namespaces/bank/configmaps?watch=true"),
    ("ada", "GET", "/api/v1/namespaces/shop/secrets"),
    ("ada", "GET", "/api/v1/namespaces/shop/secrets/s"),
    ("ada", "POST", MAPS, named()),
    ("ada", "PUT", f"{MAPS}/open", named("open")),
    ("ada", "PATCH", f"{MAPS}/open", {}, MERGE),
    ("ada", "PATCH", f"{MAPS}/open?fieldManager=t", named("open"), APPLY),
    ("ada", "DELETE", f"{MAPS}/open"),
    ("ada", "DELETE", MAPS),
    ("ada", "GET", "/api/v1/nodes"),
    ("ada", "GET", "/api/v1/nodes/n"),
    ("ada", "GET", "/api/v1/namespaces"),
    ("ada", "GET", "/api/v1/namespaces/bank"),
    ("ada", "GET", "/api/v1/namespaces/shop"),
    ("ada", "DELETE", "/api/v1/namespaces/shop"),
    ("ada", "PUT", "/api/v1/namespaces/shop/finalize", {}),
    ("ada", "GET", "/api/v1/namespaces/shop/pods/p/log"),
    ("ada", "POST", "/api/v1/namespaces/shop/pods/p/exec?command=ls", {}),
    ("ada", "POST", "/api/v1/namespaces/shop/pods/p/eviction", {}),
    ("ada", "PUT", f"{DEPLOYMENTS}/web/scale", {}),
    ("ada", "GET", f"{DEPLOYMENTS}/web/scale"),
    ("ada", "GET", ROLES),
    ("ada", "POST", ROLES, role("mine")),
    ("ada", "GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"),
    ("ada", "OPTIONS", MAPS),
    ("ada", "TRACE", MAPS),
    ("ben", "GET", f"{MAPS}/open"),
    ("ben", "GET", f"{MAPS}/closed"),
    ("ben", "GET", MAPS),
    ("ben", "GET", f"{MAPS}?fieldSelector=metadata.name%3Dclosed"),
    ("ben", "POST", MAPS, named("open")),
    ("ben", "DELETE", f"{MAPS}/open"),
    ("ben", "GET", f"{DEPLOYMENTS}/web"),
    ("ben", "PATCH", f"{DEPLOYMENTS}/web/status", {}, MERGE),
    ("ben", "PATCH", f"{DEPLOYMENTS}/web", {}, MERGE),
    ("carol", "GET", "/debug/nothing"),
    ("carol", "GET", "/debugger"),
    ("carol", "GET", "/api/v1/secrets"),
    ("carol", "DELETE", "/api/v1/namespaces/bank/configmaps/x"),
    ("dora", "GET", ROLES),
    ("dora", "GET", f"{MAPS}/none"),
    ("dora", "POST", BINDINGS, binding("b", "ClusterRole/edit", "User/dora")),
    ("dora", "POST", "/api/v1/namespaces/shop/resourcequotas", {}),
    ("eve", "POST", ROLES, role("wide", rule("get list", "pods secrets", "", resourceNames=["x"]), rule("*", "*", "*"))),
    ("eve", "POST", ROLES, role("reads-pods", rule("get delete", "pods"), rule("list", "pods"))),
    ("eve", "POST", f"{ROLES}?dryRun=All", role("gets-pods", rule("get", "pods"))),
    ("eve", "PUT", f"{ROLES}/scaler", role("scaler", rule("*", "deployments", "apps"))),
    ("eve", "PATCH", f"{ROLES}/scaler", {"rules": [rule("*", "deployments", "apps,batch")]}, MERGE),
    ("eve", "PATCH", f"{ROLES}/scaler", {"metadata": {"labels": None}}, MERGE),
    ("eve", "POST", BINDINGS, binding("b", "ClusterRole/view", "User/eve")),
    ("eve", "POST", BINDINGS, binding("b", "ClusterRole/cluster-admin", "User/eve")),
    ("eve", "POST", BINDINGS, binding("b", "Role/none", "User/eve")),
    ("eve", "POST", BINDINGS, binding("b", "Role/scaler", "User/eve")),
    ("eve", "POST", f"{BINDINGS}?dryRun=All", binding("b", "Role/giver", "User/ben")),
    ("eve", "POST", CLUSTER_ROLES, role("c", kind="ClusterRole")),
    ("finn", "POST", f"{BINDINGS}?dryRun=All", binding("b", "Role/escalator", "User/finn")),
    ("finn", "POST", f"{BINDINGS}?dryRun=All", binding("b", "ClusterRole/admin", "User/finn")),
    ("gus", "POST", f"{ROLES}?dryRun=All", role("wide", rule("*", "*", "*"))),
    ("gus", "POST", f"{MAPS}?dryRun=All", named()),
    ("gus", "PATCH", f"{MAPS}/brand-new?fieldManager=t&dryRun=All", named("brand-new"), APPLY),
    ("gus", "PATCH", f"{MAPS}/brand-new", {}, MERGE),
    ("gus", "POST", "/api/v1/namespaces/shop/secrets", {"metadata": {"name": "UPPER"}}),
    ("ben", "PATCH", f"{MAPS}/brand-new?fieldManager=t", named("brand-new"), APPLY),
    ("hal", "GET", MAPS),
    ("hal", "GET", "/metrics"),
    ("hal", "GET", CLUSTER_BINDINGS),
    ("ada", "POST", f"{AUTHENTICATION}/selfsubjectreviews", {}),
    ("admin", "POST", f"{AUTHENTICATION}/selfsubjectreviews", {}),
    ("ada", "POST", f"{AUTHENTICATION}/tokenreviews", {"spec": {"token": "x"}}),
    ("admin", "POST", f"{AUTHENTICATION}/tokenreviews", {"spec": {"token": "x"}}),
    ("admin", "POST", f"{AUTHENTICATION}/tokenreviews", {"spec": {}}),
    ("ada", "POST", f"{AUTHORIZATION}/selfsubjectaccessreviews", asks("get", "configmaps")),
    ("ada", "POST", f"{AUTHORIZATION}/selfsubjectaccessreviews", asks("delete", "configmaps")),
    ("ben", "POST", f"{AUTHORIZATION}/selfsubjectaccessreviews", asks("get", "configmaps", name="open")),
    ("hal", "POST", f"{AUTHORIZATION}/selfsubjectaccessreviews", asks("get", "configmaps")),
    ("carol", "POST", f"{AUTHORIZATION}/selfsubjectaccessreviews", {
        "spec": {"nonResourceAttributes": {"verb": "get", "path": "/debug/x"}}}),
    ("ada", "POST", f"{AUTHORIZATION}/selfsubjectaccessreviews", {"spec": {}}),
    ("admin", "POST", f"{AUTHORIZATION}/selfsubjectaccessreviews", asks("get", "configmaps")),
    ("ada", "POST", f"{AUTHORIZATION}/subjectaccessreviews", asks("get", "configmaps")),
    ("admin", "POST", f"{AUTHORIZATION}/subjectaccessreviews", asks("get", "configmaps")),
    ("admin", "POST", f"{AUTHORIZATION}/subjectaccessreviews", {"spec": {**asks("get", "configmaps")["spec"], "user": "ben"}}),
    ("admin", "POST", f"{AUTHORIZATION}/subjectaccessreviews", {"spec": {**asks("get", "pods")["spec"], "groups": ["developers"]}}),
    ("admin", "POST", f"{AUTHORIZATION}/subjectaccessreviews", {
        "spec": {**asks("get", "pods")["spec"], "user": "system:serviceaccount:shop:robot"}}),
    ("admin", "POST", f"{AUTHORIZATION}/namespaces/shop/localsubjectaccessreviews", {
        "metadata": {"namespace": "shop"}, "spec": {**asks("get", "pods", "bank")["spec"], "user": "ada"}}),
    ("admin", "POST", f"{AUTHORIZATION}/namespaces/shop/localsubjectaccessreviews", {
        "metadata": {"namespace": "shop"}, "spec": {**asks("get", "pods")["spec"], "user": "ada", "groups": ["developers"]}}),
    ("ada", "POST", f"{AUTHORIZATION}/selfsubjectrulesreviews", {"spec": {}}),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[f"{number}-{row[0]}-{row[1]}-{row[2]}" for number, row in enumerate(ROWS)])
def test_the_same_answer(simulated, real, row):
    assert same(simulated(*row)) == same(real(*row))


def same(answer):
    status, body = answer
    return status, normal(body) if status != 200 else status
