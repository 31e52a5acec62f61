"""The lesson's repository, and a person with kubectl."""

import pytest

from gitopskit.command import CommandError
from gitopskit.errors import UsageError
from gitopskit.notebook.lessons import kubectl, seed_shop
from gitopskit.notebook.targets import SandboxTarget
from gitopskit.notebook.workspace import Workspace


def test_the_shop_has_a_history_by_several_people():
    shop = seed_shop()
    lines = shop.log().splitlines()
    assert len(lines) >= 3
    assert len({line.split(" ")[1] for line in lines}) >= 3


def test_the_same_shop_has_the_same_commits():
    assert seed_shop().log() == seed_shop().log()


def test_a_change_is_a_commit():
    shop = seed_shop()
    commit = shop.replace("deploy/web.yaml", "replicas: 2", "replicas: 4", "Scale out", author="Grace")
    assert shop.log().splitlines()[0] == f"{commit[:7]} Grace: Scale out"


def test_a_text_that_is_not_there_is_said():
    with pytest.raises(UsageError, match="does not stand in"):
        seed_shop().replace("deploy/web.yaml", "no such text", "x", "Nothing")


def test_kubectl_prints_what_it_says(cluster, home_dir, capsys):
    workspace = Workspace(seed_shop(), "deploy", target=SandboxTarget(sandbox=cluster))
    kubectl(workspace, "get namespace default --output=name")
    assert capsys.readouterr().out.strip() == "namespace/default"
    with pytest.raises(CommandError, match="NotFound"):
        kubectl(workspace, "get namespace no-such-namespace")
