"""What differs, field by field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopskit.model.changes import FieldAction
from gitopskit.model.paths import render_path
from gitopskit.model.values import Sensitive
from gitopskit.planning.diff import declared, differences, stated_fields, value_at

ADD, CHANGE, REMOVE = FieldAction.ADD, FieldAction.CHANGE, FieldAction.REMOVE


def told(before, after):
    return [(render_path(field.path), field.action, field.before, field.after) for field in differences(before, after)]


def containers(*items):
    return {"spec": {"containers": list(items)}}


WEB, SIDE = {"name": "web", "image": "a:1"}, {"name": "side", "image": "b:1"}
ENV_A, ENV_B = {"name": "A", "value": "1"}, {"name": "B", "value": "2"}

PAIRS = {
    "nothing": ({"data": {"a": "b"}}, {"data": {"a": "b"}}, []),
    "added": ({}, {"data": {"a": "b"}}, [(".data.a", ADD, None, "b")]),
    "removed": ({"data": {"a": "b"}}, {}, [(".data.a", REMOVE, "b", None)]),
    "changed": ({"data": {"a": "b"}}, {"data": {"a": "c"}}, [(".data.a", CHANGE, "b", "c")]),
    "empty to absent": ({"data": {}}, {}, [(".data", REMOVE, {}, None)]),
    "absent to empty": ({}, {"data": {}}, [(".data", ADD, None, {})]),
    "status is not compared": ({"status": {"a": 1}}, {"status": {"a": 2}}, []),
    "what the server keeps is not compared": ({"metadata": {"uid": "1", "generation": 1}}, {"metadata": {"uid": "2", "generation": 2}}, []),
    "labels are": ({"metadata": {"labels": {"a": "1"}}}, {"metadata": {"labels": {"a": "2"}}}, [(".metadata.labels.a", CHANGE, "1", "2")]),
    "dots in a key": ({"data": {"a.b": "1"}}, {"data": {"a.b": "2"}}, [(".data.a.b", CHANGE, "1", "2")]),
    "item of a keyed list": (
        containers(WEB, SIDE), containers(WEB, SIDE | {"image": "b:2"}), [('.spec.containers[name="side"].image', CHANGE, "b:1", "b:2")],
    ),
    "keyed items moved": (containers(WEB, SIDE), containers(SIDE, WEB), []),
    "keyed item added": (
        containers(WEB), containers(SIDE, WEB),
        [('.spec.containers[name="side"].name', ADD, None, "side"), ('.spec.containers[name="side"].image', ADD, None, "b:1")],
    ),
    "ports by number and protocol": (
        containers(WEB | {"ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}]}),
        containers(WEB | {"ports": [{"containerPort": 80, "protocol": "UDP"}, {"containerPort": 80, "name": "x"}]}),
        [('.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"].name', ADD, None, "x")],
    ),
    "scalars as a whole": ({"spec": {"args": ["a", "b"]}}, {"spec": {"args": ["a"]}}, [(".spec.args", CHANGE, ["a", "b"], ["a"])]),
    "one key twice is no key": (
        {"spec": {"env": [ENV_A, ENV_A]}}, {"spec": {"env": [ENV_A, ENV_B]}}, [(".spec.env", CHANGE, [ENV_A, ENV_A], [ENV_A, ENV_B])],
    ),
    "items without the key": ({"rules": [{"x": 1}]}, {"rules": [{"x": 2}]}, [(".rules", CHANGE, [{"x": 1}], [{"x": 2}])]),
    "another type": ({"spec": {"port": 80}}, {"spec": {"port": "80"}}, [(".spec.port", CHANGE, 80, "80")]),
    "one is not true": ({"spec": {"on": True}}, {"spec": {"on": 1}}, [(".spec.on", CHANGE, True, 1)]),
    "map to scalar": ({"spec": {"a": {"b": 1}}}, {"spec": {"a": 1}}, [(".spec.a", CHANGE, {"b": 1}, 1)]),
    "secrets by fingerprint": (
        {"data": {"p": Sensitive("f", "x"), "q": Sensitive("g", "x")}}, {"data": {"p": Sensitive("f", "y"), "q": Sensitive("h", "x")}},
        [(".data.q", CHANGE, Sensitive("g"), Sensitive("h"))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PAIRS)
def test_pairs(case):
    before, after, expected = PAIRS[case]
    assert told(before, after) == expected


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text("ab", max_size=2))
NAMES = st.text("abc.", min_size=1, max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda below: st.one_of(
        st.dictionaries(NAMES, below, max_size=3),
        st.lists(below, max_size=3),
        st.lists(st.fixed_dictionaries({"name": st.text("ab", min_size=1, max_size=1), "value": below}), max_size=3),
    ),
    max_leaves=12,
)
BODIES = st.dictionaries(st.sampled_from(["spec", "data", "rules"]), VALUES, max_size=3)


@given(BODIES)
def test_nothing_differs_from_itself(body):
    assert differences(body, body) == ()


@given(BODIES, BODIES)
def test_every_difference_tells_true_values(before, after):
    for field in differences(before, after):
        if field.action is not FieldAction.ADD:
            assert value_at(before, field.path) == field.before
        if field.action is not FieldAction.REMOVE:
            assert value_at(after, field.path) == field.after


@given(BODIES, BODIES)
def test_the_way_back_is_the_same_way(before, after):
    opposite = {FieldAction.ADD: FieldAction.REMOVE, FieldAction.REMOVE: FieldAction.ADD, FieldAction.CHANGE: FieldAction.CHANGE}
    there = {(field.path, opposite[field.action]) for field in differences(before, after)}
    back = {(field.path, field.action) for field in differences(after, before)}
    assert there == back


@given(BODIES, BODIES)
def test_nothing_is_told_only_where_nothing_but_order_differs(before, after):
    if not differences(before, after):
        assert sorted_lists(declared(before)) == sorted_lists(declared(after))


def sorted_lists(value):
    if isinstance(value, dict):
        return {name: sorted_lists(item) for name, item in value.items()}
    if isinstance(value, list):
        return sorted((sorted_lists(item) for item in value), key=repr)
    return (type(value), value)


def test_a_create_states_neither_identity_nor_status():
    body = {
        "apiVersion": "v1",
        "kind": "X",
        "metadata": {"name": "a", "namespace": "b", "labels": {"c": "d"}},
        "spec": {"e": {}},
        "status": {"f": 1},
    }
    assert [render_path(field.path) for field in stated_fields(body)] == [".metadata.labels.c", ".spec.e"]
    assert stated_fields({"kind": "X", "metadata": {"name": "a"}}) == ()
