"""Who set which field, and whether what we would apply is what we did apply."""

import pytest

from gitopskit.model.paths import SetValue, list_key, render_path
from gitopskit.model.values import mask
from gitopskit.planning.managed import entries, leaves, our_entry, owners, owns, path_named, states_exactly
from gitopskit.schema.library import bundled
from gitopskit.schema.types import UNTYPED, Type

LIBRARY = bundled()


def live(*, data=None, fields, **more):
    entry = {"manager": "gitopskit", "operation": "Apply", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z", "fieldsV1": fields}
    return {"kind": "ConfigMap", "metadata": {"name": "a", "managedFields": [entry]}, "data": data or {}, **more}


def of(manager, operation="Update", subresource="", **fields):
    found = {"manager": manager, "operation": operation, "fieldsType": "FieldsV1", "fieldsV1": fields}
    return found | ({"subresource": subresource} if subresource else {})


PORTS = {
    "f:spec": {
        "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}},
        "f:args": {},
        "f:set": {'v:"x"': {}},
    }
}


@pytest.mark.parametrize(
    ("path", "is_owned"),
    [
        (("spec",), True),
        (("spec", "ports"), True),
        (("spec", "ports", list_key(containerPort=80, protocol="TCP")), True),
        (("spec", "ports", list_key(containerPort=80, protocol="TCP"), "containerPort"), True),
        (("spec", "ports", list_key(containerPort=80, protocol="TCP"), "name"), False),
        (("spec", "ports", list_key(containerPort=80, protocol="UDP")), False),
        (("spec", "args", 0), True),
        (("spec", "set", SetValue("x")), True),
        (("spec", "set", SetValue("y")), False),
        (("metadata", "labels"), False),
    ],
)
def test_a_set_holds_fields_what_is_below_and_wholes(path, is_owned):
    assert owns(PORTS, path) is is_owned


def test_owners_are_told_with_their_subresource():
    body = {
        "metadata": {"managedFields": [of("kubectl", subresource="scale", **{"f:spec": {"f:replicas": {}}}), of("x", **{"f:data": {}})]}
    }
    assert [str(owner) for owner in owners(body, ("spec", "replicas"))] == ["kubectl (Update via scale)"]


def test_only_our_own_apply_is_ours():
    body = {"metadata": {"managedFields": [of("gitopskit"), of("gitopskit", "Apply", "status"), of("kubectl", "Apply")]}}
    assert our_entry(body) is None
    body["metadata"]["managedFields"].append(of("gitopskit", "Apply"))
    assert our_entry(body) == entries(body)[-1]
    assert our_entry({}) is None


def test_leaves_are_values_and_not_what_holds_them():
    assert {render_path(path) for path in leaves(PORTS)} == {
        '.spec.ports[containerPort=80,protocol="TCP"].containerPort', ".spec.args", '.spec.set[="x"]',
    }  # fmt: skip


def test_a_printed_path_is_found_among_what_is_owned():
    body = {"metadata": {"managedFields": [of("a", **PORTS), of("b", **{"f:data": {"f:a.b": {}}})]}}
    assert path_named(body, '.spec.ports[containerPort=80,protocol="TCP"]') == ("spec", "ports", list_key(containerPort=80, protocol="TCP"))
    assert path_named(body, ".data.a.b") == ("data", "a.b")
    assert path_named(body, ".data.a") is None


DESIRED = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}, "data": {"k": "v"}}
FIELDS = {"f:data": {"f:k": {}}}

SURE = {
    "just what was applied": (DESIRED, live(data={"k": "v"}, fields=FIELDS), True),
    "others have more": (DESIRED, live(data={"k": "v", "other": "x"}, fields=FIELDS), True),
    "another value": (DESIRED, live(data={"k": "w"}, fields=FIELDS), False),
    "we own more than is desired": (DESIRED, live(data={"k": "v", "l": "x"}, fields={"f:data": {"f:k": {}, "f:l": {}}}), False),
    "we do not own it": (DESIRED, live(data={"k": "v"}, fields={"f:data": {"f:j": {}}}), False),
    "true is not one": (DESIRED | {"data": {"k": True}}, live(data={"k": 1}, fields=FIELDS), False),
    "a label that we own is dropped": (DESIRED, live(data={"k": "v"}, fields=FIELDS | {"f:metadata": {"f:labels": {"f:a": {}}}}), False),
    "it is gone": (DESIRED, live(data={}, fields=FIELDS), False),
    "null": (DESIRED | {"data": {"k": None}}, live(data={"k": None}, fields=FIELDS), False),
    "a status, which some kinds store": (DESIRED | {"status": {"x": 1}}, live(data={"k": "v"}, fields=FIELDS), False),
    "nothing stated, nothing owned": ({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}}, live(fields={}), True),
}


@pytest.mark.parametrize("case", SURE)
def test_what_needs_no_request(case):
    desired, body, expected = SURE[case]
    assert states_exactly(desired, body, UNTYPED) is expected


PORT_FIELDS = {
    "f:spec": {
        "f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}, 'k:{"port":81,"protocol":"TCP"}': {".": {}, "f:port": {}}}
    }
}
LIVE_PORTS = [{"port": 80, "protocol": "TCP", "targetPort": 80}, {"port": 81, "protocol": "TCP", "targetPort": 81}]


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ([{"port": 80}, {"port": 81}], True),
        ([{"port": 81}, {"port": 80}], False),  # another order is a change
        ([{"port": 80}], False),
        ([{"port": 80}, {"port": 82}], False),
        ([{"port": 80, "protocol": "UDP"}, {"port": 81}], False),
        ([{"port": 80, "protocol": "TCP"}, {"port": 81}], False),  # states more than we own: not sure
        ([{"port": 80}, 81], False),
        ([{"port": 80}, {"port": 80}], False),  # a twin is an error
    ],
)
def test_keyed_lists_with_the_key_that_the_server_fills_in(ports, expected):
    body = live(fields=PORT_FIELDS, spec={"ports": LIVE_PORTS})
    desired = {"apiVersion": "v1", "metadata": {"name": "a"}, "spec": {"ports": ports}}
    assert states_exactly(desired, body, UNTYPED) is expected


@pytest.mark.parametrize(
    ("finalizers", "expected"),
    [
        (["x", "w"], True), (["x"], False), (["x", "y"], False), ([], False),
        (["w", "x"], False),  # another order is a change
        (["x", "x"], False),  # a twin is an error
        (["x", "w", "w"], False), ([["x"], "w"], False),
    ],
)  # fmt: skip
def test_sets(finalizers, expected):
    fields = {"f:metadata": {"f:finalizers": {".": {}, 'v:"x"': {}, 'v:"w"': {}}}}
    body = live(fields=fields)
    body["metadata"]["finalizers"] = ["z", "x", "w"]
    desired = {"apiVersion": "v1", "metadata": {"name": "a", "finalizers": finalizers}}
    assert states_exactly(desired, body, UNTYPED) is expected


@pytest.mark.parametrize(("stated", "expected"), [("pw", True), ("other", False)])
def test_texts_of_a_secret_are_known_again_in_its_content(stated, expected):
    fields = {"f:stringData": {"f:p": {}}}
    kept = {"p": mask("cHc=", key=b"k", compared_as=b"pw"), "old": mask("eA==", key=b"k")}
    body = live(fields=fields, data=kept) | {"kind": "Secret"}
    desired = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringData": {"p": mask(stated, key=b"k")}}
    assert states_exactly(desired, body, UNTYPED) is expected


ATOMIC = {"type": "object", "x-kubernetes-map-type": "atomic", "additionalProperties": {"type": "string"}}


@pytest.mark.parametrize(("theirs", "expected"), [({"f:status": {}}, True), ({"f:data": {"f:k": {}}}, False)])
def test_a_whole_of_which_others_own_parts_is_not_ours_as_one_value(theirs, expected):
    body = live(data={"k": "v"}, fields={"f:data": {}})
    body["metadata"]["managedFields"].append(of("other", **theirs))
    assert states_exactly(DESIRED, body, Type({"properties": {"data": ATOMIC}}, {})) is expected


def test_another_version_is_not_sure():
    assert not states_exactly(DESIRED | {"apiVersion": "v2"}, live(data={"k": "v"}, fields=FIELDS), UNTYPED)


POLICY = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a"}}
FILLED_IN = {"podSelector": {}, "policyTypes": ["Ingress"]}


@pytest.mark.parametrize(
    ("spec", "fields", "expected"),
    [
        (FILLED_IN, {"f:spec": {}}, False),  # we stated it empty, and the server filled it in: now it would become ours
        (FILLED_IN, {"f:spec": {"f:podSelector": {}, "f:policyTypes": {}}}, True),
        ({"podSelector": {"matchLabels": {"a": "b"}}}, {"f:spec": {"f:podSelector": {}}}, True),  # a selector is one value
        ({"podSelector": {"matchLabels": {"a": "b"}}}, {"f:spec": {"f:podSelector": {"f:matchLabels": {"f:a": {}}}}}, False),
    ],
)
def test_a_structure_that_was_stated_empty_is_not_owned_as_one_value(spec, fields, expected):
    ours = {"manager": "gitopskit", "operation": "Apply", "apiVersion": POLICY["apiVersion"], "fieldsV1": fields}
    body = {**POLICY, "metadata": {"name": "a", "managedFields": [ours]}, "spec": FILLED_IN | spec}
    kind = LIBRARY.type_of("networking.k8s.io", "v1", "NetworkPolicy")
    assert states_exactly({**POLICY, "spec": spec}, body, kind) is expected


def test_without_a_type_nothing_counts_as_one_value():
    body = live(fields={"f:spec": {"f:args": {}}}, spec={"args": ["a"]})
    desired = {"apiVersion": "v1", "metadata": {"name": "a"}, "spec": {"args": ["a"]}}
    assert not states_exactly(desired, body, None)
    assert states_exactly(desired, body, UNTYPED), "a list that no schema knows is one value"
