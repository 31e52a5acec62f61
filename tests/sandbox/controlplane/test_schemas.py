"""The packaged schemas are what a running kube-apiserver says, without its prose."""

import gzip
import json

import pytest

from gitopskit.sandbox.controlplane import schemas

PACKAGED = schemas.FOLDER / "kubernetes-v1.37.json.gz"


@pytest.fixture(scope="module")
def packaged():
    return json.loads(gzip.decompress(PACKAGED.read_bytes()))


def test_generating_them_again_gives_the_same_bytes(controlplane):
    assert schemas.compress(schemas.collect(schemas.getter(controlplane.kubeconfig))) == PACKAGED.read_bytes()


def test_they_carry_what_merging_and_patching_needs(packaged):
    containers = packaged["components"]["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert containers["x-kubernetes-list-type"] == "map"
    assert containers["x-kubernetes-list-map-keys"] == ["name"]
    assert containers["x-kubernetes-patch-merge-key"] == "name"
    assert containers["x-kubernetes-patch-strategy"] == "merge"
    assert packaged["components"]["io.k8s.api.core.v1.ContainerPort"]["properties"]["protocol"]["default"] == "TCP"
    selector = packaged["components"]["io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector"]
    assert selector["x-kubernetes-map-type"] == "atomic"


def test_every_reference_leads_somewhere(packaged):
    def references(value):
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"].rpartition("/")[2]
            for item in value.values():
                yield from references(item)
        elif isinstance(value, list):
            for item in value:
                yield from references(item)

    assert set(references(packaged["components"])) - packaged["components"].keys() == set()


def test_every_served_kind_has_a_type(packaged):
    served = {
        (kind["group"] or group["metadata"].get("name", ""), kind["version"] or version["version"], kind["kind"])
        for group in packaged["discovery"]
        for version in group["versions"]
        for resource in version["resources"]
        if (kind := resource["responseKind"])
    }
    typed = {
        (kind["group"], kind["version"], kind["kind"])
        for schema in packaged["components"].values()
        for kind in schema.get("x-kubernetes-group-version-kind", ())
    }
    assert len(served) > 60
    assert served - typed == set()


def test_no_prose_is_kept_and_no_property_is_lost():
    schema = {
        "description": "prose",
        "properties": {"description": {"type": "string", "description": "prose"}, "title": {"type": "string", "example": "prose"}},
        "default": {},
    }
    kept = {"properties": {"description": {"type": "string"}, "title": {"type": "string"}}, "default": {}}
    assert schemas.without_prose(schema) == kept
