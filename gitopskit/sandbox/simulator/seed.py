"""What is there before anybody has done anything: namespaces, nodes, the ``kubernetes`` Service, roles, priority classes.

Written through the API's own write path, so that every object has owners, defaults and a revision like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gitopskit.sandbox.pools import Pool, nodes_of
from gitopskit.sandbox.simulator.api import ADMIN, Api
from gitopskit.sandbox.simulator.options import Intent
from gitopskit.sandbox.simulator.rbac import GROUP, MASTERS
from gitopskit.sandbox.simulator.routing import Route

Object = dict[str, Any]

NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "default")
_SERVER = "kube-apiserver"
_READ = ["get", "list", "watch"]
_WRITE = ["create", "delete", "deletecollection", "patch", "update"]
_URLS = ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"]
_SECRET_KINDS = {("", "secrets")}


def fill(api: Api, nodes: int) -> None:
    """Put into a fresh API what every cluster has, and this many Ready nodes."""
    for name in NAMESPACES:
        _create(api, _object("v1", "Namespace", name), _SERVER)
    _create(api, _kubernetes_service(), _SERVER)
    for obj in (*_priority_classes(), *_roles(api)):
        _create(api, obj, _SERVER)
    for node in nodes_of([Pool(count=nodes)]):
        _create(api, node, "kubelet")


def _create(api: Api, obj: Object, manager: str) -> None:
    group, _, version = obj["apiVersion"].rpartition("/")
    resource = api.registry.named(group, version, obj["kind"])
    route = Route(verb="create", resource=resource, namespace=obj["metadata"].get("namespace", ""))
    api.writer.create(Intent(route=route, user=ADMIN, manager=manager, now=api.now()), obj, [])


def _object(api_version: str, kind: str, name: str, **rest: Any) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **rest}


def _kubernetes_service() -> Object:
    ports = [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}]
    spec = {"clusterIP": "10.0.0.1", "type": "ClusterIP", "sessionAffinity": "None", "ports": ports}
    labels = {"component": "apiserver", "provider": "kubernetes"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": labels},
        "spec": spec,
    }


def _priority_classes() -> Iterator[Object]:
    for name, value in (("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)):
        yield _object("scheduling.k8s.io/v1", "PriorityClass", name, value=value)


def _roles(api: Api) -> Iterator[Object]:
    """Yield the roles that people bind to: cluster-admin, admin, edit, view, and what lets anybody discover the API."""
    everything = [
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
        {"nonResourceURLs": ["*"], "verbs": ["*"]},
    ]
    yield _role("cluster-admin", everything)
    yield _role("admin", _namespaced(api, [*_READ, *_WRITE], rights=True))
    yield _role("edit", _namespaced(api, [*_READ, *_WRITE], rights=False))
    yield _role("view", _namespaced(api, _READ, rights=False, secrets=False))
    yield _role("system:discovery", [{"nonResourceURLs": _URLS, "verbs": ["get"]}])
    reviews = {
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
        "verbs": ["create"],
    }
    own = {"apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"], "verbs": ["create"]}
    yield _role("system:basic-user", [reviews, own])
    for name, group in (
        ("cluster-admin", MASTERS),
        ("system:discovery", "system:authenticated"),
        ("system:basic-user", "system:authenticated"),
    ):
        yield _binding(name, group)


def _role(name: str, rules: list[Object]) -> Object:
    obj = _object(f"{GROUP}/v1", "ClusterRole", name, rules=rules)
    obj["metadata"]["labels"] = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    obj["metadata"]["annotations"] = {"rbac.authorization.kubernetes.io/autoupdate": "true"}
    return obj


def _binding(name: str, group: str) -> Object:
    role = {"apiGroup": GROUP, "kind": "ClusterRole", "name": name}
    subject = {"apiGroup": GROUP, "kind": "Group", "name": group}
    obj = _object(f"{GROUP}/v1", "ClusterRoleBinding", name, roleRef=role, subjects=[subject])
    obj["metadata"]["labels"] = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    return obj


def _namespaced(api: Api, verbs: list[str], *, rights: bool, secrets: bool = True) -> list[Object]:
    """Return rules over everything in a namespace, group by group."""
    by_group: dict[str, set[str]] = {}
    for resource in api.registry.resources():
        is_right = resource.group in {GROUP, "authorization.k8s.io"}
        if not resource.namespaced or (is_right and not rights) or (resource.storage in _SECRET_KINDS and not secrets):
            continue
        names = {resource.plural, *(f"{resource.plural}/{name}" for name in resource.subresources)}
        by_group.setdefault(resource.group, set()).update(names)
    return [{"apiGroups": [group], "resources": sorted(names), "verbs": sorted(verbs)} for group, names in sorted(by_group.items())]
