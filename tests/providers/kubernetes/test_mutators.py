"""What may change objects on their way in is asked about; everything else is judged without a request."""

import pytest

from gitopskit.model.changes import Action, Confidence, Method
from gitopskit.providers.kubernetes.connection import Answer
from gitopskit.providers.kubernetes.discovery import ApiResource
from gitopskit.providers.kubernetes.mutators import Mutators

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hello}
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""
WEBHOOK = """
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: NAME}
webhooks:
- name: change.example.org
  clientConfig: {url: "https://127.0.0.1:1/"}
  rules: [{apiGroups: [""], apiVersions: [v1], resources: [configmaps], operations: [UPDATE]}]
  namespaceSelector: {matchLabels: {nobody: has-this}}
  failurePolicy: Ignore
  sideEffects: None
  admissionReviewVersions: [v1]
"""


@pytest.fixture
def webhook(site):
    """A webhook for ConfigMaps, which is never called."""
    site.kubectl("create", "-f", "-", text=WEBHOOK.replace("NAME", site.namespace))
    yield
    site.kubectl("delete", "mutatingwebhookconfiguration", site.namespace)


def judged(site):
    return {row.id.kind: (row.action, row.judgement.method) for row in site.plan(CONFIG + "---" + SERVICE).changes}


def test_where_a_webhook_may_change_an_object_the_server_is_asked(site, webhook):
    site.apply(CONFIG + "---" + SERVICE)
    assert judged(site) == {"ConfigMap": (Action.NO_OP, Method.SERVER_DRY_RUN), "Service": (Action.NO_OP, Method.PREDICTED)}


def test_where_webhooks_cannot_be_read_nobody_is_sure(site, restricted):
    site.apply(CONFIG)
    assert site.row(CONFIG).judgement.confidence is Confidence.EXACT
    row = restricted.row(CONFIG)
    assert (row.action, row.judgement.method, row.judgement.confidence) == (Action.NO_OP, Method.PREDICTED, Confidence.BEST_EFFORT)


@pytest.mark.parametrize(
    ("groups", "resources", "operations", "is_meant"),
    [
        (["apps"], ["deployments"], ["UPDATE"], True),
        (["*"], ["*"], ["*"], True),
        (["*"], ["*/*"], ["*"], True),
        (["apps"], ["deployments", "pods"], ["CREATE", "UPDATE"], True),
        (["apps"], ["deployments/scale"], ["UPDATE"], False),
        (["apps"], ["deployments/*"], ["UPDATE"], True),
        (["apps"], ["deployments"], ["CREATE", "DELETE"], False),
        ([""], ["deployments"], ["UPDATE"], False),
        (["apps"], ["statefulsets"], ["UPDATE"], False),
    ],
)
def test_rules(groups, resources, operations, is_meant):
    rule = {"apiGroups": groups, "apiVersions": ["v1beta1"], "resources": resources, "operations": operations}
    deployments = ApiResource(group="apps", version="v1", kind="Deployment", plural="deployments", is_namespaced=True, verbs=frozenset())
    assert Mutators(rules=(rule,)).may_change(deployments) is is_meant


def test_an_answer_that_is_no_list_of_webhooks_leaves_a_doubt(site, monkeypatch):
    site.apply(CONFIG)
    connection = site.provider._connection
    real = connection.send
    page = Answer(status=200, headers={}, content=b'{"kind": "Status", "status": "Success"}')
    monkeypatch.setattr(
        connection, "send", lambda method, path, **request: page if "mutatingwebhook" in path else real(method, path, **request)
    )
    assert site.row(CONFIG).judgement.confidence is Confidence.BEST_EFFORT
