"""Rules for what containers request and are limited to, and for names of resources anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.machinery.causes import NOT_NEGATIVE, Faults, qualified_name_problems
from gitopskit.schema.quantity import compare, parse

Object = Mapping[str, Any]

STANDARD = "must be a standard resource type or fully qualified"
WHOLE = "must be an integer"
_FOR_CONTAINERS = {"cpu", "memory", "ephemeral-storage"}
_KNOWN = {*_FOR_CONTAINERS, "pods", "services", "secrets", "configmaps", "storage", "persistentvolumeclaims", "replicationcontrollers"}
_KNOWN |= {"resourcequotas", "services.nodeports", "services.loadbalancers"}


def is_extended(name: str) -> bool:
    """Whether a resource is a device or the like, which cannot be shared."""
    return "/" in name and "kubernetes.io/" not in name and not name.startswith("requests.")


def is_known(name: str) -> bool:
    """Whether an unqualified resource name means something."""
    return name in _KNOWN or name.startswith(("hugepages-", "requests.", "limits."))


def check_name(name: str, path: str, faults: Faults) -> None:
    """Check the name of a resource."""
    problems = qualified_name_problems(name)
    faults.each(path, name, problems)
    if not problems and "/" not in name and not is_known(name):
        faults.invalid(path, name, STANDARD)


def is_whole(value: Any) -> bool:
    """Whether an amount has no fraction."""
    amount = parse(str(value))
    return amount == amount.to_integral_value()


def check_resources(resources: Object, path: str, faults: Faults) -> None:
    """Check what a container requests and is limited to."""
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for name, value in sorted(limits.items()):
        _check_amount(name, value, f"{path}.limits[{name}]", faults)
    for name, value in sorted(requests.items()):
        _check_amount(name, value, f"{path}.requests[{name}]", faults)
        _check_against_limit(name, value, limits.get(name), path, faults)
    names = {*limits, *requests}
    if any(name.startswith("hugepages-") for name in names) and not names & {"cpu", "memory"}:
        faults.forbidden(path, "HugePages require cpu or memory")


def _check_against_limit(name: str, value: Any, limit: Any, path: str, faults: Faults) -> None:
    cannot_be_shared = is_extended(name) or name.startswith("hugepages-")
    if limit is None:
        if cannot_be_shared:
            faults.required(f"{path}.limits", "Limit must be set for non overcommitable resources")
    elif cannot_be_shared and compare(value, limit) != 0:
        faults.invalid(f"{path}.requests", value, f"must be equal to {name} limit of {limit}")
    elif compare(value, limit) > 0:
        faults.invalid(f"{path}.requests", value, f"must be less than or equal to {name} limit of {limit}")


def _check_amount(name: str, value: Any, path: str, faults: Faults) -> None:
    check_name(name, path, faults)
    if "/" not in name and name not in _FOR_CONTAINERS and not name.startswith("hugepages-"):
        faults.invalid(path, name, "must be a standard resource for containers")
    if compare(value, "0") < 0:
        faults.invalid(path, value, NOT_NEGATIVE)
    if is_extended(name) and not is_whole(value):
        faults.invalid(path, value, WHOLE)
