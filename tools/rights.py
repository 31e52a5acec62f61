"""Write the roles and bindings that a kube-apiserver starts with, as it answers them (`python tools/rights.py`)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from gitopskit.sandbox import open_sandbox
from gitopskit.sandbox.client import Client

KINDS = {"ClusterRole": "clusterroles", "ClusterRoleBinding": "clusterrolebindings", "Role": "roles", "RoleBinding": "rolebindings"}
OWN = {"uid", "resourceVersion", "creationTimestamp"}
TARGET = Path(__file__).parents[1] / "gitopskit" / "sandbox" / "simulator" / "rights-v1.37.json.gz"


def bare(kind: str, obj: dict[str, Any]) -> dict[str, Any]:
    """Return an object without what differs from cluster to cluster."""
    metadata = {name: value for name, value in obj["metadata"].items() if name not in OWN}
    for entry in metadata["managedFields"]:
        del entry["time"]
    return {"kind": kind, "apiVersion": "rbac.authorization.k8s.io/v1", **obj, "metadata": metadata}


def main() -> None:
    """Ask a fresh control plane."""
    with open_sandbox("controlplane", nodes=0) as sandbox:
        client = Client.of(sandbox.kubeconfig)
        found = [
            bare(kind, obj) for kind, plural in KINDS.items() for obj in client.get(f"/apis/rbac.authorization.k8s.io/v1/{plural}")["items"]
        ]
    TARGET.write_bytes(gzip.compress(json.dumps(found, separators=(",", ":")).encode(), mtime=0))
    print(f"{TARGET}: {len(found)} objects, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
