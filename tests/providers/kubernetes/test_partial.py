"""Answers that are no whole list: told, never taken for an empty one."""

import re

import orjson
import pytest

from gitopskit.model.changes import Action
from gitopskit.providers.kubernetes import connection as wire
from gitopskit.providers.kubernetes import pages
from gitopskit.providers.kubernetes.connection import Answer, LostAnswerError

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hello}
"""
ROBOT = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
"""
JSON = {"content-type": "application/json"}


def ok(content, content_type="application/json"):
    return Answer(status=200, headers={"content-type": content_type}, content=content)


def without_names(answer):
    body = answer.json()
    return ok(orjson.dumps({**body, "items": [{"metadata": {}} for _ in body["items"]]}))


def of_texts(answer):
    body = answer.json()
    return ok(orjson.dumps({**body, "items": [{"metadata": "settings"} for _ in body["items"]]}))


def in_a_circle(answer):
    return ok(orjson.dumps({"metadata": {"continue": "the same again"}, "items": answer.json().get("items") or []}))


def lost(answer):
    raise LostAnswerError("the connection broke before the answer came")


NO_LISTS = {
    "a page of a proxy": (lambda answer: ok(b"<html>log in first</html>", "text/html"), "Unreachable", "23 bytes|25 bytes"),
    "cut short": (lambda answer: ok(answer.content[: len(answer.content) // 2]), "Unreachable", "no JSON object"),
    "an array": (lambda answer: ok(b"[]"), "Unreachable", "no JSON object"),
    "nothing": (lambda answer: ok(b""), "Unreachable", "0 bytes of application/json"),
    "another object": (lambda answer: ok(b'{"kind": "Status", "status": "Success"}'), "Malformed", "no list"),
    "no items": (lambda answer: ok(b'{"kind": "ConfigMapList", "metadata": {}}'), "Malformed", "no list"),
    "no metadata": (lambda answer: ok(b'{"kind": "ConfigMapList", "items": []}'), "Malformed", "no list"),
    "items without a name": (without_names, "Malformed", "has no name"),
    "items of another form": (of_texts, "Malformed", "has no name"),
    "in a circle": (in_a_circle, "Malformed", "circle"),
    "lost": (lost, "Unreachable", "broke"),
    "vanished": (lambda answer: Answer(status=404, headers=JSON, content=b"404 page not found"), "HTTP 404", ""),
    "failing": (lambda answer: Answer(status=500, headers=JSON, content=b'{"reason": "InternalError"}'), "InternalError", ""),
}


def spoil(site, monkeypatch, change, *, page=1):
    """Change the answers to lists of ConfigMaps from that page on."""
    monkeypatch.setattr(wire, "_pause", lambda attempt, answer: 0.0)
    connection = site.provider._connection
    real, seen = connection.send, []

    def send(method, path, **request):
        answer = real(method, path, **request)
        if method == "GET" and path.endswith("/configmaps"):
            seen.append(path)
            return change(answer) if len(seen) >= page else answer
        return answer

    monkeypatch.setattr(connection, "send", send)


@pytest.mark.parametrize("what", NO_LISTS)
@pytest.mark.parametrize("page", [1, 2])
def test_what_is_no_list_is_told_and_nothing_is_lost(site, monkeypatch, what, page):
    change, reason, message = NO_LISTS[what]
    more = [CONFIG.replace("settings", f"more-{number}") for number in range(4)]
    site.apply("---".join([CONFIG, ROBOT, *more]))
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    spoil(site, monkeypatch, change, page=page)
    plan = site.plan("---".join([CONFIG.replace("hello", "hi"), ROBOT]), prune=True)
    [told] = plan.unreadable
    assert (told.group_kind, told.reason) == ("ConfigMap", reason)
    assert re.search(message, told.message)
    rows = {(row.id.kind, row.id.name): row for row in plan.changes}
    assert rows["ServiceAccount", "robot"].action is Action.NO_OP, "the rest stays computable"
    assert rows["ConfigMap", "settings"].action is Action.UPDATE, "asked for by name"
    assert [row.id.name for row in plan.steps] == ["settings"], "nothing is pruned"


def test_a_list_that_shrinks_while_it_is_read_makes_no_create(site, monkeypatch):
    """An object that a page left out is asked for before anything is said about it."""
    site.apply("---".join([CONFIG, CONFIG.replace("settings", "other")]))

    def shrink(answer):
        body = answer.json()
        return ok(orjson.dumps({**body, "items": [item for item in body["items"] if item["metadata"]["name"] != "settings"]}))

    spoil(site, monkeypatch, shrink)
    plan = site.plan("---".join([CONFIG, CONFIG.replace("settings", "other")]))
    assert plan.unreadable == ()
    assert plan.is_empty, "the server is asked whether it is really not there"


def test_a_kind_that_vanishes_between_discovery_and_list(site):
    definition = f"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: lamps.{site.namespace}.example.com}}
spec:
  group: {site.namespace}.example.com
  scope: Namespaced
  names: {{plural: lamps, singular: lamp, kind: Lamp}}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, properties: {{on: {{type: boolean}}}}}}}}}}}}
"""
    lamp = f"\napiVersion: {site.namespace}.example.com/v1\nkind: Lamp\nmetadata: {{name: hall}}\nspec: {{on: true}}\n"
    site.apply(definition + "---" + lamp)
    known = site.provider._discover()
    site.kubectl("delete", "crd", f"lamps.{site.namespace}.example.com")
    site.provider._discover = lambda is_anew=False: known
    plan = site.plan(lamp + "---" + CONFIG, prune=True)
    assert [(one.group_kind, one.reason) for one in plan.unreadable] == [(f"Lamp.{site.namespace}.example.com", "HTTP 404")]
    rows = {row.id.kind: row for row in plan.changes}
    assert rows["Lamp"].problem
    assert rows["ConfigMap"].action is Action.CREATE
    assert [row.id.kind for row in plan.steps if not row.problem] == ["ConfigMap"]


@pytest.mark.parametrize("content", [b"<html>log in first</html>", b'{"kind": "ConfigMap", "metada', b""])
def test_an_answer_to_a_write_that_is_cut_short_is_looked_after(site, monkeypatch, content):
    plan = site.plan(CONFIG)
    connection = site.provider._connection
    real = connection.send

    def send(method, path, **request):
        answer = real(method, path, **request)
        is_write = method == "PATCH" and path.endswith("/configmaps/settings") and "dryRun" not in (request.get("query") or {})
        return ok(content) if is_write else answer

    monkeypatch.setattr(connection, "send", send)
    outcomes = {event.id.name: event.outcome for event in site.provider.apply(plan) if event.outcome}
    assert outcomes["settings"] == "changed", "it was written, and that was seen by looking"
    assert site.plan(CONFIG).is_empty
