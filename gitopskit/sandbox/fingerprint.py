"""Do two clusters hold the same declarations? One digest each, over either engine.

What counts is what somebody declared: labels, annotations, spec, data, rules; of a Node also what it is made of. What does not count is
what the cluster gives or derives: uids, versions, times, generations, managed fields, status, addresses, and whatever a controller owns
(the Pods of a Deployment, the slices of a Service) or keeps for itself (events, leases).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

from gitopskit.sandbox.client import Client

_AGGREGATED: Final = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_DERIVED: Final = {"events", "leases", "endpoints", "endpointslices", "componentstatuses", "controllerrevisions"}
_METADATA: Final = ("name", "namespace", "labels", "annotations", "finalizers")
_ANNOTATIONS: Final = {"deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"}
_ADDRESSES: Final = {"clusterIP", "clusterIPs", "healthCheckNodePort", "nodeName", "volumeName", "podCIDR", "podCIDRs", "uid"}
_MADE_OF: Final = ("nodeInfo", "capacity", "allocatable")

Object = dict[str, Any]


def fingerprint(client: Client) -> str:
    """Return the digest (SHA-256, hexadecimal) of what is declared."""
    found = sorted(json.dumps(declared(obj), sort_keys=True) for path in _collections(client) for obj in _objects(client, path))
    return hashlib.sha256("\n".join(found).encode()).hexdigest()


def declared(obj: Object) -> Object:
    """Return the part of an object that counts."""
    metadata = {name: obj["metadata"][name] for name in _METADATA if obj["metadata"].get(name)}
    if "annotations" in metadata:
        metadata["annotations"] = {key: value for key, value in metadata["annotations"].items() if key not in _ANNOTATIONS}
    rest = {key: value for key, value in obj.items() if key not in {"metadata", "status"}}
    if isinstance(rest.get("spec"), dict):
        rest["spec"] = {key: value for key, value in rest["spec"].items() if key not in _ADDRESSES or value == "None"}
    if obj["kind"] == "Service":
        rest["spec"]["ports"] = [{key: part for key, part in port.items() if key != "nodePort"} for port in obj["spec"].get("ports") or ()]
    if obj["kind"] == "Node":
        taints = obj["spec"].get("taints") or ()
        rest["spec"]["taints"] = [item for item in taints if not item["key"].startswith("node.kubernetes.io/")]
        rest["status"] = {key: obj["status"].get(key) for key in _MADE_OF}
    return {**rest, "metadata": metadata}


def _collections(client: Client) -> Iterator[str]:
    seen = set()
    for root in ("/api", "/apis"):
        for group in json.loads(client.send("GET", root, accept=_AGGREGATED))["items"]:
            name = group["metadata"].get("name", "")
            for version in group["versions"]:
                for resource in version["resources"]:
                    plural = resource["resource"]
                    if "list" in resource["verbs"] and plural not in _DERIVED and (name, plural) not in seen:
                        seen.add((name, plural))
                        yield "/".join(filter(None, (root, name, version["version"], plural)))


def _objects(client: Client, path: str) -> Iterator[Object]:
    found = client.get(path)
    for item in found["items"]:
        is_derived = any(owner.get("controller") for owner in item["metadata"].get("ownerReferences") or ())
        if not is_derived and item["metadata"]["name"] != "kube-root-ca.crt":
            yield {"apiVersion": found["apiVersion"], "kind": found["kind"].removesuffix("List"), **item}
