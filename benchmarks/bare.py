"""The floor: what the same reads and writes cost with nothing around them."""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import urllib3
import yaml

from benchmarks.estate import Body, Repository

KINDS = {
    "Namespace": "/api/v1/namespaces", "Service": "/api/v1/services", "ConfigMap": "/api/v1/configmaps",
    "Deployment": "/apis/apps/v1/deployments", "ServiceAccount": "/api/v1/serviceaccounts",
    "PodDisruptionBudget": "/apis/policy/v1/poddisruptionbudgets",
}  # fmt: skip
THREADS = 8
APPLY = "application/apply-patch+yaml"


class Bare:
    """Requests to one server, and nothing else."""

    def __init__(self, kubeconfig: Path) -> None:
        access = yaml.safe_load(kubeconfig.read_text())
        cluster, user = access["clusters"][0]["cluster"], access["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._server = cluster["server"]
        self._headers = {"Authorization": f"Bearer {user['token']}", "Accept": "application/json"}
        self._pool = urllib3.PoolManager(ssl_context=ssl.create_default_context(cadata=authority), maxsize=THREADS)

    def ask(self, method: str, path: str, body: bytes | None = None, media: str = "application/json") -> bytes:
        """Send one request."""
        answer = self._pool.request(method, self._server + path, body=body, headers={**self._headers, "Content-Type": media})
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {answer.data[:300]!r}")
        return answer.data

    def lists(self) -> int:
        """Read every kind of the estate whole, as raw JSON; return how many objects there are."""
        return sum(len(orjson.loads(self.ask("GET", path))["items"]) for path in KINDS.values())

    def versions(self) -> str:
        """Return what tells whether anything has changed: the versions of all objects of the estate."""
        found = hashlib.sha256()
        for path in KINDS.values():
            for item in orjson.loads(self.ask("GET", path))["items"]:
                found.update(item["metadata"]["resourceVersion"].encode())
        return found.hexdigest()

    def drift(self, items: list[Body]) -> None:
        """Change objects as somebody at a terminal does."""
        patch = orjson.dumps({"metadata": {"labels": {"app": "by-hand"}}})
        for item in items:
            self.ask("PATCH", f"{path_of(item)}?fieldManager=kubectl-edit", patch, "application/merge-patch+json")

    def apply(self, items: Iterable[Mapping[str, Any]]) -> None:
        """Apply objects over whatever somebody made of them."""
        query = "?fieldManager=gitopskit&force=true"
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda item: self.ask("PATCH", path_of(item) + query, orjson.dumps(item), APPLY), items))

    def delete(self, items: list[Body]) -> None:
        """Delete objects."""
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda item: self.ask("DELETE", path_of(item)), items))

    def replay(self, requests: list[dict[str, Any]]) -> None:
        """Send recorded requests again, as many at a time as an apply does."""

        def send(one: dict[str, Any]) -> None:
            query = f"?{urlencode(one['query'])}" if one.get("query") else ""
            self.ask(one["method"], one["path"] + query, one.get("body"), one.get("content_type", "application/json"))

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(send, requests))


def path_of(item: Mapping[str, Any]) -> str:
    """Return where an object of the estate is."""
    group, _, kind = KINDS[item["kind"]].rpartition("/")
    metadata = item["metadata"]
    within = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    return f"{group}{within}/{kind}/{metadata['name']}"


def parse(repository: Repository) -> int:
    """Parse every file with libyaml; return how many documents there are."""
    return sum(len(list(yaml.load_all(path.read_bytes(), Loader=yaml.CSafeLoader))) for path in repository.files())
