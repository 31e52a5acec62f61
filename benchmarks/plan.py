"""Measure what a plan costs, beside the floor and beside what people use today.

The floor is what reading both sides once costs: libyaml over the files, and every list as raw JSON. All in one run on one machine, on
the real control plane, with the same objects; so every figure is a ratio.

    python -m benchmarks.plan --objects 1000 5000 10000 50000
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import bare
from benchmarks.estate import DRIFT, PER_APP, Repository, application, apps
from gitopskit.model.events import EventKind
from gitopskit.model.plan import Plan
from gitopskit.notebook.targets import context
from gitopskit.notebook.workspace import Workspace
from gitopskit.planning.inventory import PART_OF_LABEL, name_for, new_inventory
from gitopskit.providers.base import no_progress
from gitopskit.providers.kubernetes.connection import Answer, Connection
from gitopskit.sandbox import open_sandbox

KUBECTL_OBJECTS = 500
CREATIONS = 1000
ROUNDS = 3
Row = dict[str, float]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return seconds and result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def best(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Return the median of several runs, in seconds."""
    return statistics.median(timed(work)[0] for _ in range(rounds))


@dataclass
class Bench:
    """One repository, one cluster, and what was measured of them."""

    repository: Repository
    kubeconfig: Path
    home: Path
    rows: list[Row] = field(default_factory=list)

    def workspace(self) -> Workspace:
        """Return a workspace that has seen nothing yet."""
        found = Workspace(self.repository.folder, revision="main", target=context("gitopskit-sandbox", kubeconfig=self.kubeconfig))
        found.progress = no_progress
        return found

    def forget(self) -> None:
        """Drop what is cached on disk."""
        shutil.rmtree(self.home / "cache", ignore_errors=True)

    def fill(self, objects: int) -> None:
        """Bring the cluster to so many objects: the first by an apply, as members of a set, the others as that apply would send them."""
        first = self.repository.written
        self.repository.grow(objects)
        workspace = self.workspace()
        source = workspace.desired().source
        member = {PART_OF_LABEL: new_inventory(name_for(source), "default").id} if source else {}
        items = [item for number in range(first, apps(objects)) for item in application(number)]
        for item in items:
            item["metadata"] = {**item["metadata"], "labels": {**item["metadata"]["labels"], **member}}
        bare.Bare(self.kubeconfig).apply(items)
        apply(workspace, workspace.plan())
        self.settle()

    def settle(self) -> None:
        """Wait until the controllers have looked at everything that is new."""
        raw, before = bare.Bare(self.kubeconfig), ""
        while (now := raw.versions()) != before:
            before = now
            time.sleep(3)

    def measure(self, objects: int) -> Row:
        """Return the figures for so many objects."""
        raw = bare.Bare(self.kubeconfig)
        row: Row = {"objects": objects, "raw list": best(raw.lists), "parse": best(lambda: bare.parse(self.repository))}
        row["floor"] = row["raw list"] + row["parse"]
        row |= self.unchanged()
        row["follow"], row["re-plan, watched"] = self.followed()
        drifted = [application(number)[2] for number in range(0, objects // PER_APP, DRIFT // PER_APP)][: objects // DRIFT]
        raw.drift(drifted)
        self.settle()
        workspace = self.workspace()
        row["1 % drifted"], plan = timed(workspace.plan)
        assert len(plan.steps) == len(drifted), f"{len(plan.steps)} steps for {len(drifted)} drifted objects"
        row["re-plan, watched, 1 % drifted"] = self.followed()[1]
        raw.apply([change.desired.body for change in plan.steps if change.desired])
        self.settle()
        return row

    def unchanged(self) -> Row:
        """Return what plans cost where there is nothing to do."""
        self.forget()
        cold, again = self.child(), self.child()
        workspace = self.workspace()
        workspace.plan()
        row = {"cold": cold["seconds"], "requests": cold["requests"], "MiB": cold["MiB"], "warm, new process": again["seconds"]}
        return row | {"warm": best(workspace.plan)}

    def followed(self) -> tuple[float, float]:
        """Return what it costs to begin to follow, and a plan after a commit that touches one file."""
        workspace = self.workspace()
        begun, _ = timed(workspace.follow)
        workspace.plan()
        seconds = []
        for replicas in [*range(1, 2 * ROUNDS), 0]:
            self.repository.change(0, replicas)
            seconds.append(timed(workspace.plan)[0])
        workspace.close()
        return begun, statistics.median(seconds)

    def child(self) -> Row:
        """Plan in a process of its own; return its figures."""
        words = [sys.executable, "-m", "benchmarks.plan", "--child", str(self.repository.folder), str(self.kubeconfig)]
        found: Row = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
        return found

    def kubectl(self, *words: str) -> float:
        """Return how long kubectl takes over the first objects (exit 1 means differences)."""
        folder = self.home / "some"
        if not folder.exists():
            folder.mkdir()
            for path in list(self.repository.files())[: KUBECTL_OBJECTS // PER_APP]:
                shutil.copy(path, folder)
        program = Path(sys.executable).with_name("kubectl")
        command = [program, "--kubeconfig", self.kubeconfig, *words, "-f", folder]
        seconds, done = timed(lambda: subprocess.run(command, capture_output=True, check=False, text=True))
        if done.returncode > 1:
            raise SystemExit(done.stderr)
        return seconds

    def creations(self) -> list[tuple[float, float]]:
        """Return how long an apply of new objects takes, and the bare requests that it sent, several times in turn."""
        items = [item for number in range(apps(CREATIONS)) for item in application(number)]
        raw, paths = bare.Bare(self.kubeconfig), {bare.path_of(item) for item in items}
        seconds = []
        for number in range(ROUNDS):
            if number:
                raw.delete(items)
                self.settle()
            workspace = self.workspace()
            plan = workspace.plan()
            with recorded() as sent:
                ours, _ = timed(lambda: apply(workspace, plan))  # noqa: B023 - called at once
            self.settle()
            raw.delete(items)
            self.settle()
            again = [one for one in sent if one["path"] in paths]
            seconds.append((ours, timed(lambda: raw.replay(again))[0]))  # noqa: B023 - called at once
        return seconds


@contextmanager
def recorded() -> Iterator[list[dict[str, Any]]]:
    """Give the requests that are sent meanwhile."""
    sent: list[dict[str, Any]] = []
    real = Connection.send

    def send(self: Connection, method: str, path: str, **more: Any) -> Answer:
        sent.append({"method": method, "path": path, **more})
        return real(self, method, path, **more)

    Connection.send = send  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        Connection.send = real  # type: ignore[method-assign]


def apply(workspace: Workspace, plan: Plan) -> None:
    """Take every step; all have to go well."""
    if problems := [change.problem for change in plan.changes if change.problem]:
        raise SystemExit(f"the plan has problems: {problems[:3]}")
    with workspace.provider.lock(plan):
        stopped = [event.message for event in workspace.provider.apply(plan) if event.kind is EventKind.STOPPED]
    if stopped:
        raise SystemExit(f"stopped: {stopped}")


def child(folder: str, kubeconfig: str) -> None:
    """Plan once, and print what that took."""
    workspace = Workspace(folder, revision="main", target=context("gitopskit-sandbox", kubeconfig=Path(kubeconfig)))
    workspace.progress = no_progress
    with recorded() as sent:
        seconds, _ = timed(workspace.plan)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "requests": len(sent), "MiB": peak}))


def exponent(rows: list[Row], name: str) -> float:
    """Return the power of the number of objects with which a figure grows."""
    points = [(math.log(row["objects"]), math.log(row[name])) for row in rows]
    return statistics.linear_regression(*zip(*points, strict=True)).slope if len(points) > 1 else math.nan


def show(rows: list[Row]) -> None:
    """Print the table."""
    print("\n" + f"{'':32}" + "".join(f"{row['objects']:>16,.0f}" for row in rows) + f"{'exponent':>10}")
    for name in [name for name in rows[0] if name != "objects"]:
        base = "raw list" if name.startswith("warm") else "floor"
        is_time = name not in ("requests", "MiB", base)
        cells = [f"{row[name]:9.3f} {row[name] / row[base]:5.2f}×" if is_time else f"{row[name]:9.3f}       " for row in rows]
        print(f"{name:32}" + "".join(f"{cell:>16}" for cell in cells) + f"{exponent(rows, name):10.2f}")
    print("\ntimes in seconds; × of the floor, and of the raw list for warm plans")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--objects", type=int, nargs="+", default=[1000, 5000])
    parser.add_argument("--no-kubectl", action="store_true", help="leave kubectl diff out")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return child(*arguments.child)
    os.environ["GITOPSKIT_BUSY_CONTROLLERS"] = "1"
    with tempfile.TemporaryDirectory() as name, open_sandbox("controlplane", nodes=0) as sandbox:
        home = Path(name)
        os.environ["GITOPSKIT_CACHE"], os.environ["GITOPSKIT_STATE"] = str(home / "cache"), str(home / "state")
        bench = Bench(Repository(home / "repository"), sandbox.kubeconfig, home)
        bench.repository.grow(CREATIONS)
        pairs = bench.creations()
        each = ", ".join(f"{ours:.2f} s, the same requests alone {replayed:.2f} s" for ours, replayed in pairs)
        ratio = statistics.median(ours / replayed for ours, replayed in pairs)
        print(f"apply of {CREATIONS} creations: {ratio:.2f}× ({each})", flush=True)
        importing = best(lambda: subprocess.run([sys.executable, "-c", "import gitopskit"], check=True))
        nothing = best(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))
        print(f"import gitopskit: {importing - nothing:.3f} s more than no import", flush=True)
        for objects in arguments.objects:
            bench.fill(objects)
            bench.rows.append(bench.measure(objects))
            show(bench.rows)
        if not arguments.no_kubectl:
            cold = bench.rows[0]["cold"] / bench.rows[0]["objects"]
            for words in (["diff", "--server-side"], ["diff"]):
                seconds = bench.kubectl(*words)
                each = seconds / KUBECTL_OBJECTS
                print(
                    f"kubectl {' '.join(words)}, {KUBECTL_OBJECTS} objects: {seconds:.2f} s; per object {each / cold:.0f}× a cold plan",
                    flush=True,
                )
    return None


if __name__ == "__main__":
    main()
