"""What goes with a deletion: by owner, namespace, definition and claim; what holds data, and what may hang."""

import pytest

from gitopskit.model.changes import Action
from gitopskit.planning.blast import Through, blast
from tests.views.charts.samples import (
    CLAIM,
    DELETES_SHOP,
    ESTATE,
    REDIS,
    SHOP,
    VOLUME,
    WEB,
    WEB_SET,
    change,
    live,
    live_object,
    object_id,
    plan,
)

POD, JOB, MAP = object_id("Pod", "p"), object_id("Job", "j"), object_id("ConfigMap", "kube-root-ca.crt")
DEFINITION = object_id("CustomResourceDefinition", "shops.example", "", "apiextensions.k8s.io")
SHOPS = object_id("Shop", "corner", "docs", "example")
OTHER_GROUP = object_id("Shop", "corner", "docs", "elsewhere")


def lost(deleted, *objects, action=Action.DELETE):
    return {loss.id: loss for loss in blast(plan(change(action, deleted)), live(*objects))}


@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE, Action.NO_OP, Action.READ])
def test_what_deletes_nothing_takes_nothing(action):
    assert blast(plan(change(action, SHOP)), ESTATE) == ()


def test_a_namespace_takes_everything_in_it_and_the_volume_of_its_claim():
    losses = {loss.id: loss for loss in blast(DELETES_SHOP, ESTATE)}
    assert {loss.id for loss in losses.values() if loss.id.namespace == "shop"} == {
        one for one in ESTATE.objects if one.namespace == "shop"
    }
    assert losses[WEB].through is Through.NAMESPACE
    assert losses[VOLUME].through is Through.CLAIM
    assert losses[VOLUME].because == CLAIM
    assert losses[VOLUME].step == SHOP
    assert object_id("ConfigMap", "notes", "docs") not in losses


def test_owned_objects_go_with_their_owner_and_name_it():
    losses = lost(WEB, live_object(WEB), live_object(WEB_SET, WEB), live_object(POD, WEB_SET))
    assert [(loss.through, loss.because) for loss in losses.values()] == [
        (Through.DELETE, None), (Through.OWNER, WEB), (Through.OWNER, WEB_SET),
    ]  # fmt: skip


def test_a_replace_takes_along_what_was_owned_by_the_old_one():
    losses = lost(WEB, live_object(WEB), live_object(WEB_SET, WEB), action=Action.REPLACE)
    assert [loss.through for loss in losses.values()] == [Through.REPLACE, Through.OWNER]


def test_an_object_goes_with_the_last_of_its_owners():
    estate = [live_object(WEB), live_object(REDIS), live_object(POD, WEB, REDIS)]
    assert POD not in lost(WEB, *estate)
    both = blast(plan(change(Action.DELETE, WEB), change(Action.DELETE, REDIS)), live(*estate))
    assert [loss.id for loss in both] == [WEB, REDIS, POD]


def test_owners_that_are_gone_already_keep_nobody():
    gone = object_id("Job", "gone")
    assert POD in lost(WEB, live_object(WEB), live_object(POD, WEB, gone))


def test_a_definition_takes_its_own_kind_alone():
    definition = live_object(DEFINITION, spec={"group": "example", "names": {"kind": "Shop"}})
    losses = lost(DEFINITION, definition, live_object(SHOPS), live_object(OTHER_GROUP))
    assert [(loss.id, loss.through) for loss in losses.values()] == [(DEFINITION, Through.DELETE), (SHOPS, Through.DEFINITION)]


@pytest.mark.parametrize(("policy", "goes"), [("Delete", True), ("Retain", False), (None, False)])
def test_a_volume_goes_by_its_reclaim_policy(policy, goes):
    spec = {"claimRef": {"namespace": "shop", "name": "redis-0"}, "persistentVolumeReclaimPolicy": policy}
    assert (VOLUME in lost(CLAIM, live_object(CLAIM), live_object(VOLUME, spec=spec))) is goes


@pytest.mark.parametrize(
    ("of", "body", "holds"),
    [
        (CLAIM, {"status": {"capacity": {"storage": "10Gi"}}}, "a volume of 10Gi"),
        (CLAIM, {"spec": {"resources": {"requests": {"storage": "1Gi"}}}}, "a volume of 1Gi"),
        (CLAIM, {}, "a volume"),
        (VOLUME, {"spec": {"capacity": {"storage": "5Gi"}}}, "5Gi of storage"),
        (object_id("Secret", "s"), {"data": {"a": "x", "b": "y"}}, "2 keys"),
        (object_id("ConfigMap", "c"), {"data": {"a": "x"}, "binaryData": None}, "1 key"),
        (object_id("ConfigMap", "c"), {"data": "broken"}, ""),
        (object_id("ConfigMap", "kube-root-ca.crt"), {"data": {"ca.crt": "x"}}, ""),
        (object_id("Secret", "s", group="example"), {"data": {"a": "x"}}, ""),
        (WEB, {"data": {"a": "x"}}, ""),
    ],
)
def test_what_holds_data(of, body, holds):
    assert lost(of, live_object(of, **body))[of].holds == holds


def test_finalizers_that_somebody_else_serves_are_named():
    metadata = {"finalizers": ["kubernetes.io/pvc-protection", "backup.example/keep"]}
    assert lost(CLAIM, live_object(CLAIM, metadata=metadata))[CLAIM].finalizers == ("backup.example/keep",)
    assert lost(CLAIM, live_object(CLAIM, metadata={"finalizers": "broken"}))[CLAIM].finalizers == ()


def test_what_is_not_in_the_snapshot_is_said():
    loss = lost(CLAIM)[CLAIM]
    assert not loss.is_seen
    assert loss.holds == ""


def test_rings_end():
    losses = lost(SHOP, live_object(SHOP), live_object(POD, JOB), live_object(JOB, POD), live_object(MAP, MAP))
    assert set(losses) == {SHOP, POD, JOB, MAP}
