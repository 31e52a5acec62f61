"""What the API says about itself: groups, versions, resources, health.

The aggregated form (one document for all groups) is what kubectl asks for first; the older documents are made from the same
registry for clients that do not.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.machinery.registry import Registry, Resource
from gitopskit.sandbox.machinery.request import Request, Response, encode
from gitopskit.sandbox.machinery.status import no_such_path
from gitopskit.sandbox.simulator.reading.negotiate import wanted_form

_AGGREGATED = frozenset({"APIGroupDiscoveryList"})
_AGGREGATED_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def answer(request: Request, parts: list[str], registry: Registry) -> Response:
    """Return the discovery document at ``/api…`` or ``/apis…``."""
    form = wanted_form(request.headers, _AGGREGATED)
    if len(parts) == 1 and form.shape:
        return Response(body=encode(_aggregated(registry, core=parts[0] == "api")), content_type=_AGGREGATED_TYPE)
    match parts:
        case ["api"]:
            return _document(_core_versions())
        case ["apis"]:
            groups = [_group(name, registry) for name in registry.groups if name]
            return _document({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
        case ["apis", name] if name in registry.groups:
            return _document({"kind": "APIGroup", "apiVersion": "v1", **_group(name, registry)})
        case ["api", version] if version in registry.groups.get("", ()):
            return _document(_resource_list("", version, registry))
        case ["apis", name, version] if version in registry.groups.get(name, ()):
            return _document(_resource_list(name, version, registry))
    raise no_such_path()


def _document(value: Mapping[str, Any]) -> Response:
    return Response(body=encode(value) + b"\n")


def _core_versions() -> dict[str, Any]:
    address = [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:6443"}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": address}


def _group(name: str, registry: Registry) -> dict[str, Any]:
    versions = [{"groupVersion": f"{name}/{version}", "version": version} for version in registry.groups[name]]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def _resource_list(group: str, version: str, registry: Registry) -> dict[str, Any]:
    entries = [entry for resource in registry.resources(group, version) for entry in _entries(resource)]
    api_version = f"{group}/{version}" if group else version
    head = {"kind": "APIResourceList"} | ({"apiVersion": "v1"} if group else {})
    return {**head, "groupVersion": api_version, "resources": entries}


def _entries(resource: Resource) -> list[dict[str, Any]]:
    """Return the entry of a resource and those of its subresources."""
    own = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    optional = {"shortNames": list(resource.short_names), "categories": list(resource.categories)}
    own |= {name: value for name, value in optional.items() if value}
    entries = [own | ({"storageVersionHash": _storage_hash(resource)} if "create" in resource.verbs and "get" in resource.verbs else {})]
    for name, sub in resource.subresources.items():
        kind = sub.get("responseKind") or {}
        outer = {key: kind[key] for key in ("group", "version") if kind.get(key)}
        entries.append(
            {
                "name": f"{resource.plural}/{name}",
                "singularName": "",
                "namespaced": resource.namespaced,
                **outer,
                "kind": kind.get("kind", resource.kind),
                "verbs": list(sub.get("verbs", ())),
            }
        )
    return entries


def _storage_hash(resource: Resource) -> str:
    """Return what tells clients in which version objects are kept."""
    digest = hashlib.sha256(f"{resource.group}/{resource.version}/{resource.kind}".encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def _aggregated(registry: Registry, *, core: bool) -> dict[str, Any]:
    names = [name for name in registry.groups if (not name) is core]
    items = [_aggregated_group(name, registry) for name in names]
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _aggregated_group(name: str, registry: Registry) -> dict[str, Any]:
    versions = [
        {"version": version, "resources": [_aggregated_resource(r) for r in registry.resources(name, version)], "freshness": "Current"}
        for version in registry.groups[name]
    ]
    return {"metadata": {"name": name} if name else {}, "versions": versions}


def _aggregated_resource(resource: Resource) -> dict[str, Any]:
    own_kind = {"group": resource.group if resource.crd else "", "version": resource.version if resource.crd else "", "kind": resource.kind}
    entry = {
        "resource": resource.plural,
        "responseKind": own_kind,
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
        "shortNames": list(resource.short_names),
        "categories": list(resource.categories),
        "subresources": list(resource.subresources.values()),
    }
    return {name: value for name, value in entry.items() if value or name == "responseKind"}
