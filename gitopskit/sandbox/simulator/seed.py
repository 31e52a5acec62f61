"""What is there before anybody has done anything: namespaces, nodes, the ``kubernetes`` Service, roles, priority classes.

Written through the API's own write path, so that every object has owners, defaults and a revision like any other.
"""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import orjson

from gitopskit.sandbox.pools import Pool, nodes_of
from gitopskit.sandbox.simulator.api import ADMIN, Api
from gitopskit.sandbox.simulator.options import Intent
from gitopskit.sandbox.simulator.rbac import GROUP
from gitopskit.sandbox.simulator.routing import Route

Object = dict[str, Any]

NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "default")
_SERVER = "kube-apiserver"


def fill(api: Api, nodes: int) -> None:
    """Put into a fresh API what every cluster has, and this many Ready nodes."""
    for name in NAMESPACES:
        _create(api, _object("v1", "Namespace", name), _SERVER)
    _put_rights(api)
    _create(api, _kubernetes_service(), _SERVER)
    for obj in _priority_classes():
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


def _put_rights(api: Api) -> None:
    """Store the roles and bindings of a fresh cluster, as a real server has them (see ``tools/rights.py``)."""
    packed = files(__package__).joinpath("rights-v1.37.json.gz").read_bytes()
    for obj in orjson.loads(gzip.decompress(packed)):
        metadata = obj["metadata"]
        metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": api.now()}
        for entry in metadata["managedFields"]:
            entry["time"] = api.now()
        api.store.put((GROUP, f"{obj['kind'].lower()}s"), obj)
