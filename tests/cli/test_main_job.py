"""The main job from end to end, in a shell, on both engines: apply, prove, drift by hand, take back, prune.

`GITOPSKIT_EXAMPLES` may name a folder with manifests of other projects; they go through the same story.
"""

import json
import os
import shutil
from pathlib import Path

import pytest

SHOP = {
    "web.yaml": """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, labels: {app: web}}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - name: web
                image: registry.example/web:1.0
                ports: [{containerPort: 8080}]
                resources: {requests: {cpu: 0.1, memory: 128Mi}}
        """,
    "service.yaml": """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
        """,
    "settings.yaml": """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {greeting: hello, enabled: "yes"}
        """,
    "token.yaml": """
        apiVersion: v1
        kind: Secret
        metadata: {name: token}
        stringData: {token: canary-8f1d}
        """,
}


def shop(folder: Path) -> None:
    for name, text in SHOP.items():
        (folder / name).write_text("\n".join(line[8:] for line in text.strip("\n").splitlines()) + "\n")


def example(*parts: str):
    return lambda folder: shutil.copytree(Path(os.environ["GITOPSKIT_EXAMPLES"]).joinpath(*parts), folder, dirs_exist_ok=True)


def drop_file(folder: Path, path: str, name: str) -> None:
    (folder / path / name).unlink()


def drop_resource(folder: Path, path: str, name: str) -> None:
    """Take a file out of a kustomization."""
    drop_file(folder, path, name)
    kustomization = folder / path / "kustomization.yaml"
    kustomization.write_text("".join(line for line in kustomization.read_text().splitlines(True) if line.strip(" -\n") != name))


OTHERS = bool(os.environ.get("GITOPSKIT_EXAMPLES"))
STORIES = {
    "shop": (shop, "", ("deployment/web", ""), lambda folder: drop_file(folder, "", "settings.yaml"), 1),
}
if OTHERS:
    STORIES |= {
        "microservices": (
            example("microservices-demo"), "kustomize/base", ("deployment/frontend", "server"),
            lambda folder: drop_resource(folder, "kustomize/base", "adservice.yaml"), 3,
        ),
        "hello": (
            example("kustomize-examples"), "examples/helloWorld", ("deployment/the-deployment", "the-container"),
            lambda folder: drop_resource(folder, "examples/helloWorld", "service.yaml"), 1,
        ),
    }  # fmt: skip


def steps(plan: dict) -> list[dict]:
    return [change for change in plan["plan"]["changes"] if change["action"] not in ("no-op", "read")]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("story", STORIES)
def test_main_job(shell, repository, kubectl, engine, story):
    write, path, (deployment, container), drop, pruned = STORIES[story]
    write(repository.folder)
    repository.commit("Describe the system")
    sandbox = shell.start_sandbox(engine, f"main-{engine}")
    assert sandbox["engine"] == engine
    common = ["--sandbox", sandbox["name"]]
    source = ["--repo", str(repository.folder), "--revision", "main", "--path", path]

    def plan(*words: str, code: int) -> dict:
        shell.run("plan", *source, *common, *words, "--out", "plan.json", code=code)
        return json.loads((shell.folder / "plan.json").read_text())

    def apply(saved: dict) -> str:
        return shell.run("apply", "plan.json", "--confirm", saved["id"], *common).stdout

    first = plan(code=2)
    assert {step["action"] for step in steps(first)} == {"create"}
    assert len(steps(first)) == len(first["plan"]["changes"]) > 0
    assert "empty" in apply(first)
    assert steps(plan(code=0)) == []

    if container:
        kubectl(sandbox["kubeconfig"], "set", "image", deployment, f"{container}=registry.example/other:9")
        owner, wrong, leaf = "kubectl-set", "registry.example/other:9", "image"
    else:
        kubectl(sandbox["kubeconfig"], "scale", deployment, "--replicas=7")
        owner, wrong, leaf = "kubectl", 7, "replicas"
    drifted = plan(code=2)
    [step] = steps(drifted)
    assert step["action"] == "update"
    [field] = step["fields"]
    assert field["path"][-1] == leaf
    assert field["before"] == wrong
    assert [one["name"] for one in field["owners"]] == [owner]
    assert "drift" in step["classes"]
    apply(drifted)
    assert steps(plan(code=0)) == []

    drop(repository.folder)
    repository.commit("Drop one file")
    assert steps(plan(code=0)) == [], "nothing is deleted unless asked for"
    pruning = plan("--prune", code=2)
    assert [step["action"] for step in steps(pruning)] == ["delete"] * pruned
    apply(pruning)
    assert steps(plan("--prune", code=0)) == []
    for step in steps(pruning):
        gone = kubectl(sandbox["kubeconfig"], "get", f"{step['id']['kind']}/{step['id']['name']}", code=1)
        assert "NotFound" in gone
