"""How did it come to this, on a cluster of either engine: Git, ledger, managed fields, Events, in one order; and field by field."""

import json
from dataclasses import replace

import pytest

from gitopskit.errors import UsageError
from gitopskit.model.history import Agreement, DeedSource
from gitopskit.model.ids import ObjectId
from gitopskit.model.paths import render_path
from gitopskit.model.snapshot import Unreadable
from gitopskit.notebook import display
from gitopskit.views import html, terminal
from tests.notebook.test_differences import DEPLOYMENT, SECRET, Shop

display.register()


@pytest.fixture
def shop(cluster, namespace_name, home_dir):
    shop = Shop(cluster, namespace_name)
    shop.apply()
    yield shop
    shop.ws.close()


def test_a_timeline_joins_what_each_side_tells(shop):
    shop.settings(two="22")
    shop.apply()
    shop.patch("configmap/settings", {"data": {"three": "33"}}, "--field-manager=kubectl-edit")
    found = shop.ws.timeline("ConfigMap settings")
    told = [(deed.told_by, deed.what.partition(":")[0]) for deed in found.deeds]
    assert told.count((DeedSource.GIT, "changed")) == 1
    assert told.count((DeedSource.GIT, "created")) == 1
    assert told.count((DeedSource.LEDGER, "update, changed")) == 1
    assert told.count((DeedSource.LEDGER, "create, changed")) == 1
    assert (DeedSource.OBJECT, "created") in told
    by_hand = next(deed for deed in found.deeds if deed.actor == "kubectl-edit")
    assert [render_path(path) for path in by_hand.fields] == [".data.three"]
    commits = [next(deed.commit for deed in found.deeds if deed.told_by is source) for source in (DeedSource.GIT, DeedSource.LEDGER)]
    assert commits[0] == commits[1], "the ledger knows from which commit"
    moments = [deed.at for deed in found.deeds]
    assert moments == sorted(moments, reverse=True)
    frame = found.to_frame()
    assert set(frame["told_by"]) >= {"Git", "ledger", "managed fields", "object"}
    assert frame["time"].is_monotonic_decreasing


def test_blame_lays_who_said_so_beside_who_did_so(shop):
    commit = shop.settings(two="22")
    shop.apply()
    shop.patch("configmap/settings", {"data": {"three": "33", "four": "4"}}, "--field-manager=kubectl-edit")
    found = shop.ws.blame("ConfigMap settings")
    rows = {render_path(one.path): one for one in found.fields}
    assert rows[".data.two"].commit.oid == commit
    assert rows[".data.two"].agreement is Agreement.SAME
    assert [owner.name for owner in rows[".data.two"].owners] == ["gitopskit"]
    three = rows[".data.three"]
    assert (three.desired, three.live, three.agreement) == ("3", "33", Agreement.DIFFERS)
    assert [owner.name for owner in three.owners] == ["kubectl-edit"]
    assert (rows[".data.four"].commit, rows[".data.four"].agreement) == (None, Agreement.LIVE_ONLY)
    frame = found.to_frame().set_index("path")
    assert frame.loc[".data.two", "origin"].startswith("web/settings.json:1@")
    assert frame.loc[".data.four", "owner"] == "kubectl-edit"


def test_what_differs_in_spelling_alone_is_the_same(shop):
    rows = {render_path(one.path): one for one in shop.ws.blame("Deployment.apps web").fields}
    cpu = rows['.spec.template.spec.containers[name="web"].resources.requests.cpu']
    assert (cpu.desired, cpu.live, cpu.agreement) == ("0.1", "100m", Agreement.SAME)


def test_no_secret_is_told(shop):
    shop.write("redis", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "redis"}, "stringData": {"password": f"{SECRET}-2"}})
    for noun in (shop.ws.blame("Secret redis"), shop.ws.timeline("Secret redis")):
        shown = "".join([noun.to_frame().to_csv(), html.fragment(noun), terminal.render(noun), repr(noun), json.dumps(str(noun))])
        assert SECRET not in shown
    assert len(shop.ws.timeline("Secret redis")) > 2


def test_what_is_gone_has_a_past(shop):
    shop.repo.remove("web/settings.json", "Drop the settings")
    plan = shop.ws.plan(prune=True)
    assert shop.ws.apply(plan, confirm=plan.id).is_proved
    found = shop.ws.timeline("ConfigMap settings")
    assert [deed.what.partition(":")[0] for deed in found.deeds if deed.told_by is DeedSource.GIT] == ["deleted", "created"]
    assert "delete, changed" in {deed.what.partition(":")[0] for deed in found.deeds if deed.told_by is DeedSource.LEDGER}
    with pytest.raises(UsageError, match="neither"):
        shop.ws.blame("ConfigMap settings")


def test_what_git_never_knew_is_told_by_the_live_side_alone(shop, namespace_name):
    shop.kubectl("create", "configmap", "by-hand", "--from-literal=a=b")
    found = shop.ws.timeline(ObjectId(group="", kind="ConfigMap", namespace=namespace_name, name="by-hand"))
    assert {deed.told_by for deed in found.deeds} == {DeedSource.OBJECT, DeedSource.MANAGED_FIELDS}
    rows = shop.ws.blame(f"ConfigMap {namespace_name}/by-hand").fields
    assert {one.agreement for one in rows} == {Agreement.LIVE_ONLY}


def test_events_are_told(shop):
    shop.write("web", DEPLOYMENT | {"spec": DEPLOYMENT["spec"] | {"replicas": 1}})
    shop.apply()
    shop.ws.settled()
    found = [deed for deed in shop.ws.timeline("Deployment.apps web").deeds if deed.told_by is DeedSource.EVENT]
    assert any(deed.what.startswith("ScalingReplicaSet: Scaled up") and "deployment-controller" in deed.actor for deed in found)


@pytest.mark.parametrize("name", ["ConfigMap sett", "nonsense", "ConfigMap", ""])
def test_a_name_that_nobody_knows_is_an_error_that_helps(shop, name):
    with pytest.raises(UsageError) as told:
        shop.ws.timeline(name)
    assert told.value.next_step


def test_a_witness_that_may_not_be_asked_is_named(shop, monkeypatch):
    read = shop.ws.provider.read

    def forbidden(scope, *rest, **more):
        found = read(scope, *rest, **more)
        hidden = Unreadable(group_kind="Event", reason="Forbidden", message="events is forbidden")
        return replace(found, objects={}, unreadable=(hidden,)) if scope.group_kinds == ("Event",) else found

    monkeypatch.setattr(shop.ws.provider, "read", forbidden)
    found = shop.ws.timeline("ConfigMap settings")
    assert found.warnings == ("Event cannot be read: events is forbidden",)
    assert not found.is_whole
    assert "events is forbidden" in html.fragment(found)
