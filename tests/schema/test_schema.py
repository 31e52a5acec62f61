"""The structured-merge engine: quantities, sets of fields, merges, patches, and who owns what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopskit.schema import ownership
from gitopskit.schema.fieldset import difference, from_fields_v1, intersection, paths, to_fields_v1, union
from gitopskit.schema.library import bundled
from gitopskit.schema.merge import compare, merge, to_fieldset
from gitopskit.schema.patches import json_patch, merge_patch, strategic_merge_patch
from gitopskit.schema.quantity import canonicalise, multiply
from gitopskit.schema.quantity import compare as compare_quantities
from gitopskit.schema.typed import check_typed

LIBRARY = bundled()
MAP = LIBRARY.type_of("", "v1", "ConfigMap")
DEPLOYMENT = LIBRARY.type_of("apps", "v1", "Deployment")
POD = LIBRARY.type_of("", "v1", "Pod")


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("0.1", "100m"), ("1000", "1k"), ("1024Mi", "1Gi"), ("1500Mi", "1500Mi"), ("1e3", "1e3"), ("0.5Gi", "512Mi"), ("1.5", "1500m"),
        ("0", "0"), ("100m", "100m"), ("2000m", "2"), ("1G", "1G"), ("-1.5", "-1500m"), ("0.0000000001", "1n"), ("12E", "12E"), (5, "5"),
        ("1E3", "1E3"), ("1e0", "1e0"), ("10e-1", "1"), ("1.500", "1.500"), ("0.500", "500m"), ("+1500", "+1500"), ("08Mi", "8Mi"),
        ("+5Mi", "+5Mi"), ("1024.5", "1024500m"), ("1Ki", "1Ki"), ("1024.25Ki", "1048832"), ("1500.125", "1500.125"),
        ("8388608Ti", "9223372036854775807"),
    ],
)  # fmt: skip
def test_quantities(text, stored):
    assert canonicalise(text) == stored
    assert compare_quantities(text, stored) == 0


@pytest.mark.parametrize(
    ("text", "times", "product"),
    [("512Mi", 3, "1536Mi"), ("512Mi", 4, "2Gi"), ("500m", 4, "2"), ("1", 1000, "1k"), ("1e3", 2, "2e3"), ("5Gi", 0, "0")],
)
def test_multiplied_quantities(text, times, product):
    assert multiply(text, times) == product


@pytest.mark.parametrize("text", ["", "x", "1x", "1 Gi", "1.2.3", "Gi", "--1"])
def test_no_quantities(text):
    with pytest.raises(ValueError, match="quantities must match"):
        canonicalise(text)


TREES = st.recursive(
    st.just({}), lambda inner: st.dictionaries(st.sampled_from(["f:a", "f:b", 'k:{"n":1}', "."]), inner, max_size=3), max_leaves=8
)


def clean(fields):
    """Return a FieldsV1 object in which a point has nothing below it, as servers write it."""
    found = {name: {} if name == "." else clean(below) for name, below in fields.items()}
    return {} if set(found) == {"."} else found


@given(TREES.map(clean), TREES.map(clean))
def test_field_sets(one, other):
    left, right = from_fields_v1(one), from_fields_v1(other)
    assert to_fields_v1(left) == one
    both = set(paths(left)) | set(paths(right))
    assert set(paths(union(left, right))) == both
    assert set(paths(intersection(left, right))) == set(paths(left)) & set(paths(right))
    assert set(paths(difference(left, right))) == set(paths(left)) - set(paths(right))


def containers(*names, **fields):
    return {"spec": {"template": {"spec": {"containers": [{"name": name, **fields} for name in names]}}}}


def test_stated_items_keep_their_order_between_those_of_others():
    merged = merge(containers("c0", "c1"), containers("zb", "c0"), DEPLOYMENT)
    assert [item["name"] for item in merged["spec"]["template"]["spec"]["containers"]] == ["zb", "c0", "c1"]


def test_a_port_is_known_with_its_default_protocol():
    one = {"spec": {"containers": [{"name": "a", "ports": [{"containerPort": 80}]}]}}
    other = {"spec": {"containers": [{"name": "a", "ports": [{"containerPort": 80, "protocol": "UDP"}]}]}}
    [container] = merge(one, other, POD)["spec"]["containers"]
    assert len(container["ports"]) == 2
    fields = to_fields_v1(to_fieldset(one, POD))["f:spec"]["f:containers"]['k:{"name":"a"}']
    assert list(fields["f:ports"]) == ['k:{"containerPort":80,"protocol":"TCP"}']


@pytest.mark.parametrize(
    ("body", "said"),
    [({"x": 1}, ".x: field not declared in schema"), (containers("a", "a"), 'duplicate entries for key [name="a"]'),
     ({"metadata": {"labels": "x"}}, ".metadata.labels: expected map")],
)  # fmt: skip
def test_what_does_not_fit_is_named(body, said):
    with pytest.raises(ValueError, match=r"expected|declared|duplicate") as caught:
        check_typed(body, DEPLOYMENT)
    assert said in str(caught.value)


BODIES = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"), max_size=3).map(lambda data: {"data": data} if data else {})


@given(BODIES, BODIES)
def test_compare_and_merge(one, other):
    assert compare(one, one, MAP).modified == compare(one, one, MAP).added == compare(one, one, MAP).removed == {}
    merged = merge(one, other, MAP)
    assert merge(merged, other, MAP) == merged
    assert merged.get("data", {}) == one.get("data", {}) | other.get("data", {})


def apply(live, manager, data, time="T1", **rest):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}
    return ownership.apply(live, body, MAP, ownership.Write(manager=manager, api_version="v1", time=time, **rest)).object


def owners(body):
    return {entry["manager"]: sorted(entry["fieldsV1"].get("f:data", {})) for entry in body["metadata"]["managedFields"]}


def test_ownership_from_first_apply_to_last():
    one = apply(None, "one", {"k": "v"})
    assert owners(one) == {"one": ["f:k"]}
    assert apply(one, "one", {"k": "v"}, time="T2") == one, "the same again moves nothing, not even the time"
    both = apply(one, "two", {"k": "v"})
    assert owners(both) == {"one": ["f:k"], "two": ["f:k"]}
    with pytest.raises(ownership.Conflicts) as caught:
        apply(both, "two", {"k": "w"})
    assert [(item.manager, item.path) for item in caught.value.items] == [("one", ("data", "k"))]
    taken = apply(both, "two", {"k": "w"}, force=True)
    assert (owners(taken), taken["data"]) == ({"two": ["f:k"]}, {"k": "w"})
    more = apply(taken, "two", {"l": "m"})
    assert more["data"] == {"l": "m"}, "what only its owner stated goes with it"
    assert more["metadata"]["name"] == "a"


def test_an_update_takes_what_it_changes():
    one = apply(None, "one", {"k": "v", "l": "m"})
    changed = {**one, "data": {"k": "hand"}}
    after = ownership.update(one, changed, MAP, ownership.Write(manager="hand", api_version="v1", time="T2"))
    assert owners(after) == {"hand": ["f:k"]}


def test_at_most_ten_updaters_are_told_apart():
    body = apply(None, "one", {"k": "v"})
    for number in range(14):
        new = {**body, "data": {**body["data"], f"n{number:02}": "x"}}
        body = ownership.update(body, new, MAP, ownership.Write(manager=f"m{number:02}", api_version="v1", time=f"T{number:02}"))
    updaters = [entry["manager"] for entry in body["metadata"]["managedFields"] if entry["operation"] == "Update"]
    assert len(updaters) == 10
    assert "ancient-changes" in updaters


def test_patches():
    assert merge_patch({"a": 1, "b": {"c": 2}}, {"a": None, "b": {"d": 3}}) == {"b": {"c": 2, "d": 3}}
    assert json_patch({"a": [1]}, [{"op": "add", "path": "/a/-", "value": 2}]) == {"a": [1, 2]}
    with pytest.raises(ValueError, match="not equal"):
        json_patch({"a": 1}, [{"op": "test", "path": "/a", "value": 2}])
    patched = strategic_merge_patch(containers("a", "b", image="i"), containers("b", image="j"), DEPLOYMENT)
    assert [(c["name"], c["image"]) for c in patched["spec"]["template"]["spec"]["containers"]] == [("a", "i"), ("b", "j")]
