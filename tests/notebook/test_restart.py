"""A kernel that is restarted in the middle of an apply leaves a journal from which the same plan goes on."""

import re

import pytest
from jupyter_client.manager import start_new_kernel

from gitopskit.apply import planfile
from gitopskit.apply.journal import Journal
from gitopskit.apply.ledger import Ledger
from gitopskit.notebook.workspace import Workspace
from gitopskit.sandbox import open_sandbox
from tests.notebook.conftest import Cluster

SETUP = """
import json
from pathlib import Path
import gitopskit as gk
from gitopskit.apply import planfile
from tests.notebook.conftest import Cluster
config = lambda name: json.dumps({{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": name, "namespace": "shop"}}}})
shop = gk.seed_shop()
shop.write({{f"deploy/m{{number}}.json": config(f"m{{number}}") for number in range(200)}}, "Write many")
import subprocess
subprocess.run(["git", "clone", "--quiet", "--bare", shop.folder, {folder!r} + "/shop.git"], check=True)
ws = gk.Workspace({folder!r} + "/shop.git", "deploy", revision="main", trunk="main", target=Cluster(Path({kubeconfig!r})))
review = ws.review()
planfile.save(review.chosen, {folder!r} + "/plan.json")
"""
BEGIN = """
review.confirm(review.chosen.id[:12])
while review._waves.rows()[1]["done"] < 32:
    pass
print("begun", review.report is None)
"""


@pytest.fixture
def sandbox():
    with open_sandbox("simulator", nodes=0) as sandbox:
        yield sandbox


def run(client, code: str) -> str:
    """Run a cell, and return what it prints."""
    told = []
    answer = client.execute_interactive(code, timeout=120, output_hook=lambda message: told.append(message["content"]))
    assert answer["content"]["status"] == "ok", answer["content"]
    return "".join(one.get("text", "") for one in told)


def test_a_kernel_that_is_restarted_midway(sandbox, home_dir, tmp_path):
    with_slow = {"verb": "patch", "kind": "configmaps", "what": "latency", "latency_s": 0.1}
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        run(client, SETUP.format(folder=str(tmp_path), kubeconfig=str(sandbox.kubeconfig)))
        with sandbox.faults(with_slow):
            assert run(client, BEGIN).strip() == "begun True"
            manager.restart_kernel(now=False)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    plan = planfile.load(tmp_path / "plan.json")
    record = Journal(plan.id).read()
    steps = {change.id for change in plan.steps}
    assert 32 < len(record.done & steps) < len(steps)
    assert not record.unknown, "the step under way was finished and written down"
    [entry] = Ledger(plan.target).entries()
    assert re.match(r"interrupted \(\d+ of 208 steps were taken", entry["stopped"])
    workspace = Workspace.of_plan(plan, target=Cluster(sandbox.kubeconfig))
    report = workspace.apply(plan, confirm=plan.id)
    assert report.is_proved
    assert all(row.outcome.value in ("changed", "unchanged") for row in report.rows)
