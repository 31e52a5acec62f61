"""Which step of a plan needs which other step of it?

A member of a namespace needs the namespace, a custom resource its definition, a workload what it names; and with a namespace that is
deleted goes what is in it. Only steps count: what is there already is needed by nobody.

The trap that shaped it: what an object names stands in its body, and a plan that was loaded holds no bodies. Then the fields that it
shows are read instead; of a new object those are all that it states. Of one that is deleted no plan ever holds the body: what it names
among the others that go is found while it is planned (`referred`), and kept by identity.

References
----------
Kubernetes API, PodSpec, Volume, EnvFromSource, EnvVarSource, RoleRef, IngressSpec; "Admission Controllers": PriorityClass, RuntimeClass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from gitopskit.model.changes import Action, Change, Method
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.plan import Plan
from gitopskit.planning.definitions import DEFINITION, Definitions

_RIGHTS: Final = "rbac.authorization.k8s.io"
_NAMED_BY: Final[Mapping[tuple[str, ...], tuple[str, str]]] = {
    ("serviceAccountName",): ("", "ServiceAccount"),
    ("configMap", "name"): ("", "ConfigMap"),
    ("configMapRef", "name"): ("", "ConfigMap"),
    ("configMapKeyRef", "name"): ("", "ConfigMap"),
    ("secret", "name"): ("", "Secret"),
    ("secret", "secretName"): ("", "Secret"),
    ("secretRef", "name"): ("", "Secret"),
    ("secretKeyRef", "name"): ("", "Secret"),
    ("imagePullSecrets", "name"): ("", "Secret"),
    ("tls", "secretName"): ("", "Secret"),
    ("persistentVolumeClaim", "claimName"): ("", "PersistentVolumeClaim"),
    ("spec", "volumeName"): ("", "PersistentVolume"),
    ("spec", "serviceName"): ("", "Service"),
    ("service", "name"): ("", "Service"),
    ("priorityClassName",): ("scheduling.k8s.io", "PriorityClass"),
    ("runtimeClassName",): ("node.k8s.io", "RuntimeClass"),
    ("storageClassName",): ("storage.k8s.io", "StorageClass"),
    ("ingressClassName",): ("networking.k8s.io", "IngressClass"),
}
"""By the end of a field's path, whatever the kind: a custom resource that names a Secret this way means one, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One step needs another.

    Attributes
    ----------
    id
        The step that needs.
    needs
        The step that is needed.
    why
        For a person: what makes it so.
    """

    id: ObjectId
    needs: ObjectId
    why: str


def needs_of(plan: Plan, *, known: Iterable[ObjectId] = ()) -> tuple[Need, ...]:
    """Return all needs among the steps of a plan, those that are left out included.

    Parameters
    ----------
    known
        Objects that an earlier plan knew. Of what is done meanwhile, names still tell which definition a kind has.
    """
    return tuple(_Steps(plan, known).needs())


def referred(item: Object, among: Collection[ObjectId]) -> tuple[ObjectId, ...]:
    """Return which objects of a set another one names, as its body tells."""
    found = {other for _, other in _named(item.id, _texts_in(item.body, ())) if other in among and other != item.id}
    return tuple(sorted(found, key=lambda other: other.parts))


class _Steps:
    """The steps of a plan, by what others may need of them."""

    def __init__(self, plan: Plan, known: Iterable[ObjectId]) -> None:
        self.plan = plan
        self.known = known
        self.steps = [change for change in plan.changes if change.action.writes]
        self.created = {change.id for change in self.steps if change.action is Action.CREATE}

    def needs(self) -> Iterator[Need]:
        for change in self.steps:
            yield from self._goes_with(change) if change.action is Action.DELETE else self._comes_after(change)

    def _comes_after(self, change: Change) -> Iterator[Need]:
        if (namespace := _namespace(change.id.namespace)) in self.created:
            yield Need(id=change.id, needs=namespace, why="it lives in that namespace, which this plan creates")
        inventory = self.plan.inventory
        kept = _namespace(inventory.namespace if inventory else "")
        if kept in self.created and kept not in (change.id, namespace):
            yield Need(id=change.id, needs=kept, why="the list of what is managed together is kept in that namespace")
        definition = self._definitions.get((change.id.group, change.id.kind))
        if definition is not None and _is_needed(definition, change):
            yield Need(id=change.id, needs=definition.id, why="its kind is defined there")
        yield from self._names(change)

    def _names(self, change: Change) -> Iterator[Need]:
        for names, other in _named(change.id, _texts(change)):
            if other in self.created and other != change.id:
                yield Need(id=change.id, needs=other, why=f"its field {'.'.join(names)} names it")

    def _goes_with(self, change: Change) -> Iterator[Need]:
        """Yield what is deleted along with a namespace or a definition, whoever chose it, and who names a deleted object until then."""
        for other, why in self._named_before[change.id]:
            yield Need(id=change.id, needs=other, why=why)
        if change.id.group_kind == "Namespace":
            for other in self._deleted_in[change.id.name]:
                yield Need(id=change.id, needs=other, why="it is deleted together with that namespace")
        if change.id.kind == DEFINITION:
            for other in self._deleted_of[change.id.name.partition(".")[2]]:
                if why := self._by_name.why(change.id, other.kind):
                    yield Need(id=change.id, needs=other, why=why)

    @cached_property
    def _named_before(self) -> Mapping[ObjectId, list[tuple[ObjectId, str]]]:
        """Return the steps that end the naming of an object, with a word on each, by that object."""
        found: dict[ObjectId, list[tuple[ObjectId, str]]] = defaultdict(list)
        for change in self.steps:
            for names, other in _named(change.id, _texts_before(change)) if change.action in (Action.UPDATE, Action.REPLACE) else ():
                found[other].append((change.id, f"its field {'.'.join(names)} names it until then"))
            for other in change.refers_to:
                found[other].append((change.id, "it names it for as long as it is there"))
        return found

    @cached_property
    def _deleted_in(self) -> Mapping[str, list[ObjectId]]:
        return self._deleted("namespace")

    @cached_property
    def _deleted_of(self) -> Mapping[str, list[ObjectId]]:
        return self._deleted("group")

    def _deleted(self, part: str) -> Mapping[str, list[ObjectId]]:
        found: dict[str, list[ObjectId]] = defaultdict(list)
        for change in self.steps:
            if change.action is Action.DELETE:
                found[getattr(change.id, part)].append(change.id)
        return found

    @cached_property
    def _by_name(self) -> Definitions:
        return Definitions([*(change.id for change in self.plan.changes), *self.known])

    @cached_property
    def _definitions(self) -> Mapping[tuple[str, str], Change]:
        return {
            (group, kind): change
            for change in self.steps
            if change.id.kind == DEFINITION and change.action is not Action.DELETE
            for texts in [list(_texts(change))]
            for group in [value for names, value in texts if names[-2:] == ("spec", "group")]
            for kind in [value for names, value in texts if names[-2:] == ("names", "kind")]
        }


def _is_needed(definition: Change, change: Change) -> bool:
    """Whether a custom resource cannot do without the step on its definition: it comes, or the resource was judged by what will be."""
    return definition.action is Action.CREATE or change.judgement.method in (Method.SCHEMA, Method.CANNOT_PREVIEW)


def _namespace(name: str) -> ObjectId:
    return ObjectId(group="", kind="Namespace", namespace="", name=name)


def _named(object_id: ObjectId, stated: Iterable[tuple[tuple[str, ...], str]]) -> Iterator[tuple[tuple[str, ...], ObjectId]]:
    """Yield what the texts of an object may name: in its namespace, or in none."""
    texts = list(stated)
    role_kind = next((value for names, value in texts if names[-2:] == ("roleRef", "kind")), "")
    for names, value in texts:
        group, kind = (_RIGHTS, role_kind) if names[-2:] == ("roleRef", "name") else _meant(names)
        for namespace in dict.fromkeys((object_id.namespace, "")) if kind else ():
            yield names, ObjectId(group=group, kind=kind, namespace=namespace, name=value)


def _meant(names: tuple[str, ...]) -> tuple[str, str]:
    return _NAMED_BY.get(names[-1:]) or _NAMED_BY.get(names[-2:]) or ("", "")


def _texts(change: Change) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the texts that a desired object states, each with the last names of its path."""
    if change.desired is not None:
        yield from _texts_in(change.desired.body, ())
        return
    for field in change.fields:
        names = tuple(element for element in field.path if isinstance(element, str))
        yield from _texts_in(field.after, names[-2:])


def _texts_before(change: Change) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the texts that a step changes or removes."""
    for field in change.fields:
        names = tuple(element for element in field.path if isinstance(element, str))
        yield from _texts_in(field.before, names[-2:])


def _texts_in(value: Any, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield names, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts_in(item, (*names[-1:], name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts_in(item, names)
