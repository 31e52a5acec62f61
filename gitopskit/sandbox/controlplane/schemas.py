"""Generate the packaged schemas from a running kube-apiserver (`make schemas`): structure only, no prose.

The file is one compressed JSON document, with the server's minor version in its name::

    {"version": "v1.37.2",
     "discovery": [aggregated discovery item, …],      core group first
     "components": {"io.k8s.api.apps.v1.Deployment": OpenAPI v3 schema without descriptions, …}}

The group-version documents of OpenAPI v3 repeat the shared types; here each stands once. Kinds that belong to every group
(DeleteOptions, WatchEvent) carry the union of their group-version-kinds, as OpenAPI v2 has it. Paths are not kept: they follow
from discovery.
"""

from __future__ import annotations

import base64
import gzip
import json
import ssl
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

PROSE = frozenset({"description", "title", "summary", "example", "examples", "externalDocs"})
NAMES_BELOW = frozenset({"properties", "schemas", "definitions"})
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
FOLDER = Path(__file__).parents[2] / "schema"

Get = Callable[[str, str], Any]


def main() -> None:
    """Start a control plane, write the schema file and say where."""
    from gitopskit.sandbox import open_sandbox

    with open_sandbox(engine="controlplane", nodes=0) as sandbox:
        document = collect(getter(sandbox.kubeconfig))
    path = FOLDER / f"kubernetes-{document['version'].rpartition('.')[0]}.json.gz"
    path.write_bytes(compress(document))
    sys.stdout.write(f"{path}: {len(document['components'])} types, {path.stat().st_size} bytes\n")


def collect(get: Get) -> dict[str, Any]:
    """Return the schema document of the server behind `get` (path, accepted type → JSON)."""
    discovery = [item for path in ("/api", "/apis") for item in get(path, AGGREGATED)["items"]]
    components: dict[str, Any] = {}
    for document in get("/openapi/v3", "application/json")["paths"].values():
        components |= get(document["serverRelativeURL"], "application/json").get("components", {}).get("schemas", {})
    definitions = get("/openapi/v2", "application/json")["definitions"]
    kinds = "x-kubernetes-group-version-kind"
    for name, schema in components.items():
        if kinds in definitions.get(name, {}):
            schema[kinds] = definitions[name][kinds]
    return {
        "version": get("/version", "application/json")["gitVersion"],
        "discovery": without_prose(discovery),
        "components": {name: without_prose(schema) for name, schema in sorted(components.items())},
    }


def without_prose(value: Any, *, holds_names: bool = False) -> Any:
    """Return the structure of an OpenAPI document; a property may well be called "description"."""
    if isinstance(value, dict):
        kept = {name: item for name, item in value.items() if holds_names or name not in PROSE}
        return {name: without_prose(item, holds_names=name in NAMES_BELOW and not holds_names) for name, item in kept.items()}
    if isinstance(value, list):
        return [without_prose(item) for item in value]
    return value


def compress(document: dict[str, Any]) -> bytes:
    """Return the document as gzip; the same document gives the same bytes."""
    return gzip.compress(json.dumps(document, sort_keys=True, separators=(",", ":")).encode(), mtime=0)


def getter(kubeconfig: Path) -> Get:
    """Return a function that gets JSON from the server that a sandbox's kubeconfig names."""
    access = yaml.safe_load(kubeconfig.read_text())
    cluster, user = access["clusters"][0]["cluster"], access["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)

    def get(path: str, accept: str) -> Any:
        headers = {"Authorization": f"Bearer {user['token']}", "Accept": accept}
        with urllib.request.urlopen(urllib.request.Request(cluster["server"] + path, headers=headers), context=context) as answer:  # noqa: S310
            return json.load(answer)

    return get


if __name__ == "__main__":
    main()
