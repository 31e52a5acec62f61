"""Which functions there are, on what, and what they give; each name here is one that `functions` knows or the library has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_MOMENTS = ("getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getMonth")
_SPANS = ("getHours", "getMilliseconds", "getMinutes", "getSeconds")

TYPES = frozenset({"bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"})
"""Names that stand for types."""


def _all(names: tuple[str, ...], **gives: str) -> dict[str, Mapping[str, str]]:
    return dict.fromkeys(names, gives)


METHODS: Mapping[str, Mapping[str, str]] = {
    "size": {"string": "int", "bytes": "int", "list": "int", "map": "int"},
    **_all(("contains", "startsWith", "endsWith", "matches"), string="bool"),
    **_all(_MOMENTS, timestamp="int"),
    **_all(_SPANS, timestamp="int", duration="int"),
    **_all(("charAt", "lowerAscii", "upperAscii", "replace", "substring", "trim", "format", "find", "reverse"), string="string"),
    **_all(("split", "findAll"), string="list"),
    "join": {"list": "string"},
    **_all(("indexOf", "lastIndexOf"), string="int", list="int"),
    "isSorted": {"list": "bool"},
    **_all(("sum", "min", "max"), list="inner"),
    "hasValue": {"optional": "bool"},
    "or": {"optional": "optional"},
    **_all(("value", "orValue"), optional="inner"),
    **_all(("isGreaterThan", "isLessThan", "isInteger"), quantity="bool"),
    **_all(("compareTo", "asInteger"), quantity="int"),
    **_all(("add", "sub"), quantity="quantity"),
    "asApproximateFloat": {"quantity": "double"},
    **_all(("getScheme", "getHost", "getHostname", "getPort", "getEscapedPath"), url="string"),
    "getQuery": {"url": "map"},
    **_all(("isUnspecified", "isLoopback", "isLinkLocalUnicast", "isLinkLocalMulticast", "isGlobalUnicast"), ip="bool"),
    "family": {"ip": "int"},
    **_all(("containsIP", "containsCIDR"), cidr="bool"),
    "masked": {"cidr": "cidr"},
    "ip": {"cidr": "ip"},
    "prefixLength": {"cidr": "int"},
}
"""By name: the kind that a method gives, for each kind of what it is called on; ``inner`` is the kind of the items."""

CALLS: Mapping[str, tuple[Sequence[str] | None, str]] = {
    "bool": (("bool|string",), "bool"),
    "bytes": (("bytes|string",), "bytes"),
    "double": (("double|int|uint|string",), "double"),
    "duration": (("duration|string|int",), "duration"),
    "dyn": (None, "dyn"),
    "int": (("int|uint|double|string|timestamp",), "int"),
    "matches": (("string", "string"), "bool"),
    "size": (("string|bytes|list|map",), "int"),
    "string": (("string|bool|int|uint|double|bytes|timestamp|duration|ip|cidr",), "string"),
    "timestamp": (("timestamp|string|int",), "timestamp"),
    "type": (None, "type"),
    "uint": (("int|uint|double|string",), "uint"),
    "quantity": (("string",), "quantity"),
    "sign": (("quantity",), "int"),
    "isQuantity": (("string",), "bool"),
    "url": (("string",), "url"),
    "isURL": (("string",), "bool"),
    "ip": (("string",), "ip"),
    "isIP": (("string",), "bool"),
    "ip.isCanonical": (("string",), "bool"),
    "cidr": (("string",), "cidr"),
    "isCIDR": (("string",), "bool"),
    **dict.fromkeys(("sets.contains", "sets.intersects", "sets.equivalent"), (("list", "list"), "bool")),
    "optional.of": (None, "optional"),
    "optional.none": ((), "optional"),
}
"""By name: the kinds of what a function takes (None is anything), and the kind that it gives."""
