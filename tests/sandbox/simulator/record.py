"""Record what a real control plane answers to the cases of these tests: `python tests/sandbox/simulator/record.py KUBECONFIG`.

Every request is a dry run, so the answers are the API server's own, before any controller has seen the object.
"""

import base64
import json
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path

import yaml

HERE = Path(__file__).parent
VOLATILE = ("uid", "creationTimestamp", "resourceVersion", "managedFields")


def asker(kubeconfig):
    """Return a function (method, path, body) -> (status, JSON) for the server of a kubeconfig."""
    config = yaml.safe_load(Path(kubeconfig).read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    context = ssl.create_default_context()
    if "certificate-authority-data" in cluster:
        context.load_verify_locations(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    else:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    headers = {"Authorization": f"Bearer {user['token']}", "Content-Type": "application/json", "User-Agent": "recorder"}

    def ask(method, path, body=None):
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(cluster["server"] + path, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, context=context, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    return ask


def paths(ask):
    """Return kind by apiVersion and kind: where objects of it are created in the namespace ``default``."""
    found = {}
    versions = ["v1"] + [v["groupVersion"] for g in ask("GET", "/apis")[1]["groups"] for v in g["versions"]]
    for version in versions:
        root = f"/api/{version}" if "/" not in version else f"/apis/{version}"
        for item in ask("GET", root)[1]["resources"]:
            if "/" not in item["name"]:
                place = "/namespaces/default" if item["namespaced"] else ""
                found[version, item["kind"]] = f"{root}{place}/{item['name']}"
    return found


def normal(obj):
    """Return an object without what differs from one server and moment to the next."""
    text = json.dumps(obj)
    uid = obj["metadata"].get("uid")
    shown = json.loads(text.replace(uid, "UID") if uid else text)
    metadata = {key: value for key, value in shown["metadata"].items() if key not in VOLATILE}
    if "generateName" in metadata:
        metadata["name"] = metadata["generateName"] + "?"
    spec = shown.get("spec") or {}
    if "lastPhaseTransitionTime" in (shown.get("status") or {}):
        shown["status"]["lastPhaseTransitionTime"] = "NOW"
    if shown["kind"] == "Service" and spec.get("clusterIP") not in (None, "None"):
        spec |= {"clusterIP": "IP", "clusterIPs": ["IP"] * len(spec["clusterIPs"])}
    return {**shown, "metadata": metadata}


def defaults(ask, where):
    """Return what the server makes of each object."""
    cases = yaml.safe_load((HERE / "defaults" / "cases.yaml").read_text())
    return {
        name: normal(checked(name, *ask("POST", where[body["apiVersion"], body["kind"]] + "?dryRun=All", body)))
        for name, body in cases.items()
    }


def checked(name, status, answer):
    """Return an answer, or stop at one that refuses."""
    assert status == 201, (name, answer["message"])
    return answer


def lines(recorded):
    """Return a record as JSON with one case a line."""
    shown = [f"{json.dumps(name)}: {json.dumps(value, sort_keys=True, ensure_ascii=False)}" for name, value in recorded.items()]
    return "{\n" + ",\n".join(shown) + "\n}\n"


if __name__ == "__main__":
    server = asker(sys.argv[1])
    (HERE / "defaults" / "recorded.json").write_text(lines(defaults(server, paths(server))))
