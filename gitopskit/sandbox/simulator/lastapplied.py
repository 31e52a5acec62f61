"""The way from client-side to server-side apply: what kubectl wrote into an annotation, and what the server makes of it.

Only for the field manager ``kubectl``: fields that client-side apply stated, and that still have that value, may be taken without
force; and the annotation is kept in step with what is applied.

References
----------
Kubernetes, "Server-Side Apply", upgrading from client-side apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from gitopskit.schema.fieldset import difference, paths, union
from gitopskit.schema.merge import compare, to_fieldset
from gitopskit.schema.ownership import ConflictItem
from gitopskit.schema.types import Type

ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
MANAGER = "kubectl"
LIMIT_BYTES = 256 * 1024

Object = dict[str, Any]


def contested(items: list[ConflictItem], live: Mapping[str, Any], type_: Type) -> list[ConflictItem]:
    """Return the conflicts that are not about something that client-side apply stated and nobody has changed since."""
    text = (live["metadata"].get("annotations") or {}).get(ANNOTATION)
    try:
        stated = orjson.loads(text or "")
    except ValueError:
        return items
    changes = compare(stated, live, type_)
    kept = difference(to_fieldset(stated, type_), union(union(changes.modified, changes.added), changes.removed))
    allowed = set(paths(kept))
    return [item for item in items if item.path not in allowed]


def renew(obj: Object, config: Mapping[str, Any]) -> None:
    """Write into an object's annotation, if it has one, what is being applied."""
    if not (obj["metadata"].get("annotations") or {}).get(ANNOTATION):
        return
    metadata = dict(config["metadata"])
    if notes := {name: value for name, value in (metadata.pop("annotations", None) or {}).items() if name != ANNOTATION}:
        metadata["annotations"] = notes
    text = orjson.dumps({**config, "metadata": metadata}, option=orjson.OPT_SORT_KEYS).decode() + "\n"
    obj["metadata"]["annotations"] = obj["metadata"]["annotations"] | {ANNOTATION: text if len(text) <= LIMIT_BYTES else ""}
