"""How objects are created, replaced, patched and applied.

One pipeline for all: read the body, complete it, let admission change it, work out who owns which field, check it, store it. All of it
happens under the store's lock, so every write sees the one before.

The trap that shaped it: an apply owns only what it states, so defaults are filled in *after* managed fields are worked out; every
other write owns its defaults, so there they come first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gitopskit.sandbox.kinds import Kinds, strategy, validation
from gitopskit.sandbox.kinds.convert import to_version
from gitopskit.sandbox.kinds.validation.warnings import warnings_of
from gitopskit.sandbox.machinery.causes import Faults
from gitopskit.sandbox.machinery.decode import DecodeError
from gitopskit.sandbox.machinery.registry import Registry, Resource
from gitopskit.sandbox.machinery.request import copy
from gitopskit.sandbox.machinery.status import StatusError, already_exists, bad_request, conflict, internal, not_found
from gitopskit.sandbox.machinery.store import Entry, Store
from gitopskit.sandbox.simulator.admission import Admission
from gitopskit.sandbox.simulator.admission.policies import Policies
from gitopskit.sandbox.simulator.admission.review import Review
from gitopskit.sandbox.simulator.admission.webhook_reviews import failure
from gitopskit.sandbox.simulator.admission.webhooks import Webhooks
from gitopskit.sandbox.simulator.options import Intent
from gitopskit.sandbox.simulator.routing import Route
from gitopskit.sandbox.simulator.writing import ownership
from gitopskit.sandbox.simulator.writing.addresses import Addresses
from gitopskit.sandbox.simulator.writing.bodies import SENT_NAMESPACE, check_kind, check_place
from gitopskit.sandbox.simulator.writing.names import generate
from gitopskit.sandbox.simulator.writing.sizes import make_fit

Object = dict[str, Any]

OPTIMISTIC = "the object has been modified; please apply your changes to the latest version and try again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a write came to: the object as it is now, and whether it is new."""

    object: Object
    created: bool = False


class Writer:
    """The write side of the API."""

    def __init__(self, store: Store, registry: Registry, kinds: Kinds) -> None:
        self.store = store
        self.registry = registry
        self.kinds = kinds
        self.admission = Admission(store)
        self.policies = Policies(store, registry)
        self.webhooks = Webhooks(store, registry)
        self.addresses = Addresses()

    def current(self, intent: Intent) -> Entry | None:
        """Return the stored object that a path names."""
        return self.store.get(intent.route.resource.storage, intent.route.namespace, intent.route.name)

    def existing(self, intent: Intent) -> Entry:
        """Return the stored object that a path names, or raise the 404."""
        entry = self.current(intent)
        if entry is None:
            raise not_found(intent.route.resource.group, intent.route.resource.plural, intent.route.name)
        return entry

    def create(self, intent: Intent, sent: Object, repeated: list[str]) -> Written:
        """Store a new object from a POST."""
        resource = intent.route.resource
        obj = self.kinds.read(resource, check_kind(sent, resource), intent, repeated)
        check_place(obj, intent)
        with self.store.lock:
            return self._store_new(intent, obj, defaulted=True)

    def _name(self, obj: Object, kept: dict[str, Any]) -> None:
        metadata = obj["metadata"]
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = kept.setdefault("name", generate(metadata["generateName"]))

    def _store_new(self, intent: Intent, obj: Object, *, defaulted: bool) -> Written:
        """Store an object that is not there yet; `defaulted` says that its managed fields are still to be worked out."""
        resource = intent.route.resource
        self.admission.check_place(intent, obj)
        self._name(obj, intent.route.kept)
        requested = obj["metadata"].get("generation")
        if defaulted:
            obj = ownership.update(None, obj, self.kinds, intent)
        self.admission.complete(intent, obj)
        obj = self._mutated(intent, "CREATE", obj, None)
        strategy.prepare_create(resource, obj, intent.now)
        obj["metadata"]["uid"] = intent.route.kept.setdefault("uid", obj["metadata"]["uid"])
        if resource.crd is None and requested and "generation" not in obj["metadata"]:
            obj["metadata"]["generation"] = requested
        obj = self._canonical(resource, obj)
        validation.check_new(resource, obj, Faults())
        self.kinds.check_schema(resource, obj, intent.warnings)
        intent.warnings.extend(warnings_of(resource, obj))
        metadata = obj["metadata"]
        self.policies.check(Review(operation="CREATE", intent=intent, name=metadata["name"], new=obj))
        self.webhooks.validate(intent, "CREATE", obj, None)
        if there := self.store.get(resource.storage, metadata.get("namespace", ""), metadata["name"]):
            raise already_exists(resource.group, resource.plural, metadata["name"], is_going=is_going(there.object))
        if resource.storage == ("", "services") and not intent.route.subresource:
            self.addresses.complete(obj, (e.object for e in self.store.entries(resource.storage)))
        self.admission.check_limits(intent, obj)
        self._charge(intent, obj)
        if intent.dry_run:
            return Written(object=obj, created=True)
        make_fit(intent, obj)
        return Written(object=self._put(resource, obj), created=True)

    def _put(self, resource: Resource, obj: Object) -> Object:
        return self.store.put(resource.storage, resource.kept(obj) if resource.kept else obj).object

    def _canonical(self, resource: Resource, obj: Object) -> Object:
        try:
            return self.kinds.settle(resource, obj)
        except DecodeError as error:
            raise bad_request(f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {error}') from error

    def _mutated(self, intent: Intent, operation: str, new: Object, old: Mapping[str, Any] | None) -> Object:
        """Return the object as mutating webhooks leave it, read again if they changed it."""
        changed = self.webhooks.mutate(intent, operation, new, old)
        if changed is None or changed is new:
            return new
        try:
            return self.kinds.settle(intent.route.resource, changed)
        except DecodeError as error:
            raise failure(str(error)) from error

    def update(self, intent: Intent, sent: Object, repeated: list[str]) -> Written:
        """Replace an object by what a PUT holds."""
        resource = intent.route.resource
        obj = self.kinds.read(resource, check_kind(sent, resource), intent, repeated)
        check_place(obj, intent)
        with self.store.lock:
            if not intent.route.subresource and resource.storage in strategy.CREATES_ON_UPDATE and self.current(intent) is None:
                return self._store_new(intent, obj, defaulted=True)
            old = self.existing(intent).object
            validation.check_replacement(resource, obj, Faults())
            self.check_uid(resource, old, obj["metadata"].get("uid"))
            return self.replace(intent, old, obj)

    def replace(self, intent: Intent, old: Mapping[str, Any], new: Object) -> Written:
        """Store `new` over `old`, as an update by the intent's manager."""
        old = to_version(old, intent.route.resource)
        return self.change(intent, old, ownership.update(old, new, self.kinds, intent))

    def change(self, intent: Intent, old: Mapping[str, Any], new: Object) -> Written:
        """Store `new`, whose managed fields are worked out, over `old`."""
        resource, subresource = intent.route.resource, intent.route.subresource
        self._check_revision(resource, old, new["metadata"])
        new = self._mutated(intent, "UPDATE", new, old)
        self._prepare(resource, new, old, subresource)
        self.admission.complete_update(intent, new, old)
        return self._store_change(intent, old, self._canonical(resource, new), subresource)

    def _prepare(self, resource: Resource, new: Object, old: Mapping[str, Any], subresource: str) -> None:
        if subresource == "status":
            strategy.prepare_status(resource, new, old)
        elif subresource == "finalize":
            strategy.prepare_finalize(new, old)
        else:
            if resource.storage == ("", "services"):
                self.addresses.carry(new, old)
            strategy.prepare_update(resource, new, old)

    def check_uid(self, resource: Resource, old: Mapping[str, Any], uid: str | None) -> None:
        """Refuse to replace another object than the one of this uid (409)."""
        metadata = old["metadata"]
        if not uid or uid == metadata["uid"]:
            return
        place = "/".join(part for part in (metadata.get("namespace", ""), metadata["name"]) if part)
        why = (
            f"StorageError: invalid object, Code: 4, Key: /{resource.plural}/{place}, ResourceVersion: 0, AdditionalErrorMsg: "
            f"Precondition failed: UID in precondition: {uid}, UID in object meta: {metadata['uid']}"
        )
        raise conflict(resource.group, resource.plural, metadata["name"], why)

    def _check_revision(self, resource: Resource, old: Mapping[str, Any], metadata: Object) -> None:
        asked, current = metadata.get("resourceVersion"), old["metadata"]["resourceVersion"]
        if asked and asked != "0":
            if not asked.isdigit():
                raise internal(f'strconv.ParseUint: parsing "{asked}": invalid syntax')
            if asked != current:
                raise conflict(resource.group, resource.plural, old["metadata"]["name"], OPTIMISTIC)
        metadata["resourceVersion"] = current

    def _store_change(self, intent: Intent, old: Mapping[str, Any], new: Object, subresource: str) -> Written:
        resource = intent.route.resource
        faults = Faults()
        if subresource == "status":
            validation.check_status(resource, new, old, faults)
        elif subresource in ("", "finalize"):
            validation.check_change(resource, new, old, faults)
        self.kinds.check_schema(resource, new, intent.warnings, subresource, old)
        if not subresource:
            intent.warnings.extend(warnings_of(resource, new, old))
        if subresource != "scale":
            self.policies.check(Review(operation="UPDATE", intent=intent, name=new["metadata"]["name"], new=new, old=old))
        self.webhooks.validate(intent, "UPDATE", new, old)
        if resource.storage == ("", "services") and not subresource:
            self.addresses.complete(new, (e.object for e in self.store.entries(resource.storage)))
        self._charge(intent, new, old)
        if _is_only_later(new, old):
            new["metadata"]["managedFields"] = old["metadata"]["managedFields"]
        if new == old or intent.dry_run:
            return Written(object=new)
        metadata = new["metadata"]
        if metadata.get("deletionTimestamp") and is_unheld(new, resource):
            self.store.delete(resource.storage, metadata.get("namespace", ""), metadata["name"])
            return Written(object=new)
        make_fit(intent, new)
        return Written(object=self._put(resource, new))

    def _charge(self, intent: Intent, new: Object, old: Mapping[str, Any] | None = None) -> None:
        """Note in the quotas of a namespace what an object uses, as soon as their status is there."""
        for quota, used in self.admission.check_quota(intent, new, old):
            charged = copy(dict(quota))
            known = (charged.get("status") or {}).get("used") or {}
            known |= {name: amount for name, amount in used.items() if name in known}
            metadata = charged["metadata"]
            resource = self.registry.find("", "v1", "resourcequotas")
            route = Route(verb="update", resource=resource, namespace=metadata["namespace"], name=metadata["name"], subresource="status")
            self.replace(replace(intent, route=route, manager="kube-apiserver"), quota, charged)

    def patch(self, intent: Intent, change: Any, *, repeated: list[str], media: str) -> Written:
        """Change an object by a JSON, merge or strategic-merge patch."""
        resource = intent.route.resource
        with self.store.lock:
            old = to_version(self.existing(intent).object, resource)
            patched = ownership.patched(old, change, media, self.kinds.type_of(resource))
            try:
                new = self.kinds.read(resource, check_kind(patched, resource), intent, repeated)
            except StatusError as error:
                raise ownership.worded_for(media, error, change) from error
            must_keep_name(new, intent)
            validation.check_replacement(resource, new, Faults())
            return self.replace(intent, old, new)

    def apply(self, intent: Intent, config: Object) -> Written:
        """Apply a configuration (server-side apply)."""
        with self.store.lock:
            entry = self.current(intent)
            config = self.configuration(intent, config)
            if entry is None:
                return self._apply_new(intent, config)
            return self._apply_over(intent, config, entry)

    def configuration(self, intent: Intent, config: Object) -> Object:
        """Return the applied object with its identity, or refuse it as the server does (400)."""
        resource = intent.route.resource
        if (config.get("apiVersion"), config.get("kind")) != (resource.api_version, resource.kind):
            raise bad_request(f"invalid object type: {ownership.kind_of(config)}")
        if config.get("metadata") is None:
            config["metadata"] = {}
        metadata = config["metadata"]
        if isinstance(metadata, dict) and metadata.get("managedFields") is not None:
            raise bad_request("metadata.managedFields must be nil")
        return config

    def _apply_new(self, intent: Intent, config: Object) -> Written:
        resource = intent.route.resource
        metadata = config["metadata"]
        uid = metadata.get("uid") if isinstance(metadata, dict) else None
        if uid and isinstance(uid, str):
            why = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
            raise conflict(resource.group, resource.plural, intent.route.name, why)
        if intent.route.subresource and resource.storage not in strategy.CREATES_ON_UPDATE:
            raise not_found(resource.group, resource.plural, intent.route.name)
        obj = ownership.apply(None, config, self.kinds, intent)
        obj = self._applied(intent, obj, config)
        must_keep_name(obj, intent)
        check_place(obj, intent)
        return self._store_new(intent, obj, defaulted=False)

    def _apply_over(self, intent: Intent, config: Object, entry: Entry) -> Written:
        old = to_version(entry.object, intent.route.resource)
        return self.change(intent, old, self.merged(intent, old, config))

    def merged(self, intent: Intent, old: Object, config: Object) -> Object:
        """Return what an apply makes of an object, as the server's own object."""
        obj = self._applied(intent, ownership.apply(old, config, self.kinds, intent), config)
        must_keep_name(obj, intent)
        return obj

    def _applied(self, intent: Intent, obj: Object, config: Object) -> Object:
        """Return what a merge made as the server's own object."""
        try:
            return self.kinds.settle(intent.route.resource, copy(obj))
        except DecodeError as error:
            source = "error decoding from json: " if "base64" in str(error) else ""
            why = f"unable to convert unstructured object to {ownership.kind_of(config)}: {source}{error}"
            raise internal(f"failed to convert new object ({ownership.name_of(config)}) to proper version: {why}") from error

    def touch(self, intent: Intent, obj: Object) -> Written:
        """Store an object as the server itself changes it, without owner and checks (deletion marks)."""
        if intent.dry_run:
            return Written(object=obj)
        return Written(object=self._put(intent.route.resource, obj))


def is_going(obj: Mapping[str, Any]) -> bool:
    """Whether an object is being deleted."""
    return "deletionTimestamp" in obj["metadata"]


def _is_only_later(new: Object, old: Mapping[str, Any]) -> bool:
    """Whether nothing but the times of managed fields differs."""
    after, before = (obj["metadata"].get("managedFields") or () for obj in (new, old))
    if after == before or [{**item, "time": ""} for item in after] != [{**item, "time": ""} for item in before]:
        return False
    return new == {**old, "metadata": {**old["metadata"], "managedFields": after}}


def is_unheld(obj: Mapping[str, Any], resource: Resource) -> bool:
    """Whether nothing keeps an object that is being deleted: no finalizer, no grace period that still runs."""
    metadata = obj["metadata"]
    if metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds"):
        return False
    return not (resource.storage == ("", "namespaces") and (obj.get("spec") or {}).get("finalizers"))


def as_main(intent: Intent) -> Intent:
    """Return the same intent for the main resource."""
    return replace(intent, route=replace(intent.route, subresource=""))


def must_keep_name(new: Object, intent: Intent) -> None:
    """Refuse a changed object that names itself otherwise than its path does (400)."""
    metadata = new["metadata"]
    if not metadata.get("name"):
        raise bad_request(f"the name of the object ({intent.route.name} based on URL) was undeterminable: name must be provided")
    if metadata["name"] != intent.route.name:
        raise bad_request(f"the name of the object ({metadata['name']}) does not match the name on the URL ({intent.route.name})")
    if intent.route.resource.namespaced and metadata.get("namespace") not in (None, "", intent.route.namespace):
        raise bad_request(SENT_NAMESPACE)


def status_code(written: Written) -> int:
    """Return the HTTP status of a write."""
    return 201 if written.created else 200
