"""An estate to measure with: many small applications over some namespaces, as files in Git and on a cluster."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

NAMESPACES = 10
PER_APP = 5
DRIFT = 100
"""One object in so many is changed on the cluster behind Git's back."""

Body = dict[str, Any]


def namespaces() -> list[Body]:
    """Return the namespaces."""
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"team-{n}"}} for n in range(NAMESPACES)]


def application(number: int, replicas: int = 0) -> list[Body]:
    """Return the five objects of an application, of five kinds."""
    name, labels = f"app-{number}", {"app": f"app-{number}"}

    def body(api_version: str, kind: str, **fields: Any) -> Body:
        metadata = {"name": name, "namespace": f"team-{number % NAMESPACES}", "labels": labels}
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}

    container = {
        "name": "main", "image": "registry.example/app:1.0", "env": [{"name": "MODE", "value": "live"}],
        "ports": [{"containerPort": 8080, "protocol": "TCP"}], "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    }  # fmt: skip
    pod = {"metadata": {"labels": labels}, "spec": {"serviceAccountName": name, "containers": [container]}}
    return [
        body("apps/v1", "Deployment", spec={"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod}),
        body(
            "v1", "Service", spec={"clusterIP": "None", "selector": labels, "ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]}
        ),
        body("v1", "ConfigMap", data={"value": f"v{number}", "settings.yaml": "level: info\nlimit: 5\n"}),
        body("v1", "ServiceAccount", automountServiceAccountToken=False),
        body("policy/v1", "PodDisruptionBudget", spec={"minAvailable": 1, "selector": {"matchLabels": labels}}),
    ]


def apps(objects: int) -> int:
    """Return how many applications so many objects are."""
    return (objects - NAMESPACES) // PER_APP


class Repository:
    """A Git repository with one file per application."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written = 0
        folder.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch=main")
        self._write("namespaces", namespaces())

    def grow(self, objects: int) -> None:
        """Commit applications until there are so many objects."""
        for number in range(self.written, apps(objects)):
            self._write(f"team-{number % NAMESPACES}/app-{number}", application(number))
        self.written = apps(objects)
        self._commit(f"{objects} objects")

    def change(self, number: int, replicas: int) -> None:
        """Commit a change of one file."""
        self._write(f"team-{number % NAMESPACES}/app-{number}", application(number, replicas))
        self._commit(f"Scale app-{number}")

    def files(self) -> Iterator[Path]:
        """Yield the files."""
        yield from sorted(self.folder.rglob("*.yaml"))

    def _write(self, name: str, items: list[Body]) -> None:
        path = self.folder / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.dump_all(items, Dumper=yaml.CSafeDumper))

    def _commit(self, message: str) -> None:
        self._git("add", "--all")
        self._git(
            "-c",
            "user.name=benchmark",
            "-c",
            "user.email=benchmark@example.org",
            "commit",
            "--quiet",
            "--allow-empty",
            "--message",
            message,
        )

    def _git(self, *words: str) -> None:
        subprocess.run(["git", "-C", self.folder, *words], check=True)
