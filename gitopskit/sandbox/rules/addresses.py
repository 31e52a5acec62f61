"""Addresses in expressions: URLs, IP addresses and networks."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from celpy import celtypes

_Text, _Int, _Truth, _List = celtypes.StringType, celtypes.IntType, celtypes.BoolType, celtypes.ListType


def _url(text: str) -> SplitResult:
    parts = urlsplit(str(text))
    if not (parts.scheme or parts.path.startswith("/")) or any(mark in text for mark in " \n\t"):
        raise ValueError(f'parse "{text}": invalid URI for request')
    _ = parts.port
    return parts


def _address(text: str) -> Any:
    if "%" in text or (":" in text and "." in text):
        raise ValueError(f'IP Address "{text}" with zone value or mapped address is not allowed')
    return ipaddress.ip_address(str(text))


def _network(text: str) -> Any:
    if "/" not in text:
        raise ValueError(f'network address parse error during conversion from string: "{text}"')
    return ipaddress.ip_interface(str(text))


def _is(make: Any) -> Any:
    def check(text: str) -> Any:
        try:
            make(text)
        except ValueError:
            return _Truth(False)
        return _Truth(True)

    return check


def _ip(value: Any) -> Any:
    return value.ip if hasattr(value, "network") else _address(value)


def _holds(network: Any, other: Any) -> Any:
    inner = (_network(other) if isinstance(other, str) else other).network
    return _Truth(inner.version == network.version and inner.subnet_of(network.network))


def _host(url: SplitResult) -> Any:
    return _Text(url.netloc.rpartition("@")[2])


def _is_global(address: Any) -> Any:
    broadcast = address.version == 4 and str(address) == "255.255.255.255"
    return _Truth(not (address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local or broadcast))


FUNCTIONS: dict[str, Any] = {
    "url": _url,
    "isURL": _is(_url),
    "getScheme": lambda url: _Text(url.scheme),
    "getHost": _host,
    "getHostname": lambda url: _Text(_host(url).removesuffix(f":{url.port}" if url.port else "").strip("[]")),
    "getPort": lambda url: _Text(url.port or ""),
    "getEscapedPath": lambda url: _Text(quote(url.path, safe="/%:@!$&'()*+,;=~-._")),
    "getQuery": lambda url: celtypes.MapType(
        {_Text(name): _List([_Text(item) for item in items]) for name, items in parse_qs(url.query, keep_blank_values=True).items()}
    ),
    "ip": _ip,
    "isIP": _is(_address),
    "ip.isCanonical": lambda text: _Truth(str(_address(text)) == text),
    "family": lambda address: _Int(address.version),
    "isUnspecified": lambda address: _Truth(address.is_unspecified),
    "isLoopback": lambda address: _Truth(address.is_loopback),
    "isLinkLocalUnicast": lambda address: _Truth(address.is_link_local),
    "isLinkLocalMulticast": lambda address: _Truth(
        address.is_multicast and address in ipaddress.ip_network("224.0.0.0/24" if address.version == 4 else "ff02::/16")
    ),
    "isGlobalUnicast": _is_global,
    "cidr": _network,
    "isCIDR": _is(_network),
    "containsIP": lambda network, other: _Truth((_address(other) if isinstance(other, str) else other) in network.network),
    "containsCIDR": _holds,
    "masked": lambda network: ipaddress.ip_interface(str(network.network)),
    "prefixLength": lambda network: _Int(network.network.prefixlen),
}
