"""A second plan judges again what changed on either side, and nothing else."""

import time

import pytest

from gitopskit.model.changes import Action
from gitopskit.model.plan import PlanOptions
from gitopskit.providers.kubernetes.judge import Judge
from tests.providers.kubernetes.conftest import snapshot

MAPS = "".join(f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c-{n}}}\ndata: {{k: v}}\n" for n in range(5))
WIDGETS = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.notes.example.org}
spec:
  group: notes.example.org
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {size: {type: integer}, colour: {type: string}}}}
"""
WIDGET = "apiVersion: notes.example.org/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: 1}\n"


@pytest.fixture
def judged(monkeypatch):
    """The names of what is judged, as they come."""
    names = []
    own = Judge.predict
    monkeypatch.setattr(Judge, "predict", lambda self, item: names.append(item.id.name) or own(self, item))
    return names


class Again:
    """Plans again and again for the same desired objects."""

    def __init__(self, site, text):
        self.site = site
        self.desired = snapshot(text)
        self.options = PlanOptions(namespace=site.namespace)
        self.site.apply(text)

    def read(self):
        return self.site.provider.read(self.site.provider.scope(self.desired, self.options))

    def plan(self):
        return self.site.provider.plan(self.desired, self.read(), self.options)


def test_what_stays_the_same_is_read_and_judged_once(site, judged):
    again = Again(site, MAPS)
    first, judged[:] = again.plan(), []
    before, after = again.read(), again.read()
    second = again.plan()
    assert judged == []
    ours = [item for item in before.objects.values() if item.id.name.startswith("c-")]
    assert [after.objects[item.id] is item for item in ours] == [True] * 5
    assert second.steps == ()
    assert second.content_digest == first.content_digest
    assert second.desired_digest == first.desired_digest


def test_what_changes_in_the_cluster_is_judged_again(site, judged):
    again = Again(site, MAPS)
    again.plan()
    judged.clear()
    site.kubectl("patch", "configmap", "c-3", "--type=merge", "--patch", '{"data": {"k": "w"}}')
    site.kubectl("delete", "configmap", "c-1")
    plan = again.plan()
    assert judged == ["c-1", "c-3"]
    assert {change.id.name: change.action for change in plan.steps} == {"c-1": Action.CREATE, "c-3": Action.UPDATE}


def test_what_changes_in_git_is_judged_again(site, judged):
    again = Again(site, MAPS)
    again.plan()
    judged.clear()
    fresh = snapshot(MAPS.replace("name: c-2}\ndata: {k: v}", "name: c-2}\ndata: {k: w}"))
    kept = {object_id: item for object_id, item in again.desired.objects.items() if object_id.name != "c-2"}
    object.__setattr__(again.desired, "objects", {**fresh.objects, **kept})
    plan = again.plan()
    assert judged == ["c-2"]
    assert [change.id.name for change in plan.steps] == ["c-2"]
    assert plan.desired_digest != again.site.plan(MAPS).desired_digest


def test_other_rules_forget_everything(site, judged):
    again = Again(site, MAPS)
    again.plan()
    judged.clear()
    again.options = PlanOptions(namespace=site.namespace, inventory="another")
    assert len(again.plan().steps) == 5, "all get the label of the other set"
    assert len(judged) == 5


def test_what_a_definition_makes_of_an_object_may_change_without_its_version(site):
    site.kubectl("apply", "--server-side", "-f", "-", text=WIDGETS)
    site.kubectl("wait", "--for=condition=Established", "crd/widgets.notes.example.org")
    try:
        again = Again(site, WIDGET)
        [before] = [item for item in again.read().objects.values() if item.id.kind == "Widget"]
        site.kubectl(
            "apply", "--server-side", "-f", "-", text=WIDGETS.replace("colour: {type: string}", "colour: {type: string, default: red}")
        )
        for _ in range(100):
            [after] = [item for item in again.read().objects.values() if item.id.kind == "Widget"]
            if after is not before:
                break
        assert after.resource_version == before.resource_version
        assert after.body["spec"] == {"size": 1, "colour": "red"}
    finally:
        site.kubectl("delete", "crd", "widgets.notes.example.org")


def test_another_schema_is_another_rule(site):
    """A list that becomes one value is owned otherwise, though nobody wrote to the object."""
    text = WIDGETS.replace("colour: {type: string}", "tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}")
    text = text.replace("notes.example.org", f"{site.namespace}.example.org")
    widget = WIDGET.replace("notes.example.org", f"{site.namespace}.example.org").replace("size: 1", "tags: [a, b]")
    site.apply(text + "---\n" + widget)
    again = Again(site, widget)
    assert again.plan().is_empty
    place = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/tags/x-kubernetes-list-type"
    patch = f'[{{"op": "replace", "path": "{place}", "value": "atomic"}}]'
    site.kubectl("patch", "crd", f"widgets.{site.namespace}.example.org", "--type=json", "--patch", patch)
    deadline = time.monotonic() + 30
    while (row := again.plan().changes[0]).action is Action.NO_OP:  # the server publishes the schema a little later
        assert time.monotonic() < deadline
        site.version("namespace/default")
    assert row.reason == "only who owns which field changes"
    site.kubectl("delete", "crd", f"widgets.{site.namespace}.example.org")
