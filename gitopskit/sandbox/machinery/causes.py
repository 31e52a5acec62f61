"""How a broken rule is worded: reason, field path and message as kube-apiserver gives them."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable
from typing import Any

from gitopskit.sandbox.machinery.quote import quoted
from gitopskit.sandbox.machinery.status import Cause

LABEL_1123 = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric "
    "character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
SUBDOMAIN_1123 = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
LABEL_1035 = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an "
    "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
)
CONFIG_KEY = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', "
    "regex used for validation is '[-._a-zA-Z0-9]+')"
)
QUALIFIED_NAME = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
    "'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_TOO_MANY_PARTS = (
    "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an "
    "optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
)
LABEL_VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
ENV_NAME = "a valid environment variable name must consist only of printable ASCII characters other than '='"
WILDCARD = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric "
    "characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is "
    "'\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is "
    "'[0-9]+%')"
)
PORT_RANGE = "must be between 1 and 65535, inclusive"
NOT_NEGATIVE = "must be greater than or equal to 0"
IMMUTABLE = "field is immutable"

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_NAME_PART = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_WILDCARD = re.compile(r"\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_ENV_NAME = re.compile(r"[ -<>-~]+")
_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+")


class Faults:
    """The broken rules of one object, in the order in which they were found."""

    def __init__(self) -> None:
        self.causes: list[Cause] = []

    def add(self, reason: str, field: str, message: str) -> None:
        """Note one broken rule."""
        self.causes.append(Cause(reason=f"FieldValue{reason}", message=message, field=field))

    def each(self, field: str, value: Any, problems: Iterable[str]) -> None:
        """Note everything that is wrong with one value."""
        for problem in problems:
            self.invalid(field, value, problem)

    def required(self, field: str, detail: str = "") -> None:
        """Note that a field must be set and is not."""
        self.add("Required", field, "Required value" + (f": {detail}" if detail else ""))

    def invalid(self, field: str, value: Any, detail: str) -> None:
        """Note that a value breaks a rule."""
        self.add("Invalid", field, f"Invalid value: {shown(value)}: {detail}")

    def forbidden(self, field: str, detail: str) -> None:
        """Note that a field must not be set, or not be changed."""
        self.add("Forbidden", field, f"Forbidden: {detail}")

    def duplicate(self, field: str, value: Any) -> None:
        """Note that a value that must be unique appears twice."""
        self.add("Duplicate", field, f"Duplicate value: {shown(value)}")

    def unsupported(self, field: str, value: Any, supported: Iterable[str]) -> None:
        """Note that a value is not one of a fixed set."""
        listed = ", ".join(f'"{item}"' for item in supported)
        self.add("NotSupported", field, f"Unsupported value: {shown(value)}: supported values: {listed}")

    def not_found(self, field: str, value: Any) -> None:
        """Note that a reference leads nowhere."""
        self.add("NotFound", field, f"Not found: {shown(value)}")

    def too_long(self, field: str, limit: int) -> None:
        """Note that a value is too long."""
        self.add("TooLong", field, f"Too long: may not be more than {limit} bytes")


def shown(value: Any) -> str:
    """Return a value as messages print it."""
    if isinstance(value, str):
        return quoted(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def label_problems(value: str) -> list[str]:
    """Return what is wrong with a DNS label (RFC 1123)."""
    found = ["must be no more than 63 characters"] if len(value) > 63 else []
    if _LABEL.fullmatch(value):
        return found
    return [*found, "must not contain dots" if _SUBDOMAIN.fullmatch(value) else LABEL_1123]


def subdomain_problems(value: str) -> list[str]:
    """Return what is wrong with a DNS subdomain (RFC 1123)."""
    found = ["must be no more than 253 characters"] if len(value) > 253 else []
    return found if _SUBDOMAIN.fullmatch(value) else [*found, SUBDOMAIN_1123]


def label_1035_problems(value: str) -> list[str]:
    """Return what is wrong with a DNS label (RFC 1035)."""
    found = ["must be no more than 63 characters"] if len(value) > 63 else []
    return found if _LABEL_1035.fullmatch(value) else [*found, LABEL_1035]


def path_segment_problems(value: str) -> list[str]:
    """Return what is wrong with a name that may be anything that fits in a path."""
    if value in {".", ".."}:
        return [f"may not be '{value}'"]
    return [f"may not contain '{mark}'" for mark in "/%" if mark in value]


def qualified_name_problems(value: str) -> list[str]:
    """Return what is wrong with the key of a label or annotation."""
    prefix, separator, name = value.rpartition("/")
    if separator and not prefix:
        return ["prefix part must be non-empty"]
    if "/" in prefix:
        return [_TOO_MANY_PARTS]
    found = [f"prefix part {text}" for text in subdomain_problems(prefix)] if separator else []
    if not name:
        found.append("name part must be non-empty")
    elif len(name) > 63:
        found.append("name part must be no more than 63 bytes")
    return found if _NAME_PART.fullmatch(name) else [*found, QUALIFIED_NAME]


def label_value_problems(value: str) -> list[str]:
    """Return what is wrong with the value of a label."""
    found = ["must be no more than 63 bytes"] if len(value) > 63 else []
    return found if _VALUE.fullmatch(value) else [*found, LABEL_VALUE]


def config_key_problems(value: str) -> list[str]:
    """Return what is wrong with a key of a ConfigMap or Secret."""
    found = ["must be no more than 253 bytes"] if len(value) > 253 else []
    if not _CONFIG_KEY.fullmatch(value):
        found.append(CONFIG_KEY)
    if value in {".", ".."}:
        found.append(f"must not be '{value}'")
    elif value.startswith(".."):
        found.append("must not start with '..'")
    return found


def env_name_problems(value: str) -> list[str]:
    """Return what is wrong with the name of an environment variable."""
    return [] if _ENV_NAME.fullmatch(value) else [ENV_NAME]


def port_name_problems(value: str) -> list[str]:
    """Return what is wrong with the name of a container's port."""
    found = ["must be no more than 15 characters"] if len(value) > 15 else []
    if not re.fullmatch(r"[-a-z0-9]+", value):
        found.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    elif not re.search("[a-z]", value):
        found.append("must contain at least one letter (a-z)")
    if "--" in value:
        found.append("must not contain consecutive hyphens")
    if value.startswith("-") or value.endswith("-"):
        found.append("must not begin or end with a hyphen")
    return found


def wildcard_problems(value: str) -> list[str]:
    """Return what is wrong with a host name that begins with ``*.``."""
    return [] if _WILDCARD.fullmatch(value) else [WILDCARD]


def address_problems(value: str) -> list[str]:
    """Return what is wrong with an IP address."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        is_padded = re.fullmatch(r"[\d.]+", value) and any(part.startswith("0") and part != "0" for part in value.split("."))
        return ["must not have leading 0s" if is_padded else "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    return []


def relative_path_problems(value: str) -> list[str]:
    """Return what is wrong with a path that must stay inside a volume."""
    found = ["must be a relative path"] if value.startswith("/") else []
    return [*found, "must not contain '..'"] if ".." in value.split("/") else found
