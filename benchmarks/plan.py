"""Measure parse, list, plan and apply beside the floor and beside kubectl.

One run, one set of objects, one machine: every figure is printed with its ratio to the floor (libyaml parse + raw JSON list), which
is what reading both sides once costs. ``kubectl diff`` is what people use today; leave it out with ``--no-kubectl`` where it would
take too long.

    python benchmarks/plan.py --objects 500 --engine controlplane
"""

from __future__ import annotations

import argparse
import base64
import os
import resource
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import yaml

from gitopskit import sources
from gitopskit.model.events import EventKind
from gitopskit.model.plan import Plan, PlanOptions
from gitopskit.model.snapshot import Snapshot
from gitopskit.providers.kubernetes import KubernetesProvider, open_provider
from gitopskit.sandbox import open_sandbox

NAMESPACES = 10
FLOOR = "floor: libyaml parse + raw JSON list"


def manifest(number: int) -> dict[str, Any]:
    """Return the object of that number: Deployments, Services and ConfigMaps in turn, over ten namespaces."""
    metadata = {"name": f"app-{number}", "namespace": f"team-{number % NAMESPACES}", "labels": {"app": f"app-{number}"}}
    match number % 3:
        case 0:
            container = {"name": "main", "image": "registry.example/app:1.0", "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}}}
            template = {"metadata": {"labels": metadata["labels"]}, "spec": {"containers": [container]}}
            spec = {"replicas": 0, "selector": {"matchLabels": metadata["labels"]}, "template": template}
            return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
        case 1:
            ports = [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]
            return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"selector": metadata["labels"], "ports": ports}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": f"v{number}"}}


def write_repository(folder: Path, objects: int, value: str = "") -> None:
    """Write and commit the manifests, one file per namespace; `value` makes every tenth object differ."""
    documents: dict[str, list[dict[str, Any]]] = {
        f"team-{n}": [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"team-{n}"}}] for n in range(NAMESPACES)
    }
    for number in range(objects - NAMESPACES):
        item = manifest(number)
        if value and number % 10 == 0:
            item["metadata"]["labels"] = item["metadata"]["labels"] | {"revision": value}
        documents[item["metadata"]["namespace"]].append(item)
    for name, items in documents.items():
        (folder / f"{name}.yaml").write_text(yaml.dump_all(items, Dumper=yaml.CSafeDumper))
    identity = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@example.org"]
    subprocess.run(["git", "-C", folder, *identity, "init", "--quiet", "--initial-branch=main"], check=True)
    subprocess.run(["git", "-C", folder, *identity, "add", "--all"], check=True)
    subprocess.run(["git", "-C", folder, *identity, "commit", "--quiet", "--message", f"State {value}"], check=True)


def floor(folder: Path, kubeconfig: Path) -> None:
    """Parse every file with libyaml and list every kind as raw JSON: what reading both sides once costs."""
    for path in sorted(folder.glob("*.yaml")):
        list(yaml.load_all(path.read_bytes(), Loader=yaml.CSafeLoader))
    access = yaml.safe_load(kubeconfig.read_text())
    cluster, user = access["clusters"][0]["cluster"], access["users"][0]["user"]
    context = ssl.create_default_context(cadata=_ca(cluster))
    for path in ("api/v1/namespaces", "api/v1/services", "api/v1/configmaps", "apis/apps/v1/deployments"):
        request = urllib.request.Request(f"{cluster['server']}/{path}", headers={"Authorization": f"Bearer {user['token']}"})
        with urllib.request.urlopen(request, context=context) as answer:
            orjson.loads(answer.read())


def _ca(cluster: dict[str, Any]) -> str:
    if "certificate-authority" in cluster:
        return Path(cluster["certificate-authority"]).read_text()
    return base64.b64decode(cluster["certificate-authority-data"]).decode()


def kubectl(words: list[str], folder: Path, kubeconfig: Path) -> None:
    """Run what people use today (exit 1 means differences)."""
    program = Path(sys.executable).with_name("kubectl")
    done = subprocess.run([program, "--kubeconfig", kubeconfig, *words, "-f", folder], capture_output=True, check=False)
    if done.returncode > 1:
        raise SystemExit(done.stderr.decode())


@dataclass(frozen=True)
class Bench:
    """One sandbox and one repository on it."""

    provider: KubernetesProvider
    folder: Path
    rows: dict[str, float]

    def take(self, name: str, work: Callable[[], Any]) -> Any:
        """Do the work, keep its seconds under that name, and return its result."""
        start = time.perf_counter()
        result = work()
        self.rows[name] = time.perf_counter() - start
        return result

    def plan(self, name: str, desired: Snapshot) -> Plan:
        """List and plan, timed apart."""
        scope = self.provider.scope(desired, PlanOptions())
        live = self.take(f"list, {name}", lambda: self.provider.read(scope))
        plan: Plan = self.take(f"plan, {name}", lambda: self.provider.plan(desired, live, PlanOptions()))
        if problems := [change.problem for change in plan.changes if change.problem]:
            raise SystemExit(f"the plan has problems: {problems[:3]}")
        return plan

    def apply(self, plan: Plan) -> None:
        """Take every step; all have to go well."""
        with self.provider.lock(plan):
            stopped = [event.message for event in self.provider.apply(plan) if event.kind is EventKind.STOPPED]
        if stopped:
            raise SystemExit(f"stopped: {stopped}")


def measure(objects: int, engine: str, *, with_kubectl: bool) -> dict[str, float]:
    """Return seconds by name, all from this one run."""
    with tempfile.TemporaryDirectory() as name, open_sandbox(engine) as sandbox:
        os.environ["GITOPSKIT_CACHE"] = str(Path(name) / "cache")  # so that the first parse is a cold one
        folder = Path(name) / "repository"
        folder.mkdir()
        write_repository(folder, objects)
        bench = Bench(open_provider(kubeconfig=sandbox.kubeconfig, is_sandbox=True), folder, {})
        desired = bench.take("parse (Git → snapshot), cold", lambda: sources.load(folder, "main"))
        bench.take("parse (Git → snapshot), again", lambda: sources.load(folder, "main"))
        creating = bench.plan("all creates", desired)
        bench.take("apply, everything", lambda: bench.apply(creating))
        bench.take(FLOOR, lambda: floor(folder, sandbox.kubeconfig))
        empty = bench.plan("nothing to do", desired)
        write_repository(folder, objects, value="b")
        changed = bench.plan("every tenth changed", sources.load(folder, "main"))
        print(
            f"{len(desired)} objects desired; {len(empty.steps)} steps when nothing is to do, {len(changed.steps)} when every tenth changed"
        )
        if with_kubectl:
            for words in (["diff"], ["diff", "--server-side"]):
                bench.take(f"kubectl {' '.join(words)}, every tenth changed", partial(kubectl, words, folder, sandbox.kubeconfig))
        bench.take("apply, every tenth", lambda: bench.apply(changed))
        return bench.rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--objects", type=int, default=500)
    parser.add_argument("--engine", choices=("simulator", "controlplane"), default="controlplane")
    parser.add_argument("--no-kubectl", action="store_true", help="leave kubectl diff out")
    arguments = parser.parse_args()
    rows = measure(arguments.objects, arguments.engine, with_kubectl=not arguments.no_kubectl)
    base = rows[FLOOR]
    print(f"\n{arguments.objects} objects on the {arguments.engine}\n{'':48}{'seconds':>9}{'× floor':>10}")
    for name, seconds in rows.items():
        print(f"{name:48}{seconds:9.3f}{seconds / base:10.1f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of this process{', simulator included' if arguments.engine == 'simulator' else ''}: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
