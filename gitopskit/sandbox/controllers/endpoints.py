"""EndpointSlices and Endpoints: which Pods stand behind a Service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.index import PODS
from gitopskit.sandbox.controllers.templates import is_active, is_ready
from gitopskit.sandbox.controllers.work import CONTROLLER, Work, reference_to
from gitopskit.sandbox.machinery.registry import StorageKey

SLICES: StorageKey = ("discovery.k8s.io", "endpointslices")
ENDPOINTS: StorageKey = ("", "endpoints")
_PER_SLICE = 100
_MANAGED = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
_OLD_MANAGED = {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}
_HEADLESS = {"service.kubernetes.io/headless": ""}
_TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"

Ports = tuple[tuple[str, int, str], ...]


def reconcile(work: Work) -> None:
    """Write the slices and the Endpoints of one Service."""
    service = work.living()
    old = work.get(ENDPOINTS, work.key.namespace, work.key.name)
    if service is None:
        if old is not None and _is_ours(old):
            work.delete(ENDPOINTS, old)
        return
    selector = service["spec"].get("selector")
    if not selector or service["spec"].get("type") == "ExternalName":
        return
    pods = [pod for pod in work.index.labelled(PODS, work.key.namespace, selector) if is_active(pod) and _address(pod)]
    groups: dict[Ports, list[Object]] = {}
    for pod in pods:
        groups.setdefault(_ports(service, pod), []).append(pod)
    _write_slices(work, service, groups)
    _write_endpoints(work, service, groups, old)


def _is_ours(endpoints: Object) -> bool:
    labels = endpoints["metadata"].get("labels") or {}
    return all(labels.get(key) == value for key, value in _OLD_MANAGED.items())


def _address(pod: Object) -> str:
    return str((pod.get("status") or {}).get("podIP", ""))


def _ports(service: Object, pod: Object) -> Ports:
    """Return the Service's ports as this Pod has them."""
    found = []
    for port in service["spec"].get("ports") or ():
        target, protocol = port.get("targetPort", port["port"]), port.get("protocol", "TCP")
        number = target if isinstance(target, int) else _named_port(pod, target, protocol)
        if number:
            found.append((port.get("name", ""), number, protocol))
    return tuple(found)


def _named_port(pod: Object, name: str, protocol: str) -> int:
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or ():
            if (port.get("name"), port.get("protocol", "TCP")) == (name, protocol):
                return int(port["containerPort"])
    return 0


def _labels(service: Object, managed: Mapping[str, str]) -> dict[str, str]:
    headless = _HEADLESS if service["spec"].get("clusterIP") == "None" else {}
    return {**(service["metadata"].get("labels") or {}), **headless, **managed}


def _trigger(service: Object, pods: list[Object]) -> dict[str, str]:
    moments = [c["lastTransitionTime"] for pod in pods for c in pod["status"].get("conditions") or () if c["type"] == "Ready"]
    return {_TRIGGER: max([service["metadata"]["creationTimestamp"], *moments])}


def _target(pod: Object) -> dict[str, Any]:
    metadata = pod["metadata"]
    return {"kind": "Pod", "namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"]}


def _hostname(service: Object, pod: Object) -> dict[str, str]:
    spec = pod["spec"]
    has_name = spec.get("hostname") and spec.get("subdomain") == service["metadata"]["name"]
    return {"hostname": spec["hostname"]} if has_name else {}


def _write_slices(work: Work, service: Object, groups: Mapping[Ports, list[Object]]) -> None:
    wanted = [
        (_slice_ports(ports), pods[at : at + _PER_SLICE]) for ports, pods in groups.items() for at in range(0, len(pods), _PER_SLICE)
    ] or [([], [])]
    present = work.index.controlled(service, SLICES)
    for ports, pods in wanted:
        labels = {**_labels(service, _MANAGED), "kubernetes.io/service-name": service["metadata"]["name"]}
        content = {"endpoints": [_endpoint(service, pod) for pod in pods], "ports": ports}
        if present:
            _update_slice(work, present.pop(0), labels, content, _trigger(service, pods))
        else:
            _create_slice(work, service, labels, content, _trigger(service, pods))
    for item in present:
        work.delete(SLICES, item)


def _slice_ports(ports: Ports) -> list[dict[str, Any]]:
    return [{"name": name, "port": number, "protocol": protocol} for name, number, protocol in ports]


def _endpoint(service: Object, pod: Object) -> dict[str, Any]:
    ready = is_ready(pod)
    made: dict[str, Any] = {
        "addresses": [_address(pod)],
        "conditions": {"ready": ready or bool(service["spec"].get("publishNotReadyAddresses")), "serving": ready, "terminating": False},
        "targetRef": _target(pod),
        **_hostname(service, pod),
    }
    return made | ({"nodeName": pod["spec"]["nodeName"]} if pod["spec"].get("nodeName") else {})


def _create_slice(work: Work, service: Object, labels: Mapping[str, str], content: Mapping[str, Any], trigger: Mapping[str, str]) -> None:
    metadata = {
        "generateName": f"{service['metadata']['name']}-",
        "namespace": service["metadata"]["namespace"],
        "labels": labels,
        "annotations": trigger,
        "ownerReferences": [reference_to(service)],
    }
    body = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata, "addressType": "IPv4", **content}
    work.api.create(body, manager=CONTROLLER)


def _update_slice(work: Work, item: Object, labels: Mapping[str, str], content: Mapping[str, Any], trigger: Mapping[str, str]) -> None:
    if item["metadata"].get("labels") == labels and all((item.get(key) or []) == value for key, value in content.items()):
        return
    known = {address for endpoint in item.get("endpoints") or () for address in endpoint["addresses"]}
    is_more = any(address not in known for endpoint in content["endpoints"] for address in endpoint["addresses"])
    work.api.update({**item, "metadata": _marked(item, labels, trigger if is_more else {}), **content}, manager=CONTROLLER)


def _marked(obj: Object, labels: Mapping[str, str], trigger: Mapping[str, str]) -> dict[str, Any]:
    """Return metadata that tells which Pod's coming caused the change; none, if Pods only went."""
    annotations = {key: value for key, value in (obj["metadata"].get("annotations") or {}).items() if key != _TRIGGER} | dict(trigger)
    metadata = {key: value for key, value in obj["metadata"].items() if key != "annotations"} | {"labels": labels}
    return metadata | ({"annotations": annotations} if annotations else {})


def _write_endpoints(work: Work, service: Object, groups: Mapping[Ports, list[Object]], old: Object | None) -> None:
    subsets = [_subset(service, ports, pods) for ports, pods in groups.items() if ports or service["spec"].get("clusterIP") == "None"]
    labels = _labels(service, _OLD_MANAGED)
    pods = [pod for group in groups.values() for pod in group]
    if old is None:
        metadata = {"name": work.key.name, "namespace": work.key.namespace, "labels": labels, "annotations": _trigger(service, pods)}
        body = {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata}
        work.api.create(body | ({"subsets": subsets} if subsets else {}), manager=CONTROLLER)
        return
    if (old.get("subsets") or []) == subsets and old["metadata"].get("labels") == labels:
        return
    is_more = not _addresses(subsets) <= _addresses(old.get("subsets") or [])
    metadata = _marked(old, labels, _trigger(service, pods) if is_more else {})
    work.api.update({**old, "metadata": metadata, "subsets": subsets}, manager=CONTROLLER)


def _addresses(subsets: list[Any]) -> set[str]:
    return {item["ip"] for subset in subsets for item in subset.get("addresses") or ()}


def _subset(service: Object, ports: Ports, pods: list[Object]) -> dict[str, Any]:
    every = bool(service["spec"].get("publishNotReadyAddresses"))
    ready = [_old_address(service, pod) for pod in pods if every or is_ready(pod)]
    unready = [_old_address(service, pod) for pod in pods if not every and not is_ready(pod)]
    subset: dict[str, Any] = {"addresses": ready} if ready else {}
    if unready:
        subset["notReadyAddresses"] = unready
    listed = [{key: value for key, value in item.items() if value} for item in _slice_ports(ports)]
    return subset | ({"ports": listed} if listed else {})


def _old_address(service: Object, pod: Object) -> dict[str, Any]:
    made: dict[str, Any] = {"ip": _address(pod), "targetRef": _target(pod), **_hostname(service, pod)}
    return made | ({"nodeName": pod["spec"]["nodeName"]} if pod["spec"].get("nodeName") else {})
