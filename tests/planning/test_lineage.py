"""Owner references become a tree that ends, whatever somebody wrote into them."""

from itertools import pairwise

import pytest

from gitopskit.planning.lineage import Place, roots, trace, walk
from tests.views.charts.samples import live, live_object, object_id

NODE = object_id("Node", "n1", "")
SET, POD, OTHER, SECOND = (object_id(kind, name) for kind, name in (("ReplicaSet", "a"), ("Pod", "a-1"), ("Pod", "b"), ("Job", "j")))
ELSEWHERE = object_id("ReplicaSet", "a", "docs")


def test_children_stand_below_their_owners():
    lineage = trace(live(live_object(POD, SET), live_object(SET), live_object(OTHER)))
    assert lineage.children == {SET: (POD,)}
    assert lineage.owners == {POD: (SET,)}
    assert list(roots(lineage, [POD, SET, OTHER])) == [SET, OTHER]
    assert list(walk(lineage, [SET])) == [Place(id=SET, parent=None, depth=0), Place(id=POD, parent=SET, depth=1)]


def test_the_controller_comes_first_and_an_object_stands_once():
    references = [
        {"kind": "Job", "name": "j", "uid": str(SECOND)},
        {"kind": "ReplicaSet", "name": "a", "uid": str(SET), "controller": True},
    ]
    lineage = trace(live(live_object(SET), live_object(SECOND), live_object(POD, metadata={"ownerReferences": [*references, *references]})))
    assert lineage.owners[POD] == (SET, SECOND)
    assert [place.id for place in walk(lineage, [SET, SECOND])] == [SET, SECOND, POD]


@pytest.mark.parametrize(
    ("owner", "child", "is_owned"),
    [(SET, POD, True), (NODE, POD, True), (ELSEWHERE, POD, False), (SET, NODE, False)],
    ids=["beside", "of the cluster", "in another namespace", "of a namespaced owner"],
)
def test_an_owner_is_in_the_same_namespace_or_in_none(owner, child, is_owned):
    lineage = trace(live(live_object(owner), live_object(child, owner)))
    assert (child in lineage.owners) is is_owned
    assert (child in lineage.missing) is not is_owned


def test_another_incarnation_of_the_owner_is_missing():
    lineage = trace(live(live_object(SET, uid="a new one"), live_object(POD, SET)))
    assert lineage.missing == {POD: ("ReplicaSet a",)}
    assert list(roots(lineage, [POD])) == [POD]


@pytest.mark.parametrize("references", [None, "x", {"uid": "x"}, [None, "x", {}], [{"uid": {"a": 1}}]])
def test_references_that_are_none_own_nothing(references):
    lineage = trace(live(live_object(POD, metadata={"ownerReferences": references}), live_object(SET, uid="")))
    assert lineage.owners == {}


def test_rings_are_walked_once_from_one_of_theirs():
    lineage = trace(live(live_object(OTHER, SET), live_object(SET, POD), live_object(POD, SET), live_object(SECOND, SECOND)))
    starts = list(roots(lineage, [OTHER, SET, POD, SECOND]))
    assert starts == [SET, SECOND], "what hangs below a ring is no root"
    assert sorted(place.id for place in walk(lineage, starts)) == sorted([OTHER, SET, POD, SECOND])


def test_an_owner_outside_the_listing_makes_a_root_of_the_nearest_inside():
    lineage = trace(live(live_object(NODE), live_object(SET, NODE), live_object(POD, SET)))
    assert list(roots(lineage, [POD, SET])) == [SET]


def test_a_chain_of_ten_thousand_is_walked():
    chain = [object_id("Pod", str(number)) for number in range(10_000)]
    lineage = trace(live(live_object(chain[0]), *(live_object(one, owner) for owner, one in pairwise(chain))))
    assert [place.depth for place in walk(lineage, roots(lineage, chain))] == list(range(10_000))
