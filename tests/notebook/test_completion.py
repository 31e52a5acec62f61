"""What TAB offers: plain names that are known already, and never a word with a cluster or a server."""

import socket
import subprocess

import pandas as pd
import pytest

from gitopskit.model.fleet import FleetPlan, MemberPlan, MemberState
from gitopskit.notebook import display
from gitopskit.notebook.completion import complete
from gitopskit.notebook.workspace import Workspace
from gitopskit.sources.git import known_revisions
from tests.notebook.conftest import server

KUBECONFIG = """
apiVersion: v1
kind: Config
contexts:
- {name: prod-eu, context: {}}
- {name: "arn:aws:eks:eu-west-1:1:cluster/prod", context: {}}
- {name: "prod\\"); bite()", context: {}}
- {name: "prod'", context: {}}
- {name: "prod\\u202e", context: {}}
- {name: staging, context: {}}
"""


def git(lesson, *words: str) -> None:
    subprocess.run(["git", "-C", str(lesson.folder), *words], check=True, capture_output=True)


@pytest.fixture
def names(workspace, racks, tmp_path, monkeypatch):
    file = tmp_path / "config"
    file.write_text(KUBECONFIG)
    monkeypatch.setenv("KUBECONFIG", str(file))
    git(racks, "branch", "feature/seats")
    git(racks, "branch", "{bite}")
    git(racks, "tag", "v1.0")
    plan = workspace.plan()
    looked = workspace.differences()

    def nothing(*_):
        raise AssertionError("a key was pressed, and somebody was asked over the network")

    monkeypatch.setattr(socket.socket, "connect", nothing)
    return {"ws": workspace, "plan": plan, "looked": looked, "frame": pd.DataFrame(), "_": plan}


CASES = {
    'gk.context("': ["prod-eu", "arn:aws:eks:eu-west-1:1:cluster/prod", "staging"],
    "gk.context('prod": ["prod-eu"],
    'ws = gk.Workspace(repo="x", target=gk.context("st': ["staging"],
    'gk.fleet(["': ["prod-eu", "arn:aws:eks:eu-west-1:1:cluster/prod", "staging"],
    'gk.fleet(["prod-eu", "s': ["staging"],
    'gk.context("prod-eu", kubeconfig="': [],
    "%gitops ": ["plan", "drift", "status", "history", "use"],
    "%gitops pl": ["plan"],
    "plan = %gitops d": ["drift"],
    "%gitops plan ": ["feature/seats", "main", "v1.0"],
    "%gitops plan f": ["feature/seats"],
    "%gitops plan --prune m": ["main"],
    "%gitops plan --p": ["--prune"],
    "%gitops plan main --a": ["--adopt"],
    "%gitops drift v": ["v1.0"],
    "%gitops drift --": [],
    "%gitops use ": ["ws"],
    "%%gitops_apply ": ["plan"],
    "%%gitops_apply x": [],
    'ws.plan("': ["feature/seats", "main", "v1.0"],
    'ws.plan(rev="v': ["v1.0"],
    'ws.desired("m': ["main"],
    'gk.Workspace(shop, revision="ma': ["main"],
    "frame.query('kind == \"": ["server"],
    "frame.query('namespace == \"ha": ["hall-1"],
    'frame[frame["name"] == "': ["a", "b"],
    'frame[frame.kind != "s': ["server"],
    'gk.Workspace(shop, namespace="h': ["hall-1"],
    'frame[frame["namespace"].isin(["': ["hall-1"],
    'frame[frame["name"].isin(["a", "': ["a", "b"],
    "frame[frame.kind.isin({'s": ["server"],
    'frame[frame["colour"].isin(["': [],
    'ws.differences("': ["feature/seats", "main", "v1.0"],
    'ws.differences(base="v': ["v1.0"],
    'ws.differences(baseline="': [],
    'ws.watch("se': ["server.datacentre"],
    'ws.watch("Deploy': ["Deployment.apps"],
    'ws.watch("Pod", "Stateful': ["StatefulSet.apps"],
    'ws.watch("Pod", namespaces=["': ["hall-1"],
    'ws.watch(namespaces=["hall-1", "h': ["hall-1"],
    'gk.tree_chart(live, "': ["hall-1", "server.datacentre hall-1/a", "server.datacentre hall-1/b"],
    'gk.tree_chart(ws.live(everything=True), root="server.datacentre hall-1/b': ["server.datacentre hall-1/b"],
    'gk.tree_chart(live, "shop", "': [],
    'looked.show("sta': ["status"],
    'looked.show("status", "kept': ["kept-by-others"],
    'gk.sandbox(name="': [],
    "ws.": [],
    "print('x": [],
    "": [],
}


@pytest.mark.parametrize("line", CASES)
def test_what_is_offered(names, line):
    assert complete(line, names)[1] == CASES[line]


@pytest.mark.parametrize("name", ["column", "fragment"])
def test_a_variable_of_the_notebook_says_nothing_of_the_place(names, name):
    class Biting:
        def __str__(self):
            raise AssertionError("code of the notebook was run by a key")

    assert complete("frame.query('kind == \"", {**names, name: Biting()})[1] == ["server"]


@pytest.mark.parametrize(("line", "fragment"), [('gk.context("arn:aws', "arn:aws"), ("%gitops plan feature/s", "feature/s"), ("x = 1", "")])
def test_the_fragment_is_what_is_replaced(names, line, fragment):
    assert complete(line, names)[0] == fragment


@pytest.mark.parametrize("text", [None, "", "][", "contexts: 3", "contexts: [3, {x: 1}]", "\x00"])
def test_a_broken_kubeconfig_offers_nothing(names, tmp_path, text):
    file = tmp_path / "config"
    file.unlink() if text is None else file.write_text(text)
    assert complete('gk.context("', names)[1] == []


@pytest.mark.parametrize("repo", ["/no/such/folder", "", ".", "https://127.0.0.1:1/shop.git", "git@example.org:shop.git", "-x", "ftp://x"])
def test_a_repository_that_is_not_here_offers_nothing(home_dir, tmp_path, monkeypatch, repo):
    monkeypatch.chdir(tmp_path)
    assert known_revisions(repo) == []


def test_a_fetched_repository_offers_what_was_fetched(home_dir, racks, hall):
    git(racks, "tag", "v2")
    address = f"file://{racks.folder}"
    workspace = Workspace(address, "racks", revision="main", target=hall)
    assert complete('ws.plan("', {"ws": workspace})[1] == []
    workspace.plan()
    assert complete('ws.plan("', {"ws": workspace})[1] == ["main", "v2"]
    racks.write(server("c", 3), "Order a third")


def test_members_of_a_fleet_are_keys(workspace):
    display.register()
    plan = workspace.plan()
    members = tuple(MemberPlan(name=name, state=MemberState.PLANNED, plan=plan) for name in ("eu", "us"))
    assert FleetPlan(source=plan.source, members=members)._ipython_key_completions_() == ["eu", "us"]
