"""What is there before anybody has done anything: namespaces, roles, the ``kubernetes`` Service, nodes.

All but the nodes is what a real server starts with, as it answers it (see ``tools/bootstrap.py``).
"""

from __future__ import annotations

import gzip
import uuid
from importlib.resources import files
from typing import Any

import orjson

from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.sandbox.pools import Pool, nodes_of
from gitopskit.sandbox.simulator.api import ADMIN, Api
from gitopskit.sandbox.simulator.options import Intent
from gitopskit.sandbox.simulator.routing import Route

Object = dict[str, Any]


def fill(api: Api, nodes: int) -> None:
    """Put into a fresh API what every cluster has, and this many Ready nodes."""
    packed = gzip.decompress(files(__package__).joinpath("bootstrap-v1.37.json.gz").read_bytes())
    for obj in orjson.loads(packed.replace(b'"NOW"', orjson.dumps(api.now()))):
        obj["metadata"]["uid"] = str(uuid.uuid4())
        api.store.put(_resource(api, obj).storage, obj)
    for node in nodes_of([Pool(count=nodes)]):
        route = Route(verb="create", resource=_resource(api, node))
        api.writer.create(Intent(route=route, user=ADMIN, manager="kubelet", now=api.now()), node, [])


def _resource(api: Api, obj: Object) -> Resource:
    group, _, version = obj["apiVersion"].rpartition("/")
    return api.registry.named(group, version, obj["kind"])
