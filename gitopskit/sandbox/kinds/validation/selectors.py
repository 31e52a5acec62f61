"""Rules for label selectors and what they must pick."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.kinds.validation.metadata import check_labels
from gitopskit.sandbox.machinery.causes import Faults, label_value_problems, qualified_name_problems
from gitopskit.sandbox.machinery.selectors import matches_selector

Object = Mapping[str, Any]

_LISTED, _BARE = ("In", "NotIn"), ("Exists", "DoesNotExist")


def check_label_selector(selector: Object, path: str, faults: Faults) -> bool:
    """Check a label selector; return whether it can be used."""
    before = len(faults.causes)
    check_labels(selector.get("matchLabels"), f"{path}.matchLabels", faults)
    for at, item in enumerate(selector.get("matchExpressions") or ()):
        _check_expression(item, f"{path}.matchExpressions[{at}]", faults)
    return len(faults.causes) == before


def _check_expression(item: Object, path: str, faults: Faults) -> None:
    operator, values = item.get("operator"), item.get("values")
    if operator in _LISTED and not values:
        faults.required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in _BARE and values:
        faults.forbidden(f"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    elif operator not in (*_LISTED, *_BARE):
        faults.invalid(f"{path}.operator", operator, "not a valid selector operator")
    faults.each(f"{path}.key", item.get("key", ""), qualified_name_problems(item.get("key", "")))
    for at, value in enumerate(values or ()):
        faults.each(f"{path}.values[{at}]", value, label_value_problems(value))


def check_selector(spec: Object, kind: str, faults: Faults, *, required: bool = True) -> None:
    """Check the selector of something that makes Pods, and that it picks those.

    Parameters
    ----------
    kind
        As the server names it in its message.
    required
        Whether a missing selector is said to be missing.
    """
    selector = spec.get("selector")
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    usable = True
    if selector is None:
        if required:
            faults.required("spec.selector")
    else:
        usable = check_label_selector(selector, "spec.selector", faults)
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            faults.invalid("spec.selector", selector, f"empty selector is invalid for {kind}")
            return
    if not usable:
        faults.invalid("spec.selector", selector, "invalid label selector")
    elif not matches_selector(selector, labels or {}):
        faults.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
