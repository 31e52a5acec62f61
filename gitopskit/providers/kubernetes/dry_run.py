"""What would the server make of this object?

A server-side apply of canonical JSON, one object per request, strict, as field manager ``gitopskit``. With ``dryRun=All`` it is the
truth about an update; without, it is the only way that objects are written (see `writing`).

The trap that shaped it: a resourceVersion alone does not protect an apply, because a deleted object is simply created again. So an
update carries uid *and* resourceVersion, and a create carries a resourceVersion that no existing object has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopskit.errors import plain
from gitopskit.model.canonical import canonical_json
from gitopskit.model.changes import Conflict, FieldOwner
from gitopskit.model.objects import Object
from gitopskit.model.values import MASK, Sensitive, reveal
from gitopskit.planning.managed import FIELD_MANAGER, owners, path_named
from gitopskit.providers.kubernetes.connection import Answer, Connection
from gitopskit.providers.kubernetes.discovery import ApiResource

APPLY: Final = "application/apply-patch+yaml"
CREATE_ONLY: Final = "1"
_CONTESTED: Final = "FieldManagerConflict"
_UNDECLARED: Final = re.compile(r"(\.[\w.-]+): field not declared in schema")
_OWNER: Final = re.compile(
    r'conflict with "(?P<name>.*?)"(?: with subresource "(?P<subresource>.*?)")?(?: using (?P<version>\S+?))?(?: at \S+)?$'
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
    send = connection.ask if is_dry else connection.write
    return send("PATCH", path, query=query, body=body, content_type=APPLY)


def is_contested(answer: Answer) -> bool:
    """Whether a 409 means that others own fields, rather than that the object has moved."""
    return any(cause.get("reason") == _CONTESTED for cause in answer.causes)


def conflicts_of(answer: Answer, live: Object) -> tuple[Conflict, ...]:
    """Return the contested fields of an answer, with their owners as the live object knows them."""
    return tuple(_conflict(cause, live) for cause in answer.causes if cause.get("reason") == _CONTESTED)


def _conflict(cause: Mapping[str, str], live: Object) -> Conflict:
    field = cause.get("field", "")
    path = path_named(live.body, field) or (field.removeprefix("."),)
    found = _OWNER.search(cause.get("message", ""))
    if found is None:
        return Conflict(path=path, owner=FieldOwner(name=plain(cause.get("message", ""))))
    told = FieldOwner(name=found["name"], operation="Update" if found["version"] else "Apply", subresource=found["subresource"] or "")
    known = [owner for owner in owners(live.body, path) if (owner.name, owner.operation) == (told.name, told.operation)]
    return Conflict(path=path, owner=next((owner for owner in known if owner.subresource == told.subresource), told))


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
        undeclared = [f"{field}: field not declared in schema" for field in _UNDECLARED.findall(answer.message)]
        fields = "; ".join(sorted({cause.get("field", "") for cause in answer.causes} - {""}) + undeclared)
        return f"the server refuses it: {answer.reason}" + (f" ({fields})" if fields else "")
    text = answer.text
    for secret in sorted(_secrets(item.body), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return f"the server refuses it: {plain(text, 600) or answer.reason}"


def _secrets(value: Any) -> Iterator[str]:
    """Yield the secrets in a body, as a server's text may quote them."""
    match value:
        case Sensitive():
            text = str(reveal(value))
            yield from {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]} - {""}
        case Mapping():
            for item in value.values():
                yield from _secrets(item)
        case list():
            for item in value:
                yield from _secrets(item)
