"""The live server's own schemas: fetched when they are needed, once, and never a condition."""

import orjson
import pytest

from gitopskit.model.changes import Action, Method
from gitopskit.providers.kubernetes.connection import Answer

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: c
        image: nginx:1
        resources: {limits: {cpu: 1000m, memory: 1024Mi}}
        ports: [{containerPort: 80}]
        env: []
"""


@pytest.fixture
def asked(site, monkeypatch):
    """The schema documents that were asked for."""
    connection, paths = site.provider._connection, []
    real = connection.send

    def send(method, path, **request):
        paths.extend([path] if "openapi" in path else ())
        return real(method, path, **request)

    monkeypatch.setattr(connection, "send", send)
    return paths


def test_another_spelling_changes_nothing_and_costs_no_dry_run(site, asked):
    site.apply(WEB)
    row = site.row(WEB)
    assert (row.action, row.judgement.method) == (Action.NO_OP, Method.PREDICTED)
    changed = site.row(WEB.replace("1000m", "2000m"))
    assert (changed.action, changed.judgement.method) == (Action.UPDATE, Method.SERVER_DRY_RUN)


def test_a_document_is_fetched_once_and_no_other(site, asked):
    site.apply(WEB)
    for _ in range(3):
        assert site.row(WEB).action is Action.NO_OP
    documents = [path for path in asked if path.startswith("/openapi/v3/")]
    assert len(documents) == 1
    assert "apps/v1?hash=" in documents[0]


BROKEN = {
    "no index": ("/openapi/v3", Answer(status=404, headers={}, content=b"404 page not found")),
    "no rights": ("/openapi/v3", Answer(status=403, headers={}, content=b'{"reason": "Forbidden", "message": "no"}')),
    "no document": ("/openapi/v3/apis/apps/v1", Answer(status=503, headers={}, content=b"")),
    "half a document": ("/openapi/v3/apis/apps/v1", Answer(status=200, headers={}, content=b'{"components": {"sch')),
    "another document": ("/openapi/v3/apis/apps/v1", Answer(status=200, headers={}, content=b'{"components": {"schemas": {"x": 5}}}')),
    "no paths": ("/openapi/v3", Answer(status=200, headers={}, content=b'{"paths": {"apis/apps/v1": null}}')),
    "a list": ("/openapi/v3", Answer(status=200, headers={}, content=orjson.dumps([1]))),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_server_that_cannot_give_its_schema_is_asked_for_a_dry_run(site, monkeypatch, what):
    path, answer = BROKEN[what]
    connection = site.provider._connection
    real = connection.send
    monkeypatch.setattr("gitopskit.providers.kubernetes.connection._pause", lambda attempt, answer: 0.0)
    monkeypatch.setattr(
        connection, "send", lambda method, asked, **request: answer if asked.partition("?")[0] == path else real(method, asked, **request)
    )
    site.apply(WEB)
    row = site.row(WEB)
    assert (row.action, row.judgement.method) == (Action.NO_OP, Method.SERVER_DRY_RUN)
    assert not row.problem


def test_a_definition_that_changes_brings_its_new_schema(site):
    group = f"{site.namespace}.example.com"
    definition = f"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: lamps.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{plural: lamps, singular: lamp, kind: Lamp}}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {{type: object, properties: {{bulbs: {{type: array, x-kubernetes-list-type: set, items: {{type: string}}}}}}}}
"""
    lamp = f"\napiVersion: {group}/v1\nkind: Lamp\nmetadata: {{name: hall}}\nspec: {{bulbs: [a, b]}}\n"
    site.apply(definition + "---" + lamp)
    assert site.plan(definition + "---" + lamp).is_empty
    wider = definition.replace("items: {type: string}}", "items: {type: string}}, watts: {type: integer, default: 5}")
    site.apply(wider + "---" + lamp)
    stated = wider + "---" + lamp.replace("bulbs", "watts: 5, bulbs")
    [step] = site.plan(stated).steps
    assert step.reason == "only who owns which field changes", "what was filled in becomes ours"
    site.apply(stated)
    assert site.plan(stated).is_empty
    [step] = site.plan(stated.replace("watts: 5", "watts: 6")).steps
    assert [field.after for field in step.fields] == [6]
