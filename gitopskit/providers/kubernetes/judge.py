"""What would an apply do to one object?

Three ways to judge, cheapest first: an object that states just what we last applied, with its live values, needs no request, unless
something in the cluster may change it on its way in; everything else is a server dry-run; what lives in a namespace, or is of a kind,
that this very plan creates is previewed (see `preview`).

The trap that shaped it: the server answers for the state that it holds this moment. So every dry-run is pinned to the uid and version
that was read, and an object that moved meanwhile is read again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from gitopskit import home
from gitopskit.errors import CredentialsError, ProviderError, UnreachableError, plain
from gitopskit.model.changes import Action, Change, ChangeClass, Conflict, FieldAction, FieldChange
from gitopskit.model.ids import ObjectId
from gitopskit.model.masking import mask_object
from gitopskit.model.objects import Object
from gitopskit.model.plan import PlanOptions
from gitopskit.model.snapshot import Inventory, Snapshot
from gitopskit.planning.aftermath import Verdict
from gitopskit.planning.classes import classes_of
from gitopskit.planning.diff import differences, stated_fields, stored_fields, value_at
from gitopskit.planning.managed import our_entry, owners, states_exactly
from gitopskit.planning.ownership import is_forced
from gitopskit.planning.predict import predict
from gitopskit.planning.ranges import wrapped_integers
from gitopskit.providers.kubernetes.connection import Answer, Connection
from gitopskit.providers.kubernetes.discovery import ApiResource, Discovery
from gitopskit.providers.kubernetes.dry_run import conflicts_of, immutable_fields, is_contested, problem_of, send_apply
from gitopskit.providers.kubernetes.inventory import parent_id
from gitopskit.providers.kubernetes.mutators import Mutators
from gitopskit.providers.kubernetes.preview import Previews
from gitopskit.providers.kubernetes.ranges import range_problem
from gitopskit.providers.kubernetes.reading import read_object
from gitopskit.providers.kubernetes.rows import BELIEVED, PREDICTED, desired_row, problem_row
from gitopskit.providers.kubernetes.schemas import Schemas
from gitopskit.schema.types import Type

DRY_RUN_ATTEMPTS: Final = 10


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Judges the desired objects of one plan, one by one; safe to use from several threads.

    Attributes
    ----------
    desired
        Completed desired objects, by identity.
    live
        What was read; an object that moved since is read again.
    mutators
        What may change objects on their way in.
    """

    connection: Connection
    discovery: Discovery
    desired: dict[ObjectId, Object]
    live: Snapshot
    options: PlanOptions
    inventory: Inventory
    mutators: Mutators
    schemas: Schemas

    def predict(self, item: Object) -> Change | None:
        """Return the row of an object that surely stays as it is; None where somebody has to be asked."""
        live = self.live.objects.get(item.id)
        resource = self.discovery.find(item.api_version, item.id.kind)
        if live is None or resource is None or live.api_version != item.api_version or item.id == self._parent:
            return None
        return self._unchanged(item, live, resource)

    def judge(self, item: Object) -> Change:
        """Return what an apply would do to one desired object, whoever has to be asked."""
        resource = self.discovery.find(item.api_version, item.id.kind)
        if problem := self._hopeless(item):
            return problem_row(item, "it cannot be applied", problem)
        if resource is None:
            return self._of_unknown_kind(item)
        try:
            return self._judge_known(item, resource)
        except (CredentialsError, UnreachableError):
            raise
        except ProviderError as error:
            return problem_row(item, "it could not be read", f"it could not be read: {plain(error.what)}")

    def _judge_known(self, item: Object, resource: ApiResource) -> Change:
        live = self._find(item, resource)
        if live is None and (missing := self._without_any_namespace(item)):
            return missing
        if live is None and self.lacks(namespace_id(item.id.namespace)):
            return self._previews.elsewhere(item, resource)
        return self._judge_update(item, live, resource) if live else self.judge_create(item, resource)

    @cached_property
    def _parent(self) -> ObjectId:
        return parent_id(self.inventory)

    def _type_of(self, resource: ApiResource) -> Type | None:
        if id(resource) not in self._types:
            self._types[id(resource)] = self.schemas.type_of(resource)
        return self._types[id(resource)]

    @cached_property
    def _types(self) -> dict[int, Type | None]:
        """The types, by what discovery holds: thousands of objects share a few."""
        return {}

    # --- before anything is asked ------------------------------------------------------------------------------------------------

    def _hopeless(self, item: Object) -> str:
        if item.id.name in ("", ".", "..") or "/" in item.id.name + item.id.namespace:
            return f"{plain(item.id.name)!r} in {plain(item.id.namespace)!r} is no name that can be addressed"
        if item.id == self._parent:
            return "it is the parent object of the inventory itself; name another inventory"
        return ""

    def _find(self, item: Object, resource: ApiResource) -> Object | None:
        """Return the live object in the version that is desired; asked for by name where it could not be listed."""
        found = self.live.objects.get(item.id)
        is_hidden = found is None and any(one.covers(item.id) for one in self.live.unreadable)
        if is_hidden or (found is not None and found.api_version != item.api_version):
            return read_object(self.connection, resource, item.id)
        return found

    def _of_unknown_kind(self, item: Object) -> Change:
        if definition := self._definitions.get(_kind_of(item)):
            live = self.live.objects.get(item.id)
            return self._without_any_namespace(item) or self._previews.by_definition(item, definition, live)
        stale = (one.message for one in self.discovery.unreadable if one.group_kind == item.id.group)
        problem = next(stale, f"the server does not know {plain(item.id.kind)} in {plain(item.api_version)}")
        return problem_row(item, "its kind is unknown", problem)

    def _under_its_coming_definition(self, item: Object, live: Object | None) -> Change | None:
        """Return the row of an object that the server refuses, if this very plan changes what it is refused by."""
        definition = self._definitions.get(_kind_of(item))
        if definition is None or self.predict(definition) is not None:
            return None
        return self._previews.by_definition(item, definition, live)

    def _without_any_namespace(self, item: Object) -> Change | None:
        """Return the row of an object whose namespace is not there, and not desired either."""
        namespace = namespace_id(item.id.namespace)
        if not self.lacks(namespace) or namespace in self.desired:
            return None
        return problem_row(item, "its namespace is missing", f"namespace {item.id.namespace} does not exist and is not desired either")

    def lacks(self, namespace: ObjectId) -> bool:
        """Whether a namespace is surely not there (yet)."""
        is_known = not any(one.covers(namespace) for one in self.live.unreadable)
        return bool(namespace.name) and is_known and namespace not in self.live.objects

    @cached_property
    def _definitions(self) -> Mapping[tuple[str, str, str], Object]:
        return {kind: item for item in self.desired.values() for kind in defined_kinds(item)}

    @cached_property
    def _previews(self) -> Previews:
        places = dict.fromkeys((self.options.namespace, "default"))
        there = tuple(name for name in places if not self.lacks(namespace_id(name)))
        return Previews(connection=self.connection, schemas=self.schemas, places=there or ("default",))

    # --- asking the server -------------------------------------------------------------------------------------------------------

    def judge_create(self, item: Object, resource: ApiResource) -> Change:
        """Return what an apply would do to an object that is not there."""
        if problem := range_problem(item, resource, self.schemas):
            return problem_row(item, "an integer is out of range", problem)
        answer = send_apply(self.connection, resource, item, is_dry=True)
        if answer.status == 404 and namespace_id(item.id.namespace) in self.desired:
            return self._previews.elsewhere(item, resource)  # whether it is there could not be told before
        if answer.status == 409 and (moved := read_object(self.connection, resource, item.id)):
            return self._judge_update(item, moved, resource)
        if not answer.is_ok and (coming := self._under_its_coming_definition(item, None)):
            return coming
        after = mask_object(answer.json(), key=home.mask_key()) if answer.is_ok else item.body
        fields = stored_fields(item.body, after)
        return desired_row(item, Action.CREATE, "it is not there", fields=fields, answer=answer, problem=_problem(answer, item))

    def _unchanged(self, item: Object, live: Object, resource: ApiResource) -> Change | None:
        is_going = "deletionTimestamp" in (live.body.get("metadata") or {})
        if is_going or self.mutators.may_change(resource):
            return None
        type_ = self._type_of(resource)
        if not states_exactly(item.body, live.body, type_) and not _merges_into_the_same(item, live, resource, type_):
            return None
        judgement = PREDICTED if self.mutators.is_known else BELIEVED
        return desired_row(item, Action.NO_OP, "it is as desired", live=live, judgement=judgement)

    def _judge_update(self, item: Object, live: Object, resource: ApiResource) -> Change:
        if gone_since := (live.body.get("metadata") or {}).get("deletionTimestamp"):
            return problem_row(
                item, "it is being deleted", f"it is being deleted since {gone_since}; plan again once it is gone", live=live
            )
        if unchanged := self._unchanged(item, live, resource):
            return unchanged
        if problem := range_problem(item, resource, self.schemas):
            return problem_row(item, "an integer is out of range", problem, live=live)
        for _ in range(DRY_RUN_ATTEMPTS):
            pinned = replace(item, uid=live.uid, resource_version=live.resource_version)
            answer = send_apply(self.connection, resource, pinned, is_dry=True)
            if change := self._judge_answer(pinned, live, resource, answer):
                return replace(change, desired=item)
            moved = read_object(self.connection, resource, item.id)
            if moved is None:
                return self.judge_create(item, resource)
            live = moved
        return problem_row(item, "it keeps changing", "it changes faster than it can be planned for; plan again", live=live)

    def _judge_answer(self, pinned: Object, live: Object, resource: ApiResource, answer: Answer) -> Change | None:
        """Return the row that an answer stands for; None if the object has moved since it was read."""
        conflicts: tuple[Conflict, ...] = ()
        if is_contested(answer):
            conflicts = self._decided(conflicts_of(answer, live), pinned, live)
            answer = send_apply(self.connection, resource, pinned, is_dry=True, force=True)  # what it would be if all were taken over
        if answer.status == 409:
            return None
        if immutable := immutable_fields(answer, pinned):
            return self._replacement(pinned, live, resource, immutable, conflicts)
        if not answer.is_ok and (coming := self._under_its_coming_definition(pinned, live)):
            return coming
        if not answer.is_ok:
            change = problem_row(pinned, "it differs", problem_of(answer, pinned), live=live)
            return replace(change, conflicts=conflicts)
        return self._updated(pinned, live, answer, conflicts)

    def _decided(self, conflicts: tuple[Conflict, ...], item: Object, live: Object) -> tuple[Conflict, ...]:
        """Mark the conflicts as forced if every one of them may be: force covers a whole request."""
        is_all = all(is_forced(conflict, item.id, live, self.options, self.inventory.id) for conflict in conflicts)
        return tuple(replace(conflict, forced=is_all) for conflict in conflicts)

    def _updated(self, pinned: Object, live: Object, answer: Answer, conflicts: tuple[Conflict, ...]) -> Change:
        after = mask_object(answer.json(), key=home.mask_key())
        fields = tuple(replace(field, owners=owners(live.body, field.path)) for field in differences(live.body, after))
        ours, ours_after = our_entry(live.body), our_entry(after)
        if not fields and ours is not None and ours_after is not None and ours.fields == ours_after.fields:
            return desired_row(pinned, Action.NO_OP, "it is as desired", live=live, answer=answer)
        classes = classes_of(live.body, after, fields, conflicts)
        is_drift = ChangeClass.DRIFT in classes
        reason = "it was changed on the cluster since" if is_drift else "fields differ" if fields else "only who owns which field changes"
        change = desired_row(
            pinned, Action.UPDATE, reason, live=live, fields=fields, conflicts=conflicts, answer=answer,
            problem=_problem(answer, pinned),
        )  # fmt: skip
        return replace(change, classes=classes, drift=is_drift)

    def _replacement(
        self, pinned: Object, live: Object, resource: ApiResource, immutable: tuple[str, ...], conflicts: tuple[Conflict, ...]
    ) -> Change:
        """Return the row of an object that has to be deleted and made anew, tried first under a name of its own."""
        name = f"{pinned.id.name[:40]}-{secrets.token_hex(4)}"
        body = {**pinned.body, "metadata": {**pinned.body["metadata"], "name": name}}
        stand_in = replace(pinned, id=replace(pinned.id, name=name), body=body, uid="", resource_version="")
        answer = send_apply(self.connection, resource, stand_in, is_dry=True)
        after = mask_object(answer.json(), key=home.mask_key()) if answer.is_ok else {}
        reason = f"{', '.join(immutable)} cannot be changed in place"
        return desired_row(
            pinned, Action.REPLACE, reason, live=live, fields=tuple(_overlay(live, pinned, after)),
            conflicts=conflicts, problem="" if _is_good_enough(answer) else problem_of(answer, pinned),
        )  # fmt: skip


def namespace_id(name: str) -> ObjectId:
    """Return the identity of a namespace."""
    return ObjectId(group="", kind="Namespace", namespace="", name=name)


def _kind_of(item: Object) -> tuple[str, str, str]:
    return item.id.group, item.api_version.rpartition("/")[2], item.id.kind


def defined_kinds(definition: Object) -> Iterator[tuple[str, str, str]]:
    """Yield group, version and kind of what an object defines, if it is a CustomResourceDefinition; a bad one defines nothing."""
    if definition.id.group_kind != "CustomResourceDefinition.apiextensions.k8s.io":
        return
    spec: Any = definition.body.get("spec")
    try:
        served = [(spec["group"], version["name"], spec["names"]["kind"]) for version in spec["versions"] if version.get("served")]
        yield from (kind for kind in served if all(isinstance(word, str) for word in kind))
    except (AttributeError, KeyError, TypeError):
        return


def _merges_into_the_same(item: Object, live: Object, resource: ApiResource, type_: Type | None) -> bool:
    return type_ is not None and predict(item.body, live.body, type_, is_built_in=resource.is_built_in).verdict is Verdict.NO_OP


def _problem(answer: Answer, item: Object) -> str:
    """Return why a dry-run failed, or what the server would silently make of our numbers; empty where all is well."""
    return "; ".join(wrapped_integers(item.body, answer.json())) if answer.is_ok else problem_of(answer, item)


def _is_good_enough(answer: Answer) -> bool:
    """Whether a stand-in was accepted, or refused for what only the live object itself is in the way of (quota, a fixed address)."""
    return answer.status not in (400, 422, 500) or "already allocated" in answer.message


def _overlay(live: Object, pinned: Object, after: Mapping[str, Any]) -> Iterator[FieldChange]:
    """Yield what differs of the fields that the desired object states, in the spelling that the server gives them."""
    for stated in stated_fields(pinned.body):
        before, then = value_at(live.body, stated.path), value_at(after, stated.path)
        wanted = stated.after if then is None else then
        if before is None:
            yield replace(stated, after=wanted)
        elif before != wanted:
            yield replace(stated, action=FieldAction.CHANGE, before=before, after=wanted, owners=owners(live.body, stated.path))
