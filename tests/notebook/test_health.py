"""The health of what a real cluster and the simulator hold, after an apply and when something is in its way."""

from collections.abc import Iterator

import pytest

from gitopskit.errors import UsageError
from gitopskit.notebook import display
from gitopskit.notebook.lessons import kubectl, seed_shop
from gitopskit.notebook.targets import SandboxTarget
from gitopskit.notebook.workspace import Workspace
from gitopskit.sandbox import open_sandbox


@pytest.fixture
def shop(engine, home_dir) -> Iterator[Workspace]:
    """A workspace of its own on the lesson's repository, applied and rolled out: the shop has a namespace by name."""
    display.register()
    with open_sandbox(engine=engine) as sandbox:
        workspace = Workspace(seed_shop(), "deploy", target=SandboxTarget(sandbox=sandbox))
        plan = workspace.plan()
        workspace.apply(plan, confirm=plan.id)
        kubectl(workspace, "rollout status deployment --namespace shop --timeout=60s")
        yield workspace


def test_a_shop_that_runs_and_what_stands_in_its_way(shop):
    live = shop.live().to_health()
    deployments = live[live["kind"] == "Deployment"]
    assert deployments["name"].tolist() == ["cart", "web"]
    assert set(deployments["health"]) == {"Healthy"}
    assert set(deployments["kstatus"]) == {"Current"}
    assert not live["disagree"].any()

    kubectl(shop, "create service loadbalancer outside --tcp=80 --namespace shop")
    kubectl(shop, "scale deployment web --replicas=30 --namespace shop")
    kubectl(shop, "wait replicaset --selector app=web --for=condition=ReplicaFailure --timeout=60s --namespace shop")
    everything = shop.live(everything=True).to_health()
    assert "Unknown" not in {*everything["health"], *everything["kstatus"]}, "nothing that a server sends is malformed"
    here = everything[everything["namespace"] == "shop"]
    [failing] = here[here["kind"] == "ReplicaSet"].query("health == 'Degraded'").to_dict("records")
    assert "exceeded quota" in failing["health_message"]
    assert (failing["kstatus"], failing["disagree"]) == ("InProgress", True)
    [service] = here.query("name == 'outside' and kind == 'Service'").to_dict("records")
    assert (service["health"], service["kstatus"], service["disagree"]) == ("Progressing", "Current", True)
    assert set(here[here["kind"] == "Pod"]["health"]) <= {"Healthy", "Progressing"}


def test_an_image_that_is_not_there(home_dir):
    display.register()
    with open_sandbox(engine="simulator") as sandbox:
        workspace = Workspace(seed_shop(), "deploy", target=SandboxTarget(sandbox=sandbox))
        sandbox.clock.stop()
        with sandbox.fail_pods("image pull", of="app=cart"):
            plan = workspace.plan()
            workspace.apply(plan, confirm=plan.id)
            sandbox.clock.advance(seconds=30)
            pods = workspace.live(everything=True).to_health().query("kind == 'Pod'")
            sandbox.clock.advance(minutes=11)
            late = workspace.live().to_health().query("kind == 'Deployment' and name == 'cart'")
    [cart] = pods[pods["name"].str.startswith("cart")].to_dict("records")
    assert (cart["health"], cart["kstatus"], cart["disagree"]) == ("Degraded", "InProgress", True)
    assert "pull" in cart["health_message"]
    assert set(pods[pods["name"].str.startswith("web")]["health"]) == {"Healthy"}
    assert late[["health", "kstatus", "disagree"]].to_numpy().tolist() == [["Degraded", "Failed", False]]


def test_desired_state_has_no_health(workspace):
    display.register()
    with pytest.raises(UsageError, match="live objects"):
        workspace.desired().to_health()
