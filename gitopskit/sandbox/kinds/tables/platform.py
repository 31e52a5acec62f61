"""Columns of the kinds that a platform is made of: admission, certificates, storage drivers, devices, flow control."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gitopskit.sandbox.kinds.tables.columns import AGE, CREATED_AT, Column, Object, column, field, joined, pairs
from gitopskit.sandbox.machinery.registry import StorageKey

_FLOW = "flowcontrol.apiserver.k8s.io"
AGELESS: frozenset[StorageKey] = frozenset(
    {
        ("", "componentstatuses"),
        ("", "podtemplates"),
        ("certificates.k8s.io", "clustertrustbundles"),
        ("certificates.k8s.io", "podcertificaterequests"),
        ("networking.k8s.io", "ipaddresses"),
        ("storagemigration.k8s.io", "storageversionmigrations"),
    }
)


ORDER: Mapping[StorageKey, Callable[[Object], Any]] = {  # by what the rows are sorted that are not shown by name
    (_FLOW, "flowschemas"): lambda obj: (obj["spec"].get("matchingPrecedence", 0), obj["metadata"]["name"])
}


def _dangling(obj: Object) -> str:
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return next((item["status"] for item in conditions if item["type"] == "Dangling"), "?")


def _size(name: str, path: str) -> Column:
    read = field(path, ())
    return column(name, lambda obj: len(read(obj)), kind="integer")


def _flag(name: str, path: str) -> Column:
    return column(name, field(path, False), kind="boolean")


def _param_kind(obj: Object) -> str:
    kind = obj["spec"].get("paramKind") or {}
    return f"{kind.get('apiVersion')}/{kind.get('kind')}" if kind else "<unset>"


def _param_reference(obj: Object) -> str:
    reference = obj["spec"].get("paramRef") or {}
    if not reference:
        return "<unset>"
    return f"{reference.get('namespace', '*')}/{reference.get('name', '*')}"


def _service(obj: Object) -> str:
    service = obj["spec"].get("service")
    return f"{service['namespace']}/{service['name']}" if service else "Local"


def _available(obj: Object) -> str:
    for item in (obj.get("status") or {}).get("conditions") or ():
        if item["type"] == "Available":
            return "True" if item["status"] == "True" else f"{item['status']} ({item['reason']})"
    return "Unknown"


def _request_state(obj: Object) -> str:
    kinds = [item["type"] for item in (obj.get("status") or {}).get("conditions") or ()]
    state = ",".join(kind for kind in ("Approved", "Denied", "Failed") if kind in kinds) or "Pending"
    return f"{state},Issued" if (obj.get("status") or {}).get("certificate") else state


def _requested_duration(obj: Object) -> str:
    seconds = obj["spec"].get("expirationSeconds")
    return f"{seconds}s" if seconds else "<none>"


def _reference(obj: Object) -> str:
    parent = obj["spec"].get("parentRef") or {}
    parts = (parent.get("resource"), parent.get("group"), parent.get("namespace"), parent.get("name"))
    resource = ".".join(part for part in parts[:2] if part)
    return "/".join(part for part in (resource, *parts[2:]) if part)


def _claim_state(obj: Object) -> str:
    status = obj.get("status") or {}
    if obj["metadata"].get("deletionTimestamp"):
        return "deleted"
    shown = [word for word, key in (("allocated", "allocation"), ("reserved", "reservedFor")) if status.get(key)]
    return ",".join(shown) or "pending"


_CONTAINERS = field("template.spec.containers", ())
_ADMISSION = "admissionregistration.k8s.io"
_STORAGE = "storage.k8s.io"
_QUEUING = "spec.limited.limitResponse.queuing"
_BINDING = [column("PolicyName", field("spec.policyName")), column("ParamRef", _param_reference)]

COLUMNS: Mapping[StorageKey, Sequence[Column]] = {
    ("", "componentstatuses"): [column("Status", field("status")), column("Message", field("message")), column("Error", field("error"))],
    ("", "podtemplates"): [
        column("Containers", lambda obj: ",".join(c["name"] for c in _CONTAINERS(obj))),
        column("Images", lambda obj: ",".join(c.get("image", "") for c in _CONTAINERS(obj))),
        column("Pod Labels", lambda obj: pairs(field("template.metadata.labels", {})(obj))),
    ],
    ("apiregistration.k8s.io", "apiservices"): [column("Service", _service), column("Available", _available)],
    ("certificates.k8s.io", "certificatesigningrequests"): [
        AGE,
        column("SignerName", field("spec.signerName")),
        column("Requestor", field("spec.username")),
        column("RequestedDuration", _requested_duration),
        column("Condition", _request_state),
    ],
    ("certificates.k8s.io", "clustertrustbundles"): [column("SignerName", field("spec.signerName"))],
    ("certificates.k8s.io", "podcertificaterequests"): [
        column("PodName", field("spec.podName")),
        column("ServiceAccountName", field("spec.serviceAccountName")),
        column("NodeName", field("spec.nodeName")),
        column("SignerName", field("spec.signerName")),
        column("State", _request_state),
        column("UnverifiedUserAnnotations", lambda obj: pairs(field("spec.unverifiedUserAnnotations", {})(obj))),
    ],
    ("networking.k8s.io", "ipaddresses"): [column("ParentRef", _reference)],
    ("networking.k8s.io", "servicecidrs"): [column("CIDRs", lambda obj: joined(obj["spec"].get("cidrs") or ()))],
    (_STORAGE, "csidrivers"): [
        _flag("AttachRequired", "spec.attachRequired"),
        _flag("PodInfoOnMount", "spec.podInfoOnMount"),
        _flag("StorageCapacity", "spec.storageCapacity"),
        column(
            "TokenRequests", lambda obj: joined(t["audience"] for t in obj["spec"].get("tokenRequests") or ()).replace("<none>", "<unset>")
        ),
        _flag("RequiresRepublish", "spec.requiresRepublish"),
        column("Modes", lambda obj: joined(obj["spec"].get("volumeLifecycleModes") or ())),
    ],
    (_STORAGE, "csinodes"): [_size("Drivers", "spec.drivers")],
    (_STORAGE, "csistoragecapacities"): [CREATED_AT],
    (_STORAGE, "volumeattachments"): [
        Column(name="Attacher", cell=lambda obj, _: obj["spec"].get("attacher", ""), format="name"),
        column("PV", field("spec.source.persistentVolumeName")),
        column("Node", field("spec.nodeName")),
        _flag("Attached", "status.attached"),
    ],
    (_STORAGE, "volumeattributesclasses"): [column("DriverName", field("driverName"))],
    (_ADMISSION, "mutatingadmissionpolicies"): [_size("Mutations", "spec.mutations"), column("ParamKind", _param_kind)],
    (_ADMISSION, "validatingadmissionpolicies"): [_size("Validations", "spec.validations"), column("ParamKind", _param_kind)],
    (_ADMISSION, "mutatingadmissionpolicybindings"): _BINDING,
    (_ADMISSION, "validatingadmissionpolicybindings"): _BINDING,
    ("node.k8s.io", "runtimeclasses"): [column("Handler", field("handler"))],
    ("resource.k8s.io", "devicetaintrules"): [
        column("Key", field("spec.taint.key")),
        column("Value", field("spec.taint.value")),
        column("Effect", field("spec.taint.effect")),
        column("TimeAdded", field("spec.taint.timeAdded")),
    ],
    ("resource.k8s.io", "resourceclaims"): [column("State", _claim_state)],
    ("resource.k8s.io", "resourceslices"): [
        column("Node", field("spec.nodeName", "<unset>")),
        column("Driver", field("spec.driver")),
        column("Pool", field("spec.pool.name")),
    ],
    (_FLOW, "flowschemas"): [
        column("PriorityLevel", field("spec.priorityLevelConfiguration.name")),
        column("MatchingPrecedence", lambda obj: str(obj["spec"].get("matchingPrecedence", 0))),
        column("DistinguisherMethod", field("spec.distinguisherMethod.type", "<none>")),
        AGE,
        column("MissingPL", _dangling),
    ],
    (_FLOW, "prioritylevelconfigurations"): [
        column("Type", field("spec.type")),
        column("NominalConcurrencyShares", lambda obj: str(field("spec.limited.nominalConcurrencyShares", "<none>")(obj))),
        column("Queues", lambda obj: str(field(f"{_QUEUING}.queues", "<none>")(obj))),
        column("HandSize", lambda obj: str(field(f"{_QUEUING}.handSize", "<none>")(obj))),
        column("QueueLengthLimit", lambda obj: str(field(f"{_QUEUING}.queueLengthLimit", "<none>")(obj))),
    ],
    ("storagemigration.k8s.io", "storageversionmigrations"): [
        column("Resource", field("spec.resource.resource")),
        column(
            "Status", lambda obj: ",".join(c["type"] for c in (obj.get("status") or {}).get("conditions") or () if c["status"] == "True")
        ),
    ],
}
