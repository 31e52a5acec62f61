"""A plan stays in the namespaces and kinds of the policy."""

from dataclasses import replace

import pytest

from gitopskit.apply import Policy
from gitopskit.apply.guards.scope import ScopeGuard
from gitopskit.model.ids import ObjectId
from gitopskit.model.snapshot import Inventory
from tests.apply.conftest import with_plan

CASES = {
    "protected": (("", "ConfigMap", "kube-system"), True, {}, "protected_namespaces"),
    "namespace": (("", "Namespace", ""), False, {}, "allow_namespaces"),
    "protected namespace": (("", "Namespace", ""), False, {"protected_namespaces": ("x",)}, "protected_namespaces"),
    "definition": (("apiextensions.k8s.io", "CustomResourceDefinition", ""), False, {}, "allow_definitions"),
    "rights": (("rbac.authorization.k8s.io", "Role", "shop"), True, {}, "allow_rights"),
    "cluster": (("storage.k8s.io", "StorageClass", ""), False, {}, "allow_cluster_scoped"),
    "listed": (("apps", "Deployment", "shop"), True, {"allowed_kinds": ("ConfigMap",)}, "allowed_kinds"),
    "fine": (("apps", "Deployment", "shop"), True, {}, ""),
}


@pytest.mark.parametrize("case", CASES)
def test_rules(attempt, case):
    (group, kind, namespace), is_namespaced, switches, rule = CASES[case]
    identity = ObjectId(group=group, kind=kind, namespace=namespace, name="x")
    step = replace(attempt.plan.changes[0], id=identity, is_namespaced=is_namespaced)
    refusals = ScopeGuard().check(replace(with_plan(attempt, changes=(step,)), policy=replace(Policy.strict(), **switches)))
    assert [rule in refusal.what and refusal.id == identity for refusal in refusals] == [True] * bool(rule)
    assert (
        case == "protected namespace" or ScopeGuard().check(replace(with_plan(attempt, changes=(step,)), policy=Policy.for_sandbox())) == ()
    )


def test_the_set_itself_is_not_kept_in_a_protected_namespace(attempt):
    inventory = Inventory(id="x", group_kind="ConfigMap", namespace="kube-system", name="set")
    kept = replace(with_plan(attempt, inventory=inventory), policy=Policy.strict())
    [refusal] = [refusal for refusal in ScopeGuard().check(kept) if refusal.id is None]
    assert "kept in namespace kube-system" in refusal.what
    assert ScopeGuard().check(replace(kept, policy=Policy.for_sandbox())) == ()
