"""Rules and policies that could not work are refused when they are written, with everything that is wrong about them."""

import pytest

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
BINDINGS = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"


def definition(rule, **beside):
    spec = {"type": "object", "properties": {"size": {"type": "integer"}, "items": {"type": "array", "items": {"type": "string"}}}}
    place = beside.pop("below", None)
    (spec["properties"]["items"]["items"] if place else spec)["x-kubernetes-validations"] = [{"rule": rule, **beside}]
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    names = {"plural": "things", "kind": "Thing"}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": schema}]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.org"},
        "spec": {"group": "example.org", "scope": "Namespaced", "names": names, "versions": versions},
    }


@pytest.mark.parametrize(
    ("crd", "field", "told"),
    [
        (definition("self.sice > 1"), "rule", "undefined field 'sice'"),
        (definition("self.size"), "rule", "must evaluate to a bool"),
        (definition("self.size > 1", messageExpression="self.size"), "messageExpression", "must evaluate to a string"),
        (definition("self.size > 1", messageExpression="self.nothing"), "messageExpression", "undefined field"),
        (definition("semver('1.0.0').major() == self.size"), "rule", "undeclared reference to 'semver'"),
        (definition("self == oldSelf", below=True), "rule", "oldSelf cannot be used"),
        (definition(" "), "rule", "rule is not specified"),
        (definition("true", fieldPath=".nothing"), "fieldPath", "must be a valid path"),
        (definition("true", reason="Wrong"), "reason", "supported values"),
        (definition("true", message=" "), "message", "message must be non-empty if specified"),
        (definition("true\n&& true"), "message", "message must be specified if rule contains line breaks"),
    ],
)
def test_a_definition_with_an_unsound_rule_is_refused(client, crd, field, told):
    answer = client("POST", CRDS, crd)
    assert answer.status == 422
    [cause] = answer.body["details"]["causes"]
    assert cause["field"].endswith(f"x-kubernetes-validations[0].{field}")
    assert told in cause["message"]


def policy(**spec):
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}]
    spec = {"matchConstraints": {"resourceRules": rules}, **spec}
    return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "p"}, "spec": spec}


@pytest.mark.parametrize(
    ("spec", "field", "told"),
    [
        ({"validations": [{"expression": "objeqt.metadata.name == 'a'"}]}, "validations[0].expression", "undeclared reference to 'objeqt'"),
        ({"validations": [{"expression": "params.a == 'a'"}]}, "validations[0].expression", "undeclared reference to 'params'"),
        ({"validations": [{"expression": "variables.a == 'a'"}]}, "validations[0].expression", "undefined field 'a'"),
        ({"validations": [{"expression": "request.verb == 'a'"}]}, "validations[0].expression", "undefined field 'verb'"),
        (
            {"validations": [{"expression": "authorizer.path('/').check('get')"}]},
            "validations[0].expression",
            "does not know it",
        ),
        (
            {"validations": [{"expression": "true", "messageExpression": "1"}]},
            "validations[0].messageExpression",
            "must evaluate to string",
        ),
        ({"validations": [{"expression": "'a'"}]}, "validations[0].expression", "must evaluate to bool"),
        (
            {"matchConditions": [{"name": "a", "expression": "objeqt"}], "validations": [{"expression": "true"}]},
            "matchConditions[0].expression",
            "undeclared reference",
        ),
    ],
)
def test_a_policy_with_an_unsound_expression_is_refused(client, spec, field, told):
    answer = client("POST", POLICIES, policy(**spec))
    assert answer.status == 422
    [cause] = answer.body["details"]["causes"]
    assert cause["field"] == f"spec.{field}"
    assert told in cause["message"]


@pytest.mark.parametrize("actions", [[], ["Deny", "Warn"], ["Deny", "Deny"], ["Shout"]])
def test_a_binding_needs_actions_that_go_together(client, actions):
    body = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "b"},
        "spec": {"policyName": "p", "validationActions": actions},
    }
    answer = client("POST", BINDINGS, body)
    assert answer.status == 422
    assert all(cause["field"].startswith("spec.validationActions") for cause in answer.body["details"]["causes"])


def test_a_mutating_policy_is_kept_and_said_not_to_be_applied(client):
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    patch = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{data: {'a': 'b'}}"}}
    spec = {"matchConstraints": {"resourceRules": [rule]}, "failurePolicy": "Fail", "reinvocationPolicy": "Never", "mutations": [patch]}
    body = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy", "metadata": {"name": "p"}, "spec": spec}
    answer = client("POST", POLICIES.replace("validating", "mutating"), body)
    assert answer.status == 201, answer.body
    assert "does not apply them" in answer.warnings[0]
