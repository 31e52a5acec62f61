"""A chart from Git to the cluster: its settings go wherever the plan goes."""

from dataclasses import replace

import pytest

import gitopskit as gk
from gitopskit.apply import planfile
from gitopskit.errors import EditError
from gitopskit.model.rendering import Rendering
from gitopskit.model.snapshot import SourceRef
from gitopskit.notebook.workspace import Workspace
from tests.notebook.conftest import Cluster
from tests.providers.kubernetes.conftest import run_kubectl

pytest.importorskip("helm_python")
TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {size: {{ .Values.size | quote }}, space: {{ .Release.Namespace }}}
"""
FILES = {
    "chart/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n",
    "chart/values.yaml": "size: 1\n",
    "chart/templates/a.yaml": TEMPLATE,
    "prod.yaml": "size: 5\n",
}


@pytest.fixture
def workspace(cluster, namespace_name, racks):
    racks.write(FILES, "Begin")
    kubectl = run_kubectl(cluster.kubeconfig, "default")
    kubectl("create", "namespace", namespace_name)
    told = Rendering(values=["prod.yaml"], release="web")
    yield Workspace(racks, "chart", revision="main", target=Cluster(cluster.kubeconfig), namespace=namespace_name, rendering=told)
    kubectl("delete", "namespace", namespace_name, "--wait=false")


def sizes(snapshot):
    return [(item.id.name, item.body["data"]["size"]) for item in snapshot.objects.values() if item.id.name == "web"]


def test_a_chart_is_planned_applied_and_proved(workspace, namespace_name):
    plan = workspace.plan()
    assert plan.source.rendering == Rendering(values=("prod.yaml",), release="web", namespace=namespace_name)
    assert plan.inventory.name.endswith("-chart-web")
    report = workspace.apply(plan, confirm=plan.id)
    assert report.is_proved, report.stopped
    assert sizes(workspace.live()) == [("web", "5")]
    assert workspace.plan().is_empty


def test_a_saved_plan_is_applied_with_the_settings_that_it_was_made_with(workspace, racks, tmp_path):
    plan = workspace.plan()
    loaded = planfile.load(planfile.save(plan, tmp_path / "plan.json"))
    other = Workspace.of_plan(loaded, target=workspace.target)
    assert other.rendering == plan.source.rendering
    racks.write({"prod.yaml": "size: 7\n"}, "Grow")
    assert other.apply(loaded, confirm=loaded.id).is_proved, "the plan is for its commit"
    assert sizes(workspace.live()) == [("web", "5")]
    assert [[field.after for field in step.fields] for step in workspace.plan().steps] == [["7"]]


def test_the_ledger_tells_one_release_of_a_chart_from_another(workspace):
    plan = workspace.plan()
    assert workspace.apply(plan, confirm=plan.id).is_proved
    said = workspace.ledger()[-1]["source"]
    assert plan.source.is_told_by(said)
    for settings in ({"release": "api"}, {"values": ()}, {"namespace": "other"}):
        source = replace(plan.source, rendering=replace(plan.source.rendering, **settings), commit="d" * 40)
        assert not source.is_told_by(said)
    assert SourceRef(url="/r", revision="main", commit="c").is_told_by({"url": "/r", "path": ""}), "an older ledger says no settings"


def test_the_past_of_a_chart_is_that_of_its_settings(workspace, racks, namespace_name):
    grown = racks.write({"prod.yaml": "size: 6\n"}, "Grow")
    blame = workspace.blame(f"ConfigMap {namespace_name}/web")
    size = next(row for row in blame.fields if row.path[-1] == "size")
    assert size.commit.oid == grown


def test_a_value_that_a_chart_makes_is_not_adopted_but_placed(cluster, workspace, namespace_name, tmp_path):
    plan = workspace.plan()
    assert workspace.apply(plan, confirm=plan.id).is_proved
    run_kubectl(cluster.kubeconfig, namespace_name)("patch", "configmap", "web", "--patch", '{"data": {"size": "9"}}')
    forge = gk.local_forge(tmp_path / "shop.git", copy_of=workspace.repo.folder)
    other = Workspace(
        forge, "chart", trunk="main", target=workspace.target, namespace=namespace_name, inventory=plan.inventory.name,
        rendering=workspace.rendering,
    )  # fmt: skip
    rows = [row for row in other.differences() if row.path == ("data", "size")]
    assert [row.live for row in rows] == ["9"]
    with pytest.raises(EditError, match="is made by helm") as caught:
        gk.propose(other, rows, author="Ada <ada@example.org>")
    assert caught.value.where == "chart/templates/a.yaml:1"
    assert "a values file" in caught.value.next_step
