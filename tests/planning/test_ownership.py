"""Whose field and whose object it is, and what may be taken back."""

from dataclasses import replace

import pytest

from gitopskit.model.changes import Conflict, FieldOwner
from gitopskit.model.objects import Object
from gitopskit.model.plan import PlanOptions
from gitopskit.planning.inventory import PART_OF_LABEL
from gitopskit.planning.ownership import is_by_hand, is_forced, keep_reason, other_owner

SET = "applyset-ours-v1"
ARGO = FieldOwner(name="argocd-controller", operation="Apply")
KUBECTL = FieldOwner(name="kubectl-edit", operation="Update")


@pytest.mark.parametrize(
    "name", ["kubectl", "kubectl-edit", "kubectl-client-side-apply", "k9s", "oc", "Lens", "Mozilla", "OpenAPI-Generator", "curl"]
)
def test_tools_of_people(name):
    assert is_by_hand(FieldOwner(name=name, operation="Update"))
    assert not is_by_hand(FieldOwner(name=name, operation="Apply")), "who applies means it to stay"


@pytest.mark.parametrize(
    "name",
    ["kube-controller-manager", "argocd-controller", "helm", "manager", "vpa-recommender", "kubectlx", "octopus", ""],
)
def test_everybody_else_is_taken_for_a_controller(name):
    assert not is_by_hand(FieldOwner(name=name, operation="Update"))


def member(config_map, set_id=SET) -> Object:
    return config_map(labels={PART_OF_LABEL: set_id})


FORCED = {
    "by hand on our member": (KUBECTL, SET, PlanOptions(), True),
    "by hand on somebody else's": (KUBECTL, "applyset-other-v1", PlanOptions(), False),
    "by hand, and not wanted": (KUBECTL, SET, PlanOptions(force_drift=False), False),
    "a controller": (FieldOwner(name="kube-controller-manager", operation="Update"), SET, PlanOptions(), False),
    "another applier": (FieldOwner(name="kubectl", operation="Apply"), SET, PlanOptions(), False),
    "kubectl's apply on adoption": (FieldOwner(name="kubectl", operation="Apply"), SET, PlanOptions(adopt=True), True),
    "another applier on adoption": (ARGO, SET, PlanOptions(adopt=True), False),
    "named": (ARGO, SET, PlanOptions(force_fields=("ConfigMap shop/settings: .data.a",)), True),
    "another one named": (ARGO, SET, PlanOptions(force_fields=("ConfigMap shop/settings: .data.b",)), False),
}  # fmt: skip


@pytest.mark.parametrize("case", FORCED)
def test_what_is_taken_over(case, config_map):
    owner, set_id, options, expected = FORCED[case]
    live = member(config_map, set_id)
    assert is_forced(Conflict(path=("data", "a"), owner=owner), live.id, live, options, SET) is expected


OWNERS = {
    "nobody": ({}, ""),
    "our set": ({"labels": {PART_OF_LABEL: SET}}, ""),
    "another set": ({"labels": {PART_OF_LABEL: "applyset-x-v1"}}, "member of another set"),
    "a controller": ({"ownerReferences": [{"kind": "ReplicaSet", "name": "web", "controller": True}]}, "controlled by ReplicaSet web"),
    "an owner that does not control": ({"ownerReferences": [{"kind": "ReplicaSet", "name": "web"}]}, ""),
    "Helm": ({"annotations": {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "a"}}, "Helm release a/shop"),
    "a mere word": ({"labels": {"app.kubernetes.io/managed-by": "Helm"}}, ""),
    "Argo CD": ({"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:a/web"}}, "Argo CD application shop"),
    "Argo CD by label": ({"labels": {"argocd.argoproj.io/instance": "shop"}}, "Argo CD application shop"),
    "Flux": (
        {"labels": {"kustomize.toolkit.fluxcd.io/name": "shop", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}},
        "Flux kustomize flux-system/shop",
    ),
}


@pytest.mark.parametrize("case", OWNERS)
def test_evidence_of_other_owners(case, config_map):
    metadata, expected = OWNERS[case]
    assert other_owner(config_map(**metadata), SET).startswith(expected)
    assert bool(other_owner(config_map(**metadata), SET)) is bool(expected)


@pytest.mark.parametrize(
    ("metadata", "is_kept"),
    [
        ({}, False),
        ({"annotations": {"helm.sh/resource-policy": "keep"}}, True),
        ({"annotations": {"helm.sh/resource-policy": "delete"}}, False),
        ({"annotations": {"argocd.argoproj.io/sync-options": "Prune=false,Replace=true"}}, True),
        ({"annotations": {"argocd.argoproj.io/sync-options": "Prune=confirm"}}, False),
        ({"ownerReferences": [{"kind": "X", "name": "a"}]}, True),
    ],
)
def test_what_is_kept_from_pruning(metadata, is_kept, config_map):
    assert bool(keep_reason(config_map(**metadata, managedFields=labelled("gitopskit", "Apply")))) is is_kept


def labelled(manager, operation):
    return [{"manager": manager, "operation": operation, "fieldsV1": {"f:metadata": {"f:labels": {f"f:{PART_OF_LABEL}": {}}}}}]


@pytest.mark.parametrize(
    ("manager", "operation", "is_kept"),
    [
        ("gitopskit", "Apply", False),
        ("kubectl", "Apply", False),
        ("kubectl-client-side-apply", "Update", False),
        ("kubectl-label", "Update", True),
        ("kube-controller-manager", "Update", True),
    ],
)
def test_only_an_apply_makes_a_member(manager, operation, is_kept, config_map):
    assert bool(keep_reason(config_map(managedFields=labelled(manager, operation)))) is is_kept


def test_nobody_knows_who_made_it_a_member(config_map):
    assert "no apply" in keep_reason(config_map())


def test_annotations_that_are_secret_do_not_disturb(config_map):
    item = config_map(annotations=None, labels=None)
    assert other_owner(replace(item, body={**item.body}), SET) == ""
