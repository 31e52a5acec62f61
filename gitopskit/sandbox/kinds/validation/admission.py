"""Rules for admission policies and their bindings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gitopskit.sandbox.kinds.validation.selectors import check_label_selector
from gitopskit.sandbox.machinery.causes import Faults, qualified_name_problems, subdomain_problems
from gitopskit.sandbox.machinery.status import Cause
from gitopskit.sandbox.rules.policy import check_policy_rules

Object = Mapping[str, Any]

_GROUP = "admissionregistration.k8s.io"
_ACTIONS = ("Audit", "Deny", "Warn")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_SECTIONS = ("matchConditions", "variables", "validations", "auditAnnotations")
_IDENTIFIER = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_BOTH = (
    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no "
    "purpose)"
)


def check_policy(obj: Object, faults: Faults) -> None:
    """Check a ValidatingAdmissionPolicy."""
    spec = obj.get("spec") or {}
    if spec.get("failurePolicy") not in (None, "Fail", "Ignore"):
        faults.unsupported("spec.failurePolicy", spec["failurePolicy"], ("Fail", "Ignore"))
    for name in ("apiVersion", "kind"):
        if spec.get("paramKind") and not spec["paramKind"].get(name):
            faults.required(f"spec.paramKind.{name}")
    if not spec.get("matchConstraints"):
        faults.required("spec.matchConstraints")
    elif not spec["matchConstraints"].get("resourceRules"):
        faults.required("spec.matchConstraints.resourceRules")
    _check_match(spec.get("matchConstraints") or {}, "spec.matchConstraints", faults)
    if not spec.get("validations") and not spec.get("auditAnnotations"):
        for name in ("validations", "auditAnnotations"):
            faults.required(f"spec.{name}", "validations or auditAnnotations must contain at least one item")
    items = Faults()
    check_policy_rules(spec, items)
    _check_names(spec, items)
    _check_messages(spec.get("validations") or (), items)
    faults.causes += sorted(items.causes, key=_item)


def _check_match(match: Object, field: str, faults: Faults) -> None:
    if match.get("matchPolicy") not in (None, "Equivalent", "Exact"):
        faults.unsupported(f"{field}.matchPolicy", match["matchPolicy"], ("Equivalent", "Exact"))
    for name in ("namespaceSelector", "objectSelector"):
        check_label_selector(match.get(name) or {}, f"{field}.{name}", faults)
    for name in ("resourceRules", "excludeResourceRules"):
        for at, rule in enumerate(match.get(name) or ()):
            _check_resources(rule, f"{field}.{name}[{at}]", faults)


def _check_resources(rule: Object, field: str, faults: Faults) -> None:
    operations = rule.get("operations") or []
    if "*" in operations and len(operations) > 1:
        faults.invalid(f"{field}.operations", operations, "if '*' is present, must not specify other operations")
    for at, operation in enumerate(operations):
        if operation not in _OPERATIONS:
            faults.unsupported(f"{field}.operations[{at}]", operation, _OPERATIONS)
    for name in ("operations", "apiGroups", "apiVersions", "resources"):
        if not rule.get(name):
            faults.required(f"{field}.{name}")
    if rule.get("scope", "*") not in ("*", "Cluster", "Namespaced"):
        faults.unsupported(f"{field}.scope", rule["scope"], ("*", "Cluster", "Namespaced"))


def _item(cause: Cause) -> tuple[int, str]:
    """Return where in a policy an expression stands, for the order in which faults are told."""
    section, _, rest = cause.field.removeprefix("spec.").partition("[")
    return _SECTIONS.index(section), rest.partition("]")[0].zfill(9)


def _check_names(spec: Object, faults: Faults) -> None:
    """Check what variables and conditions are called."""
    for at, item in enumerate(spec.get("variables") or ()):
        name = item.get("name") or ""
        if not name:
            faults.required(f"spec.variables[{at}].name", "name is not specified")
        elif not _IDENTIFIER.fullmatch(name):
            faults.invalid(f"spec.variables[{at}].name", name, "must be a valid CEL identifier")
    conditions = [item.get("name") or "" for item in spec.get("matchConditions") or ()]
    for at, name in enumerate(conditions):
        if not name:
            faults.required(f"spec.matchConditions[{at}].name")
            continue
        faults.each(f"spec.matchConditions[{at}].name", name, qualified_name_problems(name))
        if name in conditions[:at]:
            faults.duplicate(f"spec.matchConditions[{at}].name", name)


def check_conditions(conditions: Any, path: str, faults: Faults) -> None:
    """Check the match conditions of a webhook as those of a policy are checked."""
    found = Faults()
    check_policy_rules({"matchConditions": conditions}, found)
    _check_names({"matchConditions": conditions}, found)
    faults.causes += [replace(cause, field=cause.field.replace("spec", path, 1)) for cause in sorted(found.causes, key=_item)]


def _check_messages(validations: Any, faults: Faults) -> None:
    for at, item in enumerate(validations):
        message = item.get("message") or ""
        if message and not message.strip():
            faults.invalid(f"spec.validations[{at}].message", message, "must be non-empty if specified")
        elif "\n" in message.strip():
            faults.invalid(f"spec.validations[{at}].message", message, "must not contain line breaks")


def check_binding(obj: Object, faults: Faults) -> None:
    """Check a ValidatingAdmissionPolicyBinding."""
    spec = obj.get("spec") or {}
    if spec.get("policyName"):
        faults.each("spec.policyName", spec["policyName"], subdomain_problems(spec["policyName"]))
    if spec.get("paramRef") is not None:
        _check_reference(spec["paramRef"], faults)
    if not spec.get("policyName"):
        faults.required("spec.policyName")
    _check_match(spec.get("matchResources") or {}, "spec.matchResources", faults)
    _check_actions(spec.get("validationActions") or [], faults)


def _check_reference(reference: Object, faults: Faults) -> None:
    named, selected = bool(reference.get("name")), reference.get("selector") is not None
    if named and selected:
        for name in ("name", "selector"):
            faults.forbidden(f"spec.paramRef.{name}", "name and selector are mutually exclusive")
    if not named and not selected:
        faults.required("spec.paramRef", "one of name or selector must be specified")
    action = reference.get("parameterNotFoundAction")
    if not action:
        faults.required("spec.paramRef.parameterNotFoundAction")
    elif action not in ("Deny", "Allow"):
        faults.unsupported("spec.paramRef.parameterNotFoundAction", action, ("Deny", "Allow"))


def _check_actions(actions: list[str], faults: Faults) -> None:
    if not actions:
        faults.required("spec.validationActions")
    for at, action in enumerate(actions):
        if action not in _ACTIONS:
            faults.unsupported(f"spec.validationActions[{at}]", action, _ACTIONS)
        if action in actions[:at]:
            faults.duplicate(f"spec.validationActions[{at}]", action)
    if {"Deny", "Warn"} <= set(actions):
        faults.invalid("spec.validationActions", actions, _BOTH)


CREATE = {(_GROUP, "ValidatingAdmissionPolicy"): check_policy, (_GROUP, "ValidatingAdmissionPolicyBinding"): check_binding}
