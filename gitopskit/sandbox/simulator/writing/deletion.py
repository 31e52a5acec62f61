"""How objects go: at once, after a grace period, or when the last finalizer is gone.

What depends on a deleted object is the garbage collector's business; here a propagation policy only becomes the finalizer that tells
it what to do.

References
----------
Kubernetes API concepts, "Resource deletion"; "Garbage Collection", "Cascading deletion".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from gitopskit.sandbox.kinds import definitions
from gitopskit.sandbox.kinds.convert import to_version
from gitopskit.sandbox.kinds.strategy import RETURNS_DELETED
from gitopskit.sandbox.machinery.causes import shown
from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.sandbox.machinery.request import copy
from gitopskit.sandbox.machinery.status import StatusError, bad_request, conflict, success
from gitopskit.sandbox.machinery.store import Entry
from gitopskit.sandbox.simulator.admission import check_deletable
from gitopskit.sandbox.simulator.admission.review import Review
from gitopskit.sandbox.simulator.options import Intent
from gitopskit.sandbox.simulator.routing import is_true
from gitopskit.sandbox.simulator.writing.writer import Writer, is_unheld

Object = dict[str, Any]

_POLICIES = ("Foreground", "Background", "Orphan", "nil")
_MARKS = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}
_KEEPS_ORPHANS_OUT = set(_MARKS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOptions:
    """What a DELETE asks for."""

    uid: str = ""
    revision: str = ""
    policy: str = ""
    grace_s: int | None = None
    dry_run: bool = False


def options_of(body: Any, query: Mapping[str, str]) -> DeleteOptions:
    """Return the options in a DELETE's body and query.

    Raises
    ------
    StatusError
        400 or 422 for options that make no sense.
    """
    body = body or {}
    if not isinstance(body, dict) or body.get("kind", "DeleteOptions") != "DeleteOptions":
        kind, version = (body.get("kind"), body.get("apiVersion", "")) if isinstance(body, dict) else ("", "")
        raise bad_request(f'no kind "{kind}" is registered for version "{version}" in scheme "pkg/runtime/scheme.go:111"')
    _check_types(body)
    conditions = body.get("preconditions") or {}
    policy = query.get("propagationPolicy") or body.get("propagationPolicy") or ""
    orphan = is_true(query["orphanDependents"]) if "orphanDependents" in query else body.get("orphanDependents")
    dry_run = [query["dryRun"]] if query.get("dryRun") else body.get("dryRun") or []
    if policy and orphan is not None:
        why = "orphanDependents and deletionPropagation cannot be both set"
        raise _invalid("propagationPolicy", "Invalid", f'Invalid value: "{policy}": {why}')
    if policy and policy not in _POLICIES:
        listed = ", ".join(f'"{name}"' for name in _POLICIES)
        raise _invalid("propagationPolicy", "NotSupported", f'Unsupported value: "{policy}": supported values: {listed}')
    if dry_run not in ([], ["All"]):
        raise _invalid("dryRun", "NotSupported", f'Unsupported value: {shown(dry_run)}: supported values: "All"')
    return DeleteOptions(
        uid=conditions.get("uid") or "",
        revision=conditions.get("resourceVersion") or "",
        policy=policy or _old_policy(orphan),
        grace_s=_grace_asked(query.get("gracePeriodSeconds"), body.get("gracePeriodSeconds")),
        dry_run=bool(dry_run),
    )


_TYPES: tuple[tuple[str, type, str], ...] = (
    ("gracePeriodSeconds", int, "int64"),
    ("preconditions", dict, "v1.Preconditions"),
    ("orphanDependents", bool, "bool"),
    ("propagationPolicy", str, "v1.DeletionPropagation"),
    ("dryRun", list, "[]string"),
)
_JSON_TYPES = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}


def _check_types(body: Mapping[str, Any]) -> None:
    """Refuse options that have another type than they must (400)."""
    for name, wanted, go_type in _TYPES:
        value = body.get(name)
        if value is not None and (not isinstance(value, wanted) or (wanted is int and isinstance(value, bool))):
            found = _JSON_TYPES[type(value)]
            raise bad_request(f"json: cannot unmarshal {found} into Go struct field DeleteOptions.{name} of type {go_type}")


def _old_policy(orphan: bool | None) -> str:
    return "" if orphan is None else ("Orphan" if orphan else "Background")


def _grace_asked(text: str | None, seconds: int | None) -> int | None:
    if text is None:
        return seconds
    try:
        return int(text)
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def _invalid(field: str, reason: str, message: str) -> StatusError:
    details = {
        "group": "meta.k8s.io",
        "kind": "DeleteOptions",
        "causes": [{"reason": f"FieldValue{reason}", "message": message, "field": field}],
    }
    return StatusError(422, "Invalid", f'DeleteOptions.meta.k8s.io "" is invalid: {field}: {message}', details)


def delete(writer: Writer, intent: Intent, options: DeleteOptions) -> Object:
    """Delete the object that a path names and return what the server answers: a Status, or the object as it is now."""
    with writer.store.lock:
        entry = writer.existing(intent)
        resource = intent.route.resource
        check_deletable(resource.storage, intent.route.name)
        _check_preconditions(resource, entry, options)
        _ask_policies(writer, replace(intent, dry_run=options.dry_run), entry)
        _ask_webhooks(writer, intent, entry, options)
        return _delete_entry(writer, intent, entry, options)


def _asked(options: DeleteOptions) -> Object:
    """Return the options as webhooks are told of them."""
    conditions = {"uid": options.uid, "resourceVersion": options.revision}
    told = {
        "gracePeriodSeconds": options.grace_s,
        "preconditions": {name: value for name, value in conditions.items() if value} or None,
        "propagationPolicy": options.policy or None,
        "dryRun": ["All"] if options.dry_run else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _ask_policies(writer: Writer, intent: Intent, entry: Entry) -> None:
    """Refuse a deletion that a policy is against; of many at once no name is known."""
    old = to_version(entry.object, intent.route.resource)
    writer.policies.check(Review(operation="DELETE", intent=intent, name=intent.route.name, old=old))


def _ask_webhooks(writer: Writer, intent: Intent, entry: Entry, options: DeleteOptions) -> None:
    asking = replace(intent, dry_run=options.dry_run, asked=_asked(options))
    old = to_version(entry.object, intent.route.resource)
    writer.webhooks.mutate(asking, "DELETE", None, old)
    writer.webhooks.validate(asking, "DELETE", None, old)


def _delete_entry(writer: Writer, intent: Intent, entry: Entry, options: DeleteOptions) -> Object:
    resource = intent.route.resource
    marked = _marked(resource, entry.object, options, intent.now)
    if is_unheld(marked, resource):
        if not options.dry_run:
            entry = writer.store.delete(resource.storage, marked["metadata"].get("namespace", ""), marked["metadata"]["name"])
        return _answer(resource, marked, entry, intent.now)
    if marked != entry.object:
        marked = writer.touch(replace(intent, dry_run=options.dry_run), marked).object
    return marked


def _answer(resource: Resource, marked: Object, entry: Entry, now: str) -> Object:
    metadata = entry.object["metadata"]
    if resource.storage == ("", "pods"):
        metadata = {**marked["metadata"], "resourceVersion": metadata["resourceVersion"], "generation": metadata["generation"] + 1}
        return {**marked, "metadata": {"deletionTimestamp": now, **metadata, "deletionGracePeriodSeconds": 0}}
    if resource.storage in RETURNS_DELETED:
        return dict(entry.object)
    return success(metadata["name"], resource.group, resource.plural, metadata["uid"])


def _check_preconditions(resource: Resource, entry: Entry, options: DeleteOptions) -> None:
    metadata = entry.object["metadata"]
    if options.uid and options.uid != metadata["uid"]:
        why = (
            f"the UID in the precondition ({options.uid}) does not match the UID in record ({metadata['uid']}). "
            "The object might have been deleted and then recreated"
        )
        raise conflict(resource.group, resource.kind, metadata["name"], why)
    if options.revision and options.revision != metadata["resourceVersion"]:
        why = (
            f"the ResourceVersion in the precondition ({options.revision}) does not match the ResourceVersion in record "
            f"({metadata['resourceVersion']}). The object might have been modified"
        )
        raise conflict(resource.group, resource.kind, metadata["name"], why)


def _marked(resource: Resource, obj: Mapping[str, Any], options: DeleteOptions, now: str) -> Object:
    """Return the object as deletion leaves it if something still holds it."""
    new: Object = copy(dict(obj))
    metadata = new["metadata"]
    finalizers = [name for name in metadata.get("finalizers") or () if name not in _KEEPS_ORPHANS_OUT or not options.policy]
    if resource.storage == definitions.STORAGE and definitions.CLEANUP not in finalizers:
        finalizers.append(definitions.CLEANUP)
    if options.policy in _MARKS:
        finalizers.append(_MARKS[options.policy])
    _put(metadata, "finalizers", finalizers)
    grace = _grace(resource, new, options)
    if is_unheld({**new, "metadata": {**metadata, "deletionGracePeriodSeconds": grace}}, resource):
        _put(metadata, "deletionGracePeriodSeconds", None)
        return new
    previous = metadata.get("deletionGracePeriodSeconds")
    if metadata.get("deletionTimestamp") and (previous is None or grace >= previous):
        return new
    metadata["deletionTimestamp"] = _later(now, grace)
    if resource.storage not in _WITHOUT_GRACE:
        metadata["deletionGracePeriodSeconds"] = grace
    if metadata.get("generation") and resource.storage not in _WITHOUT_GRACE:
        metadata["generation"] += 1
    if resource.storage == definitions.STORAGE:
        new["status"] = definitions.terminating(new, now)
    if resource.storage == ("", "namespaces"):
        new["status"] = {**(new.get("status") or {}), "phase": "Terminating"}
    return new


_WITHOUT_GRACE = {("", "namespaces"), definitions.STORAGE}


def _grace(resource: Resource, obj: Mapping[str, Any], options: DeleteOptions) -> int:
    """Return the seconds that a Pod on a node is given; everything else gets none."""
    if resource.storage != ("", "pods"):
        return 0
    status = (obj.get("status") or {}).get("phase")
    if not obj["spec"].get("nodeName") or status in {"Succeeded", "Failed"}:
        return 0
    if options.grace_s is not None:
        return options.grace_s
    return int(obj["spec"].get("terminationGracePeriodSeconds", 30))


def _later(now: str, seconds: int) -> str:
    moment = datetime.fromisoformat(now) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _put(metadata: Object, name: str, value: Any) -> None:
    if value:
        metadata[name] = value
    else:
        metadata.pop(name, None)


def delete_collection(writer: Writer, intent: Intent, entries: list[Entry], options: DeleteOptions) -> None:
    """Delete every entry that is still there."""
    with writer.store.lock:
        for entry in entries:  # before the first is gone, as the whole may have to be done again
            metadata = entry.object["metadata"]
            route = replace(intent.route, namespace=metadata.get("namespace", ""), name=metadata["name"])
            _ask_webhooks(writer, replace(intent, route=route), entry, options)
        for entry in entries:
            metadata = entry.object["metadata"]
            namespace = metadata.get("namespace", "")
            now = writer.store.get(intent.route.resource.storage, namespace, metadata["name"])
            if now is not None:
                route = replace(intent.route, namespace=namespace, name=metadata["name"])
                _check_preconditions(intent.route.resource, now, options)
                _ask_policies(writer, replace(intent, dry_run=options.dry_run), now)
                _delete_entry(writer, replace(intent, route=route), now, options)
