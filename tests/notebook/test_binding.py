"""A workspace is bound: checks are made on both engines, a table is shown, and an apply is held to it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import gitopskit as gk
from gitopskit.apply import Policy
from gitopskit.model.events import Outcome
from gitopskit.model.refusal import Refusal
from gitopskit.notebook import display
from gitopskit.notebook.workspace import Workspace
from gitopskit.providers.kubernetes import open_provider
from gitopskit.views import html, terminal
from gitopskit.views.ledger import to_ledger
from tests.apply.fake_provider import Killed


class Cluster:
    """A target: a sandbox that somebody else opened, or a context that is one."""

    def __init__(self, kubeconfig: Path, *, is_sandbox: bool = True) -> None:
        self.kubeconfig, self.is_sandbox = kubeconfig, is_sandbox

    def provider(self):
        return open_provider(kubeconfig=self.kubeconfig, is_sandbox=self.is_sandbox, name="shop-cluster")


@pytest.fixture
def shop(cluster, namespace_name, racks) -> Workspace:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace_name}}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"greeting": "hello"}}
    racks.write({"shop/namespace.json": json.dumps(namespace), "shop/settings.json": json.dumps(config)}, "Begin")
    return Workspace(racks, "shop", revision="main", trunk="main", target=Cluster(cluster.kubeconfig), namespace=namespace_name)


def test_a_sandbox_passes_on_both_engines(shop):
    binding = shop.bind("to open the shop", ticket="SHOP-1")
    assert {row.name: row.found for row in binding.rows if not row.holds} == {}
    assert "agrees with ours" in next(row.found for row in binding.rows if row.name == "clock")
    assert len(binding.target.uid) == 36
    plan = shop.plan()
    report = shop.apply(plan, confirm=plan.id)
    assert report.is_proved
    entry = shop.ledger()[-1]
    assert (entry["why"], entry["ticket"]) == ("to open the shop", "SHOP-1")


def test_the_system_behind_a_name_is_remembered_on_both_engines(shop, cluster, home_dir):
    shop.target = Cluster(cluster.kubeconfig, is_sandbox=False)
    shop.provider = shop.target.provider()
    assert shop.bind("first").is_fit
    again = shop.bind("second")
    assert next(row.found for row in again.rows if row.name == "same target") == "as it was when it was last bound"


def test_a_failed_must_stops_an_apply(workspace, hall):
    workspace.bind("to fill the hall", checks=[gk.Check(name="the door is shut", level="must", ask=lambda subject: False)])
    plan = workspace.plan()
    report = workspace.apply(plan, confirm=plan.id)
    [refusal] = refusals(report)
    assert (refusal.code, "the door is shut" in refusal.what) == ("binding/failed", True)
    assert hall.system.writes == []
    workspace.bind("to fill the hall")
    assert workspace.apply(plan, confirm=plan.id).is_proved


def test_another_system_behind_the_target_stops_an_apply(workspace, hall):
    workspace.bind()
    hall.system.target = replace(hall.system.target, uid="another")
    plan = workspace.plan()
    [refusal] = refusals(workspace.apply(plan, confirm=plan.id))
    assert (refusal.code, refusal.found) == ("binding/uid", "another")
    assert hall.system.writes == []


def refusals(report) -> list[Refusal]:
    return [refusal for guard in report.guards if guard.outcome is Outcome.REFUSED for refusal in guard.refusals]


def test_a_named_context_asks_why(racks, hall):
    hall.is_sandbox = False
    policy = replace(Policy.for_sandbox(), needs_reason=True)
    workspace = Workspace(racks, "racks", revision="main", trunk="main", target=hall, policy=policy)
    plan = workspace.plan()
    workspace.accepts_id = True
    assert [refusal.code for refusal in refusals(workspace.apply(plan, confirm=plan.id))] == ["reason/missing"]
    assert workspace.apply(plan, confirm=plan.id, why="the hall is full").is_proved
    assert workspace.ledger()[-1]["why"] == "the hall is full"


def test_it_is_shown_as_html_text_and_frame(workspace):
    display.register()
    hostile = gk.Check(name="<img src=x>\x1b[2J", level="should", ask=lambda subject: False)
    binding = workspace.bind("<b>why</b>", checks=[hostile])
    shown, text = html.fragment(binding), terminal.render(binding, is_coloured=False)
    assert "<img" not in shown
    assert "<b>why" not in shown
    assert "\x1b" not in shown + text
    assert "Everything that must hold does." in shown
    assert "Everything that must hold does." in text
    frame = binding.to_frame()
    assert frame["level"].tolist()[:5] == ["must"] * 5
    assert frame["outcome"].tolist()[-1] == "failed"


def test_the_ledger_as_a_frame(workspace, hall):
    assert to_ledger(workspace.ledger()).dtypes.to_dict() == to_ledger([]).dtypes.to_dict()
    plan = workspace.plan()
    workspace.apply(plan)
    hall.system.kill_after = 0
    with pytest.raises(Killed):
        workspace.apply(plan, confirm=plan.id, why="the hall is full", ticket="OPS-7")
    hall.system.kill_after = -1
    other = workspace.plan()
    workspace.apply(other, confirm=other.id)
    workspace.apply(other, confirm=other.id)
    frame = to_ledger(workspace.ledger())
    assert frame["outcome"].tolist() == ["refused", "open", "applied", "recorded"]
    assert frame["changed"].tolist() == [0, 0, 1, 1]
    assert frame["why"].tolist() == ["", "the hall is full", "", ""]
    assert frame["next_step"].str.len().gt(0).tolist() == [False, True, False, False]
    assert frame["at"].isna().tolist() == [False, True, False, False]
