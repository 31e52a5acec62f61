"""Record what a real control plane answers to the cases of these tests: `python tests/sandbox/kinds/record.py KUBECONFIG`.

Every request is a dry run, so the answers are the API server's own, before any controller has seen the object.
"""

import base64
import json
import re
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml

HERE = Path(__file__).parent
_INTERNAL = re.compile(r'(?<= value: )(\{"|\[\{").*[}\]](?=$|: )')  # printed as Go's structs, which clients never see otherwise
VOLATILE = ("uid", "creationTimestamp", "resourceVersion", "managedFields")


def asker(kubeconfig):
    """Return a function (method, path, body) -> (status, JSON) for the server of a kubeconfig."""
    config = yaml.safe_load(Path(kubeconfig).read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    context = ssl.create_default_context()
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
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
    if shown["kind"] == "CustomResourceDefinition":
        shown["status"]["acceptedNames"].pop("kind", None)  # empty for the moment before the names are accepted
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


def merged(base, change):
    """Return a base with a JSON merge patch on it."""
    if not isinstance(change, dict):
        return change
    done = dict(base) if isinstance(base, dict) else {}
    for key, value in change.items():
        done[key] = merged(done.get(key), value)
        if value is None:
            del done[key]
    return done


def refusals(ask, where):
    """Return how the server refuses each case."""
    document = yaml.safe_load((HERE / "validation" / "cases.yaml").read_text())
    return {name: refusal(ask, where, document["bases"][case["base"]], case) for name, case in document["cases"].items()}


def refusal(ask, where, base, case):
    """Return the answer to one case: a changed base that is to be created, or one that is created first and then changed."""
    body = merged(base, case.get("create", {}))
    path = where[body["apiVersion"], body["kind"]]
    if "create" in case and "update" not in case:
        return judged(*ask("POST", path + "?dryRun=All", body))
    status, made = ask("POST", path, body)
    assert status == 201, made
    name = made["metadata"]["name"]
    for field in ("resourceVersion", "managedFields"):
        made["metadata"].pop(field, None)
    answer = judged(*ask("PUT", f"{path}/{name}?dryRun=All", merged(made, case["update"])))
    ask("DELETE", f"{path}/{name}", {"propagationPolicy": "Background", "gracePeriodSeconds": 0})
    while ask("GET", f"{path}/{name}")[0] != 404:
        time.sleep(0.05)
    return answer


def judged(status, answer):
    """Return what matters of a refusal; of an acceptance only that it is one."""
    if status < 300:
        return {"code": status}
    causes = (answer.get("details") or {}).get("causes", [])
    uid = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    listed = [f"{cause['reason']} {cause.get('field', '')} {cause['message']}" for cause in causes]
    shown = {"code": status, "causes": [_INTERNAL.sub("OBJECT", text).partition("\n@@")[0] for text in listed or [answer["message"]]]}
    return json.loads(
        re.sub(r"\\d{4}-\\d\\d-\\d\\dT[0-9:]{8}Z", "MOMENT", uid.sub("UID", re.sub(r"Bad_[a-z0-9]{5}", "Bad_?", json.dumps(shown))))
    )


def lines(recorded):
    """Return a record as JSON with one case a line."""
    shown = [f"{json.dumps(name)}: {json.dumps(value, sort_keys=True, ensure_ascii=False)}" for name, value in recorded.items()]
    return "{\n" + ",\n".join(shown) + "\n}\n"


if __name__ == "__main__":
    server = asker(sys.argv[1])
    (HERE / "defaults" / "recorded.json").write_text(lines(defaults(server, paths(server))))
    (HERE / "validation" / "recorded.json").write_text(lines(refusals(server, paths(server))))
