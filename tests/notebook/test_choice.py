"""Part of a plan is applied, then the rest: guarded, honest about what was left out, and right about who belongs to the set."""

import json

import pytest

import gitopskit as gk
from gitopskit.apply import planfile
from gitopskit.errors import UsageError
from gitopskit.notebook import display
from gitopskit.notebook.workspace import Workspace
from gitopskit.planning.inventory import KINDS_ANNOTATION
from gitopskit.views.html import fragment
from gitopskit.views.terminal import render
from tests.providers.kubernetes.conftest import run_kubectl


def kinds(plan) -> list[str]:
    return sorted(f"{change.id.kind}/{change.id.name}" for change in plan.steps)


def test_a_part_then_the_rest(ours, namespace_name):
    display.register()
    plan = ours.plan()
    frame = plan.to_frame()
    part = gk.select(plan, frame[frame["kind"] == "PodTemplate"])
    assert kinds(part.plan) == [
        f"{one}" for one in ("ConfigMap/settings", f"Namespace/{namespace_name}", "PodTemplate/web", "ServiceAccount/web")
    ]
    assert sorted(part.to_frame()["reason"])[0].startswith("it lives in that namespace")
    assert not ours.apply(part.plan, confirm=plan.id).is_proved, "the id of the whole plan does not stand for a part"
    report = ours.apply(part.plan, confirm=part.plan.id)
    assert report.is_proved
    assert [change.id.name for change in report.proof.left_out] == ["menu"]
    assert [row.outcome.value for row in report.rows] == ["changed"] * 4
    for shown in (fragment(report), render(report, is_coloured=False)):
        assert "what was chosen is done" in shown
        assert "1 step was left out, and still to do" in shown
    again = ours.apply(part.plan, confirm=part.plan.id)
    assert again.is_proved
    rest = ours.plan()
    assert kinds(rest) == ["ConfigMap/menu"]
    assert ours.apply(rest, confirm=rest.id).is_proved
    assert ours.plan().is_empty
    assert ours.plan().left_out == ()


def test_the_rest_of_the_very_plan_may_follow(ours):
    plan = ours.plan()
    first = gk.select(plan, without="ConfigMap " + plan.steps[0].id.name + "/menu").plan
    assert ours.apply(first, confirm=first.id).is_proved
    second = gk.select(plan, [change for change in plan.steps if change.id.name == "menu"])
    assert [need.needs.kind for need in second.dragged] == ["Namespace"]
    report = ours.apply(second.plan, confirm=second.plan.id)
    assert report.is_proved
    assert {row.id.kind: row.outcome.value for row in report.rows} == {"Namespace": "unchanged", "ConfigMap": "changed"}


def test_a_part_is_stale_where_it_moved_and_not_where_it_was_left_out(ours, cluster, namespace_name):
    everything = ours.plan()
    assert ours.apply(everything, confirm=everything.id).is_proved
    kubectl = run_kubectl(cluster.kubeconfig, namespace_name)
    for name in ("settings", "menu"):
        kubectl("patch", "configmap", name, "--type=merge", "-p", '{"data": {"greeting": "hi", "today": "stew"}}')
    plan = ours.plan()
    part = gk.select(plan, f"ConfigMap {namespace_name}/settings").plan
    kubectl("patch", "configmap", "menu", "--type=merge", "-p", '{"data": {"today": "cake"}}')
    assert ours.apply(part, confirm=part.id).is_proved, "what was left out may move"
    part = gk.select(plan, f"ConfigMap {namespace_name}/menu").plan
    report = ours.apply(part, confirm=part.id)
    assert "staleness" in [event.name for event in report.guards if event.refusals]
    assert kubectl("get", "configmap", "menu", "-o", "jsonpath={.data.today}") == "cake"


def test_members_that_were_not_pruned_stay_members(ours, racks, cluster, namespace_name):
    everything = ours.plan()
    assert ours.apply(everything, confirm=everything.id).is_proved
    for name in ("account", "menu", "pod"):
        racks.remove(f"parts/{name}.json", f"Remove {name}")
    plan = ours.plan(prune=True)
    assert len(plan.steps) == 3
    part = gk.select(plan, [change for change in plan.steps if change.id.name == "menu"]).plan
    assert ours.apply(part, confirm=part.id).is_proved
    kubectl = run_kubectl(cluster.kubeconfig, namespace_name)
    parent = json.loads(kubectl("get", "configmap", namespace_name, "--namespace", "default", "-o", "json"))
    assert parent["metadata"]["annotations"][KINDS_ANNOTATION] == "ConfigMap,Namespace,PodTemplate,ServiceAccount"
    left = ours.plan(prune=True)
    assert kinds(left) == ["PodTemplate/web", "ServiceAccount/web"]
    assert ours.apply(left, confirm=left.id).is_proved
    parent = json.loads(kubectl("get", "configmap", namespace_name, "--namespace", "default", "-o", "json"))
    assert parent["metadata"]["annotations"][KINDS_ANNOTATION] == "ConfigMap,Namespace"


def test_the_deletion_of_a_workload_comes_along_with_that_of_its_settings(ours, racks):
    everything = ours.plan()
    assert ours.apply(everything, confirm=everything.id).is_proved
    for name in ("account", "config", "menu", "pod"):
        racks.remove(f"parts/{name}.json", f"Remove {name}")
    plan = ours.plan(prune=True)
    part = gk.select(plan, [change for change in plan.steps if change.id.name == "settings"])
    assert kinds(part.plan) == ["ConfigMap/settings", "PodTemplate/web"]
    assert [need.why for need in part.dragged] == ["it names it for as long as it is there"]
    assert ours.apply(part.plan, confirm=part.plan.id).is_proved
    assert kinds(ours.plan(prune=True)) == ["ConfigMap/menu", "ServiceAccount/web"]


def test_what_was_never_created_is_no_member(ours, cluster, namespace_name):
    plan = ours.plan()
    part = gk.select(plan, [change for change in plan.steps if change.id.name == "menu"]).plan
    assert ours.apply(part, confirm=part.id).is_proved
    parent = json.loads(run_kubectl(cluster.kubeconfig, "default")("get", "configmap", namespace_name, "-o", "json"))
    assert parent["metadata"]["annotations"][KINDS_ANNOTATION] == "ConfigMap,Namespace"


def test_a_saved_part_is_applied_as_that_part(ours, tmp_path):
    plan = ours.plan()
    part = gk.select(plan, [change for change in plan.steps if change.id.name == "menu"]).plan
    loaded = planfile.load(planfile.save(part, tmp_path / "part.json"))
    report = Workspace.of_plan(loaded, target=ours.target).apply(loaded, confirm=loaded.id)
    assert report.is_proved
    assert len(report.rows) == 2


def test_rows_are_named_as_they_are_at_hand(ours, namespace_name):
    display.register()
    plan = ours.plan()
    frame = plan.to_frame()
    name = f"ConfigMap {namespace_name}/menu"
    [change] = [one for one in plan.steps if one.id.name == "menu"]
    parts = [gk.select(plan, rows).plan.id for rows in (frame[frame["name"] == "menu"], [change], [change.id], name, [name])]
    assert len(set(parts)) == 1
    with pytest.raises(UsageError, match="did you mean"):
        gk.select(plan, f"ConfigMap {namespace_name}/menus")
    with pytest.raises(UsageError, match="group is missing"):
        gk.select(plan, frame[["kind", "namespace", "name"]])


def test_a_part_is_shown_with_its_reasons(ours, namespace_name):
    plan = ours.plan()
    shown = fragment(gk.select(plan, without=[f"ConfigMap {namespace_name}/settings"]))
    assert "its field configMapRef.name names it" in shown
    assert "left out 2" in shown
    assert "left out" in render(gk.select(plan, []).plan, is_coloured=False)
    first = render(gk.select(plan, without=[f"ConfigMap {namespace_name}/settings"]), is_coloured=False).splitlines()[0]
    assert first.startswith("left out: ")
    assert first.endswith("its field configMapRef.name names it")
