"""In which order steps are taken."""

from hypothesis import given
from hypothesis import strategies as st

from gitopskit.model.changes import Action, Change, Confidence, Judgement, Method
from gitopskit.model.ids import ObjectId
from gitopskit.planning.order import PRUNE_WAVE, WAVE_NAMES, in_order, wave_of

JUDGED = Judgement(method=Method.COMPARED, confidence=Confidence.EXACT)
KINDS = {
    "": ["Namespace", "ConfigMap", "Secret", "Service", "Pod", "ServiceAccount"],
    "apps": ["Deployment", "StatefulSet"],
    "apiextensions.k8s.io": ["CustomResourceDefinition"],
    "example.org": ["Widget"],
}
IDS = st.sampled_from([(group, kind) for group, kinds in KINDS.items() for kind in kinds]).flatmap(
    lambda pair: st.builds(
        ObjectId, group=st.just(pair[0]), kind=st.just(pair[1]), namespace=st.sampled_from(["", "a"]), name=st.text("ab", max_size=2)
    )
)


def change(object_id, action):
    wave = PRUNE_WAVE if action is Action.DELETE else wave_of(object_id)
    return Change(id=object_id, action=action, reason="", judgement=JUDGED, wave=wave)


CHANGES = st.lists(st.builds(change, IDS, st.sampled_from([Action.CREATE, Action.UPDATE, Action.DELETE, Action.NO_OP])), max_size=12)


@given(CHANGES)
def test_waves_rise_and_deletes_come_last_in_reverse(changes):
    ordered = in_order(changes)
    assert sorted(map(repr, ordered)) == sorted(map(repr, changes))
    assert [c.wave for c in ordered] == sorted(c.wave for c in ordered)
    deletes = [wave_of(c.id) for c in ordered if c.action is Action.DELETE]
    assert deletes == sorted(deletes, reverse=True)


@given(CHANGES, st.randoms())
def test_the_order_does_not_depend_on_the_order_of_files(changes, random):
    unique = list({(c.id, c.action is Action.DELETE): c for c in changes}.values())
    shuffled = list(unique)
    random.shuffle(shuffled)
    assert in_order(shuffled) == in_order(unique)


def test_what_others_live_in_comes_first_and_custom_resources_last():
    kinds = [ObjectId(group=group, kind=kind, namespace="", name="a") for group, listed in KINDS.items() for kind in listed]
    waves = {object_id.kind: WAVE_NAMES[wave_of(object_id)] for object_id in kinds}
    assert waves == {
        "Namespace": "namespaces and definitions",
        "CustomResourceDefinition": "namespaces and definitions",
        "ConfigMap": "rights and configuration",
        "Secret": "rights and configuration",
        "ServiceAccount": "rights and configuration",
        "Service": "services",
        "Pod": "workloads",
        "Deployment": "workloads",
        "StatefulSet": "workloads",
        "Widget": "the rest",
    }
