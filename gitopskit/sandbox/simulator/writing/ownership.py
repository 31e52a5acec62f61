"""Where the simulator meets the structured-merge engine: managed fields of a write, and patches.

The engine speaks of objects and types; this module turns what it refuses into the answers of the API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gitopskit.model.paths import render_path
from gitopskit.sandbox.kinds import Kinds, strategy
from gitopskit.sandbox.kinds.convert import to_version
from gitopskit.sandbox.machinery.decode import DecodeError
from gitopskit.sandbox.machinery.status import Cause, StatusError, apply_conflict, bad_request, internal, invalid
from gitopskit.sandbox.simulator.options import Intent
from gitopskit.sandbox.simulator.writing import lastapplied
from gitopskit.schema import ownership, patches
from gitopskit.schema.typed import check_typed, printed
from gitopskit.schema.types import Type

Object = dict[str, Any]

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
_MISMATCH = re.compile(r"json: cannot unmarshal (?P<kind>\w+)( (?P<number>\S+))? into Go (struct field \S+|value) of type (?P<wanted>\S+)")


def update(old: Mapping[str, Any] | None, new: Object, kinds: Kinds, intent: Intent) -> Object:
    """Return `new` with the managed fields that an update by the intent's manager leaves."""
    resource = intent.route.resource
    done: Object = ownership.update(None if old is None else dict(old), new, kinds.type_of(resource), _write(kinds, intent))
    return done


def apply(live: Mapping[str, Any] | None, config: Object, kinds: Kinds, intent: Intent) -> Object:
    """Return the object that an apply makes.

    Raises
    ------
    StatusError
        409 with every conflict; 500 or 422 for a configuration that does not fit the schema.
    """
    type_, write = kinds.type_of(intent.route.resource), _write(kinds, intent)
    old = None if live is None else dict(live)
    try:
        applied = ownership.apply(old, config, type_, write)
    except ownership.Conflicts as conflicts:
        left = conflicts.items
        if old is not None and intent.manager == lastapplied.MANAGER:
            left = lastapplied.contested(left, old, type_)
        if left:
            raise _conflict(left) from conflicts
        applied = ownership.apply(old, config, type_, replace(write, force=True))
    except ownership.ConversionError as error:
        raise internal(str(error)) from error
    except ValueError as error:
        raise internal(f"failed to create typed patch object ({name_of(config)}): {error}") from error
    merged: Object = applied.object
    return lastapplied.note(merged, config) if intent.manager == lastapplied.MANAGER else merged


def _write(kinds: Kinds, intent: Intent) -> ownership.Write:
    resource, subresource = intent.route.resource, intent.route.subresource

    def convert(obj: Object, api_version: str) -> tuple[Object, Type] | None:
        group, _, version = api_version.rpartition("/")
        other = replace(resource, group=group, version=version)
        type_ = kinds.library.type_of(group, version, resource.kind)
        if type_ is None:
            return None
        if resource.seen:
            check_typed(obj, type_)
            return {**obj, "apiVersion": api_version}, type_
        return to_version(obj, other), type_

    return ownership.Write(
        manager=intent.manager,
        api_version=resource.api_version,
        time=intent.now,
        subresource=subresource,
        force=intent.force,
        resets=strategy.reset_fields(resource, subresource),
        empty=kinds.empty(resource),
        convert=convert,
        reconciles=resource.crd is not None,
    )


def kind_of(obj: Object) -> str:
    """Return version and kind as Go prints them; a version of too many parts makes it nothing."""
    version, kind = (obj.get(name) if isinstance(obj.get(name), str) else "" for name in ("apiVersion", "kind"))
    if str(version).count("/") > 1:
        return "/, Kind="
    return f"{'' if '/' in str(version) else '/'}{version}, Kind={kind}"


def name_of(obj: Object) -> str:
    """Return namespace (also where there is none), name and kind as the merge prints them."""
    metadata = obj["metadata"] if isinstance(obj["metadata"], dict) else {}
    namespace, name = (text if isinstance(text := metadata.get(part), str) else "" for part in ("namespace", "name"))
    return f"{namespace}/{name}; {kind_of(obj)}"


def _conflict(items: list[ownership.ConflictItem]) -> StatusError:
    by_manager: dict[str, list[str]] = {}
    causes = []
    for item in items:
        owner = _owner(item)
        field = render_path(item.path)
        by_manager.setdefault(owner, []).append(field)
        causes.append(Cause(reason="FieldManagerConflict", message=f"conflict with {owner}", field=field))
    is_single = len(causes) == 1
    shown = [
        f"conflict with {owner}: {fields[0]}" if is_single else f"conflicts with {owner}:\n" + "\n".join(f"- {f}" for f in fields)
        for owner, fields in sorted(by_manager.items())
    ]
    count = len(causes)
    head = f"Apply failed with {count} conflict{'s' if count > 1 else ''}: "
    return apply_conflict(head + (shown[0] if len(shown) == 1 else "\n".join(shown)), causes)


def _owner(item: Any) -> str:
    text = f'"{item.manager}"'
    if item.subresource:
        text += f' with subresource "{item.subresource}"'
    if item.operation == "Update":
        text += f" using {item.api_version}"
    return text


def patched(old: Object, change: Any, media: str, type_: Type) -> Object:
    """Return a new object: the old one with a patch on it.

    Raises
    ------
    StatusError
        400, 422 or (no merge key) 500 for a patch that cannot be applied.
    """
    try:
        if media == JSON_PATCH:
            result = patches.json_patch(old, change)
        elif media == MERGE:
            result = patches.merge_patch(old, change)
        else:
            result = patches.strategic_merge_patch(old, change, type_)
    except patches.MergeKeyError as error:
        raise internal(str(error)) from error
    except ValueError as error:
        if media == JSON_PATCH:
            raise StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {}) from error
        raise bad_request(str(error)) from error
    return dict(sorted(result.items()))  # the order in which Go writes it, and reads it again


def worded_for(media: str, error: StatusError, change: Any) -> StatusError:
    """Return a refusal of what a patch made; a value that does not fit is told in other words after a strategic merge."""
    if media != STRATEGIC or not isinstance(error.__cause__, DecodeError):
        return error
    message = f"Invalid value: {json.dumps(printed(change))}: {_restoring(str(error.__cause__))}"
    return invalid("", "", "", [Cause(reason="FieldValueInvalid", message=message, field="patch")])


def _restoring(why: str) -> str:
    """Return what Go says when it fills a structure from a map, in place of what its JSON decoder says."""
    found = _MISMATCH.fullmatch(why)
    if found is None:
        return why
    kind, number, wanted = found["kind"], found["number"] or "", found["wanted"]
    kind = {"number": "float64" if "." in number else "int64", "array": "slice", "object": "map"}.get(kind, kind)
    for prefix, shown in (("[]", "slice from"), ("map[", "map from")):
        if wanted.startswith(prefix):
            return f"cannot restore {shown} {kind}"
    if "." in wanted or wanted[0].isupper():
        return f"cannot restore struct from: {kind}"
    if kind.endswith("64") and wanted != "bool":
        return f"cannot convert {kind} to {wanted}"
    return f"unrecognized type: {wanted}"
