"""Our set as kubectl sees it, and kubectl's as we see it (ApplySet specification, KEP-3659)."""

import orjson
import pytest

from gitopskit.errors import ProviderError, RejectedError, UsageError
from gitopskit.model.changes import Action
from gitopskit.model.events import EventKind, Outcome
from gitopskit.model.plan import PlanOptions
from gitopskit.planning.inventory import ID_LABEL, PART_OF_LABEL, TOOLING
from tests.providers.kubernetes.conftest import snapshot

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hello}
"""
SECOND = CONFIG.replace("settings", "second")
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}]}
"""


def parent(site, name="shop", kind="configmap"):
    return orjson.loads(site.kubectl("get", kind, name, "-o", "json"))["metadata"]


def kubectl_set(site, text, *words, code=0, kind="configmap", name="shop"):
    return site.kubectl("apply", "--server-side", "--prune", f"--applyset={kind}/{name}", *words, "-f", "-", text=text, code=code)


def test_the_parent_is_as_the_specification_wants_it(site):
    site.apply(CONFIG + "---" + SERVICE)
    found = parent(site)
    set_id = found["labels"][ID_LABEL]
    assert found["annotations"] == {
        "applyset.kubernetes.io/tooling": TOOLING,
        "applyset.kubernetes.io/contains-group-kinds": "ConfigMap,Service",
        "applyset.kubernetes.io/additional-namespaces": "",
    }
    members = site.kubectl("get", "configmaps,services", "-l", f"{PART_OF_LABEL}={set_id}", "-o", "name").split()
    assert members == ["configmap/settings", "service/web"]


def test_kubectl_computes_the_same_id(site):
    kubectl_set(site, CONFIG)
    plan = site.plan(CONFIG)
    assert plan.inventory.id == parent(site)["labels"][ID_LABEL]
    assert plan.inventory.tooling.startswith("kubectl/")
    assert plan.inventory.group_kinds == ("ConfigMap",)


def test_kubectl_recognises_our_set_and_refuses_it(site):
    site.apply(CONFIG)
    said = kubectl_set(site, CONFIG, code=1)
    assert 'managed by tooling "gitopskit" instead of "kubectl"' in said


@pytest.mark.parametrize("kind", ["configmap", "secret"])
def test_we_refuse_kubectls_set_until_it_is_adopted_and_then_kubectl_refuses(site, kind):
    inventory = "shop" if kind == "configmap" else "secret/shop"
    kubectl_set(site, CONFIG + "---" + SECOND, kind=kind)
    plan = site.plan(CONFIG.replace("hello", "hi"), inventory=inventory)
    row = next(change for change in plan.steps)
    assert "is a set of kubectl/" in row.owner
    adopting = site.plan(CONFIG.replace("hello", "hi"), inventory=inventory, adopt=True, prune=True)
    assert {change.id.name: (change.action, change.owner) for change in adopting.steps} == {
        "settings": (Action.UPDATE, ""),
        "second": (Action.DELETE, ""),
    }
    assert [conflict.forced for change in adopting.steps for conflict in change.conflicts] == [True]
    events = list(site.provider.apply(adopting))
    assert [event.message for event in events if event.kind is EventKind.STOPPED] == []
    assert parent(site, kind=kind)["annotations"]["applyset.kubernetes.io/tooling"] == TOOLING
    assert 'managed by tooling "gitopskit"' in kubectl_set(site, CONFIG, kind=kind, code=1)
    assert site.plan(CONFIG.replace("hello", "hi"), inventory=inventory, prune=True).is_empty


def test_kubectl_takes_over_what_we_release_and_then_we_refuse(site):
    site.apply(CONFIG + "---" + SECOND)
    live = site.provider.read(site.plan(CONFIG).scope)
    site.provider.release(live.inventory, "kubectl/v1.37.1")
    kubectl_set(site, CONFIG.replace("hello", "theirs"), "--force-conflicts")
    assert "NotFound" in site.kubectl("get", "configmap/second", code=1), "kubectl prunes what was a member of ours"
    assert site.kubectl("get", "configmap/settings", "-o", "jsonpath={.data.greeting}") == "theirs"
    [row] = site.plan(CONFIG).steps
    assert "is a set of kubectl/v1.37.1" in row.owner


def test_only_a_set_of_ours_can_be_released_and_only_as_it_was_read(site):
    kubectl_set(site, CONFIG)
    theirs = site.plan(CONFIG).inventory
    with pytest.raises(RejectedError, match="no set of ours"):
        site.provider.release(theirs, "kubectl/v1.37.1")
    site.apply(SECOND, inventory="ours")
    ours = site.plan(SECOND, inventory="ours").inventory
    site.kubectl("annotate", "configmap/ours", "example.org/moved=yes")
    with pytest.raises(ProviderError):
        site.provider.release(ours, "kubectl/v1.37.1")
    assert parent(site, "ours")["annotations"]["applyset.kubernetes.io/tooling"] == TOOLING


def test_an_object_that_is_no_set_is_not_made_one(site):
    site.kubectl("create", "configmap", "shop", "--from-literal=precious=yes")
    [row] = site.plan(CONFIG).steps
    assert f"ConfigMap {site.namespace}/shop is there, and is no set" in row.owner


def test_a_parent_that_moved_since_stops_the_apply_before_any_member(site):
    site.apply(CONFIG)
    plan = site.plan(CONFIG.replace("hello", "hi"))
    site.kubectl("annotate", "configmap/shop", "example.org/moved=yes")
    events = list(site.provider.apply(plan))
    assert [(event.id.name, event.outcome) for event in events if event.kind is EventKind.OUTCOME] == [("shop", Outcome.FAILED)]
    assert "somebody else has written to it" in events[-1].message
    assert site.kubectl("get", "configmap/settings", "-o", "jsonpath={.data.greeting}") == "hello"


def test_the_parent_is_wide_while_members_are_written_and_narrow_after(site):
    site.apply(CONFIG)
    events = site.provider.apply(site.plan(SERVICE, prune=True))
    wide = None
    for event in events:
        if event.kind is EventKind.WAVE and wide is None:
            wide = parent(site)["annotations"]["applyset.kubernetes.io/contains-group-kinds"]
    assert wide == "ConfigMap,Service"
    assert parent(site)["annotations"]["applyset.kubernetes.io/contains-group-kinds"] == "Service"


def test_the_parent_stays_wide_where_members_are_left(site):
    site.apply(CONFIG)
    site.apply(SERVICE)
    assert parent(site)["annotations"]["applyset.kubernetes.io/contains-group-kinds"] == "ConfigMap,Service"


def test_members_in_other_namespaces_and_of_kinds_no_longer_desired_are_found(site):
    other = f"{site.namespace}-b"
    site.kubectl("create", "namespace", other)
    try:
        site.apply(CONFIG + "---" + SERVICE.replace("name: web", f"name: web, namespace: {other}"))
        assert parent(site)["annotations"]["applyset.kubernetes.io/additional-namespaces"] == other
        [row] = site.plan(CONFIG, prune=True).steps
        assert (row.action, row.id.namespace, row.id.name) == (Action.DELETE, other, "web")
        site.apply(CONFIG, prune=True)
        assert parent(site)["annotations"]["applyset.kubernetes.io/additional-namespaces"] == ""
    finally:
        site.kubectl("delete", "namespace", other, "--wait=false")


def test_two_sets_leave_each_other_alone(site):
    site.apply(CONFIG, inventory="one")
    site.apply(SECOND, inventory="two")
    assert site.plan("", inventory="two", prune=True).steps[0].id.name == "second"
    assert len(site.plan("", inventory="two", prune=True).steps) == 1
    [row] = site.plan(CONFIG.replace("hello", "hi"), inventory="two").steps[:1]
    assert row.owner.startswith("member of another set")


def test_a_parent_of_another_kind_is_a_usage_error(site):
    with pytest.raises(UsageError, match="ConfigMap or a Secret"):
        site.plan(CONFIG, inventory="deployment/shop")


def test_a_set_that_is_widened_while_it_is_read_keeps_what_it_gained(site):
    """What was not listed cannot be told from what is gone."""
    robot = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\n"
    site.apply(CONFIG)
    desired, options = snapshot(CONFIG.replace("hello", "hi")), PlanOptions(namespace=site.namespace, prune=True)
    scope = site.provider.scope(desired, options)
    site.apply(CONFIG + robot)
    plan = site.provider.plan(desired, site.provider.read(scope, only=desired.objects), options)
    assert [(one.group_kind, one.reason) for one in plan.unreadable] == [("ServiceAccount", "Moved")]
    assert [step.action.value for step in plan.steps] == ["update"], "nothing is pruned"
    list(site.provider.apply(plan))
    assert "ServiceAccount" in site.plan(CONFIG, prune=True).inventory.group_kinds
