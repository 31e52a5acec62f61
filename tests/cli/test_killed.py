"""kill -9 in the middle of an apply: the next call finishes it, and nothing is done twice."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

OBJECTS = 20
WHY = "twenty are wanted"


def manifests(value: str) -> str:
    return "---\n".join(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{number}}}\ndata: {{value: {value}}}\n" for number in range(OBJECTS)
    )


def journal_outcomes(shell) -> int:
    """Count the objects that the journals say are done."""
    texts = [path.read_text() for path in (shell.folder / "state" / "journals").glob("**/*.jsonl")]
    return sum(1 for text in texts for line in text.splitlines() if '"outcome"' in line and '"changed"' in line)


def apply_and_kill(shell, saved: dict, sandbox: str) -> int:
    """Start an apply, kill it as soon as its journal tells of a first object, and return how many it told of."""
    words = [sys.executable, "-m", "gitopskit", "apply", "plan.json", "--confirm", saved["id"], "--sandbox", sandbox, "--why", WHY]
    done_before = journal_outcomes(shell)
    child = subprocess.Popen(words, cwd=shell.folder, env=shell.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while journal_outcomes(shell) == done_before and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    return journal_outcomes(shell) - done_before


def ledger(shell) -> list[dict]:
    [path] = (shell.folder / "state" / "ledger").glob("*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def unclosed(shell) -> list[tuple[str, str]]:
    """Return plan and reason of each operation that has no execution."""
    over = {line["operation"] for line in ledger(shell) if line["kind"] == "execution"}
    return [(line["plan"], line["why"]) for line in ledger(shell) if line["kind"] == "opened" and line["operation"] not in over]


def plan(shell, repository, sandbox: str, code: int) -> dict:
    shell.run("plan", "--repo", str(repository.folder), "--revision", "main", "--sandbox", sandbox, "--out", "plan.json", code=code)
    return json.loads((shell.folder / "plan.json").read_text())


@pytest.mark.timeout(600)
def test_kill_in_the_middle(shell, repository, kubectl, engine):
    sandbox = shell.start_sandbox(engine, f"killed-{engine}")
    for attempt in range(5):
        (repository.folder / "all.yaml").write_text(manifests(f"v{attempt}"))
        repository.commit(f"Version {attempt}")
        saved = plan(shell, repository, sandbox["name"], code=2)
        done = apply_and_kill(shell, saved, sandbox["name"])
        if 0 < done < OBJECTS:
            break
        shell.run("apply", "plan.json", "--confirm", saved["id"], "--sandbox", sandbox["name"])
    assert 0 < done < OBJECTS, "the kill never landed in the middle"

    assert unclosed(shell)[-1] == (saved["id"], WHY), "a crash leaves who did what, and why"
    before = versions(kubectl, sandbox)
    resumed = shell.run("apply", "plan.json", "--confirm", saved["id"], "--sandbox", sandbox["name"])
    assert "empty" in resumed.stdout
    assert ledger(shell)[-1]["is_proved"]
    after = versions(kubectl, sandbox)
    assert {name for name, (_, value) in after.items() if value != f"v{attempt}"} == set()
    assert len(after) == OBJECTS
    untouched = [name for name, (version, value) in before.items() if value == f"v{attempt}" and after[name][0] == version]
    assert len(untouched) == sum(1 for _, value in before.values() if value == f"v{attempt}"), "what was done is not done again"
    assert plan(shell, repository, sandbox["name"], code=0)["plan"]["changes"]


def versions(kubectl, sandbox) -> dict[str, tuple[str, str]]:
    """Return resourceVersion and value of each of our ConfigMaps."""
    answer = json.loads(kubectl(sandbox["kubeconfig"], "get", "configmaps", "-o", "json"))
    ours = [item for item in answer["items"] if item["metadata"]["name"].startswith("c")]
    return {item["metadata"]["name"]: (item["metadata"]["resourceVersion"], item["data"]["value"]) for item in ours}
