"""What is read, page by page, and what is told of what cannot be."""

import signal
import threading

import pytest

from gitopskit.model.changes import Action
from gitopskit.model.ids import ObjectId
from gitopskit.model.plan import Scope
from gitopskit.providers.kubernetes import pages
from gitopskit.providers.kubernetes.connection import Answer

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hello}
"""
SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {password: canary-4711}
"""


def many(count):
    return "---".join(CONFIG.replace("settings", f"settings-{number}") for number in range(count))


def config_maps(snapshot):
    return {object_id.name for object_id in snapshot.objects if object_id.kind == "ConfigMap" and object_id.name.startswith("settings")}


def test_lists_come_page_by_page(site, monkeypatch):
    site.kubectl("apply", "--server-side", "-f", "-", text=many(7))
    monkeypatch.setattr(pages, "PAGE_SIZE", 3)
    live = site.provider.read(Scope(group_kinds=("ConfigMap",), namespaces=(site.namespace,)))
    assert config_maps(live) == {f"settings-{number}" for number in range(7)}
    assert live.unreadable == ()


def test_pages_that_grew_too_old_are_read_again(site, monkeypatch):
    site.kubectl("apply", "--server-side", "-f", "-", text=many(5))
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    connection = site.provider._connection
    real, expired = connection.send, []

    def send(method, path, **request):
        if "continue" in (request.get("query") or {}) and len(expired) < 2:
            expired.append(path)
            return Answer(status=410, headers={}, content=b'{"reason": "Expired"}')
        return real(method, path, **request)

    monkeypatch.setattr(connection, "send", send)
    live = site.provider.read(Scope(group_kinds=("ConfigMap",), namespaces=(site.namespace,)))
    assert len(expired) == 2
    assert config_maps(live) == {f"settings-{number}" for number in range(5)}


def test_pages_that_always_grow_too_old_are_told(site, monkeypatch):
    site.kubectl("apply", "--server-side", "-f", "-", text=many(5))
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    connection = site.provider._connection
    real = connection.send

    def send(method, path, **request):
        is_later = "continue" in (request.get("query") or {})
        return Answer(status=410, headers={}, content=b'{"reason": "Expired"}') if is_later else real(method, path, **request)

    monkeypatch.setattr(connection, "send", send)
    live = site.provider.read(Scope(group_kinds=("ConfigMap",), namespaces=(site.namespace,)))
    assert [(one.group_kind, one.reason) for one in live.unreadable] == [("ConfigMap", "Expired")]
    assert config_maps(live) == set()


def test_only_the_scope_is_read(site):
    live = site.provider.read(site.plan(CONFIG).scope)
    assert {object_id.kind for object_id in live.objects} <= {"Namespace", "ConfigMap"}
    assert {object_id.namespace for object_id in live.objects} <= {"", site.namespace}


def test_the_whole_cluster_is_read_for_audits(site):
    site.kubectl("apply", "--server-side", "-f", "-", text=CONFIG)
    live = site.provider.read(Scope(everything=True))
    assert {"ConfigMap", "Namespace", "Node", "ClusterRole.rbac.authorization.k8s.io"} <= {item.group_kind for item in live.objects}
    assert not {"Event", "Lease.coordination.k8s.io"} & {item.group_kind for item in live.objects}
    assert ObjectId(group="", kind="ConfigMap", namespace=site.namespace, name="settings") in live.objects


def test_live_objects_keep_versions_and_lose_secrets(site):
    site.apply(SECRET)
    live = site.provider.read(site.plan(SECRET).scope)
    found = live.objects[ObjectId(group="", kind="Secret", namespace=site.namespace, name="token")]
    assert found.uid
    assert found.resource_version
    assert found.body["metadata"]["managedFields"]
    assert "canary" not in repr(found.body)
    assert "Y2FuYXJ5" not in repr(found.body)


def both(site):
    return Scope(group_kinds=("ConfigMap", "Secret"), namespaces=(site.namespace,))


def test_progress_is_told(site):
    told = []
    site.provider.read(both(site), lambda *step: told.append(step))
    assert told[-1][:3] == ("reading", 2, 2)
    assert {(what, total) for what, _, total, *_ in told} == {("reading", 2)}
    detail, objects = told[-1][3:]
    assert detail in ("ConfigMap", "Secret")
    assert objects == sum(item.kind in ("ConfigMap", "Secret") for item in site.provider.read(both(site)).objects)


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_an_interrupt_is_not_held_up_by_what_is_still_asked(site, monkeypatch, method):
    """Reading and planning; were the hanging requests waited for, this test would never end."""
    connection, release = site.provider._connection, threading.Event()
    real = connection.send

    def send(verb, path, **request):
        if verb == method and "/configmaps" in path:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            release.wait()
        return real(verb, path, **request)

    with monkeypatch.context() as patch:
        patch.setattr(connection, "send", send)
        with pytest.raises(KeyboardInterrupt):
            site.plan(many(20))
        release.set()
    assert len(site.plan(many(20)).steps) == 20, "the next plan is a whole one"
    site.apply(many(20))
    assert site.plan(many(20)).is_empty


def test_who_the_cluster_is(site, cluster):
    target = site.provider.identify()
    assert (target.system, target.server, target.is_sandbox) == ("kubernetes", cluster.server, True)
    assert target.version == cluster.version
    assert len(target.authority) == 64
    assert target.uid == site.kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
    assert target.user
    assert "system:masters" in target.groups


def test_a_context_that_acts_as_somebody_does(restricted):
    assert restricted.provider.identify().user == "Ada"


def test_what_may_not_be_read_is_told_and_not_taken_for_absent(site, restricted):
    site.apply(CONFIG + "---" + SECRET)
    live = restricted.provider.read(site.plan(CONFIG + "---" + SECRET).scope)
    assert {(one.group_kind, one.reason) for one in live.unreadable} == {("Namespace", "Forbidden"), ("Secret", "Forbidden")}
    assert config_maps(live) == {"settings"}
    assert any("kube-system" in warning for warning in live.warnings)


def test_hidden_objects_are_no_creates(site, restricted):
    site.apply(CONFIG + "---" + SECRET)
    rows = {change.id.kind: change for change in restricted.plan(CONFIG + "---" + SECRET).changes}
    assert rows["ConfigMap"].action is Action.NO_OP
    assert "could not be read" in rows["Secret"].problem


def test_nothing_is_pruned_where_members_may_hide(site, restricted):
    site.apply(CONFIG + "---" + SECRET)
    plan = restricted.plan("", prune=True)
    assert plan.steps == ()
    assert [change.reason for change in plan.changes] == [
        "no longer desired; nothing is pruned, because Secret could not be read (Forbidden)"
    ]
    assert any("nothing is pruned" in warning for warning in plan.warnings)


def test_what_cannot_hide_members_does_not_stop_pruning(site, restricted):
    site.apply(CONFIG)
    plan = restricted.plan("", prune=True)
    assert [change.id.name for change in plan.steps] == ["settings"], "namespaces may not be read, and are no members"


def test_missing_rights_are_named(site, restricted):
    plan = site.plan(CONFIG + "---" + CONFIG.replace("settings", "other"))
    found = {(denied.verb, denied.resource, denied.namespace, denied.name) for denied in restricted.provider.denied(plan)}
    assert ("patch", "configmaps", site.namespace, "other") in found
    assert ("create", "configmaps", site.namespace, "") in found
    assert ("create", "leases.coordination.k8s.io", site.namespace, "") in found
    assert ("patch", "configmaps", site.namespace, "settings") not in found, "that one is given by name"
    assert site.provider.denied(plan) == ()
