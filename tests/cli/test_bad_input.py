"""Bad input in a shell: one clear error that says what, where and what next; no traceback, nothing written."""

import json
import os
import re
import socket
from pathlib import Path

import pytest

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n"
GOOD = {"a.yaml": CONFIG_MAP}

# what is in the repository, further words, and what the error must say
BAD = {
    "missing repository": (GOOD, ["--repo", "nowhere"], ["nowhere"]),
    "missing revision": (GOOD, ["--revision", "no-such-branch"], ["no-such-branch"]),
    "revision like an option": (GOOD, ["--revision=--upload-pack=x"], ["--upload-pack=x"]),
    "missing path": (GOOD, ["--path", "no/such/path"], ["no/such/path"]),
    "path outside": (GOOD, ["--path", "../elsewhere"], ["../elsewhere"]),
    "not YAML": ({"a.yaml": "a: [1, 2\nb: }"}, [], ["a.yaml:2"]),
    "merge conflict": ({"a.yaml": f"{CONFIG_MAP}<<<<<<< HEAD\nx: 1\n=======\nx: 2\n>>>>>>> b\n"}, [], ["a.yaml:5", "conflict"]),
    "template": ({"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.name }}\n"}, [], ["a.yaml:4"]),
    "repeated key": ({"a.yaml": f"{CONFIG_MAP}kind: Secret\n"}, [], ["a.yaml", "2", "5", "kind"]),
    "one identity twice": ({"a.yaml": CONFIG_MAP, "b.yaml": f"---\n{CONFIG_MAP}"}, [], ["a.yaml:1", "b.yaml:2", "ConfigMap"]),
    "no kind": ({"a.yaml": "apiVersion: v1\nmetadata: {name: a}\n"}, [], ["a.yaml:1", "kind"]),
    "nothing": ({"README": "no manifests"}, [], ["no "]),
}  # fmt: skip

# what the system itself refuses: rows of the plan, exit 1
REFUSED = {
    "unknown kind": ("apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: a}\n", ["Widget", "a.yaml:1"]),
    "unknown field": (CONFIG_MAP + "dta: {}\n", ["dta", "a.yaml:1"]),
    "wrong type": ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: 1}\n", ["a.yaml:1"]),
    "integer too large": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replicas: 4294967298\n  selector: {matchLabels: {a: b}}\n"
        "  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: a, image: b}]}\n",
        ["replicas", "4294967298"],
    ),
    "missing namespace": (CONFIG_MAP.replace("name: a", "name: a, namespace: nowhere"), ["nowhere"]),
}


@pytest.fixture
def sandbox(shell):
    return shell.start_sandbox("simulator", "bad-input")


def write(repository, files):
    for name, text in files.items():
        (repository.folder / name).write_text(text)
    repository.commit("Add files")


def plan(shell, repository, *words, code=1):
    source = [] if "--repo" in words else ["--repo", str(repository.folder)]
    revision = [] if any(word.startswith("--revision") for word in words) else ["--revision", "main"]
    return shell.run("plan", *source, *revision, "--sandbox", "bad-input", *words, "--out", "plan.json", code=code)


def test_bad_sources(shell, repository, sandbox, subtests):
    for case, (files, words, said) in BAD.items():
        with subtests.test(case):
            for old in repository.folder.glob("[!.]*"):
                old.unlink()
            write(repository, files)
            done = plan(shell, repository, *words)
            assert [part for part in said if part not in done.stderr] == [], done.stderr
            assert "next:" in done.stderr
            assert "Traceback" not in done.stdout + done.stderr
            assert not (shell.folder / "plan.json").exists()


def test_objects_that_the_system_refuses(shell, repository, sandbox, subtests):
    for case, (text, said) in REFUSED.items():
        with subtests.test(case):
            write(repository, {"a.yaml": text})
            done = plan(shell, repository, code=1)
            assert [part for part in said if part not in done.stdout + done.stderr] == [], done.stdout + done.stderr
            assert "Traceback" not in done.stdout + done.stderr


def test_no_such_sandbox(shell, repository):
    write(repository, GOOD)
    done = shell.run("plan", "--repo", str(repository.folder), "--sandbox", "nobody", code=1)
    assert "nobody" in done.stderr
    assert "sandbox start" in done.stderr


def test_no_such_context(shell, repository, sandbox):
    write(repository, GOOD)
    shell.environment["KUBECONFIG"] = sandbox["kubeconfig"]
    done = shell.run("plan", "--repo", str(repository.folder), "--context", "production", code=1)
    assert "production" in done.stderr
    assert "next:" in done.stderr


def kubeconfig(shell, sandbox, change):
    text = Path(sandbox["kubeconfig"]).read_text()
    path = shell.folder / "other.kubeconfig"
    path.write_text(change(text))
    return str(path)


def test_unreachable_server(shell, repository, sandbox):
    write(repository, GOOD)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        other = kubeconfig(shell, sandbox, lambda text: text.replace(sandbox["server"].split("//")[1], address))
        done = shell.run("plan", "--repo", str(repository.folder), "--kubeconfig", other, code=1)
    assert address in done.stderr
    assert "next:" in done.stderr


def test_refused_credentials(shell, repository, sandbox):
    write(repository, GOOD)
    other = kubeconfig(shell, sandbox, lambda text: re.sub(r'"token": "[^"]*"', '"token": "expired-canary-77"', text))
    done = shell.run("plan", "--repo", str(repository.folder), "--kubeconfig", other, code=1)
    assert "credentials" in done.stderr.lower()
    assert "expired-canary-77" not in done.stdout + done.stderr


def test_plan_file_that_was_altered(shell, repository, sandbox):
    write(repository, GOOD)
    plan(shell, repository, code=2)
    saved = json.loads((shell.folder / "plan.json").read_text())
    assert os.stat(shell.folder / "plan.json").st_mode & 0o777 == 0o600
    saved["plan"]["changes"][0]["reason"] = "because"
    (shell.folder / "plan.json").write_text(json.dumps(saved))
    done = shell.run("apply", "plan.json", "--confirm", saved["id"], "--sandbox", "bad-input", code=1)
    assert "altered" in done.stderr
    again = plan(shell, repository, code=2)
    assert "create" in again.stdout, "nothing was written"


def test_confirming_another_plan(shell, repository, sandbox):
    write(repository, GOOD)
    plan(shell, repository, code=2)
    done = shell.run("apply", "plan.json", "--confirm", "0" * 64, "--sandbox", "bad-input", code=1)
    assert "approval" in (done.stdout + done.stderr).lower()
    assert "create" in plan(shell, repository, code=2).stdout


def test_start_with_a_name_that_is_no_name(shell):
    done = shell.run("sandbox", "start", "--engine", "simulator", "--name", "../x", code=1)
    assert "../x" in done.stderr


def test_secrets_appear_nowhere(shell, repository, sandbox):
    write(repository, {"a.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {p: canary-8f1d-x}\n"})
    done = plan(shell, repository, code=2)
    saved = json.loads((shell.folder / "plan.json").read_text())
    applied = shell.run("apply", "plan.json", "--confirm", saved["id"], "--sandbox", "bad-input")
    spellings = (b"canary-8f1d-x", b"Y2FuYXJ5LThmMWQte")
    texts = [(done.stdout + applied.stdout + applied.stderr).encode()]
    repository_folder = str(repository.folder)
    for folder, _, names in os.walk(shell.folder):
        if not folder.startswith(repository_folder):
            texts += [Path(folder, name).read_bytes() for name in names if not name.endswith((".sock", ".kubeconfig"))]
    assert not [text[:80] for text in texts for spelling in spellings if spelling in text]
