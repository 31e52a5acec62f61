"""One commit beside many clusters: on any executor, whatever state they are in."""

import json
import multiprocessing
import pickle
import socket
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import pytest
import yaml

from gitopskit.errors import RevisionError, UsageError
from gitopskit.model.changes import Action
from gitopskit.notebook import fleet as module
from gitopskit.notebook.fleet import Fleet, fleet
from gitopskit.notebook.targets import ContextTarget
from gitopskit.notebook.workspace import Workspace
from gitopskit.sandbox import open_sandbox
from gitopskit.views.frames import to_frame
from gitopskit.views.html import fragment
from gitopskit.views.terminal import render

NAMES = ["development", "test", "production"]
FILES = {
    "shop/namespace.json": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
    "shop/settings.json": {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"}, "data": {"greeting": "hello"},
    },
    "shop/token.json": {
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token", "namespace": "shop"}, "stringData": {"password": "canary-4711"},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def clusters(tmp_path_factory):
    """A kubeconfig with three clusters, as somebody who runs them has it."""
    with open_sandbox("simulator", nodes=0) as one, open_sandbox("simulator", nodes=0) as two, open_sandbox("simulator", nodes=0) as three:
        document = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []}
        for name, sandbox in zip(NAMES, (one, two, three), strict=True):
            found = yaml.safe_load(sandbox.kubeconfig.read_text())
            document["clusters"].append({"name": name, "cluster": found["clusters"][0]["cluster"]})
            document["users"].append({"name": name, "user": found["users"][0]["user"]})
            document["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})
        path = tmp_path_factory.mktemp("fleet") / "config"
        path.write_text(yaml.safe_dump(document))
        yield path


@pytest.fixture
def shop(racks):
    racks.write({name: json.dumps(body) for name, body in FILES.items()}, "Open the shop")
    return racks


def plan(found: Fleet, shop, **options):
    return found.plan(shop, "shop", revision="main", trunk="main", **options)


def states(planned):
    return {member.name: member.state.value for member in planned.members}


def with_cluster(clusters, tmp_path, name, **changes):
    """Return a kubeconfig with one more context, made of the first one."""
    document = yaml.safe_load(clusters.read_text())
    document["clusters"].append({"name": name, "cluster": document["clusters"][0]["cluster"] | changes.get("cluster", {})})
    document["users"].append({"name": name, "user": changes.get("user", document["users"][0]["user"])})
    document["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(document))
    return path


def test_every_member_is_planned_for_one_commit(clusters, shop):
    planned = plan(fleet(NAMES, kubeconfig=clusters), shop)
    assert [member.name for member in planned.members] == NAMES
    assert states(planned) == dict.fromkeys(NAMES, "planned")
    assert {member.plan.source.commit for member in planned.members} == {planned.source.commit}
    assert len({member.plan.target.server for member in planned.members}) == 3
    assert planned["test"].id == planned.members[1].plan.id
    assert planned.members[0].counts[Action.CREATE] == 3


@pytest.fixture(params=["threads", "processes", "dask"])
def executor(request, home_dir):
    """An engine to run on."""
    match request.param:
        case "threads":
            with ThreadPoolExecutor(2) as pool:
                yield pool
        case "processes":
            with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
                yield pool
        case _:
            from distributed import Client, LocalCluster

            with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local, Client(local) as client:
                yield client.get_executor()


def test_any_executor_does(clusters, shop, executor):
    found = fleet(NAMES, kubeconfig=clusters)
    here, there = plan(found, shop), plan(found, shop, executor=executor)
    assert states(there) == dict.fromkeys(NAMES, "planned")
    told = lambda planned: [[(row.id, row.action, row.desired_digest) for row in planned[name].changes] for name in NAMES]  # noqa: E731
    assert told(there) == told(here)


def test_a_plan_that_another_process_made_is_applied_like_any_other(clusters, shop):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        made = plan(fleet(["production"], kubeconfig=clusters), shop, executor=pool)["production"]
    target = ContextTarget(context="production", kubeconfig=clusters, is_sandbox=True)
    assert Workspace.of_plan(made, target=target).apply(made, confirm=made.id).is_proved
    assert plan(fleet(["production"], kubeconfig=clusters), shop).members[0].is_in_sync


def test_what_travels_holds_no_secret(clusters, shop):
    found = fleet(NAMES[:1], kubeconfig=clusters)
    assert b"canary" not in pickle.dumps(plan(found, shop))
    assert "canary" not in fragment(plan(found, shop)) + render(plan(found, shop), is_coloured=False)


def test_a_dead_member_is_a_row(clusters, shop, tmp_path):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kubeconfig = with_cluster(clusters, tmp_path, "gone", cluster={"server": f"https://127.0.0.1:{port}"})
    planned = plan(fleet(["gone", *NAMES], kubeconfig=kubeconfig), shop)
    assert states(planned) == {"gone": "unreachable"} | dict.fromkeys(NAMES, "planned")
    assert planned.members[0].message == "gone cannot be reached"
    assert planned.ranked[0].name == "gone"
    with pytest.raises(UsageError, match="no plan for gone: gone cannot be reached"):
        planned["gone"]


def test_a_member_that_hangs_is_not_waited_for(clusters, shop, tmp_path, monkeypatch):
    monkeypatch.setattr("gitopskit.providers.kubernetes.connection.READ_TIMEOUT_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as mute:  # takes connections, says nothing
        kubeconfig = with_cluster(clusters, tmp_path, "mute", cluster={"server": f"https://127.0.0.1:{mute.getsockname()[1]}"})
        planned = plan(fleet(["mute", *NAMES], kubeconfig=kubeconfig), shop, patience_s=3.0)
    assert states(planned) == {"mute": "unreachable"} | dict.fromkeys(NAMES, "planned")


def test_a_member_that_does_not_know_the_user_is_a_row(clusters, shop, tmp_path):
    kubeconfig = with_cluster(clusters, tmp_path, "expired", user={"token": "canary"})
    planned = plan(fleet(["expired", "test"], kubeconfig=kubeconfig), shop)
    assert states(planned) == {"expired": "refused", "test": "planned"}
    assert "does not accept these credentials" in planned.members[0].message
    assert "canary" not in repr(planned)


def test_a_member_with_another_authority_is_a_row(clusters, shop, tmp_path):
    other = yaml.safe_load(clusters.read_text())["clusters"][1]["cluster"]["certificate-authority-data"]
    kubeconfig = with_cluster(clusters, tmp_path, "impostor", cluster={"certificate-authority-data": other})
    planned = plan(fleet(["impostor"], kubeconfig=kubeconfig), shop)
    assert states(planned) == {"impostor": "unreachable"}
    assert "certificate" in planned.members[0].message


def test_a_member_that_is_no_context_is_a_row(clusters, shop):
    planned = plan(fleet(["nowhere", "test"], kubeconfig=clusters), shop)
    assert states(planned) == {"nowhere": "failed", "test": "planned"}
    assert "nowhere" in planned.members[0].message


@dataclass
class Broken:
    """A target that has a bug, with a secret in its hand."""

    name: str = "broken"
    is_sandbox: bool = True

    def provider(self):
        raise RuntimeError("canary")


def test_a_member_that_breaks_is_a_row(clusters, shop):
    planned = plan(fleet([Broken(), ContextTarget(context="test", kubeconfig=clusters)]), shop)
    assert states(planned) == {"broken": "failed", "test": "planned"}
    assert planned.members[0].message == "planning broke: RuntimeError"


def test_an_executor_that_breaks_loses_its_rows_alone(clusters, shop):
    with ThreadPoolExecutor(1, initializer=lambda: 1 / 0) as pool:
        planned = plan(fleet(NAMES[:1], kubeconfig=clusters), shop, executor=pool)
    assert states(planned) == {"development": "failed"}
    assert "BrokenThreadPool" in planned.members[0].message


class Dying(ThreadPoolExecutor):
    """Takes one member, and no other."""

    def submit(self, *work):
        self.shutdown(wait=False) if self._work_queue.qsize() or self._threads else None
        return super().submit(*work)


def test_an_executor_that_takes_no_more_loses_the_rest_alone(clusters, shop):
    planned = plan(fleet(NAMES, kubeconfig=clusters), shop, executor=Dying(1))
    assert states(planned) == {"development": "planned", "test": "failed", "production": "failed"}


@dataclass
class Slow:
    """A target that takes its time."""

    name: str
    inner: ContextTarget
    began: list
    is_sandbox: bool = True

    def provider(self):
        self.began.append(self.name)
        threading.Event().wait(0.8)
        return self.inner.provider()


def test_patience_is_for_who_is_asked_and_not_for_who_waits_for_a_worker(clusters, shop, monkeypatch):
    monkeypatch.setattr(module, "THREADS", 1)
    members = [Slow(name, ContextTarget(context=name, kubeconfig=clusters), []) for name in NAMES]
    assert states(plan(fleet(members), shop, patience_s=2.0)) == dict.fromkeys(NAMES, "planned")


def test_who_was_never_asked_is_not_called_unreachable(clusters, shop, monkeypatch):
    monkeypatch.setattr(module, "THREADS", 1)
    began = []
    members = [Slow(name, ContextTarget(context=name, kubeconfig=clusters), began) for name in NAMES[:2]]
    planned = plan(fleet(members), shop, patience_s=0.2)
    assert states(planned) == {"development": "unreachable", "test": "failed"}
    assert "it was not asked" in planned.members[1].message
    assert began == ["development"]


def test_what_is_wrong_with_the_desired_state_is_told_at_once(clusters, shop):
    with pytest.raises(RevisionError):
        fleet(NAMES, kubeconfig=clusters).plan(shop, "shop", revision="no-such-branch")


def test_a_fleet_needs_members_of_different_names(clusters):
    with pytest.raises(UsageError, match="needs a member"):
        fleet([])
    with pytest.raises(UsageError, match="two members of the fleet are called test"):
        fleet(["test", "test"], kubeconfig=clusters)


def test_how_a_fleet_stands_is_seen_in_every_view(clusters, shop):
    workspace = Workspace(
        shop, "shop", revision="main", trunk="main", target=ContextTarget(context="test", kubeconfig=clusters, is_sandbox=True)
    )
    assert workspace.apply(workspace.plan(), confirm=workspace.history[-1].id).is_proved
    after = plan(fleet(["development", "test", "nowhere"], kubeconfig=clusters), shop)
    assert [member.is_in_sync for member in after.members] == [False, True, False]
    frame = to_frame(after)
    assert list(frame["member"]) == ["development", "test", "nowhere"]
    assert list(frame["creates"]) == [3, 0, 0]
    assert list(frame["in_sync"]) == [False, True, False]
    text = render(after, is_coloured=False)
    assert "1 in sync, 1 differs, 1 failed" in text
    assert "3 create" in next(line for line in text.splitlines() if "development" in line)
    page = fragment(after)
    assert page.index("nowhere") < page.index("development") < page.index("<b>test</b>"), "those first that need somebody"
