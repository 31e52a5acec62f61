"""What becomes of an object that cannot be judged where it will be, because its namespace or its definition comes with the same plan?

An object of a kind that is served is tried in a namespace that is there, under its own name: the server's word, for another place. Where
nothing may be tried, and for a definition that is still to come, the schema is asked. The row says which; and before the wave of that
object goes on, the server's word in the right place is held against what the row showed (see `writing`).

The trap that shaped it: another namespace has other rules. What it refuses for a reason of its own (rights, quota, limits, policies,
webhooks) says nothing about the object.
"""

from __future__ import annotations

import operator
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from gitopskit import home
from gitopskit.errors import ProviderError
from gitopskit.model.changes import Action, Change, ChangeClass, Judgement, Method
from gitopskit.model.masking import mask_object
from gitopskit.model.objects import Object
from gitopskit.model.paths import render_path
from gitopskit.planning.classes import classes_of
from gitopskit.planning.diff import differences, stored_fields
from gitopskit.planning.foresight import Foresight, foresee
from gitopskit.planning.managed import FIELD_MANAGER, owners
from gitopskit.planning.ranges import wrapped_integers
from gitopskit.providers.kubernetes.connection import Answer, Connection
from gitopskit.providers.kubernetes.discovery import ApiResource
from gitopskit.providers.kubernetes.dry_run import problem_of, send_apply
from gitopskit.providers.kubernetes.rows import BY_SCHEMA, ELSEWHERE, NO_PREVIEW, desired_row, unpreviewed_row
from gitopskit.providers.kubernetes.schemas import NO_SCHEMA, Schemas
from gitopskit.schema import ownership
from gitopskit.schema.types import Type

NAMESPACE: Final = "its namespace is created by this plan"
KIND: Final = "its kind is created by this plan"
DEFINITION: Final = "its definition is changed by this plan"
_PREVIEWS: Final = frozenset({Method.DRY_RUN_ELSEWHERE, Method.SCHEMA, Method.CANNOT_PREVIEW})
_ABOUT_THE_OBJECT: Final = frozenset({400, 422, 500})
_ABOUT_THE_PLACE: Final = ("denied the request", "denied request", "failed calling webhook")


@dataclass(frozen=True, kw_only=True)
class Previews:
    """Previews new objects; safe to use from several threads.

    Attributes
    ----------
    places
        Namespaces in which something may be tried, best first.
    """

    connection: Connection
    schemas: Schemas
    places: tuple[str, ...]

    def elsewhere(self, item: Object, resource: ApiResource) -> Change:
        """Return the row of an object whose namespace is still to come."""
        for place in self.places:
            answer = self._try(item, resource, place)
            if answer is not None and _is_about_the_object(answer):
                return _tried(item, answer, f"{NAMESPACE} (tried in {place})")
        return _by_schema(item, self.schemas.type_of(resource), NAMESPACE, is_built_in=resource.is_built_in)

    def by_definition(self, item: Object, definition: Object, live: Object | None) -> Change:
        """Return the row of an object whose definition, or its version, is still to come."""
        type_ = self._type_of(item, definition)
        if live is None:
            return _by_schema(item, type_, KIND, is_built_in=False)
        return _unpreviewed_update(item, live) if type_ is None or live.api_version != item.api_version else _merged(item, live, type_)

    def _type_of(self, item: Object, definition: Object) -> Type | None:
        key = id(definition), item.api_version
        if key not in self._types:
            self._types[key] = self.schemas.type_defined_by(definition, item)
        return self._types[key]

    @cached_property
    def _types(self) -> dict[tuple[int, str], Type | None]:
        """The types, by definition and version: thousands of objects share a few."""
        return {}

    def _try(self, item: Object, resource: ApiResource, place: str) -> Answer | None:
        try:
            for stand_in in _stand_ins(item, place):
                answer = send_apply(self.connection, resource, stand_in, is_dry=True)
                if answer.status != 409:
                    return answer
        except ProviderError:
            return None
        return None


def is_preview(change: Change) -> bool:
    """Whether the server has not been asked yet about an object in its own place."""
    return change.action in (Action.CREATE, Action.UPDATE) and change.judgement.method in _PREVIEWS


def contradiction(shown: Change, fresh: Change) -> str:
    """Return what the server says against a preview, now that it can be asked; empty where it says the same.

    Parameters
    ----------
    shown
        The step as it was approved.
    fresh
        The same object, judged where it will be.
    """
    if fresh.problem:
        return f"{shown.id}: {fresh.problem}"
    if fresh.action is Action.NO_OP and shown.action is Action.UPDATE:
        return ""  # nothing is left to do
    if fresh.action is not shown.action:
        return f"{shown.id}: it would be {fresh.action} instead of {shown.action}"
    if shown.judgement.method is Method.CANNOT_PREVIEW:
        return ""
    before, after = ({field.path: field.after for field in change.fields} for change in (shown, fresh))
    is_said = _covers if shown.judgement.method is Method.SCHEMA else operator.eq
    other = [path for path in {**before, **after} if not is_said(before.get(path), after.get(path))]
    return f"{shown.id}: {', '.join(map(render_path, other))} would be stored otherwise" if other else ""


def taken_over(shown: Change, fresh: Change) -> tuple[Change, str]:
    """Return the step that makes what was shown of what the cluster has given meanwhile; or what stands against it."""
    said = {field.path: field.after for field in shown.fields}
    other = [render_path(field.path) for field in fresh.fields if said.get(field.path) != field.after]
    lost = [f"{conflict.owner} owns {render_path(conflict.path)}" for conflict in fresh.refused_conflicts]
    problem = fresh.problem or "; ".join(lost) or (f"{', '.join(other)} would be stored otherwise" if other else "")
    if problem:
        return shown, f"{shown.id}: {problem}"
    step = replace(shown, action=Action.UPDATE, fields=fresh.fields, conflicts=fresh.conflicts)
    return replace(step, uid=fresh.uid, resource_version=fresh.resource_version), ""


def _covers(said: Any, stored: Any) -> bool:
    """Whether everything that a schema said is stored, in its order: within lists the server fills in and adds what no schema tells."""
    if isinstance(said, Mapping) and isinstance(stored, Mapping):
        return all(name in stored and _covers(value, stored[name]) for name, value in said.items())
    if isinstance(said, list) and isinstance(stored, list):
        rest = iter(stored)
        return all(any(_covers(item, kept) for kept in rest) for item in said)
    return bool(said == stored)


def _stand_ins(item: Object, place: str) -> Iterator[Object]:
    """Yield the object as it would be in another namespace: under its own name, and under one that nobody has."""
    for name in (item.id.name, f"{item.id.name[:40]}-{secrets.token_hex(4)}"):
        body = {**item.body, "metadata": {**item.body["metadata"], "name": name, "namespace": place}}
        yield replace(item, id=replace(item.id, namespace=place, name=name), body=body)


def _is_about_the_object(answer: Answer) -> bool:
    """Whether an answer tells of the object, rather than of the namespace in which it was tried."""
    is_of_place = any(words in answer.message for words in _ABOUT_THE_PLACE)
    return answer.is_ok or (answer.status in _ABOUT_THE_OBJECT and not is_of_place)


def _tried(item: Object, answer: Answer, reason: str) -> Change:
    if not answer.is_ok:
        return _row(item, reason, ELSEWHERE, problem=problem_of(answer, item), answer=answer)
    after = mask_object(answer.json(), key=home.mask_key())
    problem = "; ".join(wrapped_integers(item.body, after))
    return replace(_row(item, reason, ELSEWHERE, problem=problem, answer=answer), fields=stored_fields(item.body, after))


def _by_schema(item: Object, type_: Type | None, reason: str, *, is_built_in: bool) -> Change:
    if type_ is None:
        return unpreviewed_row(item, reason)
    try:
        found = foresee(item.body, type_, is_built_in=is_built_in)
    except NO_SCHEMA:
        return unpreviewed_row(item, reason)
    row = _row(item, reason, BY_SCHEMA, problem="; ".join(found.problems))
    return replace(row, fields=stored_fields(item.body, found.body), warnings=_unasked(found))


def _merged(item: Object, live: Object, type_: Type) -> Change:
    """Return the row of an object that is there, by the schema that it will have."""
    row = replace(_unpreviewed_update(item, live), judgement=BY_SCHEMA, classes=frozenset())
    write = ownership.Write(manager=FIELD_MANAGER, api_version=item.api_version, time="", reconciles=True)
    try:
        after: Mapping[str, Any] = ownership.apply(dict(live.body), dict(item.body), type_, write).object
    except ownership.Conflicts:
        return _unpreviewed_update(item, live)
    except ValueError:
        after = item.body  # it does not fit, which is said of it below
    except NO_SCHEMA:
        return _unpreviewed_update(item, live)
    return _foreseen_update(row, item, live, after, type_)


def _foreseen_update(row: Change, item: Object, live: Object, after: Mapping[str, Any], type_: Type) -> Change:
    try:
        found = foresee(after, type_, is_built_in=False)
    except NO_SCHEMA:
        return _unpreviewed_update(item, live)
    if found.problems:
        return replace(row, problem="; ".join(found.problems))
    fields = tuple(replace(field, owners=owners(live.body, field.path)) for field in differences(live.body, found.body))
    classes = classes_of(live.body, found.body, fields, ())
    return replace(row, fields=fields, classes=classes, drift=ChangeClass.DRIFT in classes, warnings=_unasked(found))


def _unpreviewed_update(item: Object, live: Object) -> Change:
    row = desired_row(item, Action.UPDATE, DEFINITION, live=live, fields=stored_fields(item.body, item.body), judgement=NO_PREVIEW)
    return replace(row, classes=frozenset({ChangeClass.CANNOT_PREVIEW}))


def _unasked(found: Foresight) -> tuple[str, ...]:
    rules = f"{found.unasked} rule{'s' if found.unasked > 1 else ''} of its definition can be asked only once it is there"
    return (rules,) if found.unasked else ()


def _row(item: Object, reason: str, judgement: Judgement, *, problem: str, answer: Answer | None = None) -> Change:
    fields = stored_fields(item.body, item.body)
    return desired_row(item, Action.CREATE, reason, fields=fields, judgement=judgement, problem=problem, answer=answer)
