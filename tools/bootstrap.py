"""Write the objects that a kube-apiserver starts with, as it answers them (`python tools/bootstrap.py`)."""

from __future__ import annotations

import gzip
import json
import re
import time
from pathlib import Path
from typing import Any

from gitopskit.sandbox import open_sandbox
from gitopskit.sandbox.client import Client

LISTS = (
    "/api/v1/namespaces",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "/apis/rbac.authorization.k8s.io/v1/roles",
    "/apis/rbac.authorization.k8s.io/v1/rolebindings",
    "/apis/scheduling.k8s.io/v1/priorityclasses",
    "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
    "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
    "/apis/apiregistration.k8s.io/v1/apiservices",
    "/api/v1/services",
    "/api/v1/endpoints",
    "/apis/discovery.k8s.io/v1/endpointslices",
)
OWN = {"uid", "resourceVersion"}
TARGET = Path(__file__).parents[1] / "gitopskit" / "sandbox" / "simulator" / "bootstrap-v1.37.json.gz"


def objects(client: Client, path: str) -> list[dict[str, Any]]:
    """Return the objects of a list with what tells them apart, without what the cluster gave them."""
    found = client.get(path)
    while "flowschemas" in path and not all(item["status"] for item in found["items"]):
        time.sleep(0.1)
        found = client.get(path)
    head = {"kind": found["kind"].removesuffix("List"), "apiVersion": found["apiVersion"]}
    for item in found["items"]:
        item["metadata"] = {name: value for name, value in item["metadata"].items() if name not in OWN}
    return [head | item for item in found["items"]]


def everywhere(text: str, client: Client) -> str:
    """Return the text with this cluster's own time, address and port replaced by marks or by what every cluster may have."""
    slice_ = client.get("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes")
    text = text.replace(f'"{slice_["endpoints"][0]["addresses"][0]}"', '"192.0.2.1"')
    text = re.sub(rf"\b{slice_['ports'][0]['port']}\b", "6443", text)
    return re.sub(r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"', '"NOW"', text)


def main() -> None:
    """Ask a fresh control plane."""
    with open_sandbox("controlplane", nodes=0) as sandbox:
        client = Client.of(sandbox.kubeconfig)
        found = [obj for path in LISTS for obj in objects(client, path)]
        text = everywhere(json.dumps(found, separators=(",", ":")), client)
    TARGET.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{TARGET}: {len(found)} objects, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
