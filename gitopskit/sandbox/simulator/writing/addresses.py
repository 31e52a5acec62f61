"""Which cluster IPs and node ports Services get.

Allocated when a Service is stored, kept over updates, free again when it is gone. Nobody owns them in managed fields.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from gitopskit.sandbox.machinery.status import Cause, StatusError, invalid

_NETWORK = ipaddress.ip_network("10.0.0.0/16")
_PORTS = range(30000, 32768)
_DYNAMIC_FROM = 256  # the lower part of the range is left to Services that ask for an address
_DYNAMIC_PORTS_FROM = 86  # and so is that of the ports

Object = dict[str, Any]


class Addresses:
    """The addresses and ports in use, read from the Services that are there."""

    def __init__(self) -> None:
        self._next_ip = _DYNAMIC_FROM
        self._next_port = _DYNAMIC_PORTS_FROM

    def carry(self, new: Object, old: Mapping[str, Any]) -> None:
        """Keep what an update leaves out, and drop what another type has no use for.

        Raises
        ------
        StatusError
            500 where two ports come to have one node port.
        """
        spec, before = new["spec"], old["spec"]
        if spec.get("clusterIP") not in ("", None, before.get("clusterIP")) and not spec.get("clusterIPs") and not before.get("clusterIPs"):
            spec["clusterIPs"] = [spec["clusterIP"]]
        if spec.get("type") != before.get("type"):
            _drop_unneeded(spec, before)
        if spec.get("type") == "ExternalName":
            return
        if before.get("type") != "ExternalName":
            for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
                if not spec.get(name) and before.get(name):
                    spec[name] = before[name]
        if {spec.get("type"), before.get("type")} <= _WITH_NODE_PORTS:
            _carry_ports(spec.get("ports") or (), before.get("ports") or ())
        _check_node_ports(spec.get("ports") or ())

    def complete(self, obj: Object, services: Iterable[Mapping[str, Any]]) -> None:
        """Give a Service the addresses and ports that it lacks.

        Raises
        ------
        StatusError
            422 for an address that is taken or outside the range.
        """
        spec = obj["spec"]
        if spec.get("type") == "ExternalName":
            return
        others = [other["spec"] for other in services if other["metadata"]["uid"] != obj["metadata"]["uid"]]
        if not spec.get("clusterIP"):
            spec["clusterIP"] = self._free_ip({other.get("clusterIP") for other in others})
        elif spec["clusterIP"] != "None":
            self._check_ip(obj, {other.get("clusterIP") for other in others})
        spec["clusterIPs"] = spec.get("clusterIPs") or [spec["clusterIP"]]
        has_both = spec["clusterIP"] == "None" and not spec.get("selector")  # whoever writes its endpoints may use either family
        spec.setdefault("ipFamilies", ["IPv4", "IPv6"] if has_both else ["IPv4"])
        spec.setdefault("ipFamilyPolicy", "RequireDualStack" if has_both else "SingleStack")
        if spec["type"] == "NodePort" or (spec["type"] == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts", True)):
            self._give_ports(spec, others)
        elif spec["type"] != "LoadBalancer":
            for port in spec.get("ports") or ():
                port.pop("nodePort", None)

    def _free_ip(self, taken: set[Any]) -> str:
        while str(_NETWORK[self._next_ip]) in taken:
            self._next_ip = self._next_ip + 1 if self._next_ip + 2 < _NETWORK.num_addresses else 1
        address = str(_NETWORK[self._next_ip])
        self._next_ip += 1
        return address

    def _check_ip(self, obj: Object, taken: set[Any]) -> None:
        text = obj["spec"]["clusterIP"]
        why = ""
        try:
            if ipaddress.ip_address(text) not in _NETWORK:
                where = f"is not in the valid range. The range of valid IPs is {_NETWORK}"
                why = f"failed to allocate IP {text}: the provided IP ({text}) {where}"
        except ValueError:
            why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        if text in taken:
            why = f"failed to allocate IP {text}: provided IP is already allocated"
        if why:
            message = f'Invalid value: ["{text}"]: {why}'
            cause = Cause(reason="FieldValueInvalid", message=message, field="spec.clusterIPs")
            raise invalid("", "Service", obj["metadata"]["name"], [cause])

    def _give_ports(self, spec: Object, others: Iterable[Mapping[str, Any]]) -> None:
        taken = {port.get("nodePort") for other in others for port in other.get("ports") or ()}
        for port in spec.get("ports") or ():
            if not port.get("nodePort"):
                while _PORTS[self._next_port] in taken:
                    self._next_port = (self._next_port + 1) % len(_PORTS)
                port["nodePort"] = _PORTS[self._next_port]
            taken.add(port["nodePort"])


_WITH_NODE_PORTS = {"NodePort", "LoadBalancer"}
_NEEDED_BY: Mapping[str, set[str]] = {
    "clusterIP": {"ClusterIP", "NodePort", "LoadBalancer"},
    "clusterIPs": {"ClusterIP", "NodePort", "LoadBalancer"},
    "ipFamilies": {"ClusterIP", "NodePort", "LoadBalancer"},
    "ipFamilyPolicy": {"ClusterIP", "NodePort", "LoadBalancer"},
    "internalTrafficPolicy": {"ClusterIP", "NodePort", "LoadBalancer"},
    "externalTrafficPolicy": _WITH_NODE_PORTS,
    "healthCheckNodePort": {"LoadBalancer"},
    "allocateLoadBalancerNodePorts": {"LoadBalancer"},
    "loadBalancerClass": {"LoadBalancer"},
}


def _carry_ports(ports: Iterable[Object], before: Iterable[Mapping[str, Any]]) -> None:
    """Give ports the node ports that ports of their names had, unless these are stated for others."""
    known = {port.get("name", ""): port["nodePort"] for port in before if port.get("nodePort")}
    stated = {port.get("nodePort") for port in ports}
    for port in ports:
        number = known.get(port.get("name", ""))
        if not port.get("nodePort") and number and number not in stated:
            port["nodePort"] = number


def _check_node_ports(ports: Iterable[Mapping[str, Any]]) -> None:
    seen: set[tuple[str, int]] = set()
    for port in ports:
        if port.get("nodePort"):
            pair = (port.get("protocol", "TCP"), port["nodePort"])
            if pair in seen:
                raise StatusError(500, "", f"duplicate nodePort: {{{pair[0]} {pair[1]}}}", {})
            seen.add(pair)


def _drop_unneeded(spec: Object, before: Mapping[str, Any]) -> None:
    """Drop what only the type before had, where the change of type did not touch it."""
    kind = spec.get("type", "")
    for name, kinds in _NEEDED_BY.items():
        if kind not in kinds and before.get("type") in kinds and name in spec and spec[name] == before.get(name):
            del spec[name]
    if kind not in _WITH_NODE_PORTS:
        known = {port.get("nodePort") for port in before.get("ports") or ()}
        for port in spec.get("ports") or ():
            if port.get("nodePort") in known:
                port.pop("nodePort", None)
