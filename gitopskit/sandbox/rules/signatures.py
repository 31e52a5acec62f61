"""Which functions there are, of what, and what they give; each name here is one that `functions` knows or the library has.

``list.indexOf(item) int`` is a method of lists that takes an item of the list and gives an int; ``inner`` as what it gives is the kind of
the items, ``same`` what it was called on, ``?`` before an argument says that it may be left out, and ``|`` is or.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TYPES = frozenset({"bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"})
"""Names that stand for types."""

ORDERED = frozenset({"bool", "bytes", "double", "duration", "int", "string", "timestamp", "uint"})
"""Kinds of values of which one is less than another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One way to call a function: on what, with what, and what comes of it."""

    target: str
    takes: tuple[str, ...]
    least: int
    gives: str


_METHODS = """
string|bytes|list|map.size() int
string.contains(string) bool | string.startsWith(string) bool | string.endsWith(string) bool | string.matches(string) bool
string.charAt(int) string | string.lowerAscii() string | string.upperAscii() string | string.trim() string
string.replace(string, string, ?int) string | string.substring(int, ?int) string | string.split(string, ?int) texts
string.format(list) string | string.find(string) string | string.findAll(string, ?int) texts
string.indexOf(string, ?int) int | string.lastIndexOf(string, ?int) int
timestamp.getDate(?string) int | timestamp.getDayOfMonth(?string) int | timestamp.getDayOfWeek(?string) int
timestamp.getDayOfYear(?string) int | timestamp.getFullYear(?string) int | timestamp.getMonth(?string) int
timestamp.getHours(?string) int | timestamp.getMinutes(?string) int | timestamp.getSeconds(?string) int
timestamp.getMilliseconds(?string) int
duration.getHours() int | duration.getMinutes() int | duration.getSeconds() int | duration.getMilliseconds() int
list.join(?string) string | list.indexOf(item) int | list.lastIndexOf(item) int | list.isSorted() bool
list.sum() inner | list.min() inner | list.max() inner | list.distinct() same | list.reverse() same | list.sort() same
list.slice(int, int) same | list.first() optional | list.last() optional
optional.hasValue() bool | optional.value() inner | optional.orValue(item) inner | optional.or(optional) same
quantity.isGreaterThan(quantity) bool | quantity.isLessThan(quantity) bool | quantity.isInteger() bool
quantity.compareTo(quantity) int | quantity.asInteger() int | quantity.asApproximateFloat() double
quantity.add(quantity|int) quantity | quantity.sub(quantity|int) quantity
url.getScheme() string | url.getHost() string | url.getHostname() string | url.getPort() string | url.getEscapedPath() string
url.getQuery() map
ip.family() int | ip.isUnspecified() bool | ip.isLoopback() bool | ip.isLinkLocalUnicast() bool
ip.isLinkLocalMulticast() bool | ip.isGlobalUnicast() bool
cidr.containsIP(ip|string) bool | cidr.containsCIDR(cidr|string) bool | cidr.masked() cidr | cidr.ip() ip | cidr.prefixLength() int
"""
_CALLS = """
bool(bool|string) bool | bytes(bytes|string) bytes | double(double|int|uint|string) double | dyn(any) dyn
duration(duration|string|int) duration | int(int|uint|double|string|timestamp|duration) int | matches(string, string) bool
size(string|bytes|list|map) int | string(string|bool|int|uint|double|bytes|timestamp|duration|ip|cidr) string
timestamp(timestamp|string|int) timestamp | type(any) type | uint(int|uint|double|string) uint
quantity(string) quantity | isQuantity(string) bool | sign(quantity) int | url(string) url | isURL(string) bool
ip(string) ip | isIP(string) bool | ip.isCanonical(string) bool | cidr(string) cidr | isCIDR(string) bool
sets.contains(list, list) bool | sets.intersects(list, list) bool | sets.equivalent(list, list) bool
optional.of(any) optional | optional.none() optional | lists.range(int) list
"""
_METHOD = re.compile(r"([\w|]+)\.(\w+)\(([^)]*)\) (\w+)")
_CALL = re.compile(r"([\w.]+)\(([^)]*)\) (\w+)")


def _takes(text: str) -> tuple[tuple[str, ...], int]:
    """Return what a call takes, and how much of it at least."""
    texts = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(part.lstrip("?") for part in texts), sum(not part.startswith("?") for part in texts)


def _methods() -> dict[str, list[Signature]]:
    found: dict[str, list[Signature]] = {}
    for targets, name, text, gives in (match.groups() for match in _METHOD.finditer(_METHODS.replace(" | ", "\n"))):
        takes, least = _takes(text)
        for target in targets.split("|"):
            found.setdefault(name, []).append(Signature(target=target, takes=takes, least=least, gives=gives))
    return found


def _calls() -> dict[str, Signature]:
    found = {}
    for name, text, gives in (match.groups() for match in _CALL.finditer(_CALLS.replace(" | ", "\n"))):
        takes, least = _takes(text)
        found[name] = Signature(target="", takes=takes, least=least, gives=gives)
    return found


METHODS = _methods()
CALLS = _calls()
