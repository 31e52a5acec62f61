"""How client-side apply gives way to server-side apply, for the manager that both share.

kubectl's client-side apply keeps what it applied in an annotation and owns it by updates. When the same kubectl then applies on the
server, what still has the value of the annotation is no conflict, and the annotation follows what is applied.

References
----------
Kubernetes, "Server-Side Apply", "Upgrading from client-side apply to server-side apply".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

from gitopskit.model.paths import path_to_list
from gitopskit.schema.fieldset import Tree, difference, insert, intersection
from gitopskit.schema.merge import compare, to_fieldset
from gitopskit.schema.ownership import ConflictItem
from gitopskit.schema.types import Type

Object = dict[str, Any]

MANAGER = "kubectl"
LIMIT_BYTES = 256 * 1024
_NOTE = "kubectl.kubernetes.io/last-applied-configuration"
_ESCAPES = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"})


def contested(conflicts: list[ConflictItem], live: Mapping[str, Any], type_: Type) -> list[ConflictItem]:
    """Return the conflicts that are not about values which client-side apply put there."""
    waived = _unchanged(live, type_)
    return [item for item in conflicts if not intersection(_tree(item), waived)]


def _tree(item: ConflictItem) -> Tree:
    tree: Tree = {}
    insert(tree, path_to_list(item.path))
    return tree


def _unchanged(live: Mapping[str, Any], type_: Type) -> Tree:
    """Return the fields that still are as they were last applied."""
    try:
        applied = orjson.loads(_annotations(live).get(_NOTE) or "null")
    except ValueError:
        return {}
    if not isinstance(applied, dict) or applied.get("apiVersion") != live["apiVersion"]:
        return {}
    changes = compare(applied, dict(live), type_)
    unchanged = to_fieldset(applied, type_)
    for changed in (changes.modified, changes.added, changes.removed):
        unchanged = difference(unchanged, changed)
    return unchanged


def note(obj: Object, config: Object) -> Object:
    """Return an applied object whose annotation, if it has one, says what was applied."""
    annotations = _annotations(obj)
    if not annotations.get(_NOTE):
        return obj
    kept = config
    if _NOTE in _annotations(config):
        others = {name: text for name, text in _annotations(config).items() if name != _NOTE}
        kept = {**config, "metadata": {**config["metadata"], "annotations": others}}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False).translate(_ESCAPES) + "\n"
    kept_text = text if len(text) <= LIMIT_BYTES else ""
    return {**obj, "metadata": {**obj["metadata"], "annotations": {**annotations, _NOTE: kept_text}}}


def _annotations(obj: Mapping[str, Any]) -> Mapping[str, str]:
    annotations = (obj.get("metadata") or {}).get("annotations")
    return annotations if isinstance(annotations, Mapping) else {}
