"""Rules for Ingresses and NetworkPolicies."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.kinds.validation.containers import check_port, check_port_number
from gitopskit.sandbox.kinds.validation.selectors import check_label_selector
from gitopskit.sandbox.machinery.causes import Faults, address_problems, label_problems, subdomain_problems, wildcard_problems

Object = Mapping[str, Any]

_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_BAD_NETWORK = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"


def check_ingress(obj: Object, faults: Faults) -> None:
    """Check an Ingress."""
    spec = obj["spec"]
    if not spec.get("rules") and not spec.get("defaultBackend"):
        faults.invalid("spec", spec.get("rules"), "either `defaultBackend` or `rules` must be specified")
    for at, item in enumerate(spec.get("tls") or ()):
        _check_tls(item, f"spec.tls[{at}]", faults)
    if "defaultBackend" in spec:
        _check_backend(spec["defaultBackend"], "spec.defaultBackend", faults)
    for at, rule in enumerate(spec.get("rules") or ()):
        _check_host(rule.get("host", ""), f"spec.rules[{at}].host", faults)
        if "http" in rule:
            _check_paths(rule["http"].get("paths") or (), f"spec.rules[{at}].http.paths", faults)
    if spec.get("ingressClassName"):
        faults.each("spec.ingressClassName", spec["ingressClassName"], subdomain_problems(spec["ingressClassName"]))


def _check_tls(item: Object, path: str, faults: Faults) -> None:
    for at, host in enumerate(item.get("hosts") or ()):
        faults.each(f"{path}.hosts[{at}]", host, wildcard_problems(host) if "*" in host else subdomain_problems(host))
    if item.get("secretName"):
        faults.each(f"{path}.secretName", item["secretName"], subdomain_problems(item["secretName"]))


def _check_host(host: str, field: str, faults: Faults) -> None:
    if not host:
        return
    if not address_problems(host):
        faults.invalid(field, host, "must be a DNS name, not an IP address")
    else:
        faults.each(field, host, wildcard_problems(host) if "*" in host else subdomain_problems(host))


def _check_paths(paths: Any, field: str, faults: Faults) -> None:
    if not paths:
        faults.required(field)
    for at, item in enumerate(paths):
        _check_path(item, f"{field}[{at}]", faults)


def _check_path(item: Object, path: str, faults: Faults) -> None:
    kind, text = item.get("pathType"), item.get("path", "")
    if not kind:
        faults.required(f"{path}.pathType", "pathType must be specified")
    elif kind not in _PATH_TYPES:
        faults.unsupported(f"{path}.pathType", kind, _PATH_TYPES)
    elif kind != "ImplementationSpecific":
        if not text.startswith("/"):
            faults.invalid(f"{path}.path", text, "must be an absolute path")
        for part in ("//", "/./", "/../", "%2f", "%2F"):
            if text.startswith("/") and part in text:
                faults.invalid(f"{path}.path", text, f"must not contain '{part}'")
    _check_backend(item.get("backend") or {}, f"{path}.backend", faults)


def _check_backend(backend: Object, path: str, faults: Faults) -> None:
    service = backend.get("service")
    if service is not None and "resource" in backend:
        faults.invalid(path, "", "cannot set both resource and service backends")
    elif service is not None:
        _check_service_backend(service, path, faults)
    elif "resource" not in backend:
        faults.invalid(path, "", "resource or service backend is required")


def _check_service_backend(service: Object, path: str, faults: Faults) -> None:
    name, port = service.get("name", ""), service.get("port") or {}
    if not name:
        faults.required(f"{path}.service.name")
    else:
        faults.each(f"{path}.service.name", name, label_problems(name))
    if port.get("name") and port.get("number"):
        faults.invalid(path, "", "cannot set both port name & port number")
    elif port.get("name"):
        check_port(port["name"], f"{path}.service.port.name", faults)
    elif port.get("number"):
        check_port_number(port["number"], f"{path}.service.port.number", faults)
    else:
        faults.required(path, "port name or number is required")


def check_network_policy(obj: Object, faults: Faults) -> None:
    """Check a NetworkPolicy."""
    spec = obj["spec"]
    check_label_selector(spec.get("podSelector") or {}, "spec.podSelector", faults)
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for at, rule in enumerate(spec.get(direction) or ()):
            path = f"spec.{direction}[{at}]"
            for number, port in enumerate(rule.get("ports") or ()):
                _check_policy_port(port, f"{path}.ports[{number}]", faults)
            for number, peer in enumerate(rule.get(peers) or ()):
                _check_peer(peer, f"{path}.{peers}[{number}]", faults)
    kinds = spec.get("policyTypes") or ()
    if len(kinds) > 2:
        faults.invalid("spec.policyTypes", list(kinds), "may not specify more than two policyTypes")
        return
    for at, kind in enumerate(kinds):
        if kind not in ("Ingress", "Egress"):
            faults.unsupported(f"spec.policyTypes[{at}]", kind, ("Ingress", "Egress"))


def _check_policy_port(item: Object, path: str, faults: Faults) -> None:
    port, last = item.get("port"), item.get("endPort")
    if item.get("protocol") not in _PROTOCOLS:
        faults.unsupported(f"{path}.protocol", item.get("protocol"), _PROTOCOLS)
    if port is not None:
        check_port(port, f"{path}.port", faults)
        if last is not None and isinstance(port, int) and last < port:
            faults.invalid(f"{path}.endPort", last, "must be greater than or equal to `port`")
    elif last is not None:
        faults.invalid(f"{path}.endPort", last, "may not be specified when `port` is not specified")


def _check_peer(peer: Object, path: str, faults: Faults) -> None:
    if not peer:
        faults.required(path, "must specify a peer")
    for name in ("podSelector", "namespaceSelector"):
        if name in peer:
            check_label_selector(peer[name], f"{path}.{name}", faults)
    if "ipBlock" not in peer:
        return
    if len(peer) > 1:
        faults.forbidden(path, "may not specify both ipBlock and another peer")
    _check_block(peer["ipBlock"], f"{path}.ipBlock", faults)


STRAY_BITS = "must not have bits set beyond the prefix length"


def _check_block(block: Object, path: str, faults: Faults) -> None:
    text = block.get("cidr", "")
    network = _network(text)
    if not text:
        faults.required(f"{path}.cidr")
    elif network is None:
        faults.invalid(f"{path}.cidr", text, _BAD_NETWORK)
    elif has_stray_bits(text):
        faults.invalid(f"{path}.cidr", text, STRAY_BITS)
    for at, item in enumerate(block.get("except") or ()):
        hole = _network(item)
        if hole is None:
            faults.invalid(f"{path}.except[{at}]", item, _BAD_NETWORK)
        elif has_stray_bits(item):
            faults.invalid(f"{path}.except[{at}]", item, STRAY_BITS)
        elif network is not None and not _is_inside(hole, network):
            faults.invalid(f"{path}.except[{at}]", item, "must be a strict subset of `cidr`")


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


def range_problem(text: str) -> str:
    """Return what is wrong with a range of addresses."""
    if _network(text) is None:
        return _BAD_NETWORK
    return STRAY_BITS if has_stray_bits(text) else ""


def has_stray_bits(text: str) -> bool:
    """Whether a range of addresses has bits set beyond its prefix."""
    address, _, _ = text.partition("/")
    network = _network(text)
    return network is not None and ipaddress.ip_address(address) != network.network_address


def _is_inside(hole: Any, network: Any) -> bool:
    return bool(hole.version == network.version and hole != network and hole.subnet_of(network))


CREATE = {("networking.k8s.io", "Ingress"): check_ingress, ("networking.k8s.io", "NetworkPolicy"): check_network_policy}
