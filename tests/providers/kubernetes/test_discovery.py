"""Which kinds a server serves, in all the ways that servers tell it."""

import orjson
import pytest

from gitopskit.errors import ForbiddenError
from gitopskit.providers.kubernetes.connection import Answer
from gitopskit.providers.kubernetes.discovery import discover


class Fake:
    """Answers from a table; what is not in it is unavailable."""

    name, server = "fake", "https://fake"

    def __init__(self, pages):
        self.pages = pages

    def read(self, path, **request):
        page = self.pages.get(path, 503)
        return (
            Answer(status=page, headers={}, content=b"{}")
            if isinstance(page, int)
            else Answer(status=200, headers={}, content=orjson.dumps(page))
        )


def resource(plural, kind, **more):
    verbs = ["get", "list", "patch"]
    return {"resource": plural, "responseKind": {"kind": kind}, "scope": "Namespaced", "verbs": verbs} | more


def group(name, *versions):
    return {"metadata": {"name": name}, "versions": list(versions)}


def test_a_real_server(provider):
    found = provider._discover()
    deployment = found.find("apps/v1", "Deployment")
    assert deployment.path("shop", "web") == "/apis/apps/v1/namespaces/shop/deployments/web"
    assert found.find("v1", "Namespace").path(name="shop") == "/api/v1/namespaces/shop"
    assert found.preferred["HorizontalPodAutoscaler.autoscaling"].version == "v2"
    assert found.find("autoscaling/v1", "HorizontalPodAutoscaler")
    assert found.find("v1", "Widget") is None
    assert found.unreadable == ()


def test_names_cannot_lead_elsewhere(provider):
    config_map = provider._discover().find("v1", "ConfigMap")
    assert config_map.path("a/b", "../secrets/x?y") == "/api/v1/namespaces/a%2Fb/configmaps/..%2Fsecrets%2Fx%3Fy"


def test_a_group_whose_server_is_down_is_kept_in_mind():
    metrics = group("metrics.example.org", {"version": "v1", "freshness": "Stale", "resources": []})
    core = group("", {"version": "v1", "resources": [resource("configmaps", "ConfigMap"), {"resource": "odd", "scope": "Namespaced"}]})
    found = discover(Fake({"/api": {"items": [core]}, "/apis": {"items": [metrics]}}))
    assert [one.group_kind for one in found.unreadable] == ["metrics.example.org"]
    assert list(found.preferred) == ["ConfigMap"]


def test_older_servers_are_asked_group_by_group():
    listed = [
        {"name": "deployments", "kind": "Deployment", "namespaced": True, "verbs": ["list"]},
        {"name": "deployments/status", "kind": "Deployment", "namespaced": True, "verbs": ["get"]},
    ]
    pages = {
        "/api": {"versions": ["v1"]},
        "/api/v1": {"resources": [{"name": "nodes", "kind": "Node", "namespaced": False, "verbs": ["list"]}]},
        "/apis": {"groups": [{"name": "apps", "versions": [{"version": "v1"}]}, {"name": "down.org", "versions": [{"version": "v1"}]}]},
        "/apis/apps/v1": {"resources": listed},
    }
    found = discover(Fake(pages))
    assert found.find("apps/v1", "Deployment").is_namespaced
    assert not found.find("v1", "Node").is_namespaced
    assert len(found.by_version) == 2
    assert [one.group_kind for one in found.unreadable] == ["down.org"]


def test_a_server_that_says_nothing_at_all():
    with pytest.raises(ForbiddenError):
        discover(Fake({"/api": 403}))
