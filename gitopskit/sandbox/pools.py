"""Which nodes a sandbox has: pools of equal ones, described in a few lines.

Nodes are ordinary objects on either engine, and stay as somebody changes them. What a node audit looks for beside the Node's own fields
(packages, sysctls) is JSON in an annotation, `FACTS`: every client sees it, and nothing that runs on a cluster touches it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import quote

import yaml

from gitopskit.errors import SandboxError, plain
from gitopskit.sandbox.client import Client, refusal_of

FACTS: Final = "gitopskit.dev/facts"
POOL: Final = "gitopskit.dev/pool"
KUBELET: Final = "gitopskit.dev/kubelet"
"""Label of a node whose kubelet is ``stopped``: nothing is heard of it any more."""
CAPACITY: Final = {"cpu": "8", "memory": "32Gi", "ephemeral-storage": "100Gi", "pods": "110"}
_PER_NETWORK: Final = 240

Object = dict[str, Any]
Nodes = int | str | Iterable[Mapping[str, Any]]
"""A number of identical nodes, or pools: one mapping each, or YAML of such a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Equal nodes, called ``NAME-0``, ``NAME-1``, …

    Parameters
    ----------
    capacity
        What differs from 8 CPUs, 32Gi of memory, 100Gi of ephemeral storage and 110 Pods.
    taints
        As kubectl writes them (``key=value:Effect``), or as the API does.
    facts
        What else is true of them: ``{"packages": {"openssl": "3.0.2"}, "sysctls": {"vm.swappiness": "60"}}``.
    """

    name: str = "node"
    count: int = 1
    capacity: Mapping[str, Any] = field(default_factory=dict)
    os_image: str = "Simulated Linux"
    kernel: str = "6.12.0"
    kubelet: str = "v1.37.2"
    runtime: str = "containerd://2.1.0"
    architecture: str = "amd64"
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    taints: Iterable[str | Mapping[str, str]] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def pools_of(described: Iterable[Mapping[str, Any]] | str) -> list[Pool]:
    """Return the pools that a list of mappings, or its YAML, describes.

    Raises
    ------
    SandboxError
        It describes none, or something that a pool does not have.
    """
    known = [item.name for item in fields(Pool)]
    read = yaml.safe_load(described) if isinstance(described, str) else described
    listed: list[Any] = [read] if isinstance(read, Mapping | str) else list(read or ())
    for item in listed:
        if not isinstance(item, Mapping) or (unknown := [str(name) for name in item if name not in known]):
            what = f"a node pool has no {plain(', '.join(unknown))}" if isinstance(item, Mapping) else "a node pool is a mapping"
            raise SandboxError(what, next_step=f"describe it with {', '.join(known)}")
    made = [Pool(**item) for item in listed]
    return [replace(pool, labels={POOL: pool.name, **pool.labels}) for pool in made]


def count_and_pools(nodes: Nodes) -> tuple[int, list[Pool]]:
    """Return how many nodes an engine starts with, and the pools to add then."""
    return (nodes, []) if isinstance(nodes, int) else (0, pools_of(nodes))


def add_nodes(client: Client, pools: Iterable[Pool]) -> list[str]:
    """Create the nodes of the pools, and return their names.

    Raises
    ------
    SandboxError
        The server refuses one.
    """
    made = list(nodes_of(pools, client.get("/api/v1/nodes")["items"]))
    for node in made:
        try:
            client.post("/api/v1/nodes?fieldManager=kubelet", node)
        except HTTPError as error:
            raise SandboxError(
                refusal_of(error), where=f"node {node['metadata']['name']}", next_step="describe its pool otherwise"
            ) from None
    return [node["metadata"]["name"] for node in made]


def nodes_of(pools: Iterable[Pool], present: Iterable[Mapping[str, Any]] = ()) -> Iterator[Object]:
    """Yield the nodes of the pools, to be created beside those that are there; each has a network of its own."""
    taken = {str(node["spec"].get("podCIDR")) for node in present}
    numbers = (number for number in range(1 << 12) if _network(number) not in taken)
    for pool in pools:
        for index in range(pool.count):
            yield _node(pool, f"{pool.name}-{index}", next(numbers))


def set_kubelets(client: Client, names: Iterable[str], *, stopped: bool) -> None:
    """Stop the kubelets of nodes, or start them again.

    Raises
    ------
    SandboxError
        There is no such node.
    """
    change = json.dumps({"metadata": {"labels": {KUBELET: "stopped" if stopped else None}}}).encode()
    for name in names:
        try:
            client.send("PATCH", f"/api/v1/nodes/{quote(name, safe='')}", change, media="application/merge-patch+json")
        except HTTPError as error:
            raise SandboxError(refusal_of(error), where=f"node {name}", next_step="name nodes that sandbox.facts() lists") from None


def facts_of(node: Mapping[str, Any]) -> Object:
    """Return what an audit wants to know of a node; facts that somebody made unreadable are none."""
    try:
        told = json.loads((node["metadata"].get("annotations") or {}).get(FACTS) or "{}")
    except ValueError:
        told = {}
    return {**node["status"].get("nodeInfo", {}), **(told if isinstance(told, dict) else {})}


def _network(number: int) -> str:
    return f"10.{244 + number // 256}.{number % 256}.0/24" if number < 12 * 256 else f"11.{number // 256}.{number % 256}.0/24"


def _node(pool: Pool, name: str, number: int) -> Object:
    system = {"os": "linux", "arch": pool.architecture}
    labels = {f"{prefix}kubernetes.io/{key}": value for prefix in ("", "beta.") for key, value in system.items()}
    annotations = dict(pool.annotations) | ({FACTS: json.dumps(pool.facts)} if pool.facts else {})
    capacity = CAPACITY | {key: str(value) for key, value in pool.capacity.items()}
    address = f"192.168.{number // _PER_NETWORK}.{number % _PER_NETWORK + 10}"
    software = dict.fromkeys(("machineID", "systemUUID", "bootID", "kubeProxyVersion"), "") | {
        "kernelVersion": pool.kernel, "osImage": pool.os_image, "containerRuntimeVersion": pool.runtime, "kubeletVersion": pool.kubelet,
        "operatingSystem": "linux", "architecture": pool.architecture,
    }  # fmt: skip
    metadata: Object = {"name": name, "labels": {"kubernetes.io/hostname": name, **labels, **pool.labels}}
    return {
        "apiVersion": "v1", "kind": "Node",
        "metadata": metadata | ({"annotations": annotations} if annotations else {}),
        "spec": {"podCIDR": _network(number), "podCIDRs": [_network(number)]} | _taints(pool),
        "status": {
            "capacity": capacity, "allocatable": dict(capacity), "nodeInfo": software,
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
        },
    }  # fmt: skip


def _taints(pool: Pool) -> Object:
    listed = [_taint(item) if isinstance(item, str) else dict(item) for item in pool.taints]
    return {"taints": listed} if listed else {}


def _taint(text: str) -> dict[str, str]:
    left, _, effect = text.rpartition(":")
    key, _, value = left.partition("=")
    return {"key": key, "effect": effect} | ({"value": value} if value else {})
