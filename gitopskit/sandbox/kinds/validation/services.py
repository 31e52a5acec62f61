"""Rules for Services. Which addresses and ports are free is the business of `gitopskit.sandbox.simulator.writing.addresses`."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.kinds.validation.containers import PROTOCOLS, check_port, check_port_number
from gitopskit.sandbox.kinds.validation.metadata import check_labels
from gitopskit.sandbox.kinds.validation.networking import range_problem
from gitopskit.sandbox.machinery.causes import Faults, address_problems, label_problems, subdomain_problems

Object = Mapping[str, Any]

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_AFFINITIES = ("ClientIP", "None")
_POLICIES = ("Cluster", "Local")


def check_service(obj: Object, faults: Faults) -> None:
    """Check a Service."""
    spec, kind = obj["spec"], obj["spec"].get("type")
    ports = spec.get("ports") or ()
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        faults.required("spec.ports")
    _check_type(spec, kind, faults)
    names: set[str] = set()
    for at, port in enumerate(ports):
        _check_port(port, f"spec.ports[{at}]", len(ports) > 1, names, faults)
        if kind == "ClusterIP" and port.get("nodePort"):
            faults.forbidden(f"spec.ports[{at}].nodePort", "may not be used when `type` is 'ClusterIP'")
    _check_pairs(ports, faults)
    check_labels(spec.get("selector"), "spec.selector", faults)
    _check_affinity(spec, faults)
    if kind not in _TYPES:
        faults.unsupported("spec.type", kind, _TYPES)
    _check_addresses(spec, faults)
    _check_traffic(spec, kind, faults)


def _check_type(spec: Object, kind: Any, faults: Faults) -> None:
    if kind in ("LoadBalancer", "NodePort") and spec.get("clusterIP") == "None":
        faults.invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services")
    if kind != "ExternalName":
        return
    if spec.get("clusterIPs"):
        faults.forbidden("spec.clusterIPs", "may not be set for ExternalName services")
    name = spec.get("externalName", "").removesuffix(".")
    if not name:
        faults.required("spec.externalName")
    else:
        faults.each("spec.externalName", name, subdomain_problems(name))


def _check_port(port: Object, path: str, is_named: bool, names: set[str], faults: Faults) -> None:
    name = port.get("name")
    if is_named and not name:
        faults.required(f"{path}.name")
    elif name:
        faults.each(f"{path}.name", name, label_problems(name))
        if name in names:
            faults.duplicate(f"{path}.name", name)
        names.add(name)
    check_port_number(port.get("port", 0), f"{path}.port", faults)
    if port.get("protocol") not in PROTOCOLS:
        faults.unsupported(f"{path}.protocol", port.get("protocol"), PROTOCOLS)
    if "targetPort" in port:
        check_port(port["targetPort"], f"{path}.targetPort", faults)


def _check_pairs(ports: Any, faults: Faults) -> None:
    seen: set[tuple[Any, Any]] = set()
    for at, port in enumerate(ports):
        pair = (port.get("protocol"), port.get("port"))
        if pair in seen:
            shown = {"Name": "", "Protocol": pair[0], "AppProtocol": None, "Port": pair[1], "TargetPort": 0, "NodePort": 0}
            faults.duplicate(f"spec.ports[{at}]", shown)
        seen.add(pair)


def _check_affinity(spec: Object, faults: Faults) -> None:
    if spec.get("sessionAffinity") not in _AFFINITIES:
        faults.unsupported("spec.sessionAffinity", spec.get("sessionAffinity"), _AFFINITIES)
    timeout = ((spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}).get("timeoutSeconds")
    if timeout is not None and not 0 < timeout <= 86400:
        faults.invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", timeout, "must be greater than 0 and less than 86400")


def _check_addresses(spec: Object, faults: Faults) -> None:
    address = spec.get("clusterIP", "")
    kind = spec.get("type")
    if len(spec.get("ipFamilies") or ()) > 1 and (address != "None" or spec.get("selector")):
        faults.invalid("spec.ipFamilyPolicy", spec["ipFamilyPolicy"], "this cluster is not configured for dual-stack services")
        faults.invalid("spec.ipFamilies[1]", spec["ipFamilies"][1], "not configured on this cluster")
    if address not in ("", "None") and kind != "ExternalName":
        faults.each("spec.clusterIPs[0]", address, address_problems(address))
    for at, external in enumerate(spec.get("externalIPs") or ()):
        problems = address_problems(external)
        if not problems and ipaddress.ip_address(external).is_loopback:
            problems = ["may not be in the loopback range (127.0.0.0/8, ::1/128)"]
        faults.each(f"spec.externalIPs[{at}]", external, problems)


def _check_traffic(spec: Object, kind: Any, faults: Faults) -> None:
    is_external = kind in {"NodePort", "LoadBalancer"} or (kind == "ClusterIP" and spec.get("externalIPs"))
    external, internal = spec.get("externalTrafficPolicy"), spec.get("internalTrafficPolicy")
    if external and not is_external:
        faults.invalid("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services")
    elif external and external not in _POLICIES:
        faults.unsupported("spec.externalTrafficPolicy", external, _POLICIES)
    if internal and internal not in _POLICIES:
        faults.unsupported("spec.internalTrafficPolicy", internal, _POLICIES)
    if spec.get("loadBalancerSourceRanges") and kind != "LoadBalancer":
        faults.forbidden("spec.LoadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'")
    for at, text in enumerate(spec.get("loadBalancerSourceRanges") or () if kind == "LoadBalancer" else ()):
        if why := range_problem(text.strip()):
            faults.invalid(f"spec.LoadBalancerSourceRanges[{at}]", text, why)


def check_service_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that an update keeps the cluster IP."""
    before, after = old["spec"].get("clusterIP"), new["spec"].get("clusterIP")
    if "ExternalName" in (old["spec"].get("type"), new["spec"].get("type")):
        return
    if before and before != after and not (after and after != "None" and address_problems(after)):
        faults.invalid("spec.clusterIPs[0]", [after] if after else [], "may not change once set")


def check_ingress(obj: Object, faults: Faults) -> None:
    """Check that only a Service of the type LoadBalancer says where it is reached."""
    balancer = (obj.get("status") or {}).get("loadBalancer") or {}
    if balancer.get("ingress") and obj["spec"].get("type") != "LoadBalancer":
        faults.forbidden("status.loadBalancer.ingress", "may only be used when `spec.type` is 'LoadBalancer'")


CREATE = {("", "Service"): check_service}
UPDATE = {("", "Service"): check_service_update}
STATUS = {("", "Service"): check_ingress}
