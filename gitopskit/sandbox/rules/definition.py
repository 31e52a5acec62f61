"""Are the rules in the schema of a CustomResourceDefinition sound?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.machinery.causes import Faults
from gitopskit.sandbox.rules.custom import compiled_rule
from gitopskit.sandbox.rules.language import RuleError
from gitopskit.schema.types import Type

_REASONS = ("FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate")
_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\['([^']+)'\]")


def check_rules(schema: Mapping[str, Any], field: str, faults: Faults, *, is_root: bool = False, has_past: bool = True) -> None:
    """Check the rules of a schema, at every depth.

    Parameters
    ----------
    has_past
        Whether it is known which old value belongs to a value here; else no rule may ask for it.
    """
    for at, rule in enumerate(schema.get("x-kubernetes-validations") or ()):
        _check_rule(rule, Type(schema, {}), f"{field}.x-kubernetes-validations[{at}]", faults, (is_root, has_past))
    for name, part in (schema.get("properties") or {}).items():
        check_rules(part, f"{field}.properties[{name}]", faults, has_past=has_past)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), Mapping):
            is_known = has_past and (name != "items" or schema.get("x-kubernetes-list-type") == "map")
            check_rules(schema[name], f"{field}.{name}", faults, has_past=is_known)


def _check_rule(rule: Mapping[str, Any], type_: Type, field: str, faults: Faults, place: tuple[bool, bool]) -> None:
    text, message = rule.get("rule") or "", rule.get("message")
    if not text.strip():
        faults.required(f"{field}.rule", "rule is not specified")
        return
    if message and not message.strip():
        faults.invalid(f"{field}.message", message, "message must be non-empty if specified")
    elif "\n" in (message or "").strip():
        faults.invalid(f"{field}.message", message, "message must not contain line breaks")
    elif "\n" in text.strip() and not message:
        faults.required(f"{field}.message", "message must be specified if rule contains line breaks")
    if rule.get("reason") and rule["reason"] not in _REASONS:
        faults.unsupported(f"{field}.reason", rule["reason"], _REASONS)
    if rule.get("fieldPath") and not _leads(rule["fieldPath"], type_):
        faults.invalid(f"{field}.fieldPath", rule["fieldPath"], "must be a valid path")
    _check_texts(rule, type_, field, faults, place)


def _check_texts(rule: Mapping[str, Any], type_: Type, field: str, faults: Faults, place: tuple[bool, bool]) -> None:
    """Check what of a rule is an expression."""
    is_root, has_past = place
    for name, kind in (("rule", "bool"), ("messageExpression", "string")):
        if not rule.get(name):
            continue
        try:
            compiled = compiled_rule(rule[name], type_, is_root, bool(rule.get("optionalOldSelf")))
        except RuleError as error:
            faults.invalid(f"{field}.{name}", dict(rule), f"compilation failed: {error}")
            continue
        if compiled.shape.kind != kind:
            faults.invalid(f"{field}.{name}", dict(rule), f"{name} must evaluate to a {kind}")
        if "oldSelf" in compiled.uses and not has_past:
            faults.invalid(f"{field}.{name}", rule[name], "oldSelf cannot be used on the uncorrelatable portion of the schema")


def _leads(path: str, type_: Type) -> bool:
    """Whether a path goes from field to field of a schema."""
    steps = list(_STEP.finditer(path))
    for step in steps:
        name = step[1] or step[2]
        if not type_.is_named(name) and not isinstance(type_.schema.get("additionalProperties"), Mapping):
            return False
        type_ = type_.child(name)
    return bool(steps) and "".join(step[0] for step in steps) == path
