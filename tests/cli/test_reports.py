"""Report files from a shell, of a plan and of an apply, on both engines."""

import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest

FILES = {
    "settings.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: quetzal}\ndata: {greeting: hello}\n",
    "token.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: zanzibar}\nstringData: {token: canary-8f1d}\n",
}


@pytest.fixture
def ready(shell, repository):
    for name, text in FILES.items():
        (repository.folder / name).write_text(text)
    repository.commit("Begin")
    return shell


def test_reports_of_a_plan_and_of_an_apply(engine, ready, repository):
    ready.start_sandbox(engine, "reports")
    source = ["--repo", str(repository.folder), "--revision", "main", "--sandbox", "reports"]
    reports = [word for name in ("a.html", "a.md", "a.json", "a.xml") for word in ("--report", name)]
    done = ready.run("plan", *source, "--format", "csv", "--out", "plan.json", *reports, code=2)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["action"], row["name"]) for row in rows] == [("create", "quetzal"), ("create", "zanzibar")]
    plan = json.loads((ready.folder / "plan.json").read_text())["id"]
    assert json.loads((ready.folder / "a.json").read_text())["facts"]["plan id"] == plan
    assert "quetzal" in (ready.folder / "a.html").read_text()
    assert (ready.folder / "a.md").read_text().startswith(f"### Plan {plan[:12]} for")

    masked = ["--report", "run.xml", "--report", "run.md", "--anonymous", "key.json"]
    ready.run("apply", "plan.json", "--confirm", plan, "--sandbox", "reports", *masked)
    root = ET.parse(ready.folder / "run.xml").getroot()
    assert [case.get("name") for case in root.iter("testcase")] == ["ConfigMap configmap-1", "Secret secret-1"]
    assert root.get("failures") == "0"
    assert "configmap-1" in (ready.folder / "run.md").read_text()
    assert json.loads((ready.folder / "key.json").read_text())["labels"]["secret-1"] == "zanzibar"
    for path in ready.folder.glob("*.*"):
        if path.is_file():
            assert "canary" not in path.read_text()
            assert path.name not in ("run.xml", "run.md") or "zanzibar" not in path.read_text()


@pytest.mark.parametrize(
    "words", [["--report", "a.pdf"], ["--report", "a.md", "--report", "b"], ["--report", "a.md", "--anonymous", "settings.yaml"]]
)
def test_a_wrong_report_is_refused_before_anything_is_done(ready, repository, words):
    (ready.folder / "settings.yaml").write_text("no key")
    done = ready.run("apply", "nothing.json", "--confirm", "x", *words, code=1)
    assert "names no format" in done.stderr or "no key file" in done.stderr
    assert "nothing.json" not in done.stderr
    assert "next:" in done.stderr
