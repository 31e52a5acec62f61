"""How steps are taken, and what happens when the world moves between the plan and the step."""

import pytest

from gitopskit.errors import UnreachableError
from gitopskit.model.changes import Action
from gitopskit.model.events import EventKind, Outcome
from gitopskit.providers.kubernetes.connection import LostAnswerError

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hello}
"""
IMMUTABLE = CONFIG + "immutable: true\n"
THREE = "---".join(CONFIG.replace("settings", f"settings-{letter}") for letter in "abc")
DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.GROUP}
spec:
  group: GROUP
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
"""
WIDGET = """
apiVersion: GROUP/v1
kind: Widget
metadata: {name: first}
spec: {size: 3}
"""


def outcomes(events):
    """Return what became of each object, by kind and name; the parent object left out."""
    found = [event for event in events if event.kind is EventKind.OUTCOME and event.name != "inventory"]
    return {f"{event.id.kind}/{event.id.name}": event.outcome for event in found}


def steps(plan):
    return {f"{change.id.kind}/{change.id.name}": change.action for change in plan.steps}


def stopped(events):
    return [event.message for event in events if event.kind is EventKind.STOPPED]


def test_intents_come_before_their_writes(site):
    events = site.provider.apply(site.plan(CONFIG))
    for event in events:
        if event.kind is EventKind.INTENT and event.id.name == "settings":
            break
    assert "NotFound" in site.kubectl("get", "configmap/settings", code=1)
    events.close()
    assert "NotFound" in site.kubectl("get", "configmap/settings", code=1), "whoever stops reading stops the apply"


def test_everything_of_a_new_namespace_with_a_definition_of_its_own(site):
    group = f"{site.namespace}.example.org"
    fresh = f"{site.namespace}-b"
    namespace = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {fresh}}}\n"
    text = f"{WIDGET}---\n{CONFIG}---\n{DEFINITION}---\n{namespace}".replace("GROUP", group)
    try:
        events = site.apply(text, namespace=fresh)
        assert list(outcomes(events).items()) == [
            (f"Namespace/{fresh}", Outcome.CHANGED),
            (f"CustomResourceDefinition/widgets.{group}", Outcome.CHANGED),
            ("ConfigMap/settings", Outcome.CHANGED),
            ("Widget/first", Outcome.CHANGED),
        ]
        assert [event.name for event in events if event.kind is EventKind.WAVE] == [
            "namespaces and definitions", "rights and configuration", "the rest",
        ]  # fmt: skip
        plan = site.plan(text, namespace=fresh)
        assert plan.is_empty, [(change.id, change.reason, change.problem) for change in plan.changes]
    finally:
        site.kubectl("delete", "namespace", fresh, "--wait=false")
        site.kubectl("delete", "customresourcedefinition", f"widgets.{group}", "--wait=false", code=None)


def test_what_appeared_meanwhile_is_not_overwritten(site):
    plan = site.plan(CONFIG)
    site.kubectl("create", "configmap", "settings", "--from-literal=greeting=theirs")
    events = list(site.provider.apply(plan))
    assert outcomes(events) == {"ConfigMap/settings": Outcome.FAILED}
    assert "appeared meanwhile" in stopped(events)[0]
    assert site.kubectl("get", "configmap/settings", "-o", "jsonpath={.data.greeting}") == "theirs"


def test_what_was_deleted_meanwhile_is_not_raised_from_the_dead(site):
    site.apply(CONFIG)
    plan = site.plan(CONFIG.replace("hello", "hi"))
    site.kubectl("delete", "configmap/settings")
    events = list(site.provider.apply(plan))
    assert outcomes(events) == {"ConfigMap/settings": Outcome.FAILED}
    assert "NotFound" in site.kubectl("get", "configmap/settings", code=1)


def test_what_was_deleted_and_made_anew_is_left_alone(site):
    site.apply(CONFIG)
    plan = site.plan(CONFIG.replace("hello", "hi"))
    site.kubectl("delete", "configmap/settings")
    site.kubectl("create", "configmap", "settings", "--from-literal=greeting=theirs")
    assert outcomes(list(site.provider.apply(plan))) == {"ConfigMap/settings": Outcome.FAILED}
    assert site.kubectl("get", "configmap/settings", "-o", "jsonpath={.data.greeting}") == "theirs"


def test_a_field_changed_meanwhile_ends_the_step(site):
    site.apply(CONFIG)
    plan = site.plan(CONFIG.replace("hello", "hi"))
    site.kubectl("patch", "configmap/settings", "--type=merge", "--patch", '{"data": {"greeting": "theirs"}}')
    events = list(site.provider.apply(plan))
    assert "no longer be the one that was approved" in stopped(events)[0]
    assert site.kubectl("get", "configmap/settings", "-o", "jsonpath={.data.greeting}") == "theirs"


def test_a_version_that_moved_for_no_reason_of_ours_does_not(site):
    site.apply(CONFIG)
    plan = site.plan(CONFIG.replace("hello", "hi"))
    site.kubectl("annotate", "configmap/settings", "example.org/note=x")
    assert outcomes(list(site.provider.apply(plan))) == {"ConfigMap/settings": Outcome.CHANGED}
    assert site.kubectl("get", "configmap/settings", "-o", "jsonpath={.data.greeting}") == "hi"


def test_the_same_change_made_by_somebody_else_is_no_write(site):
    site.apply(CONFIG)
    plan = site.plan(CONFIG.replace("hello", "hi"))
    assert list(site.provider.apply(plan))
    before = site.version("configmap/settings")
    assert outcomes(list(site.provider.apply(plan))) == {"ConfigMap/settings": Outcome.UNCHANGED}
    assert site.version("configmap/settings") == before


def test_a_replacement_is_a_new_incarnation(site):
    text = IMMUTABLE
    site.apply(text)
    uid = site.kubectl("get", "configmap/settings", "-o", "jsonpath={.metadata.uid}")
    plan = site.plan(text.replace("hello", "hi"))
    assert steps(plan) == {"ConfigMap/settings": Action.REPLACE}
    assert outcomes(list(site.provider.apply(plan))) == {"ConfigMap/settings": Outcome.CHANGED}
    assert site.kubectl("get", "configmap/settings", "-o", "jsonpath={.metadata.uid}") != uid
    assert site.plan(text.replace("hello", "hi")).is_empty


def test_a_replacement_of_what_has_changed_is_not_deleted(site):
    text = IMMUTABLE
    site.apply(text)
    plan = site.plan(text.replace("hello", "hi"))
    site.kubectl("delete", "configmap/settings")
    site.kubectl("create", "configmap", "settings", "--from-literal=greeting=theirs")
    assert outcomes(list(site.provider.apply(plan))) == {"ConfigMap/settings": Outcome.FAILED}
    assert site.kubectl("get", "configmap/settings", "-o", "jsonpath={.data.greeting}") == "theirs"


class Faulty:
    """Loses the answer of one write, before or after the server has taken it."""

    def __init__(self, connection, monkeypatch, *, path: str, is_carried_out: bool):
        self.real, self.path, self.is_carried_out = connection.send, path, is_carried_out
        self.lost = 0
        monkeypatch.setattr(connection, "send", self.send)

    def send(self, method, path, **request):
        if method == "GET" or self.lost or not path.endswith(self.path) or "dryRun" in (request.get("query") or {}):
            return self.real(method, path, **request)
        self.lost += 1
        if self.is_carried_out:
            self.real(method, path, **request)
        raise LostAnswerError("the connection broke")


@pytest.mark.parametrize("is_carried_out", [True, False])
@pytest.mark.parametrize("action", ["create", "update", "replace", "delete"])
def test_a_lost_answer_is_looked_for_and_nothing_is_sent_twice(site, monkeypatch, action, is_carried_out):
    text = CONFIG if action != "replace" else IMMUTABLE
    new = {"create": text, "delete": "", "update": text.replace("hello", "hi"), "replace": text.replace("hello", "hi")}[action]
    if action != "create":
        site.apply(text)
    plan = site.plan(new, prune=True)
    assert steps(plan) == {"ConfigMap/settings": Action(action)}
    with monkeypatch.context() as patch:
        faulty = Faulty(site.provider._connection, patch, path="/configmaps/settings", is_carried_out=is_carried_out)
        events = list(site.provider.apply(plan))
    assert faulty.lost == 1
    is_told = is_carried_out and action != "replace"  # of a replacement only the deletion was carried out
    assert outcomes(events) == {"ConfigMap/settings": Outcome.CHANGED if is_told else Outcome.UNKNOWN}
    assert bool(stopped(events)) is not is_told
    again = site.plan(new, prune=True)
    list(site.provider.apply(again))
    assert site.plan(new, prune=True).is_empty, "the next run converges"


def test_the_first_failure_ends_the_apply_and_nothing_is_pruned(site):
    site.apply(THREE)
    plan = site.plan(CONFIG.replace("settings", "settings-a").replace("hello", "hi"), prune=True)
    assert steps(plan) == {
        "ConfigMap/settings-a": Action.UPDATE,
        "ConfigMap/settings-b": Action.DELETE,
        "ConfigMap/settings-c": Action.DELETE,
    }
    site.kubectl("delete", "configmap/settings-a")
    events = list(site.provider.apply(plan))
    assert outcomes(events) == {"ConfigMap/settings-a": Outcome.FAILED}
    assert "settings-b" in site.kubectl("get", "configmaps")


def test_pruning_takes_what_is_no_longer_desired_and_nothing_else(site):
    site.apply(THREE)
    site.kubectl("create", "configmap", "stranger", "--from-literal=a=b")
    left = "---".join(THREE.split("---")[:1])
    assert [change.reason for change in site.plan(left).changes if change.id.name != "settings-a"] == [
        "no longer desired; prune is off"
    ] * 2
    assert site.plan(left).is_empty
    assert outcomes(site.apply(left, prune=True)) == {"ConfigMap/settings-b": Outcome.CHANGED, "ConfigMap/settings-c": Outcome.CHANGED}
    names = site.kubectl("get", "configmaps", "-o", "name").split()
    assert {"configmap/settings-a", "configmap/stranger"} <= set(names)
    assert not {"configmap/settings-b", "configmap/settings-c"} & set(names)
    assert site.plan(left, prune=True).is_empty


@pytest.mark.parametrize(
    "annotation",
    [
        "helm.sh/resource-policy=keep",
        "argocd.argoproj.io/sync-options=Prune=false",
        "kustomize.toolkit.fluxcd.io/prune=disabled",
        "cli-utils.sigs.k8s.io/on-remove=keep",
        "client.lifecycle.config.k8s.io/deletion=detach",
    ],
)
def test_pruning_keeps_what_asks_to_be_kept(site, annotation):
    site.apply(CONFIG)
    site.kubectl("annotate", "configmap/settings", annotation)
    plan = site.plan("", prune=True)
    [row] = plan.changes
    assert (row.action, row.judgement.method.value) == (Action.NO_OP, "compared")
    assert annotation.split("=")[0] in row.reason


def test_pruning_keeps_what_only_looks_like_a_member(site):
    site.apply(CONFIG)
    set_id = site.plan(CONFIG).inventory.id
    site.kubectl("create", "configmap", "stranger", "--from-literal=a=b")
    site.kubectl("label", "configmap/stranger", f"applyset.kubernetes.io/part-of={set_id}")
    plan = site.plan(CONFIG, prune=True)
    assert plan.steps == ()
    [reason] = [change.reason for change in plan.changes if change.id.name == "stranger"]
    assert "no apply has made it a member" in reason


def test_pruning_leaves_what_was_changed_after_the_plan(site):
    site.apply(CONFIG)
    plan = site.plan("", prune=True)
    site.kubectl("patch", "configmap/settings", "--type=merge", "--patch", '{"data": {"precious": "yes"}}')
    events = list(site.provider.apply(plan))
    assert outcomes(events) == {"ConfigMap/settings": Outcome.FAILED}
    assert site.kubectl("get", "configmap/settings", "-o", "jsonpath={.data.precious}") == "yes"


def test_pruning_leaves_a_namesake_that_was_made_meanwhile(site):
    site.apply(CONFIG)
    plan = site.plan("", prune=True)
    site.kubectl("delete", "configmap/settings")
    site.kubectl("create", "configmap", "settings", "--from-literal=greeting=hello")
    assert outcomes(list(site.provider.apply(plan))) == {"ConfigMap/settings": Outcome.FAILED}
    assert site.kubectl("get", "configmap/settings", "-o", "jsonpath={.data.greeting}") == "hello"


def test_an_unreachable_server_fails_the_step_without_doubt(site, monkeypatch):
    plan = site.plan(CONFIG)
    real = site.provider._connection.send

    def send(method, path, **request):
        if path.endswith("/settings") and method == "PATCH":
            raise UnreachableError("nobody answers")
        return real(method, path, **request)

    monkeypatch.setattr(site.provider._connection, "send", send)
    events = list(site.provider.apply(plan))
    assert outcomes(events) == {"ConfigMap/settings": Outcome.FAILED}
    assert stopped(events) == [f"ConfigMap {site.namespace}/settings: nobody answers"]


def test_a_value_stored_other_than_the_dry_run_said_is_told(site, monkeypatch):
    site.apply(CONFIG)
    real = site.provider._connection.send

    def send(method, path, **request):
        if path.endswith("/settings") and "dryRun" in (request.get("query") or {}):
            request["body"] = request["body"].replace(b'"hi"', b'"bent"')
        return real(method, path, **request)

    with monkeypatch.context() as patch:
        patch.setattr(site.provider._connection, "send", send)
        plan = site.plan(CONFIG.replace("hello", "hi"))
    events = list(site.provider.apply(plan))
    told = [event.message for event in events if event.id and event.id.name == "settings" and event.kind is EventKind.OUTCOME]
    assert told == ["the server stored another value than its dry-run said: .data.greeting"]


def test_a_contested_step_is_not_even_tried(site):
    site.kubectl("apply", "--server-side", "--field-manager=other-tool", "-f", "-", text=CONFIG.replace("hello", "theirs"))
    before = site.version("configmap/settings")
    events = list(site.provider.apply(site.plan(CONFIG)))
    assert outcomes(events) == {"ConfigMap/settings": Outcome.FAILED}
    assert "other-tool (Apply) owns .data.greeting" in stopped(events)[0]
    assert site.version("configmap/settings") == before
