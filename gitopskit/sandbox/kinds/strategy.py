"""What the server decides about an object regardless of what was sent: status, generation, identity.

A table says per kind what differs from the common rule: the main resource never writes ``status``, the status subresource writes nothing
else, and ``generation`` counts changes of what was asked for.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.schema.amounts import quality_of_service
from gitopskit.schema.fieldset import Tree, from_fields_v1

Object = dict[str, Any]

_KEEPS_STATUS_ON_CREATE = {("", "Node")}
_NO_GENERATION = {
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("", "Namespace"),
    ("", "Node"),
    ("", "Event"),
    ("", "Endpoints"),
    ("", "ResourceQuota"),
    ("", "LimitRange"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("coordination.k8s.io", "Lease"),
    ("storage.k8s.io", "StorageClass"),
    ("storage.k8s.io", "CSINode"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "VolumeAttachment"),
    ("apiregistration.k8s.io", "APIService"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("apps", "ControllerRevision"),
    ("node.k8s.io", "RuntimeClass"),
    ("certificates.k8s.io", "CertificateSigningRequest"),
    ("events.k8s.io", "Event"),
}
_BESIDE_STATUS = {"status", "metadata", "kind", "apiVersion"}
_KEEPS_LABELS = {"Deployment"}
_ANNOTATIONS_COUNT = {("apps", "Deployment")}
CREATES_ON_UPDATE = {
    ("", "services"),
    ("", "endpoints"),
    ("", "limitranges"),
    ("", "events"),
    ("rbac.authorization.k8s.io", "roles"),
    ("rbac.authorization.k8s.io", "clusterroles"),
    ("rbac.authorization.k8s.io", "rolebindings"),
    ("rbac.authorization.k8s.io", "clusterrolebindings"),
    ("coordination.k8s.io", "leases"),
    ("node.k8s.io", "runtimeclasses"),
}
RETURNS_DELETED = {
    ("", "pods"),
    ("", "services"),
    ("", "serviceaccounts"),
    ("", "namespaces"),
    ("", "persistentvolumes"),
    ("", "persistentvolumeclaims"),
    ("", "resourcequotas"),
    ("", "podtemplates"),
    ("storage.k8s.io", "storageclasses"),
    ("storage.k8s.io", "csidrivers"),
    ("storage.k8s.io", "csinodes"),
    ("storage.k8s.io", "volumeattachments"),
    ("resource.k8s.io", "resourceclaims"),
}


def has_status(resource: Resource) -> bool:
    """Whether the main resource leaves ``status`` to a subresource."""
    return "status" in resource.subresources


def reset_fields(resource: Resource, subresource: str) -> Tree:
    """Return the fields that a write through a subresource (or none) leaves alone."""
    if subresource == "status":
        kept: Object = {"f:metadata": {}} if resource.crd else {"f:metadata": {"f:labels": {}}} if resource.kind in _KEEPS_LABELS else {}
        return from_fields_v1({"f:spec": {}, **kept})
    return from_fields_v1({"f:status": {}}) if subresource or has_status(resource) else {}


def prepare_create(resource: Resource, obj: Object, now: str) -> None:
    """Give a new object its identity and drop what a creator may not set."""
    metadata = obj["metadata"]
    for name in ("resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "uid"):
        metadata.pop(name, None)
    metadata["uid"] = str(uuid.uuid4())
    metadata["creationTimestamp"] = now
    key = (resource.group, resource.kind)
    if has_status(resource) and key not in _KEEPS_STATUS_ON_CREATE:
        obj.pop("status", None)
    if key not in _NO_GENERATION:
        metadata["generation"] = 1
    special = _CREATE.get(key)
    if special:
        special(obj)
    if key == ("", "PersistentVolume"):
        obj["status"] = {"phase": "Pending", "lastPhaseTransitionTime": now}


def prepare_update(resource: Resource, new: Object, old: Mapping[str, Any]) -> None:
    """Carry over what an update through the main resource may not change, and count the generation."""
    _keep_identity(new, old)
    if has_status(resource):
        _restore(new, old, "status")
    key = (resource.group, resource.kind)
    special = _UPDATE.get(key)
    if special:
        special(new, old)
    metadata = new["metadata"]
    before = old["metadata"].get("generation")
    if key in _NO_GENERATION:
        metadata.pop("generation", None)
        if before is not None:
            metadata["generation"] = before
    else:
        left_out = {"metadata", "kind", "apiVersion"} | ({"status"} if has_status(resource) or not resource.crd else set())
        changed = _asked(new, left_out) != _asked(old, left_out)
        if key in _ANNOTATIONS_COUNT:
            changed = changed or metadata.get("annotations") != old["metadata"].get("annotations")
        metadata["generation"] = (before or 0) + changed


def prepare_status(resource: Resource, new: Object, old: Mapping[str, Any]) -> None:
    """Keep everything but ``status`` and most metadata as it was."""
    _keep_identity(new, old)
    if resource.crd:
        kept = {name: new["metadata"][name] for name in ("managedFields", "resourceVersion") if name in new["metadata"]}
        new["metadata"] = {**old["metadata"], **kept}
    if new["kind"] in _KEEPS_LABELS:
        _restore(new["metadata"], old["metadata"], "labels")
    _restore(new["metadata"], old["metadata"], "generation")
    for name in [name for name in new if name not in _BESIDE_STATUS]:
        del new[name]
    for name, value in old.items():
        if name not in _BESIDE_STATUS:
            new[name] = value


def prepare_finalize(new: Object, old: Mapping[str, Any]) -> None:
    """Keep the status of a namespace whose own finalizers change."""
    _keep_identity(new, old)
    _restore(new, old, "status")


def _keep_identity(new: Object, old: Mapping[str, Any]) -> None:
    metadata, before = new["metadata"], old["metadata"]
    if "deletionTimestamp" in before:
        metadata["deletionTimestamp"] = before["deletionTimestamp"]
    for name in ("uid", "creationTimestamp", "namespace", "deletionGracePeriodSeconds"):
        if not metadata.get(name):
            _restore(metadata, before, name)
    metadata["creationTimestamp"] = before["creationTimestamp"]
    metadata.pop("selfLink", None)


def _restore(new: Object, old: Mapping[str, Any], name: str) -> None:
    if name in old:
        new[name] = old[name]
    else:
        new.pop(name, None)


def _asked(obj: Mapping[str, Any], left_out: set[str]) -> dict[str, Any]:
    return {name: value for name, value in obj.items() if name not in left_out}


def _new_pod(obj: Object) -> None:
    obj["status"] = {"phase": "Pending", "qosClass": quality_of_service(obj["spec"])}
    if obj["spec"].get("schedulingGates"):
        moments = {"lastProbeTime": None, "lastTransitionTime": obj["metadata"]["creationTimestamp"]}
        obj["status"]["conditions"] = [{**_GATED, **moments}]


_GATED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "SchedulingGated",
    "message": "Scheduling is blocked due to non-empty scheduling gates",
}


def _new_namespace(obj: Object) -> None:
    finalizers = obj.setdefault("spec", {}).get("finalizers") or []
    obj["spec"]["finalizers"] = finalizers if "kubernetes" in finalizers else [*finalizers, "kubernetes"]
    obj["status"] = {"phase": "Active"}


def _new_job(obj: Object) -> None:
    """Give a Job the selector and labels that keep its Pods apart from all others."""
    spec, metadata = obj["spec"], obj["metadata"]
    if spec.get("manualSelector"):
        return
    uid, name = metadata["uid"], metadata["name"]
    labels = spec["template"].setdefault("metadata", {}).setdefault("labels", {})
    for key, value in (("job-name", name), ("controller-uid", uid)):
        labels[key] = labels[f"batch.kubernetes.io/{key}"] = value
    spec.setdefault("selector", {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}})


def _new_service(obj: Object) -> None:
    """Name the cluster IP among the cluster IPs, as only creation does."""
    spec = obj["spec"]
    if spec.get("clusterIP") and not spec.get("clusterIPs"):
        spec["clusterIPs"] = [spec["clusterIP"]]


def _kept_namespace(new: Object, old: Mapping[str, Any]) -> None:
    new["spec"] = old["spec"]
    new["status"] = old["status"]


def _new_daemon_set(obj: Object) -> None:
    annotations = obj["metadata"].setdefault("annotations", {})
    annotations["deprecated.daemonset.template.generation"] = "1"


def _kept_daemon_set(new: Object, old: Mapping[str, Any]) -> None:
    key = "deprecated.daemonset.template.generation"
    count = int((old["metadata"].get("annotations") or {}).get(key, "1"))
    count += new["spec"].get("template") != old["spec"].get("template")
    new["metadata"].setdefault("annotations", {})[key] = str(count)


def _kept_pod(new: Object, old: Mapping[str, Any]) -> None:
    new["status"] = old["status"]


_CREATE: Mapping[tuple[str, str], Callable[[Object], None]] = {
    ("", "Pod"): _new_pod,
    ("", "Namespace"): _new_namespace,
    ("", "Service"): _new_service,
    ("batch", "Job"): _new_job,
    ("apps", "DaemonSet"): _new_daemon_set,
}


def _kept_definition(new: Object, old: Mapping[str, Any]) -> None:
    """Note in which versions objects may be stored."""
    stored = [version["name"] for version in new["spec"].get("versions") or () if version.get("storage")]
    known = (old.get("status") or {}).get("storedVersions") or []
    if stored and stored[0] not in known and "status" in new:
        new["status"] = {**new["status"], "storedVersions": [*known, stored[0]]}


_UPDATE: Mapping[tuple[str, str], Callable[[Object, Mapping[str, Any]], None]] = {
    ("", "Namespace"): _kept_namespace,
    ("apps", "DaemonSet"): _kept_daemon_set,
    ("", "Pod"): _kept_pod,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _kept_definition,
}
