"""Which manifests make a namespace for a team?

A namespace, how much may be used in it, what a container gets that asks for nothing, and who may work there. A folder of its own holds
them, one file each, so that what is changed later is changed by a pull request about it.

References
----------
Kubernetes, "Object Names and IDs" (RFC 1123 labels), "Resource Quotas", "Limit Ranges", "User-facing roles".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from gitopskit.errors import UsageError, plain
from gitopskit.schema import quantity
from gitopskit.sources.writing import spelling

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_IMAGE: Final = re.compile(r"[a-zA-Z0-9][\w./:@-]{0,254}")
_RESERVED: Final = re.compile(r"kube-.*|default")
_COMPUTE: Final = ("cpu", "memory", "ephemeral-storage")
_COUNTED: Final = (
    "pods", "services", "services.loadbalancers", "services.nodeports", "configmaps", "secrets", "persistentvolumeclaims",
    "replicationcontrollers", "resourcequotas", "requests.storage",
)  # fmt: skip
_QUOTA: Final = (*_COUNTED, *_COMPUTE, *(f"{side}.{name}" for side in ("requests", "limits") for name in _COMPUTE))
_OTHER_QUOTA: Final = re.compile(
    r"count/[a-z]+(\.[a-z0-9.-]+)?|requests\.[a-z0-9.-]+/[a-z0-9.-]+|[a-z0-9.-]+\.storageclass\.storage\.k8s\.io/.+"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceRequest:
    """What a team asks for.

    Attributes
    ----------
    team
        Who will work there; the name of their group, unless `group` names it.
    quota
        How much may be used in all: ``{"pods": 10, "requests.cpu": "2"}``.
    limits, requests
        What a container gets that names none: ``{"cpu": "500m", "memory": "256Mi"}``.
    group
        The group that is bound to the role `edit`.
    image
        A first workload, named like the namespace; empty for none.
    replicas
        How many of it.

    Raises
    ------
    UsageError
        A name or an amount cannot be what it is to be.
    """

    team: str
    namespace: str
    quota: Mapping[str, str | int] = field(default_factory=dict)
    limits: Mapping[str, str | int] = field(default_factory=dict)
    requests: Mapping[str, str | int] = field(default_factory=dict)
    group: str = ""
    image: str = ""
    replicas: int = 1

    def __post_init__(self) -> None:
        """Check every name and amount, before anything is made of them."""
        _check_label("namespace", self.namespace)
        _check_label("team", self.team)
        if _RESERVED.fullmatch(self.namespace):
            raise UsageError(f"the namespace {self.namespace} is the system's own", next_step="name another")
        if self.group != plain(self.group, 200) or (self.image and not _IMAGE.fullmatch(self.image)):
            raise UsageError(f"{plain(self.group or self.image)!r} is no name of a group or an image", next_step="correct it")
        if type(self.replicas) is not int or not 0 <= self.replicas <= 1000:
            raise UsageError(f"{plain(str(self.replicas))} replicas are no number of them", next_step="replicas=2")
        for name, amounts, known in (
            ("quota", self.quota, _QUOTA),
            ("limits", self.limits, _COMPUTE),
            ("requests", self.requests, _COMPUTE),
        ):
            _check_amounts(name, amounts, known)
        for name in self.requests:
            if name in self.limits and quantity.compare(self.requests[name], self.limits[name]) > 0:
                raise UsageError(f"a container would request more {name} than its limit", next_step="raise the limit, or lower the request")

    def files(self, folder: str) -> dict[str, bytes]:
        """Return the manifests, by their paths below a folder."""
        place = f"{folder}/{self.namespace}" if folder else self.namespace
        return {f"{place}/{name}.yaml": spelling.document(body).encode() for name, body in self._bodies()}

    def _bodies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        yield "namespace", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace, "labels": {"team": self.team}}}
        if self.quota:
            yield "quota", self._object("v1", "ResourceQuota", "team", {"spec": {"hard": _amounts(self.quota)}})
        if self.limits or self.requests:
            item = {"type": "Container", "default": _amounts(self.limits), "defaultRequest": _amounts(self.requests)}
            spec = {"limits": [{name: value for name, value in item.items() if value}]}
            yield "limits", self._object("v1", "LimitRange", "containers", {"spec": spec})
        yield "access", self._access()
        if self.image:
            yield "workload", self._workload()

    def _access(self) -> dict[str, Any]:
        api = "rbac.authorization.k8s.io"
        role = {"apiGroup": api, "kind": "ClusterRole", "name": "edit"}
        who = {"apiGroup": api, "kind": "Group", "name": self.group or self.team}
        return self._object(f"{api}/v1", "RoleBinding", "team", {"roleRef": role, "subjects": [who]})

    def _workload(self) -> dict[str, Any]:
        labels = {"app": self.namespace}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": self.image}]}}
        spec = {"replicas": self.replicas, "selector": {"matchLabels": labels}, "template": pod}
        return self._object("apps/v1", "Deployment", self.namespace, {"spec": spec})

    def _object(self, version: str, kind: str, name: str, rest: dict[str, Any]) -> dict[str, Any]:
        metadata = {"name": name, "namespace": self.namespace, "labels": {"team": self.team}}
        return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}


def _amounts(given: Mapping[str, str | int]) -> dict[str, str]:
    """Return amounts as the API keeps them: text."""
    return {name: str(amount) for name, amount in given.items()}


def _check_label(noun: str, name: str) -> None:
    if not _LABEL.fullmatch(name):
        what = f"{plain(name)!r} cannot be a {noun}: small letters, digits and hyphens, at most 63, a letter or digit at both ends"
        raise UsageError(what, next_step=f'{noun}="fruit-stand"')


def _check_amounts(noun: str, amounts: Mapping[str, str | int], known: tuple[str, ...]) -> None:
    for name, amount in amounts.items():
        if name not in known and not (known is _QUOTA and _OTHER_QUOTA.fullmatch(name)):
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"the names are {', '.join(known)}"
            raise UsageError(f"{noun} knows no {plain(name)!r}", next_step=hint)
        try:
            is_right = type(amount) in (str, int) and quantity.parse(amount) >= 0
        except (ValueError, ArithmeticError):
            is_right = False
        if not is_right:
            raise UsageError(f"{noun}: {plain(str(amount))!r} is no amount of {name}", next_step='an amount is like 2, "500m" or "256Mi"')
