"""What cannot be judged where it will be is previewed, and the preview is held against the server before its wave is written."""

from dataclasses import replace

import pytest
import yaml

from gitopskit.model.changes import Action, ChangeClass, Method
from gitopskit.model.events import EventKind
from gitopskit.model.paths import render_path
from gitopskit.providers.kubernetes import KubernetesProvider, connect
from gitopskit.providers.kubernetes.connection import Answer
from gitopskit.providers.kubernetes.preview import contradiction

NAMESPACE = "\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: NEW}\n"
SETTINGS = "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: NEW}\ndata: {greeting: hello}\n"
CLAIM = """
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: disk, namespace: NEW}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1024Mi}}}
"""
DEFINITION = """
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lamps.GROUP}
spec:
  group: GROUP
  scope: Namespaced
  names: {plural: lamps, singular: lamp, kind: Lamp}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [watts]
            properties:
              watts: {type: integer, minimum: 1, maximum: 100, default: 5}
              colour: {type: string, enum: [red, white]}
              bulbs: {type: array, x-kubernetes-list-type: set, items: {type: string}}
"""
LAMP = "\n---\napiVersion: GROUP/v1\nkind: Lamp\nmetadata: {name: hall, namespace: NEW}\nspec: {colour: red}\n"


@pytest.fixture
def named(site):
    """Fill in a namespace and an API group that are not there yet, and take them away again."""
    new, group = f"{site.namespace}-new", f"{site.namespace}.example.com"
    yield lambda text: text.replace("NEW", new).replace("GROUP", group)
    site.kubectl("delete", "namespace", new, "--wait=false", "--ignore-not-found")
    site.kubectl("delete", "crd", f"lamps.{group}", "--wait=false", "--ignore-not-found")


def member(plan):
    """Return the row of what is in the new namespace, or of the new kind."""
    [row] = [change for change in plan.changes if change.id.kind not in ("Namespace", "CustomResourceDefinition")]
    return row


def values(row):
    return {render_path(field.path): field.after for field in row.fields if "labels" not in field.path}


def stops(events):
    return [event.message for event in events if event.kind is EventKind.STOPPED]


def test_a_member_of_a_namespace_that_this_plan_creates_is_tried_in_another(site, named):
    text = named(NAMESPACE + CLAIM)
    plan = site.plan(text)
    row = member(plan)
    assert (row.action, row.judgement.method, row.problem) == (Action.CREATE, Method.DRY_RUN_ELSEWHERE, "")
    assert row.reason == f"its namespace is created by this plan (tried in {site.namespace})"
    assert values(row)[".spec.resources.requests.storage"] == "1Gi", "as the server spells it"
    assert site.plan(text).content_digest == plan.content_digest
    assert stops(site.apply(text)) == []
    assert site.plan(text).is_empty


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("dta: {}\n", "dta"),
        ("data: {greeting: [1]}\n", "data"),
    ],
)
def test_what_the_server_has_against_a_member_is_known_before_its_namespace_is_there(site, named, wrong, said):
    row = member(site.plan(named(NAMESPACE + SETTINGS.replace("data: {greeting: hello}\n", wrong))))
    assert said in row.problem
    bad = member(site.plan(named(NAMESPACE + SETTINGS.replace("name: settings", "name: Settings"))))
    assert "Settings" in bad.problem


def test_a_name_that_is_taken_elsewhere_is_no_hindrance(site, named):
    site.kubectl("create", "configmap", "settings", "--from-literal=greeting=other")
    row = member(site.plan(named(NAMESPACE + SETTINGS)))
    assert (row.judgement.method, row.problem) == (Method.DRY_RUN_ELSEWHERE, "")
    assert values(row)[".data.greeting"] == "hello"


REFUSALS = {
    "no rights there": (403, '{"reason": "Forbidden", "message": "User cannot patch resource"}'),
    "a policy there": (422, '{"reason": "Invalid", "message": "ValidatingAdmissionPolicy \'p\' denied request: no"}'),
    "a webhook there": (400, '{"message": "admission webhook \\"w\\" denied the request: no"}'),
    "a webhook that is down": (500, '{"reason": "InternalError", "message": "failed calling webhook \\"w\\""}'),
    "no such namespace": (404, '{"reason": "NotFound", "message": "not found"}'),
}


@pytest.mark.parametrize("why", REFUSALS)
def test_where_nothing_may_be_tried_the_schema_is_asked(site, named, monkeypatch, why):
    status, content = REFUSALS[why]
    connection = site.provider._connection
    real = connection.send

    def send(method, path, **request):
        is_tried = method == "PATCH" and ("configmaps" in path or "persistentvolumeclaims" in path)
        return Answer(status=status, headers={}, content=content.encode()) if is_tried else real(method, path, **request)

    with monkeypatch.context() as patched:
        patched.setattr(connection, "send", send)
        row = member(site.plan(named(NAMESPACE + CLAIM)))
        bad = member(site.plan(named(NAMESPACE + SETTINGS + "dta: {}\n")))
    assert (row.judgement.method, row.problem) == (Method.SCHEMA, "")
    assert values(row)[".spec.resources.requests.storage"] == "1Gi"
    assert (bad.judgement.method, bad.problem) == (Method.SCHEMA, ".dta: field not declared in schema")


def test_a_custom_object_of_a_definition_that_this_plan_brings(site, named):
    text = named(DEFINITION + LAMP.replace("NEW", site.namespace))
    plan = site.plan(text)
    row = member(plan)
    assert (row.action, row.judgement.method, row.problem) == (Action.CREATE, Method.SCHEMA, "")
    assert row.reason == "its kind is created by this plan"
    assert stops(site.apply(text)) == []
    assert site.plan(text).is_empty


def test_a_custom_object_in_a_namespace_of_this_plan_too(site, named):
    text = named(DEFINITION + NAMESPACE + LAMP)
    assert member(site.plan(text)).judgement.method is Method.SCHEMA
    site.apply(text)
    assert site.plan(text).is_empty


def test_a_custom_object_in_a_namespace_that_nobody_brings(site, named):
    assert "does not exist and is not desired" in member(site.plan(named(DEFINITION + LAMP))).problem


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("{colour: blue}", 'spec.colour: Unsupported value: "blue"'),
        ("{watts: 500}", "spec.watts"),
        ("{bulbs: [a, a]}", "duplicate entries"),
        ("{shade: 1}", ".spec.shade: field not declared in schema"),
        ("{watts: much}", "watts"),
        ("[]", "expected map"),
    ],
)
def test_what_a_coming_definition_has_against_an_object(site, named, spec, said):
    text = named(DEFINITION + LAMP.replace("NEW", site.namespace).replace("{colour: red}", spec))
    assert said in member(site.plan(text)).problem


def test_a_definition_that_makes_no_sense_leaves_its_objects_unpreviewed(site, named):
    text = named(DEFINITION.replace("openAPIV3Schema:", "other:") + LAMP.replace("NEW", site.namespace))
    assert member(site.plan(text)).judgement.method is Method.SCHEMA, "without a schema anything goes"
    text = named(DEFINITION.split("  versions:")[0] + LAMP.replace("NEW", site.namespace))
    assert "does not know" in member(site.plan(text)).problem


def with_schema(change):
    """Return the definition with a part of its schema changed."""
    body = yaml.safe_load(DEFINITION)
    change(body["spec"], body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"])
    return "\n---\n" + yaml.safe_dump(body)


MALFORMED = {
    "properties": lambda spec, of: of.update(properties="colour"),
    "a property": lambda spec, of: of["properties"].update(colour="string"),
    "a schema": lambda spec, of: spec["versions"][0]["schema"].update(openAPIV3Schema="object"),
    "an enum": lambda spec, of: of["properties"]["colour"].update(enum=5),
    "what is required": lambda spec, of: of.update(required=5),
    "a length": lambda spec, of: of["properties"]["colour"].update(maxLength="x"),
    "a pattern": lambda spec, of: of["properties"]["colour"].update(pattern=5),
    "a bad pattern": lambda spec, of: of["properties"]["colour"].update(pattern="(?<"),
    "a bound": lambda spec, of: of["properties"]["watts"].update(minimum="a"),
    "a type": lambda spec, of: of["properties"]["colour"].update(type=["string"]),
    "a combination": lambda spec, of: of["properties"]["colour"].update(allOf=5),
    "a reference": lambda spec, of: of["properties"].update(colour={"$ref": 5}),
    "keys": lambda spec, of: of["properties"]["bulbs"].update({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": 5}),
    "a group": lambda spec, of: spec.update(group=["a"]),
    "a kind": lambda spec, of: spec["names"].update(kind=["Lamp"]),
    "a version": lambda spec, of: spec["versions"][0].update(name=["v1"]),
    "versions": lambda spec, of: spec.update(versions=[1]),
    "everything": lambda spec, of: spec.clear(),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_definition_costs_no_more_than_its_own_rows(site, named, what):
    lamp = LAMP.replace("{colour: red}", "{colour: red, watts: 7, bulbs: [a]}") + SETTINGS
    plan = site.plan(named(with_schema(MALFORMED[what]) + lamp.replace("NEW", site.namespace)))
    rows = {change.id.kind: change for change in plan.changes}
    assert rows.keys() == {"CustomResourceDefinition", "Lamp", "ConfigMap"}
    assert rows["CustomResourceDefinition"].problem, "the server says what is wrong with it"
    assert not rows["ConfigMap"].problem


def test_a_pattern_that_takes_other_engines_for_ever(site, named):
    text = with_schema(lambda spec, of: of["properties"]["colour"].update(enum=None, pattern="^(a+)+$"))
    row = member(site.plan(named(text + LAMP.replace("NEW", site.namespace).replace("red", "a" * 60 + "b"))))
    assert "should match '^(a+)+$'" in row.problem


RULE = "            required: [watts]\n"
RULED = DEFINITION.replace(RULE, RULE + '            x-kubernetes-validations: [{rule: "self.watts < 10", message: too bright}]\n')


def test_a_rule_that_nobody_could_ask_stops_its_wave_before_anything_of_it_is_written(site, named):
    text = named(RULED + LAMP.replace("NEW", site.namespace).replace("{colour: red}", "{watts: 50}"))
    text += f"\n---\napiVersion: {site.namespace}.example.com/v1\nkind: Lamp\nmetadata: {{name: porch}}\nspec: {{watts: 1}}\n"
    plan = site.plan(text)
    lamps = [change for change in plan.changes if change.id.kind == "Lamp"]
    assert [row.warnings for row in lamps] == [("1 rule of its definition can be asked only once it is there",)] * 2
    assert not any(row.problem for row in lamps)
    [stopped] = stops(site.provider.apply(plan))
    assert stopped.startswith("the server says otherwise than the preview")
    assert "too bright" in stopped
    assert "hall" in stopped
    assert "porch" not in site.kubectl("get", "lamps", "-o", "name"), "nothing of the wave was written"


def test_a_server_that_stores_otherwise_than_the_preview_said_is_not_written_to(site, named, monkeypatch):
    plan = site.plan(named(NAMESPACE + SETTINGS))
    connection = site.provider._connection
    real = connection.send

    def send(method, path, **request):
        answer = real(method, path, **request)
        is_asked = method == "PATCH" and "configmaps/settings" in path and "dryRun" in (request.get("query") or {})
        return (
            Answer(status=answer.status, headers=answer.headers, content=answer.content.replace(b"hello", b"bent")) if is_asked else answer
        )

    monkeypatch.setattr(connection, "send", send)
    [stopped] = stops(site.provider.apply(plan))
    assert ".data.greeting would be stored otherwise" in stopped
    assert "settings" not in site.kubectl("get", "configmaps", "--namespace", named("NEW"), "-o", "name")


def test_a_secret_shows_in_no_preview(site, named):
    secret = "\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: token, namespace: NEW}\nstringData: {token: canary-4711}\n"
    row = member(site.plan(named(NAMESPACE + secret)))
    bad = member(site.plan(named(NAMESPACE + secret.replace("canary-4711", "[canary-4711]"))))
    assert row.judgement.method is Method.DRY_RUN_ELSEWHERE
    assert bad.problem
    assert "canary" not in repr(row) + repr(bad)
    assert "Y2FuYXJ5" not in repr(row) + repr(bad)


def test_what_no_schema_tells_of_is_said_to_be_unpreviewed(site, named, monkeypatch):
    connection = site.provider._connection
    real = connection.send
    nothing = Answer(status=404, headers={}, content=b"{}")
    monkeypatch.setattr(
        connection, "send", lambda m, p, **r: nothing if "openapi" in p or (m == "PATCH" and "configmaps" in p) else real(m, p, **r)
    )
    row = member(site.plan(named(NAMESPACE + SETTINGS)))
    assert row.judgement.method is Method.CANNOT_PREVIEW
    assert row.classes == {ChangeClass.CANNOT_PREVIEW}


QUOTA = """
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: compute, namespace: NEW}
spec: {hard: {pods: "2", configmaps: "1"}}
"""
WEB = """
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: NEW}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: "nginx:1"}]}
"""


def test_what_the_quota_of_a_coming_namespace_will_refuse_is_said_before(site, named):
    rows = {change.id.kind: change for change in site.plan(named(NAMESPACE + QUOTA + SETTINGS + WEB)).changes}
    assert rows["ConfigMap"].warnings == ("quota compute limits configmaps to 1, and 1 is used before this one (kube-root-ca.crt counts)",)
    assert "3 Pods of it need" in rows["Deployment"].warnings[0]
    assert "2 fit" in rows["Deployment"].warnings[0]
    assert not rows["ResourceQuota"].warnings
    assert not any(row.problem for row in rows.values()), "what a quota will do is a warning: it may come later than what it counts"


WIDER = DEFINITION.replace("              colour:", "              shade: {type: string, default: dark}\n              colour:")
WATTS = LAMP.replace("{colour: red}", "{watts: 7, colour: red}")
SHADED = LAMP.replace("{colour: red}", "{watts: 7, shade: light}")


def test_objects_of_a_definition_that_this_plan_changes_are_judged_by_the_new_one(site, named):
    text = named(DEFINITION + WATTS.replace("NEW", site.namespace))
    site.apply(text)
    porch = SHADED.replace("hall", "porch")
    wider = named(WIDER + (SHADED + porch).replace("NEW", site.namespace))
    rows = {change.id.name: change for change in site.plan(wider).changes if change.id.kind == "Lamp"}
    assert [(row.action, row.judgement.method, row.problem) for row in rows.values()] == [
        (Action.UPDATE, Method.SCHEMA, ""), (Action.CREATE, Method.SCHEMA, ""),
    ]  # fmt: skip
    assert {render_path(field.path): (field.before, field.after) for field in rows["hall"].fields} == {
        ".spec.colour": ("red", None), ".spec.shade": (None, "light"),
    }  # fmt: skip
    assert rows["hall"].reason == "its definition is changed by this plan"
    assert rows["hall"].owner == "", "it is a member of our own set"
    assert ChangeClass.REMOVE_FIELD in rows["hall"].classes
    assert stops(site.apply(wider)) == []
    assert site.plan(wider).is_empty
    wrong = [row.judgement.method for row in site.plan(wider.replace("light", "[1]")).changes if row.problem]
    assert wrong == [Method.COMPARED, Method.COMPARED], "a definition that stays as it is has the last word"


def test_an_object_in_a_version_that_is_still_to_come(site, named):
    lamp = WATTS.replace("NEW", site.namespace)
    site.apply(named(DEFINITION + lamp))
    schema = DEFINITION.split("    storage: true\n")[1]
    both = named(DEFINITION + "  - name: v2\n    served: true\n    storage: false\n" + schema + lamp.replace("GROUP/v1", "GROUP/v2"))
    row = member(site.plan(both))
    assert (row.action, row.judgement.method) == (Action.UPDATE, Method.CANNOT_PREVIEW)
    assert stops(site.apply(both)) == []
    assert site.plan(both).is_empty


POLICY = """
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: NEW}
spec: {podSelector: {}, ingress: [{ports: [{port: 80}]}]}
"""
POD = """
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: NEW}
spec: {containers: [{name: c, image: "nginx:1"}], tolerations: [{key: a, operator: Exists}]}
"""


@pytest.mark.parametrize("text", [POLICY, POD])
def test_what_the_server_fills_in_within_lists_contradicts_no_schema(site, named, monkeypatch, text):
    connection = site.provider._connection
    real, forbidden = connection.send, Answer(status=403, headers={}, content=b'{"reason": "Forbidden", "message": "quota"}')
    is_elsewhere = f"/namespaces/{site.namespace}/"
    monkeypatch.setattr(
        connection, "send", lambda m, p, **r: forbidden if m == "PATCH" and (is_elsewhere in p or "/default/" in p) else real(m, p, **r)
    )
    plan = site.plan(named(NAMESPACE + text), inventory="there")
    assert member(plan).judgement.method is Method.SCHEMA
    desired = member(plan).desired
    monkeypatch.setattr(connection, "send", real)
    site.kubectl("create", "namespace", named("NEW"))
    if desired.id.kind == "Pod":
        site.kubectl("create", "serviceaccount", "default", "--namespace", named("NEW"), code=None)
    assert contradiction(member(plan), site.provider._judge_new(desired, plan)) == ""


def test_what_stands_in_a_wrong_place_shows_in_no_problem(site, named, monkeypatch):
    """Nobody knows that it is a secret there, and Go's words for it repeat it."""
    connection = site.provider._connection
    real, forbidden = connection.send, Answer(status=403, headers={}, content=b'{"reason": "Forbidden", "message": "quota"}')
    monkeypatch.setattr(connection, "send", lambda m, p, **r: forbidden if m == "PATCH" and "deployments" in p else real(m, p, **r))
    text = WEB.replace('{name: c, image: "nginx:1"}', "{name: c, env: {DB_PASSWORD: canary-4711}}")
    row = member(site.plan(named(NAMESPACE + text)))
    assert row.problem.endswith("expected list")
    assert "canary" not in repr(row)


def test_labels_that_are_none_are_the_servers_to_refuse(site):
    row = member(site.plan(SETTINGS.replace("namespace: NEW", "labels: [a]")))
    assert "labels" in row.problem


ALL_BUT_LISTING = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: NAME}
rules:
- {apiGroups: [""], resources: [namespaces], verbs: [get, create, patch]}
- {apiGroups: [""], resources: [configmaps], verbs: [get, list, create, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: NAME}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: NAME}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: NAME}]
"""


def test_who_may_not_list_namespaces_gets_a_preview_all_the_same(site, named, cluster, tmp_path):
    site.kubectl("apply", "-f", "-", text=ALL_BUT_LISTING.replace("NAME", site.namespace))
    document = yaml.safe_load(cluster.kubeconfig.read_text())
    document["users"][0]["user"]["as"] = site.namespace
    (tmp_path / "config").write_text(yaml.safe_dump(document))
    site = replace(site, provider=KubernetesProvider(connect(kubeconfig=tmp_path / "config", is_sandbox=True)))
    plan = site.plan(named(NAMESPACE + SETTINGS))
    assert (member(plan).judgement.method, member(plan).problem) == (Method.DRY_RUN_ELSEWHERE, "")
    assert [one.group_kind for one in plan.unreadable] == ["Namespace"]
    site.kubectl("delete", "clusterrole,clusterrolebinding", site.namespace)


GIVEN = "\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: NEW}\nimagePullSecrets: [{name: registry}]\n"
AUTHORITY = "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: kube-root-ca.crt, namespace: NEW}\ndata: {ca.crt: ours}\n"


def test_what_the_cluster_gives_a_new_namespace_is_taken_over_as_it_was_shown(site, named):
    text = named(NAMESPACE + GIVEN)
    row = member(site.plan(text))
    assert (row.action, row.problem) == (Action.CREATE, "")
    assert stops(site.apply(text)) == []
    assert site.plan(text).is_empty
    assert "registry" in site.kubectl("get", "serviceaccount", "default", "--namespace", named("NEW"), "-o", "yaml")


def test_what_the_cluster_will_not_give_away_stops_the_wave(site, named):
    [stopped] = stops(site.provider.apply(site.plan(named(NAMESPACE + AUTHORITY))))
    assert "owns .data[ca.crt]" in stopped or "owns .data.ca.crt" in stopped
