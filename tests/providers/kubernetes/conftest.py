"""One provider per engine, and a namespace of its own for each test."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitopskit import home
from gitopskit.model.changes import Change
from gitopskit.model.events import Event, EventKind
from gitopskit.model.ids import ObjectId
from gitopskit.model.masking import mask_object
from gitopskit.model.objects import Object, Origin
from gitopskit.model.plan import Plan, PlanOptions
from gitopskit.model.snapshot import Side, Snapshot, SourceRef
from gitopskit.providers.kubernetes import KubernetesProvider, connect
from gitopskit.sandbox import Sandbox

COMMIT = "c" * 40
RIGHTS = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules:
- {apiGroups: [""], resources: [configmaps], verbs: [get, list]}
- {apiGroups: [""], resources: [configmaps], verbs: [patch], resourceNames: [settings]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: Ada}]
"""


def snapshot(text: str, repository: str = "/srv/shop.git") -> Snapshot:
    """Return desired state from YAML text."""
    objects = {}
    for line, body in enumerate((item for item in yaml.safe_load_all(text) if item), 1):
        group = body["apiVersion"].rpartition("/")[0]
        metadata = body["metadata"]
        object_id = ObjectId(group=group, kind=body["kind"], namespace=metadata.get("namespace", ""), name=metadata["name"])
        origin = Origin(file="all.yaml", line=line)
        masked = mask_object(body, key=home.mask_key())
        objects[object_id] = Object(id=object_id, api_version=body["apiVersion"], body=masked, origin=origin)
    source = SourceRef(url=repository, revision="main", commit=COMMIT)
    return Snapshot(side=Side.DESIRED, objects=objects, taken_at=datetime(2026, 1, 1, tzinfo=UTC), source=source)


@dataclass
class Site:
    """One namespace on one cluster, and what a test does there."""

    provider: KubernetesProvider
    namespace: str
    kubectl: Callable[..., str]
    engine: str

    def plan(self, text: str, **options: Any) -> Plan:
        """Read and plan for YAML text."""
        desired, chosen = snapshot(text), PlanOptions(**({"namespace": self.namespace} | options))
        live = self.provider.read(self.provider.scope(desired, chosen), only=desired.objects)
        return self.provider.plan(desired, live, chosen)

    def row(self, text: str, **options: Any) -> Change:
        """Plan for one object and return its row."""
        [change] = self.plan(text, **options).changes
        return change

    def apply(self, text: str, **options: Any) -> list[Event]:
        """Plan, apply, and return the events; everything has to go well."""
        plan = self.plan(text, **options)
        assert [change.problem for change in plan.changes if change.problem] == []
        events = list(self.provider.apply(plan))
        assert [event.message for event in events if event.kind is EventKind.STOPPED] == []
        return events

    def version(self, what: str) -> str:
        """Return the resourceVersion of an object."""
        return self.kubectl("get", what, "-o", "jsonpath={.metadata.resourceVersion}")


def run_kubectl(kubeconfig: Path, namespace: str) -> Callable[..., str]:
    """Return a function that runs unmodified kubectl in a namespace."""
    program = shutil.which("kubectl", path=str(Path(sys.executable).parent))
    assert program, "kubectl is a dependency of the package"
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(kubeconfig.parent), "KUBECTL_APPLYSET": "true"}

    def run(*words: str, code: int | None = 0, text: str = "") -> str:
        command = [program, "--kubeconfig", str(kubeconfig), "--namespace", namespace, *words]
        done = subprocess.run(command, input=text, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert code is None or done.returncode == code, f"kubectl {words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    return run


@pytest.fixture
def provider(cluster: Sandbox) -> KubernetesProvider:
    """A provider of one's own, so that nothing cached is shared."""
    return KubernetesProvider(connect(kubeconfig=cluster.kubeconfig, is_sandbox=True))


@pytest.fixture
def site(cluster: Sandbox, provider: KubernetesProvider, namespace_name: str) -> Iterator[Site]:
    """A namespace that exists."""
    kubectl = run_kubectl(cluster.kubeconfig, namespace_name)
    kubectl("create", "namespace", namespace_name)
    yield Site(provider, namespace_name, kubectl, cluster.engine)
    kubectl("delete", "namespace", namespace_name, "--wait=false", "--ignore-not-found")


@pytest.fixture
def restricted(site: Site, cluster: Sandbox, tmp_path: Path) -> Site:
    """The same namespace for somebody who may only read ConfigMaps there, and patch one of them."""
    site.kubectl("apply", "--server-side", "-f", "-", text=RIGHTS)
    document = yaml.safe_load(cluster.kubeconfig.read_text())
    document["users"][0]["user"]["as"] = "Ada"
    path = tmp_path / "restricted.kubeconfig"
    path.write_text(yaml.safe_dump(document))
    return replace(site, provider=KubernetesProvider(connect(kubeconfig=path, is_sandbox=True)))
