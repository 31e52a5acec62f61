"""Columns of everything that does not make Pods: configuration, network, storage, rights, the cluster itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from gitopskit.sandbox.kinds.tables.columns import AGE, CREATED_AT, Column, Object, age, column, field, joined, pairs, selector
from gitopskit.sandbox.machinery.registry import StorageKey

_ROLE_PREFIX = "node-role.kubernetes.io/"
_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def _data_count(obj: Object) -> int:
    return len(obj.get("data") or ()) + len(obj.get("binaryData") or ())


def _node_status(obj: Object) -> str:
    conditions = {c["type"]: c["status"] for c in (obj.get("status") or {}).get("conditions") or ()}
    ready = {"True": "Ready", "False": "NotReady"}.get(conditions.get("Ready", ""), "NotReady" if "Ready" in conditions else "Unknown")
    return ready + (",SchedulingDisabled" if obj["spec"].get("unschedulable") else "")


def _roles(obj: Object) -> str:
    labels = obj["metadata"].get("labels") or {}
    return joined(sorted(key.removeprefix(_ROLE_PREFIX) for key in labels if key.startswith(_ROLE_PREFIX)))


def _address(kind: str) -> Column:
    def show(obj: Object) -> str:
        found = [a["address"] for a in (obj.get("status") or {}).get("addresses") or () if a["type"] == kind]
        return found[0] if found else "<none>"

    return column("Internal-IP" if kind == "InternalIP" else "External-IP", show, wide=True)


def _node(name: str, key: str) -> Column:
    return column(name, field(f"status.nodeInfo.{key}", "<unknown>"), wide=True)


def _kernel(obj: Object) -> str:
    known = (obj.get("status") or {}).get("nodeInfo") or {}
    if not known.get("kernelVersion"):
        return "<unknown>"
    return f"{known['kernelVersion']} ({known['architecture']})" if known.get("architecture") else str(known["kernelVersion"])


def _external_ip(obj: Object) -> str:
    spec = obj["spec"]
    ingress = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    addresses = [*(item.get("ip") or item.get("hostname", "") for item in ingress), *(spec.get("externalIPs") or ())]
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName", ""))
    if addresses:
        return ",".join(addresses)
    return "<pending>" if spec.get("type") == "LoadBalancer" else "<none>"


def _service_ports(obj: Object) -> str:
    shown = []
    for port in obj["spec"].get("ports") or ():
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        shown.append(f"{port['port']}{node}/{port.get('protocol', 'TCP')}")
    return joined(shown)


def _endpoints(obj: Object) -> str:
    shown = [
        f"{address['ip']}:{port['port']}"
        for subset in obj.get("subsets") or ()
        for port in subset.get("ports") or ()
        for address in subset.get("addresses") or ()
    ]
    more = f" + {len(shown) - 3} more..." if len(shown) > 3 else ""
    return joined(shown[:3]) + more


def _slice_ports(obj: Object) -> str:
    return joined(port.get("port", "*") for port in obj.get("ports") or ()) if obj.get("ports") else "<unset>"


def _slice_endpoints(obj: Object) -> str:
    shown = [address for endpoint in obj.get("endpoints") or () for address in endpoint.get("addresses") or ()]
    more = f" + {len(shown) - 3} more..." if len(shown) > 3 else ""
    return joined(shown[:3]) + more if shown else "<unset>"


def _hosts(obj: Object) -> str:
    hosts = [rule["host"] for rule in obj["spec"].get("rules") or () if rule.get("host")]
    more = f" + {len(hosts) - 3} more..." if len(hosts) > 3 else ""
    return ",".join(hosts[:3]) + more if hosts else "*"


def _ingress_address(obj: Object) -> str:
    ingress = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return ",".join(item.get("ip") or item.get("hostname", "") for item in ingress)


def _quota(kind: str) -> Column:
    is_limit = kind == "Limit"

    def show(obj: Object) -> str:
        status = obj.get("status") or {}
        hard, used = status.get("hard") or {}, status.get("used") or {}
        names = sorted(name for name in hard if name.startswith("limits.") is is_limit)
        return ", ".join(f"{name}: {used.get(name, 0)}/{hard[name]}" for name in names)

    return column(kind, show)


def _modes(obj: Object, *, of_status: bool) -> str:
    source = (obj.get("status") or {}) if of_status else obj["spec"]
    return ",".join(_MODES.get(mode, mode) for mode in source.get("accessModes") or ())


def _claim_reference(obj: Object) -> str:
    claim = obj["spec"].get("claimRef")
    return f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else ""


def _subjects(name: str, kind: str) -> Column:
    def show(obj: Object) -> str:
        chosen = [s for s in obj.get("subjects") or () if s.get("kind") == kind]
        return ", ".join(f"{s.get('namespace')}/{s['name']}" if kind == "ServiceAccount" else s["name"] for s in chosen)

    return column(name, show, wide=True)


_BINDING = [
    column("Role", lambda obj: f"{obj['roleRef']['kind']}/{obj['roleRef']['name']}"),
    _subjects("Users", "User"),
    _subjects("Groups", "Group"),
    _subjects("ServiceAccounts", "ServiceAccount"),
]


def _last_seen(obj: Object, now: datetime) -> str:
    moment = (obj.get("series") or {}).get("lastObservedTime") or obj.get("lastTimestamp") or obj.get("eventTime")
    return age(moment, now) if moment else "<unknown>"


def _first_seen(obj: Object, now: datetime) -> str:
    moment = obj.get("firstTimestamp") or obj.get("eventTime")
    return age(moment, now) if moment else "<unknown>"


def _event_object(obj: Object) -> str:
    target = obj.get("involvedObject") or obj.get("regarding") or {}
    return f"{target.get('kind', '').lower()}/{target.get('name', '')}"


def _event_source(obj: Object) -> str:
    source = obj.get("source") or {}
    return ", ".join(part for part in (source.get("component") or obj.get("reportingComponent", ""), source.get("host", "")) if part)


def _versions(obj: Object) -> str:
    served = [version for version in obj["spec"]["versions"] if version["served"]]
    return ",".join(version["name"] + ("(storage)" if version["storage"] else "") for version in served)


def _established(obj: Object) -> bool:
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return any(item["type"] == "Established" and item["status"] == "True" for item in conditions)


_EVENTS = [
    Column(name="Last Seen", cell=_last_seen),
    column("Type", field("type")),
    column("Reason", field("reason")),
    column("Object", _event_object),
    column("Subobject", field("involvedObject.fieldPath"), wide=True),
    column("Source", _event_source, wide=True),
    column("Message", lambda obj: str(obj.get("message") or obj.get("note") or "").strip()),
    Column(name="First Seen", cell=_first_seen, priority=1),
    column("Count", lambda obj: str(obj.get("count") or 1), wide=True),
    Column(name="Name", cell=lambda obj, _: obj["metadata"].get("name", ""), format="name", priority=1),
]

COLUMNS: Mapping[StorageKey, Sequence[Column]] = {
    ("", "configmaps"): [column("Data", _data_count)],
    ("", "secrets"): [column("Type", field("type")), column("Data", _data_count)],
    ("", "namespaces"): [column("Status", field("status.phase"))],
    ("", "nodes"): [
        column("Status", _node_status),
        column("Roles", _roles),
        AGE,
        column("Version", field("status.nodeInfo.kubeletVersion")),
        _address("InternalIP"),
        _address("ExternalIP"),
        _node("OS-Image", "osImage"),
        column("Kernel-Version", _kernel, wide=True),
        _node("Container-Runtime", "containerRuntimeVersion"),
    ],
    ("", "services"): [
        column("Type", field("spec.type")),
        column("Cluster-IP", field("spec.clusterIP", "<none>")),
        column("External-IP", _external_ip),
        column("Port(s)", _service_ports),
        column("Selector", lambda obj: pairs(obj["spec"].get("selector")), wide=True),
    ],
    ("", "endpoints"): [column("Endpoints", _endpoints)],
    ("", "events"): _EVENTS,
    ("", "limitranges"): [CREATED_AT],
    ("", "resourcequotas"): [_quota("Request"), _quota("Limit")],
    ("", "persistentvolumeclaims"): [
        column("Status", field("status.phase")),
        column("Volume", field("spec.volumeName")),
        column("Capacity", field("status.capacity.storage")),
        column("Access Modes", lambda obj: _modes(obj, of_status=True)),
        column("StorageClass", field("spec.storageClassName")),
        column("VolumeAttributesClass", field("spec.volumeAttributesClassName", "<unset>")),
        column("VolumeMode", field("spec.volumeMode", "<unset>"), wide=True),
    ],
    ("", "persistentvolumes"): [
        column("Capacity", field("spec.capacity.storage")),
        column("Access Modes", lambda obj: _modes(obj, of_status=False)),
        column("Reclaim Policy", field("spec.persistentVolumeReclaimPolicy")),
        column("Status", field("status.phase")),
        column("Claim", _claim_reference),
        column("StorageClass", field("spec.storageClassName")),
        column("VolumeAttributesClass", field("spec.volumeAttributesClassName", "<unset>")),
        column("Reason", field("status.reason")),
        column("VolumeMode", field("spec.volumeMode", "<unset>"), wide=True),
    ],
    ("discovery.k8s.io", "endpointslices"): [
        column("AddressType", field("addressType")),
        column("Ports", _slice_ports),
        column("Endpoints", _slice_endpoints),
    ],
    ("networking.k8s.io", "ingresses"): [
        column("Class", field("spec.ingressClassName", "<none>")),
        column("Hosts", _hosts),
        column("Address", _ingress_address),
        column("Ports", lambda obj: "80, 443" if obj["spec"].get("tls") else "80"),
    ],
    ("networking.k8s.io", "ingressclasses"): [
        column("Controller", field("spec.controller")),
        column("Parameters", lambda obj: "<none>" if not obj["spec"].get("parameters") else field("spec.parameters.name")(obj)),
    ],
    ("networking.k8s.io", "networkpolicies"): [column("Pod-Selector", lambda obj: selector(obj["spec"].get("podSelector")))],
    ("storage.k8s.io", "storageclasses"): [
        column("Provisioner", field("provisioner")),
        column("ReclaimPolicy", field("reclaimPolicy", "Delete")),
        column("VolumeBindingMode", field("volumeBindingMode", "<unset>")),
        column("AllowVolumeExpansion", lambda obj: str(bool(obj.get("allowVolumeExpansion"))).lower()),
    ],
    ("scheduling.k8s.io", "priorityclasses"): [
        column("Value", field("value", 0), kind="integer"),
        column("Global-Default", field("globalDefault", False), kind="boolean"),
        AGE,
        column("PreemptionPolicy", field("preemptionPolicy")),
    ],
    ("coordination.k8s.io", "leases"): [column("Holder", field("spec.holderIdentity"))],
    ("rbac.authorization.k8s.io", "roles"): [CREATED_AT],
    ("rbac.authorization.k8s.io", "clusterroles"): [CREATED_AT],
    ("rbac.authorization.k8s.io", "rolebindings"): _BINDING,
    ("rbac.authorization.k8s.io", "clusterrolebindings"): _BINDING,
    ("apiextensions.k8s.io", "customresourcedefinitions"): [
        column("Scope", field("spec.scope")),
        column("Versions", _versions),
        CREATED_AT,
        column("Group", field("spec.group"), wide=True),
        column("Kind", field("spec.names.kind"), wide=True),
        column("ShortNames", lambda obj: ",".join(obj["spec"]["names"].get("shortNames") or ()), wide=True),
        column("Established", _established, kind="boolean", wide=True),
    ],
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations"): [
        column("Webhooks", lambda obj: len(obj.get("webhooks") or ()), kind="integer")
    ],
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"): [
        column("Webhooks", lambda obj: len(obj.get("webhooks") or ()), kind="integer")
    ],
}
