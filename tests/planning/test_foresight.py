"""What a schema alone says of a new object."""

import pytest

from gitopskit.model.values import mask
from gitopskit.planning.foresight import foresee
from gitopskit.schema.library import bundled
from gitopskit.schema.types import Type

LIBRARY = bundled()
CLAIM = {
    "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "a"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1024Mi"}}},
}  # fmt: skip
RULE = [{"rule": "self > 1"}]
TEXT, ANYTHING = {"type": "string"}, {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
LAMP = Type({"type": "object", "properties": {
    "apiVersion": TEXT, "kind": TEXT, "metadata": ANYTHING,
    "spec": {"type": "object", "required": ["watts"], "x-kubernetes-validations": RULE, "properties": {
        "watts": {"type": "integer", "default": 5, "maximum": 100, "x-kubernetes-validations": RULE},
        "colour": {"type": "string", "enum": ["red", "white"]},
        "token": {"type": "string", "maxLength": 3},
    }},
}}, {})  # fmt: skip


def lamp(**spec):
    return foresee({"apiVersion": "example.org/v1", "kind": "Lamp", "metadata": {"name": "a"}, "spec": spec}, LAMP, is_built_in=False)


def test_amounts_are_spelled_as_the_server_spells_them():
    found = foresee(CLAIM, LIBRARY.type_of("", "v1", "PersistentVolumeClaim"), is_built_in=True)
    assert found.body["spec"]["resources"]["requests"] == {"storage": "1Gi"}
    assert found.problems == ()
    assert CLAIM["spec"]["resources"]["requests"] == {"storage": "1024Mi"}, "what is desired stays as it was"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"volumeNam": "x"}, ".spec.volumeNam: field not declared in schema"),
        ({"accessModes": "ReadWriteOnce"}, ".spec.accessModes: expected list"),
        ({"resources": {"requests": {"storage": {}}}}, "storage"),
    ],
)
def test_what_does_not_fit_a_built_in_kind(spec, said):
    body = CLAIM | {"spec": CLAIM["spec"] | spec}
    [problem] = foresee(body, LIBRARY.type_of("", "v1", "PersistentVolumeClaim"), is_built_in=True).problems
    assert said in problem


def test_nonsense_of_an_amount_is_left_as_it_is():
    body = CLAIM | {"spec": {"resources": {"requests": {"storage": "much"}}}}
    assert foresee(body, LIBRARY.type_of("", "v1", "PersistentVolumeClaim"), is_built_in=True).body == body


def test_an_integer_that_would_be_wrapped():
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": 2**32 + 1}}
    [problem] = foresee(body, LIBRARY.type_of("apps", "v1", "Deployment"), is_built_in=True).problems
    assert "4294967297" in problem


@pytest.mark.parametrize("spec", [{}, {"watts": None}])
def test_defaults_are_filled_in_before_values_are_checked(spec):
    assert lamp(**spec).body["spec"] == {"watts": 5}
    assert lamp(**spec).problems == ()


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"watts": 101}, "spec.watts: Invalid value: 101: spec.watts in body should be less than or equal to 100"),
        ({"colour": "blue"}, 'spec.colour: Unsupported value: "blue": supported values: "red", "white"'),
        ({"shade": 1}, ".spec.shade: field not declared in schema"),
    ],
)
def test_what_does_not_fit_a_definition(spec, said):
    assert lamp(**spec).problems == (said,)


def test_rules_that_nobody_asked_are_counted():
    assert lamp(watts=1).unasked == 2


def test_a_secret_is_not_looked_into():
    found = lamp(token=mask("canary", key=b"k"))
    assert found.problems == ()
    assert "canary" not in repr(found)
