"""How objects look as a ``Table``: what kubectl prints when no other output is asked for.

Columns of built-in kinds stand in tables per family; those of custom kinds come from their definition. Any other kind shows its name
and age.

References
----------
Kubernetes API concepts, "Receiving resources as Tables".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gitopskit.sandbox.kinds.tables import cluster, platform, workloads
from gitopskit.sandbox.kinds.tables.columns import AGE, NAME, Column, Object, age
from gitopskit.sandbox.machinery.registry import Resource, StorageKey

COLUMNS: Mapping[StorageKey, Sequence[Column]] = {**workloads.COLUMNS, **cluster.COLUMNS, **platform.COLUMNS}
AGELESS = platform.AGELESS


def columns_of(resource: Resource) -> list[Column]:
    """Return the columns that a resource is shown with: name, its own, age, and those for wide output."""
    if resource.storage == ("", "events"):
        return list(COLUMNS[resource.storage])
    if resource.crd:
        return [NAME, *(_custom(resource) or [replace(AGE, type="date")])]
    own = COLUMNS.get(resource.storage, ())
    if resource.storage in AGELESS or any(column.name in {"Created At", "Age"} for column in own):
        return [NAME, *own]
    plain, wide = [c for c in own if not c.priority], [c for c in own if c.priority]
    return [NAME, *plain, AGE, *wide]


def table(resource: Resource, objects: Sequence[Object], metadata: Mapping[str, Any], now: datetime, include: str) -> dict[str, Any]:
    """Return the objects as a table.

    Parameters
    ----------
    include
        ``Metadata`` (or empty), ``Object`` or ``None``: what each row carries of its object.
    """
    columns = columns_of(resource)
    if resource.storage in platform.ORDER:
        objects = sorted(objects, key=platform.ORDER[resource.storage])
    rows = [_row(columns, obj, now, include) for obj in objects]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": dict(metadata),
        "columnDefinitions": [column.definition() for column in columns],
        "rows": rows,
    }


def _row(columns: Sequence[Column], obj: Object, now: datetime, include: str) -> dict[str, Any]:
    row: dict[str, Any] = {"cells": [column.cell(obj, now) for column in columns]}
    if include != "None":
        row["object"] = obj if include == "Object" else partial(obj)
    else:
        row["object"] = None
    return row


def partial(obj: Object) -> dict[str, Any]:
    """Return an object's metadata alone."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def _custom(resource: Resource) -> list[Column]:
    return [_printer_column(item) for item in resource.definition.get("additionalPrinterColumns") or ()]


def _printer_column(item: Mapping[str, Any]) -> Column:
    path = _steps(item["jsonPath"])
    is_date = item["type"] == "date"

    def cell(obj: Object, now: datetime) -> Any:
        value = _follow(obj, path)
        if is_date:
            return age(value, now) if isinstance(value, str) else "<unknown>"
        if item["type"] == "string" and value is not None and not isinstance(value, str):
            return str(value).lower() if isinstance(value, bool) else str(value)
        return value

    return Column(
        name=item["name"],
        cell=cell,
        type=item["type"],
        format=item.get("format", ""),
        priority=item.get("priority", 0),
        description=item.get("description", ""),
    )


def _steps(path: str) -> list[tuple[str, str]]:
    """Return the steps of a simple JSONPath: names, indices, ``[*]`` and ``[?(@.a=="b")]``."""
    pattern = r"\.([\w\0/-]+)|\['([^']+)'\]|\[(\d+|\*)\]|\[\?\(@\.([\w.]+)==\s*[\"']([^\"']*)[\"']\)\]"
    steps = []
    for name, quoted, index, field, value in re.findall(pattern, path.replace("\\.", "\0")):
        if name or quoted:
            steps.append(("name", (name or quoted).replace("\0", ".")))
        elif index:
            steps.append(("index", index))
        else:
            steps.append(("filter", f"{field}={value}"))
    return steps


def _follow(obj: Any, steps: Sequence[tuple[str, str]]) -> Any:
    value = obj
    for kind, text in steps:
        if kind == "name":
            value = value.get(text) if isinstance(value, dict) else None
        elif not isinstance(value, list):
            return None
        elif kind == "filter":
            field, _, wanted = text.partition("=")
            value = next((item for item in value if isinstance(item, dict) and str(item.get(field)) == wanted), None)
        else:
            at = 0 if text == "*" else int(text)
            value = value[at] if at < len(value) else None
    return value
