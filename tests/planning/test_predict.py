"""What an apply is predicted to come to; the real server's word on it is in tests/conformance/test_predict.py."""

import copy

import pytest

from gitopskit.planning.predict import predict
from gitopskit.schema.library import bundled

LIBRARY = bundled()
LABELS = {"part-of": "shop"}
CONTAINER = {"name": "c", "image": "nginx:1", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}
OWNED = {
    "f:metadata": {"f:labels": {"f:part-of": {}}},
    "f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {'k:{"name":"c"}': {
        ".": {}, "f:name": {}, "f:image": {}, "f:resources": {"f:limits": {"f:cpu": {}, "f:memory": {}}},
    }}}}},
}  # fmt: skip


def deployment(**container):
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": LABELS},
        "spec": {"replicas": 2, "template": {"spec": {"containers": [CONTAINER | container]}}},
    }  # fmt: skip


def entry(manager, fields, **more):
    return {"manager": manager, "operation": "Apply", "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": fields} | more


def live(*others, owned=OWNED, **container):
    body = deployment(**({"imagePullPolicy": "Always"} | container))
    body["metadata"] |= {"uid": "1", "resourceVersion": "7", "managedFields": [entry("gitopskit", owned), *others]}
    return body


def verdict(desired, found=None, **more):
    kind = LIBRARY.type_of("apps", "v1", "Deployment")
    return str(predict(desired, found or live(), kind, **({"is_built_in": True} | more)).verdict)


def test_the_same_changes_nothing():
    assert verdict(deployment()) == "no-op"


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({"cpu": "1000m", "memory": "1024Mi"}, "no-op"),
        ({"cpu": 1, "memory": "1Gi"}, "no-op"),
        ({"cpu": "1", "memory": "1073741824"}, "change"),  # as much, and stored in other words
        ({"cpu": "2", "memory": "1Gi"}, "change"),
        ({"cpu": "0.0001", "memory": "1Gi"}, "unsure"),
        ({"cpu": "much", "memory": "1Gi"}, "unsure"),
    ],
)
def test_amounts(limits, found):
    assert verdict(deployment(resources={"limits": limits})) == found


@pytest.mark.parametrize(
    ("container", "found"),
    [
        ({"env": []}, "no-op"),  # an empty list is nothing, and nobody owns it
        ({"env": None}, "unsure"),
        ({"image": "nginx:2"}, "change"),
        ({"imagePullPolicy": "Always"}, "change"),  # as the server filled it in, and ours from now on
        ({"image": 5}, "unsure"),
        ({"securityContext": {}}, "change"),  # owned from now on
        ({"livenessProbe": {"periodSeconds": 2**31}}, "unsure"),
        ({"livenessProbe": {"periodSeconds": 1.0}}, "unsure"),
    ],
)
def test_values(container, found):
    assert verdict(deployment(**container)) == found


def test_a_field_that_is_no_longer_desired():
    desired = deployment()
    del desired["spec"]["replicas"]
    assert verdict(desired) == "change"


def test_somebody_else_owns_it_otherwise():
    owned = copy.deepcopy(OWNED)
    del owned["f:spec"]["f:replicas"]
    assert verdict(deployment(), live(entry("hpa", {"f:spec": {"f:replicas": {}}}), owned=owned)) == "change", "we join the owners"
    desired = deployment()
    desired["spec"]["replicas"] = 3
    kind = LIBRARY.type_of("apps", "v1", "Deployment")
    told = predict(desired, live(entry("hpa", {"f:spec": {"f:replicas": {}}})), kind, is_built_in=True)
    assert (str(told.verdict), told.reason) == ("change", "hpa owns a field with another value")


def test_what_cannot_be_told():
    assert verdict(deployment(), live(entry("old", {}, apiVersion="apps/v1beta1"))) == "unsure"
    assert verdict(deployment() | {"status": {}}) == "unsure"
    assert verdict(deployment(), {**live(), "metadata": {"name": "web"}}) == "unsure"
    assert verdict(deployment(ports="none")) == "unsure"


def test_an_empty_scalar_was_dropped_only_where_it_is_no_pointer():
    owned = copy.deepcopy(OWNED)
    held = owned["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"c"}']
    held |= {"f:tty": {}, "f:terminationMessagePath": {}}
    found = live(owned=owned)
    assert verdict(deployment(tty=False, terminationMessagePath=""), found) == "unsure"
    del held["f:terminationMessagePath"]
    assert verdict(deployment(tty=False), live(owned=owned)) == "no-op"
    assert verdict(deployment(tty=False), live(owned=owned), is_built_in=False) == "unsure"


@pytest.mark.parametrize(("stored", "found"), [("TCP", "no-op"), ("UDP", "unsure")])
def test_what_the_server_fills_in_where_a_list_is_owned_as_one(stored, found):
    def policy(**port):
        return {
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web"},
            "spec": {"ingress": [{"ports": [{"port": 80} | port]}]},
        }  # fmt: skip

    there = policy(protocol=stored)
    there["metadata"]["managedFields"] = [entry("gitopskit", {"f:spec": {"f:ingress": {}}}, apiVersion="networking.k8s.io/v1")]
    kind = LIBRARY.type_of("networking.k8s.io", "v1", "NetworkPolicy")
    assert str(predict(policy(), there, kind, is_built_in=True).verdict) == found
