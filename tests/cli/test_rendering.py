"""A chart in a shell: its settings are words of `plan`, and are found again in the plan file."""

import pytest

pytest.importorskip("helm_python")
FILES = {
    "chart/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n",
    "chart/templates/a.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {size: {{ .Values.size | quote }}}\n"
    ),
    "prod.yaml": "size: 5\n",
}


@pytest.fixture
def charts(repository):
    for name, text in FILES.items():
        (repository.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (repository.folder / name).write_text(text)
    repository.commit("Begin")
    return ["--repo", str(repository.folder), "--revision", "main", "--path", "chart"]


def test_the_main_job_with_a_chart(shell, charts, repository, kubectl):
    kubeconfig = shell.start_sandbox("simulator", "charts")["kubeconfig"]
    chosen = ["--values", "prod.yaml", "--release", "web", "--sandbox", "charts"]
    said = shell.run("plan", *charts, *chosen, "--out", "plan.json", "--report", "plan.md", code=2).stdout
    report = (shell.folder / "plan.md").read_text()
    assert all(word in report for word in ("helm", "web", "prod.yaml"))
    plan_id = next(word for word in said.split() if len(word) == 64)
    (repository.folder / "prod.yaml").write_text("size: 7\n")
    repository.commit("Grow")
    shell.run("apply", "plan.json", "--confirm", plan_id, "--sandbox", "charts")
    assert kubectl(kubeconfig, "get", "configmap", "web", "-o", "jsonpath={.data.size}") == "5"
    assert "7" in shell.run("plan", *charts, *chosen, code=2).stdout


def test_values_that_are_not_there_are_one_clear_error(shell, charts):
    shell.start_sandbox("simulator", "charts")
    done = shell.run("plan", *charts, "--values", "x.yaml", "--sandbox", "charts", code=1)
    assert "there is no values file 'x.yaml' at this commit" in done.stderr
    assert "Traceback" not in done.stderr
