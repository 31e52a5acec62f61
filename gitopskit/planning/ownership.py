"""Whose object, and whose field, is this?

A field that somebody set by hand on one of our objects is drift, and taking it back is what people run GitOps for. A field that a
controller sets, or that another tool applies, is not ours to take silently: fighting an autoscaler helps nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gitopskit.model.changes import Conflict, FieldOwner
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.paths import render_path
from gitopskit.model.plan import PlanOptions
from gitopskit.planning.inventory import PART_OF_LABEL
from gitopskit.planning.managed import owners

PEOPLES_TOOLS: Final = (
    "kubectl", "oc", "k9s", "lens", "openlens", "freelens", "headlamp", "dashboard", "kubernetes-dashboard", "octant", "rancher-ui",
    "mozilla", "openapi-generator", "python", "python-requests", "python-urllib3", "python-httpx", "node-fetch", "axios",
    "curl", "wget", "postman", "postmanruntime", "httpie",
)  # fmt: skip
_KEEP: Final[Mapping[str, str]] = {
    "helm.sh/resource-policy": "keep",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
    "client.lifecycle.config.k8s.io/deletion": "detach",
    "cli-utils.sigs.k8s.io/on-remove": "keep",
}


def is_by_hand(owner: FieldOwner) -> bool:
    """Whether a person's tool set the field, rather than a controller or another applier.

    A tool that is not in the list is taken for a controller. That errs on the safe side: its fields are then shown as contested, and
    can be taken one by one.

    Examples
    --------
    >>> is_by_hand(FieldOwner(name="kubectl-edit", operation="Update"))
    True
    >>> is_by_hand(FieldOwner(name="kube-controller-manager", operation="Update"))
    False
    """
    name = owner.name.lower()
    return owner.operation == "Update" and any(name == tool or name.startswith(f"{tool}-") for tool in PEOPLES_TOOLS)


def is_forced(conflict: Conflict, object_id: ObjectId, live: Object, options: PlanOptions, inventory_id: str) -> bool:
    """Whether the plan takes this contested field over."""
    if f"{object_id}: {render_path(conflict.path)}" in options.force_fields:
        return True
    if options.adopt and conflict.owner.name.startswith("kubectl"):
        return True
    return options.force_drift and live.labels.get(PART_OF_LABEL) == inventory_id and is_by_hand(conflict.owner)


def other_owner(live: Object, inventory_id: str) -> str:
    """Return the evidence that another tool or controller manages the whole object; empty when none does."""
    metadata: Mapping[str, Any] = live.body.get("metadata") or {}
    labels, annotations = live.labels, live.annotations
    for owner in metadata.get("ownerReferences") or ():
        if owner.get("controller"):
            return f"controlled by {owner.get('kind')} {owner.get('name')}"
    part_of = labels.get(PART_OF_LABEL, inventory_id)
    if part_of != inventory_id:
        return f"member of another set: {PART_OF_LABEL}={part_of}"
    if release := annotations.get("meta.helm.sh/release-name"):
        return f"Helm release {annotations.get('meta.helm.sh/release-namespace', '')}/{release}"
    if tracking := annotations.get("argocd.argoproj.io/tracking-id") or labels.get("argocd.argoproj.io/instance"):
        return f"Argo CD application {str(tracking).partition(':')[0]}"
    for tool in ("kustomize", "helm"):
        if name := labels.get(f"{tool}.toolkit.fluxcd.io/name"):
            return f"Flux {tool} {labels.get(f'{tool}.toolkit.fluxcd.io/namespace', '')}/{name}"
    return ""


def keep_reason(live: Object) -> str:
    """Return why a member must not be pruned; empty when it may be."""
    for name, value in _KEEP.items():
        if live.annotations.get(name) == value:
            return f"kept by its annotation {name}: {value}"
    if "Prune=false" in str(live.annotations.get("argocd.argoproj.io/sync-options", "")):
        return "kept by its annotation argocd.argoproj.io/sync-options: Prune=false"
    if live.body.get("metadata", {}).get("ownerReferences"):
        return "kept: it belongs to its owner, who removes it"
    if not any(map(_is_applied, owners(live.body, ("metadata", "labels", PART_OF_LABEL)))):
        return "kept: no apply has made it a member, the label was put on it otherwise"
    return ""


def _is_applied(owner: FieldOwner) -> bool:
    """Whether a label came by an apply; controllers copy labels (of a Service to its Endpoints), and people put them on by hand."""
    return owner.operation == "Apply" or owner.name == "kubectl-client-side-apply"
