"""What the plan says of one object, on a real API."""

import pytest

from gitopskit.errors import DuplicateObjectError
from gitopskit.model.canonical import canonical_json
from gitopskit.model.changes import Action, ChangeClass, FieldAction, Method
from gitopskit.model.paths import render_path
from gitopskit.model.values import Sensitive

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hello, mode: fast}
"""
WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: registry.example/web:1.0
        ports: [{containerPort: 8080}]
"""
SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {password: canary-4711}
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
"""


def changed(row):
    return {render_path(field.path): (field.before, field.after) for field in row.fields}


def test_create_states_its_fields_and_the_set(site):
    row = site.row(CONFIG)
    assert (row.action, row.judgement.method, row.problem) == (Action.CREATE, Method.SERVER_DRY_RUN, "")
    assert row.id.namespace == site.namespace
    assert {field.action for field in row.fields} == {FieldAction.ADD}
    fields = changed(row)
    assert fields.pop(".metadata.labels.applyset.kubernetes.io/part-of")[1].startswith("applyset-")
    assert fields == {".data.greeting": (None, "hello"), ".data.mode": (None, "fast")}
    assert "NotFound" in site.kubectl("get", "configmap/settings", code=1), "a plan writes nothing"


@pytest.mark.parametrize("text", [CONFIG, WEB, SECRET, SERVICE])
def test_what_was_applied_needs_no_request_and_no_write(site, text):
    site.apply(text)
    row = site.row(text)
    assert (row.action, row.judgement.method, row.fields) == (Action.NO_OP, Method.PREDICTED, ())


def test_another_spelling_of_a_quantity_is_no_change(site):
    text = WEB + "        resources: {requests: {cpu: 0.1, memory: 1024Mi}, limits: {memory: 1Gi}}\n"
    site.apply(text)
    generation = ("get", "deployment/web", "-o", "jsonpath={.metadata.generation}")
    before = site.kubectl(*generation)
    row = site.row(text)
    assert (row.action, row.fields) == (Action.NO_OP, ())
    assert site.kubectl(*generation) == before, "the status may move, the object does not"


def test_a_change_in_git_is_no_drift(site):
    site.apply(CONFIG)
    row = site.row(CONFIG.replace("hello", "hi").replace(", mode: fast", ", more: x"))
    assert row.action is Action.UPDATE
    assert changed(row) == {".data.greeting": ("hello", "hi"), ".data.mode": ("fast", None), ".data.more": (None, "x")}
    assert row.classes == {ChangeClass.REMOVE_FIELD}
    assert not row.drift
    assert {owner.name for field in row.fields for owner in field.owners} == {"gitopskit"}


def test_what_was_changed_by_hand_is_drift_and_taken_back(site):
    site.apply(WEB + "---" + CONFIG)
    site.kubectl("scale", "deployment/web", "--replicas=7")
    site.kubectl("label", "configmap/settings", "team=a")
    [row] = site.plan(WEB + "---" + CONFIG).steps
    assert (row.id.kind, row.action) == ("Deployment", Action.UPDATE)
    assert changed(row) == {".spec.replicas": (7, 1)}
    assert row.classes == {ChangeClass.DRIFT, ChangeClass.FORCE}
    [conflict] = row.conflicts
    assert conflict.forced
    assert str(conflict.owner) == "kubectl (Update via scale)"
    assert conflict.owner == row.fields[0].owners[0]
    assert [str(owner) for owner in row.fields[0].owners] == ["kubectl (Update via scale)"]
    site.apply(WEB + "---" + CONFIG)
    assert site.kubectl("get", "deployment/web", "-o", "jsonpath={.spec.replicas}") == "1"
    assert site.plan(WEB + "---" + CONFIG).is_empty


def test_drift_stays_when_it_is_not_to_be_taken_back(site):
    site.apply(CONFIG)
    site.kubectl("patch", "configmap/settings", "--type=merge", "--patch", '{"data": {"greeting": "bye"}}')
    row = site.row(CONFIG, force_drift=False)
    assert [(render_path(conflict.path), conflict.forced) for conflict in row.conflicts] == [(".data.greeting", False)]
    assert changed(row) == {".data.greeting": ("bye", "hello")}, "it still shows what it would be"
    assert row.refused_conflicts


def test_another_applier_is_never_forced_silently(site):
    site.kubectl("apply", "--server-side", "--field-manager=other-tool", "-f", "-", text=CONFIG.replace("hello", "theirs"))
    row = site.row(CONFIG)
    [conflict] = row.refused_conflicts
    assert str(conflict.owner) == "other-tool (Apply)"
    assert ChangeClass.ADOPT in row.classes
    forced = site.row(CONFIG, force_fields=(f"{row.id}: .data.greeting",))
    assert forced.refused_conflicts == ()
    assert changed(forced)[".data.greeting"] == ("theirs", "hello")


def test_one_contested_field_too_many_and_nothing_is_forced(site):
    site.apply(CONFIG)
    site.kubectl("patch", "configmap/settings", "--type=merge", "--patch", '{"data": {"greeting": "bye"}}')
    site.kubectl("patch", "configmap/settings", "--field-manager=robot", "--type=merge", "--patch", '{"data": {"mode": "slow"}}')
    row = site.row(CONFIG)
    assert {str(conflict.owner) for conflict in row.refused_conflicts} == {"kubectl-patch (Update)", "robot (Update)"}
    assert row.drift
    forced = site.row(CONFIG, force_fields=(f"{row.id}: .data.mode",))
    assert forced.refused_conflicts == ()


def test_conflict_in_a_list_item_has_the_path_of_that_item(site):
    site.apply(WEB)
    site.kubectl("set", "image", "deployment/web", "web=registry.example/other:2")
    row = site.row(WEB)
    path = '.spec.template.spec.containers[name="web"].image'
    assert [render_path(conflict.path) for conflict in row.conflicts] == [path]
    assert changed(row) == {path: ("registry.example/other:2", "registry.example/web:1.0")}


def test_immutable_fields_mean_replace(site):
    site.apply(WEB)
    row = site.row(WEB.replace("app: web", "app: shop"))
    assert row.action is Action.REPLACE
    assert "spec.selector" in row.reason
    assert changed(row)[".spec.selector.matchLabels.app"] == ("web", "shop")


def test_a_replacement_that_would_be_refused_is_a_problem(site):
    site.apply(WEB)
    broken = WEB.replace("matchLabels: {app: web}", "matchLabels: {app: shop}")  # template labels do not match
    row = site.row(broken)
    assert "selector" in row.problem


def test_first_apply_over_what_kubectl_made_is_adoption(site):
    site.kubectl("create", "configmap", "settings", "--from-literal=greeting=hello", "--from-literal=mode=fast")
    row = site.row(CONFIG)
    assert row.classes == {ChangeClass.ADOPT}
    assert list(changed(row)) == [".metadata.labels.applyset.kubernetes.io/part-of"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CONFIG + "dta: {}\n", "dta"),
        (CONFIG.replace("hello", "1"), "data"),
        ("apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: a}\n", "Widget"),
        (CONFIG.replace("name: settings", "name: settings, namespace: nowhere"), "nowhere does not exist"),
        (CONFIG.replace("name: settings", "name: ../secrets/token"), "no name"),
        (CONFIG.replace("name: settings", "name: Settings"), "Settings"),
        (WEB.replace("replicas: 1", "replicas: 4294967298"), "4294967298"),
        (WEB.replace("replicas: 1", "replicas: 3000000000"), "3000000000"),
        (WEB.replace("- name: web", "- name: web\n        image: a\n      - name: web"), "web"),
    ],
)
def test_what_the_server_would_refuse_or_bend_is_a_problem(site, text, said):
    plan = site.plan(text)
    [row] = plan.changes
    assert said in row.problem
    assert not plan.is_empty


def test_desired_metadata_that_only_the_server_may_say_is_left_out(site):
    exported = CONFIG.replace(
        "name: settings", "name: settings, uid: 4711, resourceVersion: '7', creationTimestamp: null, managedFields: []"
    )
    assert site.row(exported).problem == ""
    site.apply(exported)
    assert site.row(exported).judgement.method is Method.PREDICTED


def test_one_object_named_with_and_without_the_default_namespace(site):
    with pytest.raises(DuplicateObjectError) as caught:
        site.plan(CONFIG + "---" + CONFIG.replace("settings", f"settings, namespace: {site.namespace}"))
    assert "all.yaml:1" in caught.value.where
    assert "all.yaml:2" in caught.value.where


def test_secrets_show_as_marks_and_changes_are_still_seen(site):
    site.apply(SECRET)
    assert site.row(SECRET).action is Action.NO_OP
    row = site.row(SECRET.replace("4711", "4712"))
    assert row.action is Action.UPDATE
    assert all(isinstance(value, Sensitive) for pair in changed(row).values() for value in pair if value is not None)
    bad = site.row(SECRET.replace("canary-4711", "[canary-4711]"))
    assert bad.problem
    for text in (repr(row), repr(bad), canonical_json(row).decode(), canonical_json(bad).decode()):
        assert "canary" not in text
        assert "Y2FuYXJ5" not in text


def test_the_answer_for_a_secret_with_fewer_fields_is_masked_too(site):
    site.kubectl("create", "secret", "generic", "token", "--from-literal=other=canary-99")
    row = site.row(SECRET)
    assert "canary" not in repr(row)
    assert row.action is Action.UPDATE


def test_a_kind_desired_in_an_older_version_is_compared_in_that_version(site):
    text = """
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  maxReplicas: 5
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  targetCPUUtilizationPercentage: 80
"""
    site.apply(text)
    assert site.row(text).action is Action.NO_OP
    row = site.row(text.replace("maxReplicas: 5", "maxReplicas: 6"))
    assert changed(row) == {".spec.maxReplicas": (5, 6)}


def test_an_object_that_is_being_deleted_is_a_problem(site):
    text = CONFIG.replace("name: settings", "name: settings, finalizers: [example.org/hold]")
    site.apply(text)
    site.kubectl("delete", "configmap/settings", "--wait=false")
    try:
        assert "being deleted" in site.row(text).problem
    finally:
        site.kubectl("patch", "configmap/settings", "--type=merge", "--patch", '{"metadata": {"finalizers": null}}')


def test_letting_the_last_finalizer_go_is_a_class_of_its_own(site):
    text = CONFIG.replace("name: settings", "name: settings, finalizers: [example.org/hold]")
    site.apply(text)
    row = site.row(CONFIG)
    assert ChangeClass.REMOVES_LAST_FINALIZER in row.classes
    site.apply(CONFIG)


def test_whoever_else_manages_the_object_is_told(site):
    annotations = "annotations: {meta.helm.sh/release-name: shop, meta.helm.sh/release-namespace: prod}"
    site.kubectl("apply", "-f", "-", text=CONFIG.replace("name: settings", f"name: settings, {annotations}"))
    assert site.row(CONFIG).owner == "Helm release prod/shop"
    site.kubectl("label", "configmap/settings", "applyset.kubernetes.io/part-of=applyset-other-v1")
    assert "applyset-other-v1" in site.row(CONFIG).owner


def test_planning_is_repeatable(site):
    site.apply(CONFIG)
    text = CONFIG.replace("hello", "hi") + "---" + WEB
    assert site.plan(text).content_digest == site.plan(text).content_digest


def test_the_parent_of_the_set_cannot_be_a_member(site):
    row = site.row(CONFIG, inventory="settings")
    assert "name another inventory" in row.problem
