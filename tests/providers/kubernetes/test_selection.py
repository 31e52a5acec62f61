"""Which lists are asked for, what is kept of them, and that nothing is lost by it."""

import pytest

from gitopskit.model.ids import ObjectId
from gitopskit.model.plan import PlanOptions, Scope
from gitopskit.planning.inventory import PART_OF_LABEL, parse_place
from gitopskit.providers.kubernetes.discovery import ApiResource, Discovery
from gitopskit.providers.kubernetes.selection import MOST_EXCEPTIONS, SOME_NAMESPACES, Selection
from tests.providers.kubernetes.conftest import snapshot

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hello}
"""
MEMBER = {"labelSelector": f"{PART_OF_LABEL}={parse_place('shop/gitopskit').id}"}


def resource(kind, plural, *, is_namespaced=True):
    return ApiResource(group="", version="v1", kind=kind, plural=plural, is_namespaced=is_namespaced, verbs=frozenset({"list"}))


def config_map(name, namespace="shop"):
    return ObjectId(group="", kind="ConfigMap", namespace=namespace, name=name)


SETTINGS = (config_map("settings"),)
NAMESPACE = resource("Namespace", "namespaces", is_namespaced=False)
KINDS = [resource("ConfigMap", "configmaps"), resource("Secret", "secrets"), NAMESPACE]
DISCOVERY = Discovery(by_version={("v1", kind.kind): kind for kind in KINDS}, preferred={kind.kind: kind for kind in KINDS})


def lists(namespaces, *, existing=None, only=SETTINGS, inventory="shop/gitopskit"):
    scope = Scope(group_kinds=("ConfigMap", "Namespace", "Secret"), namespaces=tuple(namespaces), inventory=inventory)
    found = Selection(scope=scope, only=only).lists(DISCOVERY, existing)
    return [(one.resource.kind, one.namespace, one.query) for one in found]


def names(count):
    return [f"team-{number}" for number in range(count)]


def test_a_few_namespaces_are_listed_one_by_one():
    assert lists(["a", "b"], existing=["a", "b", "c"]) == [
        ("ConfigMap", "a", {}), ("ConfigMap", "b", {}), ("Namespace", "", {}), ("Secret", "a", MEMBER), ("Secret", "b", MEMBER)
    ]  # fmt: skip


def test_the_server_leaves_out_what_nobody_asked_for():
    found = lists(names(6), existing=[*names(6), "kube-system", "default"], only=None)
    left_out = {"fieldSelector": "metadata.namespace!=default,metadata.namespace!=kube-system"}
    assert found == [("ConfigMap", "", left_out), ("Namespace", "", {}), ("Secret", "", left_out)]


def test_some_of_very_many_namespaces_are_listed_one_by_one():
    others = [f"other-{number}" for number in range(MOST_EXCEPTIONS + 1)]
    found = lists([*names(6), "planned"], existing=[*names(6), *others], only=None)
    assert [namespace for kind, namespace, _ in found if kind == "ConfigMap"] == names(6), "what is not there yet is empty"


@pytest.mark.parametrize("existing", [None, names(SOME_NAMESPACES + 1)])
def test_where_all_are_wanted_or_nothing_is_known_one_list_does(existing):
    assert lists(names(SOME_NAMESPACES + 1), existing=existing, only=None)[0] == ("ConfigMap", "", {})


def test_without_an_inventory_there_are_no_members_to_select():
    assert {kind: query for kind, _, query in lists(["a"], inventory="")} == {"ConfigMap": {}, "Secret": {}, "Namespace": {}}


def test_what_can_be_part_of_the_answer_is_kept():
    scope = Scope(group_kinds=("ConfigMap", "Namespace"), namespaces=("shop",), inventory="shop/gitopskit")
    selection = Selection(scope=scope, only=[config_map("settings"), config_map("bare", namespace="")])
    namespace = ObjectId(group="", kind="Namespace", namespace="", name="shop")
    assert selection.keeps(config_map("settings"), {})
    assert selection.keeps(config_map("bare"), {}), "a file that names no namespace"
    assert selection.keeps(namespace, {})
    assert selection.keeps(config_map("gone"), {"labels": {PART_OF_LABEL: parse_place("shop/gitopskit").id}})
    assert not selection.keeps(config_map("somebody's"), {"labels": {PART_OF_LABEL: "applyset-other"}})
    assert not selection.keeps(config_map("somebody's"), {})
    assert not selection.keeps(config_map("settings", namespace="elsewhere"), {})
    assert not selection.keeps(ObjectId(group="", kind="Namespace", namespace="", name="elsewhere"), {})


def test_without_desired_objects_the_whole_scope_is_kept():
    selection = Selection(scope=Scope(group_kinds=("ConfigMap",), namespaces=("shop",)))
    assert selection.keeps(config_map("somebody's"), {})
    assert not selection.keeps(config_map("somebody's", namespace="elsewhere"), {})


def test_what_is_somebody_elses_is_let_go_of(site):
    site.kubectl("create", "configmap", "somebodys")
    desired, options = snapshot(CONFIG), PlanOptions(namespace=site.namespace)
    scope = site.provider.scope(desired, options)
    kept = {item.name for item in site.provider.read(scope, only=desired.objects).objects if item.kind == "ConfigMap"}
    assert kept == set()
    assert "somebodys" in {item.name for item in site.provider.read(scope).objects}


def test_members_of_a_kind_of_which_nothing_is_desired_any_more_are_found(site):
    site.apply(CONFIG + "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\n")
    plan = site.plan(CONFIG, prune=True)
    assert [(change.id.kind, change.action) for change in plan.steps] == [("ServiceAccount", "delete")]


def test_many_namespaces_are_selected_by_the_server(site):
    """More than a few: the field selector of the real server, on a list of whole objects and on one of members alone."""
    spaces = [f"{site.namespace}-{number}" for number in range(6)]
    made = "---".join(f"\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n" for name in spaces)
    inside = "---".join(CONFIG.replace("name: settings", f"name: settings, namespace: {name}") for name in spaces)
    site.apply(made + "---" + inside)
    for name in spaces:
        site.kubectl("create", "configmap", "somebodys", "--namespace", name)
    desired, options = snapshot(made + "---" + inside), PlanOptions(namespace=site.namespace)
    scope = site.provider.scope(desired, options)
    live = site.provider.read(scope, only=desired.objects)
    assert {item.namespace for item in live.objects if item.name == "settings"} == set(spaces)
    assert not [item for item in live.objects if item.name == "somebodys"]
    assert site.plan(made + "---" + inside).is_empty
    assert len(site.plan(made, prune=True).steps) == 6, "leftovers in all of them"
    site.apply(made, prune=True)
    for name in spaces:
        site.kubectl("delete", "namespace", name, "--wait=false")
