"""The language of the conformance cases, and how one engine is asked.

A file in ``cases`` holds named cases. A case is run in a namespace of its own, whose name stands for ``{namespace}``::

    another-value-conflicts:
      about: what the case shows, in one line
      given: [<object>, …]                      # created first, by the manager "given"; must succeed
      steps:
      - {apply: <object>, as: b, status: 409}   # the expected status is optional: both engines must agree anyway
      - {merge: <patch>, at: configmaps/c}      # also strategic, json; create, update, delete, get
      - {get: configmaps/c, until: {data: {k: v}}}
      watch: [configmaps]                       # the events from before the first step to the end
      values: {name: text}                      # for $name at the start of a text

``as`` is the manager (`a`), ``params`` the query, ``at`` the path where it does not follow from the object; ``raw`` sends a text, ``media``
another content type, ``accept`` asks for one; ``user`` and ``groups`` ask in somebody else's name. A path is full (``/apis/…``) or short
(``deployments/d/scale``). GET, POST, PUT, PATCH and DELETE take a path, and ``body`` or ``raw``. ``keep: {name: metadata.uid}`` keeps a
field of the answer for ``$name``. ``until`` asks again until the answer has a status or the body shows some fields, and only then is a
status that controllers write compared.

``{TEXT*N}`` in what is sent is that text N times, with its number in place of each ``#``: ``{x*1048577}`` is a text over a mebibyte.

``defines`` is the version of a CustomResourceDefinition that is served before the first step: kind Thing, plural things, group version
``{namespace}.example.org/v1``.

What is answered: to each step its status, warnings, body and whether the object's resourceVersion moved; then every object that was
written, as it is at the end; then the watch events.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
import time
from base64 import b64decode
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import yaml

FOLDER = Path(__file__).with_name("cases")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PATCHES = {
    "apply": "application/apply-patch+yaml",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
}
VERBS = {"create": "POST", "update": "PUT", "delete": "DELETE", "get": "GET"} | dict.fromkeys(PATCHES, "PATCH")
PATIENCE_S = 60.0
GROUP = "{namespace}.example.org"
THINGS = dict.fromkeys(("things", (f"{GROUP}/v1", "Thing")), f"/apis/{GROUP}/v1/namespaces/{{namespace}}/things")
_REPEATED = re.compile(r"\{([^{}*]+)\*(\d+)\}")
_OBJECT = re.compile(r"/(?:api/[^/]+|apis/[^/]+/[^/]+)(?:/namespaces/[^/]+)?/[^/]+/[^/]+")


def read_cases(folder=FOLDER):
    """Return the cases by ``file/name``."""
    files = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(folder.glob("*.yaml"))}
    return {f"{stem}/{name}": case for stem, cases in files.items() for name, case in cases.items()}


class Engine:
    """Runs cases on one engine; a connection, for one thread."""

    def __init__(self, kubeconfig, kinds=None):
        document = yaml.safe_load(kubeconfig.read_text())
        cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
        context = ssl.create_default_context(cadata=b64decode(cluster["certificate-authority-data"]).decode())
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        self._connection = http.client.HTTPSConnection(urlsplit(cluster["server"]).netloc, context=context, timeout=60)
        self._token = user["token"]
        self.kinds = kinds if kinds is not None else dict(reversed(list(self._learn()))) | THINGS  # the first of a name wins

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def ask(self, method, path, body=None, media="application/json", agent="conformance", accept="application/json", others=()):
        """Send one request; return status, warnings and body (of a watch: its events)."""
        headers = http.client.HTTPMessage()  # unlike a dictionary it has room for several groups
        own = (("Authorization", f"Bearer {self._token}"), ("User-Agent", f"{agent}/1"), ("Accept", accept))
        for name, value in (*own, *others):
            headers[name] = value
        if body is not None:
            headers["Content-Type"] = media
        self._connection.request(method, path, body.encode() if isinstance(body, str) else body, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if "watch=" in path and answer.status == 200:
            body = [json.loads(line) for line in text.splitlines()]
        else:
            body = json.loads(text) if text.startswith(b"{") else text.decode()
        return {"status": answer.status, "warnings": answer.headers.get_all("warning") or [], "body": body}

    def _learn(self):
        """Yield where the objects of each kind are, by plural and by version and kind."""
        groups = self.ask("GET", "/apis")["body"]["groups"]
        for version in ["v1", *(version["groupVersion"] for group in groups for version in group["versions"])]:
            root = f"/apis/{version}" if "/" in version else f"/api/{version}"
            for item in self.ask("GET", root)["body"]["resources"]:
                if "/" not in item["name"]:
                    place = f"{root}{'/namespaces/{namespace}' if item['namespaced'] else ''}/{item['name']}"
                    yield item["name"], place
                    yield (version, item["kind"]), place

    def run(self, case, namespace):
        """Return everything that the engine answered to a case, in a namespace that is there for it alone."""
        self.make_namespace(namespace)
        try:
            return self.run_in(case, namespace)
        finally:
            self.ask("DELETE", f"/api/v1/namespaces/{namespace}")

    def run_in(self, case, namespace):
        """Return everything that the engine answered to a case; what it wrote is taken away again."""
        run = _Run(self, case.get("values", {}), namespace)
        try:
            return run.case(case)
        finally:
            for path in reversed(run.written):
                self.ask("PATCH", path, '{"metadata": {"finalizers": null}}', PATCHES["merge"])
                self.ask("DELETE", path, '{"propagationPolicy": "Background", "gracePeriodSeconds": 0}')

    def make_namespace(self, name):
        """Create a namespace, and wait for what every namespace has."""
        self.ask("POST", "/api/v1/namespaces", json.dumps({"metadata": {"name": name}}))
        for path in ("serviceaccounts/default", "configmaps/kube-root-ca.crt"):
            self._wait(f"/api/v1/namespaces/{name}/{path}", lambda answer: answer["status"] == 200)

    def prepare(self, definition):
        """Create a CustomResourceDefinition, and wait until it is served."""
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        self.ask("POST", path, json.dumps(definition))
        spec = definition["spec"]
        self._wait(f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}", lambda answer: answer["status"] == 200)

    def _wait(self, path, is_there):
        end = time.monotonic() + PATIENCE_S
        while not is_there(answer := self.ask("GET", path)):
            assert time.monotonic() < end, (path, answer)
            time.sleep(0.05)

    def place_of(self, body):
        """Return the path of the collection that an object belongs to."""
        return self.kinds[body.get("apiVersion", "v1"), body["kind"]]

    def full_path(self, path):
        """Return a path in full."""
        if path.startswith("/"):
            return path
        plural = re.match(r"[^/?]*", path)[0]
        return self.kinds[plural] + path.removeprefix(plural)


class _Run:
    """One case on one engine."""

    def __init__(self, engine, values, namespace):
        self._engine, self._values, self._namespace = engine, dict(values), namespace
        self._revisions = {}
        self._written = {}

    @property
    def written(self):
        """Paths of the objects that were written, in this order."""
        return list(self._written)

    def case(self, case):
        if "defines" in case:
            self._define(case["defines"])
        for body in case.get("given", ()):
            answer = self.step({"create": body, "as": "given"})
            assert answer["status"] == 201, answer
        watched = {path: self._ask("GET", path)["body"]["metadata"]["resourceVersion"] for path in case.get("watch", ())}
        steps = [self.step(step) for step in case["steps"]]
        return {
            "steps": steps,
            "finally": {path: self._ask("GET", path) for path in self._written},
            "watch": {path: self._events(path, revision) for path, revision in watched.items()},
        }

    def _define(self, version):
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        versions = [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, **version}]
        names = {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"}
        spec = {"group": GROUP, "scope": "Namespaced", "names": names, "versions": versions}
        kind = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "things.{namespace}.example.org"},
        }
        answer = self.step({"create": {**kind, "spec": spec}, "as": "given"})
        assert answer["status"] == 201, answer
        self.step({"get": "things", "until": 200})

    def step(self, step):
        """Send one step and return the answer, with whether the object moved."""
        method, path, content, media = self._request(step)
        params = dict(step.get("params", {}))
        if "apply" in step:
            params = {"fieldManager": step.get("as", "a")} | params
        params = {key: self._filled(value) for key, value in params.items() if value is not None}
        words = {key: str(value).lower() if isinstance(value, bool) else value for key, value in params.items()}
        target = path + (("&" if "?" in path else "?") + urlencode(words) if words else "")
        target = target.replace("%7Bnamespace%7D", self._namespace)
        agent, accept = step.get("as", step.get("agent", "a")), self._filled(step.get("accept", "application/json"))
        answer = self._until(step, lambda: self._engine.ask(method, target, content, media, agent, accept, self._borrowed(step)))
        self._remember(method, path, answer)
        self._values |= {name: field_of(answer["body"], field) for name, field in step.get("keep", {}).items()}
        answer["moved"] = self._moved(answer["body"])
        answer["expected"] = step.get("status", answer["status"])
        answer["settled"] = isinstance(step.get("until"), dict)
        return answer

    def _request(self, step):
        for verb in VERBS.keys() & step.keys():
            content = None if verb in ("get", "delete") else self._text(step[verb])
            media = step.get("media", PATCHES.get(verb, "application/json"))
            if verb == "delete" and "body" in step:
                content = self._text(step["body"])
            return VERBS[verb], self._path(verb, step), repeated(step.get("raw", content)), media
        method = next(name for name in METHODS if name in step)
        content = self._text(step["body"]) if "body" in step else step.get("raw")
        return method, self._full(self._filled(step[method])), repeated(content), self._filled(step.get("media", "application/json"))

    def _borrowed(self, step):
        """Return the headers of a step that speaks for somebody else."""
        users = [step["user"]] if "user" in step else []
        named = [("Impersonate-User", user) for user in users] + [("Impersonate-Group", group) for group in step.get("groups", ())]
        return [(header, name.replace("{namespace}", self._namespace)) for header, name in named]

    def _path(self, verb, step):
        if verb in ("get", "delete"):
            return self._full(self._filled(step[verb]))
        if "at" in step:
            return self._full(self._filled(step["at"]))
        body = self._filled(step[verb])
        place = self._full(self._engine.place_of(body))
        return place if verb == "create" else f"{place}/{quote(body['metadata']['name'])}".replace("{namespace}", self._namespace)

    def _until(self, step, ask):
        end = time.monotonic() + PATIENCE_S
        while True:
            answer = ask()
            if "until" not in step or shows(
                answer, {"body": step["until"]} if isinstance(step["until"], dict) else {"status": step["until"]}
            ):
                return answer
            assert time.monotonic() < end, (step, answer)
            time.sleep(0.05)

    def _remember(self, method, path, answer):
        """Keep the path of an object that was written, to look at it at the end."""
        body = answer["body"]
        if answer["status"] not in (200, 201) or method in ("GET", "DELETE") or "metadata" not in body or "reviews" in path:
            return
        path = path.partition("?")[0]
        whole = _OBJECT.match(f"{path}/{body['metadata'].get('name', '')}" if method == "POST" else path)[0]
        self._written[whole] = None

    def _moved(self, body):
        metadata = body.get("metadata") or {} if isinstance(body, dict) else {}
        if "uid" not in metadata or "resourceVersion" not in metadata:
            return None
        before, self._revisions[metadata["uid"]] = self._revisions.get(metadata["uid"]), metadata["resourceVersion"]
        return None if before is None else before != metadata["resourceVersion"]

    def _events(self, path, revision):
        return self._ask("GET", f"{path}?watch=true&timeoutSeconds=1&resourceVersion={revision}")["body"]

    def _ask(self, method, path):
        return self._engine.ask(method, self._full(path))

    def _full(self, path):
        return self._engine.full_path(path).replace("{namespace}", self._namespace)

    def _text(self, body):
        return json.dumps(self._filled(body)).replace("{namespace}", self._namespace)

    def _filled(self, value):
        if isinstance(value, dict):
            return {key: self._filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        found = re.match(r"\$(\w+)", value) if isinstance(value, str) else None
        if found is None or found[1] not in self._values:
            return value
        stands_for = self._values[found[1]]
        return stands_for + value[found.end() :] if isinstance(stands_for, str) else stands_for


def repeated(text):
    """Return a text with ``{TEXT*N}`` written out."""
    if text is None or "*" not in text:
        return text
    return _REPEATED.sub(lambda found: "".join(found[1].replace("#", str(number)) for number in range(int(found[2]))), text)


def field_of(body, field):
    """Return the value at a dotted path."""
    for name in field.split("."):
        body = body[int(name)] if isinstance(body, list) else body[name]
    return body


def shows(found, wanted):
    """Whether an object has these fields, at any depth."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(shows(found.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(shows, found, wanted))
    return found == wanted
