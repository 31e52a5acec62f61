"""What of a new namespace would its own quotas and limit ranges refuse, or keep from starting?

A server tries nothing in a namespace that is not there yet. So what is desired there is added up here, by the rules in
`gitopskit.schema.usage` and `gitopskit.schema.limits`, in the order in which it is applied.

The trap that shaped it: a quota that is applied beside the objects that it counts may come too late to refuse them. It is held against
them all the same, or the same commit would fail at the next rebuild.

References
----------
Kubernetes, "Resource Quotas"; "Limit Ranges".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gitopskit.errors import plain
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.planning.demands import QUOTA, RANGE, Demand, Part, demands_of
from gitopskit.planning.given import GIVEN, is_given
from gitopskit.planning.order import wave_of
from gitopskit.planning.shapes import Shape, read
from gitopskit.schema.amounts import Amounts, plus
from gitopskit.schema.limits import complete_pod, complete_range, contradictions, faults_of
from gitopskit.schema.quantity import add, multiply, parse
from gitopskit.schema.usage import CLAIMS, PODS, counted_in, counts, exceeded, is_count, unstated, usage_of

_QUOTA: Final = "ResourceQuota"
_RANGE: Final = "LimitRange"


def shortfalls(
    objects: Iterable[Object], namespaces: Collection[str], plural_of: Callable[[Object], str]
) -> dict[ObjectId, tuple[str, ...]]:
    """Return what would be refused in new namespaces, by the quotas and limit ranges that are desired there.

    Parameters
    ----------
    objects
        All that is desired.
    namespaces
        Names of those that do not exist yet.
    plural_of
        Plural resource name of an object's kind; empty where it is unknown.

    Returns
    -------
    dict
        Sentences by identity, for what would be refused or would not get all of its Pods. What cannot be judged is left out: bodies of
        another shape than the server takes, kinds that are unknown.
    """
    wanted, members, ruled = frozenset(namespaces) - {""}, dict[str, list[Object]](), set[str]()
    for item in objects:
        if (namespace := item.id.namespace) in wanted:
            members.setdefault(namespace, []).append(item)
            if item.id.group_kind in (_QUOTA, _RANGE):
                ruled.add(namespace)
    return {item_id: said for name in sorted(ruled) for item_id, said in _told(members[name], plural_of)}


def _told(members: list[Object], plural_of: Callable[[Object], str]) -> Iterator[tuple[ObjectId, tuple[str, ...]]]:
    members = sorted(members, key=lambda item: (wave_of(item.id), *item.id.parts))
    namespace = _Namespace(quotas=list(_quotas(members)), ranges=list(_ranges(members)))
    for item in members:
        if not is_given(item.id) and (said := namespace.admit(item, plural_of(item))):
            yield item.id, said


def _read(members: Iterable[Object], kind: str, shape: Shape) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and spec of the quotas or limit ranges that a server would take."""
    for item in members:
        if item.id.group_kind == kind:
            try:
                yield item.id.name, read(item.body, shape).get("spec", {})
            except ValueError:
                continue


def _quotas(members: Iterable[Object]) -> Iterator[_Quota]:
    for name, spec in _read(members, _QUOTA, QUOTA):
        quota = _Quota(name=name, spec=spec, hard=spec.get("hard", {}))
        quota.use(quota.share_of(Part(resource=resource, body={}) for resource in GIVEN.values()), 1)
        yield quota


def _ranges(members: Iterable[Object]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, spec in _read(members, _RANGE, RANGE):
        complete_range(spec)
        yield name, spec


@dataclass(slots=True, kw_only=True)
class _Quota:
    """One quota, and what is used of it so far."""

    name: str
    spec: Mapping[str, Any]
    hard: Amounts
    used: Amounts = field(default_factory=dict)

    def counts(self, part: Part) -> bool:
        """Whether a part is in the scopes of this quota."""
        return counts({"spec": self.spec}, part.resource, part.body)

    def share_of(self, parts: Iterable[Part]) -> Amounts:
        """Return what parts need of this quota, all together."""
        total: Amounts = {}
        for part in parts:
            if self.counts(part):
                used = usage_of(part.resource, part.body).items()
                total = plus(total, {name: amount for name, amount in used if name in self.hard and parse(amount)})
        return total

    def room_for(self, name: str, each: str) -> int:
        """Return how often an amount fits into what is left."""
        return max(0, int(parse(add(self.hard[name], self.used.get(name, "0"), -1)) // parse(each)))

    def use(self, each: Amounts, times: int) -> None:
        """Note what is used."""
        self.used = plus(self.used, _times(each, times))

    def unstated(self, part: Part) -> Iterator[str]:
        """Yield what this quota asks a Pod to state, in a sentence for all containers that leave out the same."""
        by_containers: dict[tuple[str, ...], list[str]] = {}
        for name, containers in sorted(unstated(part.body["spec"], self.hard).items() if self.counts(part) else ()):
            by_containers.setdefault(tuple(sorted(containers)), []).append(name)
        for silent, names in by_containers.items():
            word = "container" if len(silent) == 1 else "containers"
            yield f"quota {self.name} asks for {', '.join(names)} to be stated by {word} {', '.join(silent)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Namespace:
    """A namespace as it fills up."""

    quotas: list[_Quota]
    ranges: list[tuple[str, Mapping[str, Any]]]

    def admit(self, item: Object, plural: str) -> tuple[str, ...]:
        """Let an object in with all that it brings, as far as there is room; return what is against it."""
        judges = [quota for quota in self.quotas if item.id.group_kind != _QUOTA or quota.name < item.id.name]
        said: list[str] = []
        for demand in _demands_of(item, plural):
            said += self._faults(demand)
            if not said and demand.number is not None:
                said += self._charge(demand, demand.number, judges)
        return tuple(plain(one) for one in said)

    def _faults(self, demand: Demand) -> Iterator[str]:
        """Complete the Pods of a demand, and yield what is wrong with each of its parts, however much room there is."""
        for part in demand.parts:
            if part.resource == PODS:
                yield from self._complete(part.body["spec"])
                yield from (said for quota in self.quotas for said in quota.unstated(part))
            if part.resource in (PODS, CLAIMS):
                whose = "it" if not demand.kind else "its Pods" if part.resource == PODS else "its claims"
                for name, spec in self.ranges:
                    yield from (
                        f"limit range {name} refuses {whose}: {fault}" for fault in faults_of(part.resource[1], part.body["spec"], spec)
                    )

    def _complete(self, pod_spec: Mapping[str, Any]) -> Iterator[str]:
        """Complete a Pod, and yield what a limit range makes of it that no server takes."""
        known = contradictions(pod_spec)
        for name, spec in self.ranges:
            complete_pod(pod_spec, spec)
            now = contradictions(pod_spec)
            yield from (f"with the defaults of limit range {name}, {one}" for one in now if one not in known)
            known = now

    def _charge(self, demand: Demand, number: int, judges: list[_Quota]) -> list[str]:
        """Use as much as fits, and return which of the quotas are in the way of the rest."""
        shares = [(quota, quota.share_of(demand.parts)) for quota in self.quotas]
        said, fitting = [], number
        for quota, each in shares:
            for name in exceeded(_times(each, number), quota.used, quota.hard) if quota in judges else ():
                fitting = min(fitting, quota.room_for(name, each[name]))
                said.append(_sentence(demand, number, quota, name, each[name]))
        for quota, each in shares:
            quota.use(each, fitting)
        return said


def _demands_of(item: Object, plural: str) -> list[Demand]:
    try:
        return demands_of(item, plural)
    except ValueError:
        return []


def _times(each: Amounts, number: int) -> Amounts:
    return {name: multiply(amount, number) for name, amount in each.items()}


def _sentence(demand: Demand, number: int, quota: _Quota, name: str, each: str) -> str:
    """Say what is asked for, what is allowed, and what is used of it already."""
    hard, used = quota.hard[name], quota.used.get(name, "0")
    used += " are" if is_count(name) and used != "1" else " is"
    if demand.kind:
        room = quota.room_for(name, each)
        fitting = f"{room or 'none'} {'fits' if room < 2 else 'fit'}{' at a time' if room and demand.is_passing else ''}"
        asked = f"{_brought(demand, number, name)} {multiply(each, number)} of {name}"
        return f"{asked}; quota {quota.name} allows {hard}, of which {used} used, so {fitting}"
    if is_count(name) and each == "1":
        given = next((f" ({given[1]} counts)" for given, resource in GIVEN.items() if resource == demand.parts[0].resource), "")
        return f"quota {quota.name} limits {name} to {hard}, and {used} used before this one{given}"
    return f"it needs {each} of {name}; quota {quota.name} allows {hard}, of which {used} used"


def _brought(demand: Demand, number: int, name: str) -> str:
    them = f"{number} {demand.kind}{'' if number == 1 else 's'} of it"
    claims = ", with claims," if len(demand.parts) > 1 and counted_in([name]) == {CLAIMS} else ""
    return f"{them}{claims} {'needs' if number == 1 else 'need'}"
