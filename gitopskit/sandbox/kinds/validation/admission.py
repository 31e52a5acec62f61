"""Rules for admission policies and their bindings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.kinds.rules.policy import check_policy_rules
from gitopskit.sandbox.machinery.causes import Faults

Object = Mapping[str, Any]

_GROUP = "admissionregistration.k8s.io"
_ACTIONS = ("Audit", "Deny", "Warn")
_BOTH = (
    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no "
    "purpose)"
)


def check_policy(obj: Object, faults: Faults) -> None:
    """Check a ValidatingAdmissionPolicy."""
    spec = obj.get("spec") or {}
    if not spec.get("matchConstraints"):
        faults.required("spec.matchConstraints")
    elif not spec["matchConstraints"].get("resourceRules"):
        faults.required("spec.matchConstraints.resourceRules")
    if not spec.get("validations") and not spec.get("auditAnnotations"):
        for name in ("validations", "auditAnnotations"):
            faults.required(f"spec.{name}", "validations or auditAnnotations must contain at least one item")
    check_policy_rules(spec, faults)


def check_binding(obj: Object, faults: Faults) -> None:
    """Check a ValidatingAdmissionPolicyBinding."""
    spec = obj.get("spec") or {}
    if not spec.get("policyName"):
        faults.required("spec.policyName")
    actions = spec.get("validationActions") or []
    if not actions:
        faults.required("spec.validationActions", "at least one validation action is required")
    for at, action in enumerate(actions):
        if action not in _ACTIONS:
            faults.unsupported(f"spec.validationActions[{at}]", action, _ACTIONS)
        if action in actions[:at]:
            faults.duplicate(f"spec.validationActions[{at}]", action)
    if {"Deny", "Warn"} <= set(actions):
        faults.invalid("spec.validationActions", actions, _BOTH)


CREATE = {(_GROUP, "ValidatingAdmissionPolicy"): check_policy, (_GROUP, "ValidatingAdmissionPolicyBinding"): check_binding}
