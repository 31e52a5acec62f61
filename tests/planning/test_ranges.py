"""Which integers a server would silently wrap."""

import pytest

from gitopskit.planning.ranges import out_of_range, wrapped_integers
from gitopskit.schema.types import Type

COMPONENTS = {
    "spec": {
        "properties": {
            "replicas": {"type": "integer", "format": "int32"},
            "big": {"type": "integer", "format": "int64"},
            "plain": {"type": "integer"},
            "port": {"type": "string", "format": "int-or-string"},
            "crd": {"x-kubernetes-int-or-string": True},
            "quantity": {"type": "string"},
            "items": {"type": "array", "items": {"allOf": [{"$ref": "#/components/schemas/spec"}]}},
            "map": {"additionalProperties": {"type": "integer", "format": "int32"}},
        }
    }
}
SCHEMA = {"properties": {"spec": {"allOf": [{"$ref": "#/components/schemas/spec"}], "default": {}}}}


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"replicas": 2**31 - 1}, None),
        ({"replicas": 2**31}, ".spec.replicas: 2147483648 does not fit into int32"),
        ({"replicas": -(2**31) - 1}, ".spec.replicas"),
        ({"replicas": 4294967298}, "4294967298"),
        ({"replicas": 1e20}, ".spec.replicas"),
        ({"replicas": True}, None),
        ({"replicas": "4294967298"}, None),
        ({"big": 2**63 - 1}, None),
        ({"big": 2**63}, "int64"),
        ({"plain": 2**63}, "int64"),
        ({"port": 2**31}, "int32"),
        ({"crd": 2**31}, "int32"),
        ({"port": "2147483648"}, None),
        ({"quantity": 2**40}, None),
        ({"items": [{"replicas": 1}, {"replicas": 2**31}]}, ".spec.items[1].replicas"),
        ({"map": {"a": 2**31}}, ".spec.map.a"),
        ({"unknown": 2**31}, None),
    ],
)
def test_ranges(spec, said):
    found = out_of_range({"spec": spec}, Type(SCHEMA, COMPONENTS))
    assert len(found) == (said is not None)
    assert said is None or said in found[0]


def test_references_that_lead_nowhere_allow_everything():
    assert out_of_range({"spec": 2**70}, Type({"properties": {"spec": {"$ref": "#/components/schemas/gone"}}}, COMPONENTS)) == []


def test_what_came_back_other_than_it_was_sent():
    sent = {"spec": {"replicas": 4294967298, "paused": True, "name": "x", "ports": [{"port": 1}]}}
    assert wrapped_integers(sent, {"spec": {"replicas": 2, "paused": True, "name": "y", "ports": [{"port": 1, "protocol": "TCP"}]}}) == [
        ".spec.replicas: the server makes 2 of 4294967298"
    ]
    assert wrapped_integers(sent, sent) == []
    assert wrapped_integers({"spec": {"cpu": 1}}, {"spec": {"cpu": "1"}}) == [], "a quantity is text"
