"""Rules for what stands beside the schemas of a custom kind: scales, columns, selectable fields, conversion.

The trap that shaped it: what all versions have in common is checked once, as if it stood outside of them, and is named so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.machinery.causes import Faults

Object = Mapping[str, Any]

_SIMPLE_PATH = "must be a simple json path starting with ."
_TYPES = ("boolean", "date", "integer", "number", "string")
_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")


def placed(versions: list[Object], name: str) -> list[tuple[str, Object]]:
    """Return each version with the path at which messages name that part of it; one for all if they are alike in it."""
    if not versions:
        return []
    if all(version.get(name) == versions[0].get(name) for version in versions):
        return [("spec", versions[0])]
    return [(f"spec.versions[{at}]", version) for at, version in enumerate(versions)]


def check_parts(versions: list[Object], faults: Faults) -> None:
    """Check subresources, columns and selectable fields."""
    for place, version in placed(versions, "subresources"):
        scale = (version.get("subresources") or {}).get("scale")
        if scale is not None:
            _check_scale(scale, f"{place}.subresources.scale", faults)
    for place, version in placed(versions, "additionalPrinterColumns"):
        for at, column in enumerate(version.get("additionalPrinterColumns") or ()):
            _check_column(column, f"{place}.additionalPrinterColumns[{at}]", faults)
    for place, version in placed(versions, "selectableFields"):
        for at, field in enumerate(version.get("selectableFields") or ()):
            _check_selectable(field.get("jsonPath", ""), version, f"{place}.selectableFields[{at}].jsonPath", faults)


def _check_scale(scale: Object, path: str, faults: Faults) -> None:
    rules = (
        ("specReplicasPath", (".spec.",), "should be a json path under .spec", True),
        ("statusReplicasPath", (".status.",), "should be a json path under .status", True),
        ("labelSelectorPath", (".spec.", ".status."), "should be a json path under either .spec or .status", False),
    )
    for name, beginnings, why, is_required in rules:
        value = scale.get(name)
        if not value:
            if is_required:
                faults.required(f"{path}.{name}")
        elif not value.startswith("."):
            faults.invalid(f"{path}.{name}", value, _SIMPLE_PATH)
        elif not value.startswith(beginnings):
            faults.invalid(f"{path}.{name}", value, why)


def _check_column(column: Object, path: str, faults: Faults) -> None:
    if not column.get("name"):
        faults.required(f"{path}.name")
    kind, format_, json_path = column.get("type"), column.get("format"), column.get("jsonPath")
    if not kind:
        faults.required(f"{path}.type", f"must be one of {','.join(_TYPES)}")
    elif kind not in _TYPES:
        faults.invalid(f"{path}.type", kind, f"must be one of {','.join(_TYPES)}")
    if format_ and format_ not in _FORMATS:
        faults.invalid(f"{path}.format", format_, f"must be one of {','.join(_FORMATS)}")
    if not json_path:
        faults.required(f"{path}.JSONPath")
    elif not json_path.startswith("."):
        faults.invalid(f"{path}.JSONPath", json_path, _SIMPLE_PATH)


def _check_selectable(json_path: str, version: Object, path: str, faults: Faults) -> None:
    if not json_path:
        faults.required(path)
        return
    part: Any = (version.get("schema") or {}).get("openAPIV3Schema") or {}
    for name in json_path.strip(".").split("."):
        part = (part.get("properties") or {}).get(name) or {}
    if not part or json_path.startswith(".metadata"):
        faults.invalid(path, json_path, "is an invalid path: does not refer to a valid field")


def check_conversion(conversion: Object, faults: Faults) -> None:
    """Check how objects are converted between versions."""
    strategy, webhook = conversion.get("strategy") or "None", conversion.get("webhook") or {}
    versions, path = webhook.get("conversionReviewVersions"), "spec.conversion"
    if strategy not in ("None", "Webhook"):
        faults.unsupported(f"{path}.strategy", strategy, ("None", "Webhook"))
    elif strategy == "Webhook":
        if not webhook.get("clientConfig"):
            faults.required(f"{path}.webhookClientConfig", "required when strategy is set to Webhook")
        if not versions:
            faults.required(f"{path}.conversionReviewVersions")
    else:
        if webhook.get("clientConfig"):
            faults.forbidden(f"{path}.webhookClientConfig", "should not be set when strategy is not set to Webhook")
        if versions:
            faults.forbidden(f"{path}.conversionReviewVersions", "should not be set when strategy is not set to Webhook")
