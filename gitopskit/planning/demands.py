"""What does a desired object bring into its namespace: itself, and which Pods and claims at a time?

Pods are returned as a controller sends them, before any limit range has completed them.

The trap that shaped it: what a workload says of itself is no measure of what it brings. A Deployment brings a ReplicaSet too, unless it is
paused; a StatefulSet brings claims with every Pod; how many Pods a DaemonSet brings, only the nodes tell.

References
----------
Kubernetes, "Workload Management": Deployments, ReplicaSet, StatefulSets, DaemonSet, Jobs, CronJob, ReplicationController.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitopskit.model.objects import Object
from gitopskit.planning.shapes import Needed, Shape, amount, anything, read, text, truth, whole
from gitopskit.schema.limits import request_limits
from gitopskit.schema.usage import CLAIMS, PODS, GroupResource

_AMOUNTS: Final[Shape] = {"*": amount}
_RESOURCES: Final[Shape] = {"requests": _AMOUNTS, "limits": _AMOUNTS}
_CONTAINERS: Final[Shape] = [{"name": Needed(text), "restartPolicy": text, "resources": _RESOURCES}]
_POD: Final[Shape] = {
    "spec": Needed(
        {
            "containers": Needed(_CONTAINERS), "initContainers": _CONTAINERS, "resources": _RESOURCES, "overhead": _AMOUNTS,
            "priorityClassName": text, "activeDeadlineSeconds": whole,
        }
    )
}  # fmt: skip
_CLAIM: Final[Shape] = {"spec": Needed({"storageClassName": text, "resources": _RESOURCES})}
_WORKLOAD: Final[Shape] = {
    "spec": Needed(
        {
            "replicas": whole, "parallelism": whole, "completions": whole, "paused": truth, "suspend": truth,
            "template": Needed(_POD), "volumeClaimTemplates": [_CLAIM],
        }
    )
}  # fmt: skip
_CRON_JOB: Final[Shape] = {"spec": Needed({"jobTemplate": Needed(_WORKLOAD)})}
_SCOPES: Final[Shape] = [{"scopeName": Needed(text), "operator": Needed(text), "values": [text]}]
QUOTA: Final[Shape] = {"spec": {"hard": _AMOUNTS, "scopes": [text], "scopeSelector": {"matchExpressions": _SCOPES}}}
_LIMIT: Final[Shape] = {
    "type": Needed(text), **dict.fromkeys(("min", "max", "default", "defaultRequest", "maxLimitRequestRatio"), _AMOUNTS)
}  # fmt: skip
RANGE: Final[Shape] = {"spec": Needed({"limits": Needed([_LIMIT])})}
_READ: Final[Mapping[GroupResource, Shape]] = {
    CLAIMS: _CLAIM,
    ("", "services"): {"spec": Needed({"type": text, "ports": [anything]})},
    ("", "resourcequotas"): QUOTA,
    ("", "limitranges"): RANGE,
}
"""What is read of the kinds of which quotas and limit ranges look at more than that they are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One object that is to be, as far as quotas and limit ranges look at it."""

    resource: GroupResource
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """So many times the same parts, each time all of them or none.

    Attributes
    ----------
    kind
        What is brought; empty for the object itself.
    number
        How many at a time; None where only the cluster can tell.
    is_passing
        Whether what is brought ends, and makes room for the next.
    """

    kind: str
    number: int | None
    parts: tuple[Part, ...]
    is_passing: bool = False


def demands_of(item: Object, plural: str) -> list[Demand]:
    """Return what an object brings, in the order in which it comes to be.

    Parameters
    ----------
    plural
        Plural name of the object's kind; empty where it is unknown, and then the object itself is left out.

    Raises
    ------
    ValueError
        The body is not one that a server would take.
    """
    return [*_itself((item.id.group, plural), item.body), *_brought(item.id.group_kind, item.body)]


def _itself(resource: GroupResource, written: Mapping[str, Any]) -> Iterator[Demand]:
    if resource == PODS:
        yield from _pods(1, read(written, _POD), kind="")
    elif resource[1]:
        body = read(written, _READ[resource]) if resource in _READ else {}
        yield Demand(kind="", number=1, parts=(Part(resource=resource, body=body),))


def _brought(kind: str, written: Mapping[str, Any]) -> Iterator[Demand]:
    if kind not in _NUMBERS:
        return
    workload = read(written, _CRON_JOB)["spec"]["jobTemplate"] if kind == "CronJob.batch" else read(written, _WORKLOAD)
    spec = workload["spec"]
    if kind == "Deployment.apps" and not spec.get("paused"):
        yield Demand(kind="ReplicaSet", number=1, parts=(Part(resource=("apps", "replicasets"), body={}),))
    claims = spec.get("volumeClaimTemplates", ()) if kind == "StatefulSet.apps" else ()
    yield from _pods(_NUMBERS[kind](spec), spec["template"], claims, is_passing=kind == "Job.batch")


def _pods(
    number: int | None, pod: dict[str, Any], claims: Iterable[dict[str, Any]] = (), *, kind: str = "Pod", is_passing: bool = False
) -> Iterator[Demand]:
    if number == 0 or any(pod["spec"].get("resources", {}).values()):  # what a Pod asks for as a whole is not judged here
        return
    request_limits(pod["spec"])
    parts = (Part(resource=PODS, body=pod), *(Part(resource=CLAIMS, body=claim) for claim in claims))
    yield Demand(kind=kind, number=number, parts=parts, is_passing=is_passing)


def _replicas(spec: Mapping[str, Any]) -> int:
    replicas: int = spec.get("replicas", 1)
    return replicas


def _unless_paused(spec: Mapping[str, Any]) -> int:
    return 0 if spec.get("paused") else _replicas(spec)


def _at_a_time(spec: Mapping[str, Any]) -> int:
    parallelism: int = spec.get("parallelism", 1)
    return 0 if spec.get("suspend") else min(parallelism, spec.get("completions", parallelism))


def _untold(_: Mapping[str, Any]) -> None:
    return None


_NUMBERS: Final[Mapping[str, Callable[[Mapping[str, Any]], int | None]]] = {
    "Deployment.apps": _unless_paused,
    "ReplicaSet.apps": _replicas,
    "StatefulSet.apps": _replicas,
    "ReplicationController": _replicas,
    "Job.batch": _at_a_time,
    "DaemonSet.apps": _untold,
    "CronJob.batch": _untold,
}
