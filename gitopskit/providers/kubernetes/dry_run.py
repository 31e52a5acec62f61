"""What would the server make of this object?

A server-side apply of canonical JSON, one object per request, strict, as field manager ``gitopskit``. With ``dryRun=All`` it is the
truth about an update; without, it is the only way that objects are written (see `writing`).

The trap that shaped it: a resourceVersion alone does not protect an apply, because a deleted object is simply created again. So an
update carries uid *and* resourceVersion, and a create carries a resourceVersion that no existing object has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopskit.errors import plain
from gitopskit.model.canonical import canonical_json
from gitopskit.model.changes import Conflict, FieldOwner
from gitopskit.model.objects import Object
from gitopskit.model.paths import FieldPath, render_path
from gitopskit.model.values import reveal
from gitopskit.planning.diff import stated_paths
from gitopskit.planning.managed import FIELD_MANAGER
from gitopskit.providers.kubernetes.connection import Answer, Connection
from gitopskit.providers.kubernetes.discovery import ApiResource

APPLY: Final = "application/apply-patch+yaml"
CREATE_ONLY: Final = "1"
_OWNER: Final = re.compile(
    r'conflict with "(?P<name>.*?)"(?: with subresource "(?P<subresource>.*?)")?(?: using (?P<version>\S+?))?(?: at (?P<time>\S+))?$'
)
_IMMUTABLE: Final = re.compile(
    r"immutable|may not change once set|cannot change roleRef|updates to .* are forbidden"
    r"|may not change fields other than|may not be changed",
    re.IGNORECASE,
)
_NEVER_REPLACED: Final = frozenset(
    {"Namespace", "PersistentVolume", "PersistentVolumeClaim", "CustomResourceDefinition.apiextensions.k8s.io"}
)


def send_apply(connection: Connection, resource: ApiResource, item: Object, *, is_dry: bool, force: bool = False) -> Answer:
    """Apply one object; its uid and resourceVersion, when it has them, are the state that it is meant for."""
    metadata: dict[str, Any] = dict(item.body["metadata"]) | {"resourceVersion": item.resource_version or CREATE_ONLY}
    if item.uid:
        metadata["uid"] = item.uid
    query = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"}
    query |= ({"dryRun": "All"} if is_dry else {}) | ({"force": "true"} if force else {})
    body = canonical_json(reveal({**item.body, "metadata": metadata}))
    path = resource.path(item.id.namespace, item.id.name)
    return connection.send("PATCH", path, query=query, body=body, content_type=APPLY)


def conflicts_of(answer: Answer, item: Object) -> tuple[Conflict, ...]:
    """Return the contested fields of a 409; empty where the 409 means that the object has moved."""
    named = {render_path(path): path for path in stated_paths(item.body)}
    return tuple(_conflicts(answer, named))


def _conflicts(answer: Answer, named: Mapping[str, FieldPath]) -> Iterator[Conflict]:
    for cause in answer.causes:
        if cause.get("reason") != "FieldManagerConflict":
            continue
        field = cause.get("field", "")
        path = named.get(field) or tuple(part for part in field.split(".") if part)
        found = _OWNER.search(cause.get("message", ""))
        name = found["name"] if found else plain(cause.get("message", ""))
        operation = "Update" if found and found["version"] else "Apply"
        owner = FieldOwner(
            name=name, operation=operation, subresource=(found and found["subresource"]) or "", time=(found and found["time"]) or ""
        )
        yield Conflict(path=path, owner=owner)


def immutable_fields(answer: Answer, item: Object) -> tuple[str, ...]:
    """Return the fields that a 422 calls immutable, where replacing the object is the way out; empty otherwise."""
    if answer.status != 422 or item.id.group_kind in _NEVER_REPLACED:
        return ()
    causes = answer.causes
    if not causes or not all(_IMMUTABLE.search(cause.get("message", "")) for cause in causes):
        return ()
    return tuple(cause.get("field", "") for cause in causes)


def problem_of(answer: Answer, item: Object) -> str:
    """Return why the server refuses an object, as one sentence; what it says of a Secret is told by field names alone."""
    if item.id.group_kind == "Secret":
        fields = ", ".join(sorted({cause.get("field", "") for cause in answer.causes} - {""}))
        return f"the server refuses it: {answer.reason}" + (f" ({fields})" if fields else "")
    return f"the server refuses it: {answer.message or answer.reason}"
