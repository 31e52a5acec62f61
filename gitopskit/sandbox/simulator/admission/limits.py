"""What LimitRanges do to a new object: its Pods are completed, and what is outside their bounds is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gitopskit.sandbox.machinery.status import forbidden
from gitopskit.schema.amounts import quality_of_service
from gitopskit.schema.limits import complete_pod, faults_of

Object = dict[str, Any]

_ANNOTATION = "kubernetes.io/limit-ranger"


def complete(pod: Object, limit_ranges: Iterable[Mapping[str, Any]]) -> None:
    """Give a new Pod's containers what they do not ask for themselves; the annotation tells what the last range gave."""
    for limit_range in limit_ranges:
        if notes := complete_pod(pod["spec"], limit_range["spec"]):
            pod["metadata"].setdefault("annotations", {})[_ANNOTATION] = "LimitRanger plugin set: " + "; ".join(notes)
    pod["status"]["qosClass"] = quality_of_service(pod["spec"])


def check(plural: str, obj: Mapping[str, Any], limit_ranges: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a Pod or a claim that is outside the bounds of a range.

    Raises
    ------
    StatusError
        403 with everything that the first such range has against it.
    """
    for limit_range in limit_ranges:
        if faults := faults_of(plural, obj["spec"], limit_range["spec"]):
            text = faults[0] if len(faults) == 1 else "[" + ", ".join(faults) + "]"
            raise forbidden("", plural, obj["metadata"].get("name", ""), text)
