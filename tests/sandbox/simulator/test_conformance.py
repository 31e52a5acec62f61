"""The simulator held to a real kube-apiserver: the same requests, the answers compared in full.

A case file is a list of steps. What is compared: status, warnings and body, with moments, uids, revisions and addresses replaced by
marks. A difference fails the case unless the register of accepted differences names it.
"""

import http.client
import json
import re
import ssl
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from gitopskit.sandbox import open_sandbox

FOLDER = Path(__file__).with_name("cases")
FILES = sorted(path for path in FOLDER.glob("*.yaml") if path.stem != "accepted")
MARKS = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
    (re.compile(r"in record \(\d+\)"), "in record (REVISION)"),
    (re.compile(r"10\.\d+\.\d+\.\d+"), "IP"),
]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Speaker:
    """Sends the steps of a case to one engine."""

    def __init__(self, sandbox):
        document = yaml.safe_load(sandbox.kubeconfig.read_text())
        cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
        context = ssl.create_default_context(cadata=__import__("base64").b64decode(cluster["certificate-authority-data"]).decode())
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        self.connection = http.client.HTTPSConnection(urlsplit(cluster["server"]).netloc, context=context, timeout=30)
        self.token = user["token"]

    def ask(self, method, path, body, media, agent):
        headers = {"Authorization": f"Bearer {self.token}", "User-Agent": agent}
        if body is not None:
            headers["Content-Type"] = media
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        warnings = answer.headers.get_all("warning") or []
        return {"status": answer.status, "warnings": warnings, "body": json.loads(text) if text.startswith(b"{") else text.decode()}

    def run(self, case, namespace):
        """Return what the engine answered to each step."""
        self.ask("POST", "/api/v1/namespaces", json.dumps({"metadata": {"name": namespace}}), "application/json", "conformance/1")
        try:
            return [self.step(step, case.get("values", {}), namespace) for step in case["steps"]]
        finally:
            self.ask("DELETE", f"/api/v1/namespaces/{namespace}", None, "", "conformance/1")

    def step(self, step, values, namespace):
        method = next(name for name in METHODS if name in step)
        path = filled(step[method], values).replace("{namespace}", namespace)
        body = step.get("raw")
        if "body" in step:
            body = json.dumps(filled(step["body"], values)).replace("{namespace}", namespace)
        media = filled(step.get("media", "application/json"), values)
        answer = self.ask(method, path, body, media, f"{step.get('agent', 'conformance')}/1")
        if method == "POST" and answer["status"] == 201 and "/namespaces/" not in path:
            self.ask("DELETE", f"{path}/{answer['body']['metadata']['name']}", None, "", "conformance/1")
        return normal(answer, namespace)


def filled(value, values):
    """Return the value with ``$name`` replaced."""
    if isinstance(value, str) and value.startswith("$"):
        name = re.match(r"\$(\w+)", value)[1]
        if name in values:
            return values[name] + value[len(name) + 1 :] if isinstance(values[name], str) else values[name]
        return value
    if isinstance(value, dict):
        return {key: filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, values) for item in value]
    return value


def normal(value, namespace, key=""):
    """Return an answer with everything that differs from run to run replaced by marks."""
    if isinstance(value, dict):
        return {name: normal(item, namespace, name) for name, item in without_progress(value).items()}
    if isinstance(value, list):
        items = [normal(item, namespace, key) for item in value]
        is_unordered = key in ("causes", "managedFields")  # in any order; by the second in which they were written
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) if is_unordered else items
    if key == "nodePort":
        return "PORT"
    if not isinstance(value, str):
        return value
    if key == "resourceVersion":
        return "REVISION"
    for pattern, mark in MARKS:
        value = pattern.sub(mark, value)
    return value.replace(namespace, "NAMESPACE")


def without_progress(body):
    """Return a Deployment without what its controller writes when it gets to it; `controllers/test_settled.py` compares that."""
    if body.get("kind") != "Deployment" or "spec" not in body:
        return body
    fields = [entry for entry in body["metadata"].get("managedFields", []) if entry["manager"] != "kube-controller-manager"]
    return {name: value for name, value in body.items() if name != "status"} | {"metadata": body["metadata"] | {"managedFields": fields}}


def accepted():
    """Return the register: step → why it may differ; an entry that has expired counts no more."""
    listed = yaml.safe_load((FOLDER / "accepted.yaml").read_text())
    return {(item["file"], step): item["reason"] for item in listed for step in item["steps"] if item["until"] >= date.today()}


def test_the_register_is_printed_and_current(capsys):
    with capsys.disabled():
        for (file, step), reason in accepted().items():
            print(f"\naccepted difference: {file} step {step}: {reason}", end="")
    assert all(len(reason) > 20 for reason in accepted().values())


@pytest.fixture(scope="module")
def engines():
    from tests.conftest import require_controlplane

    require_controlplane()
    with open_sandbox(engine="controlplane", nodes=0) as real, open_sandbox(engine="simulator", nodes=0) as simulated:
        speakers = Speaker(real), Speaker(simulated)
        yield speakers
        for speaker in speakers:
            speaker.connection.close()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_both_engines_answer_alike(engines, path, namespace_name):
    case = yaml.safe_load(path.read_text())
    real, simulated = (engine.run(case, namespace_name) for engine in engines)
    register = accepted()
    differing = {
        f"step {number}: {case['steps'][number]}": {"real": one, "simulated": other}
        for number, (one, other) in enumerate(zip(real, simulated, strict=True))
        if one != other and (path.stem, number) not in register
    }
    assert differing == {}
