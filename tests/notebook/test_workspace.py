"""A workspace is the same for every system, and asks a person on a named context."""

import json
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitopskit.apply import Policy
from gitopskit.apply.approval import code_for
from gitopskit.errors import RevisionError, UsageError
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report
from gitopskit.notebook.workspace import Workspace
from gitopskit.providers.kubernetes import open_provider
from tests.notebook.conftest import server


def test_the_main_job_on_a_system_that_plans_by_itself(workspace, hall):
    assert len(workspace.desired()) == 2
    assert len(workspace.live()) == 0
    plan = workspace.plan()
    report = workspace.apply(plan, confirm=plan.id)
    assert report.is_proved
    assert hall.system.servers == {"a": 1, "b": 2}
    assert workspace.plan().is_empty
    assert [type(item) for item in workspace.history] == [Plan, Report, Plan]
    assert workspace.ledger()[-1]["plan"] == plan.id


def test_another_revision_is_planned_when_named(workspace, racks):
    first = workspace.desired().source.commit
    racks.write(server("c", 3), "Order a third")
    assert len(workspace.plan().changes) == 3
    assert len(workspace.plan(rev=first).changes) == 2


def test_applying_twice_writes_once(workspace, hall):
    plan = workspace.plan()
    for _ in range(3):
        workspace.apply(plan, confirm=plan.id)
    assert hall.system.writes == ["a", "b"]


@pytest.mark.parametrize("confirm", [None, "", "yes", "0" * 64])
def test_nothing_is_written_without_the_plan_id(workspace, hall, confirm):
    report = workspace.apply(workspace.plan(), confirm=confirm)
    assert report.stopped
    assert hall.system.writes == []


def test_pruning_is_asked_for(workspace, racks, hall):
    plan = workspace.plan()
    workspace.apply(plan, confirm=plan.id)
    racks.remove("racks/b.json", "Give one back")
    assert workspace.plan().is_empty
    pruning = workspace.plan(prune=True)
    assert workspace.apply(pruning, confirm=pruning.id).is_proved
    assert hall.system.servers == {"a": 1}


def test_a_named_context_takes_the_code_once_and_no_id(racks, hall):
    hall.is_sandbox = False
    workspace = Workspace(racks, "racks", revision="main", trunk="main", target=hall, policy=Policy.for_sandbox())
    plan = workspace.plan()
    code = code_for(plan)
    assert workspace.apply(plan, confirm=plan.id).stopped
    assert hall.system.writes == []
    hall.system.is_locked = True
    assert workspace.apply(plan, confirm=code.lower()).stopped
    hall.system.is_locked = False
    assert workspace.apply(plan, confirm=code).stopped, "the code was used"
    assert hall.system.writes == []
    assert workspace.apply(plan, confirm=code_for(plan)).is_proved


def test_a_named_context_refuses_a_run_without_a_person(racks, hall, monkeypatch):
    hall.is_sandbox = False
    workspace = Workspace(racks, "racks", revision="main", trunk="main", target=hall)

    def nobody(prompt):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    report = workspace.apply(workspace.plan())
    assert report.stopped
    assert hall.system.writes == []


def test_an_approval_file_speaks_for_a_person(racks, hall, tmp_path):
    hall.is_sandbox = False
    workspace = Workspace(racks, "racks", revision="main", trunk="main", target=hall, policy=Policy.for_sandbox())
    plan = workspace.plan()
    file = tmp_path / "approval.json"
    file.write_text(json.dumps({"plan": plan.id, "by": "Grace"}))
    assert workspace.apply(plan, confirm=file).is_proved


def test_a_missing_revision_is_an_error_and_writes_nothing(workspace, hall):
    with pytest.raises(RevisionError) as caught:
        workspace.plan(rev="no-such-branch")
    assert caught.value.next_step
    assert hall.system.writes == []


def test_a_system_that_does_not_tell_of_changes_cannot_be_followed(workspace):
    with pytest.raises(UsageError, match="does not tell of changes"):
        workspace.follow()
    workspace.close()
    assert not workspace.plan().is_empty, "it is read as ever"


@dataclass
class Cluster:
    """A target: a sandbox that somebody else opened."""

    kubeconfig: Path
    is_sandbox: bool = True

    def provider(self):
        return open_provider(kubeconfig=self.kubeconfig, is_sandbox=True)


def test_a_workspace_follows_a_cluster_through_commits_and_applies(cluster, namespace_name, racks):
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"greeting": "hello"}}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace_name}}
    racks.write({"shop/namespace.json": json.dumps(namespace), "shop/settings.json": json.dumps(config)}, "Begin")
    workspace = Workspace(racks, "shop", revision="main", trunk="main", target=Cluster(cluster.kubeconfig), namespace=namespace_name)
    workspace.follow()
    for greeting in ("hi", "good evening"):
        config["data"]["greeting"] = greeting
        racks.write({"shop/settings.json": json.dumps(config)}, f"Say {greeting}")
        plan = workspace.plan()
        assert not plan.is_empty
        assert workspace.apply(plan, confirm=plan.id).is_proved
        assert workspace.plan().is_empty
    workspace.close()
    assert workspace.plan().is_empty
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("watch ")]
