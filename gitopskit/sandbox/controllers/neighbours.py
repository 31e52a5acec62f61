"""Whether a Pod may run beside the Pods that are there: host ports, affinity to other Pods, spread over the nodes.

References
----------
Kubernetes, "Assigning Pods to Nodes", inter-pod affinity; "Pod Topology Spread Constraints".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.placement import is_chosen
from gitopskit.sandbox.controllers.templates import is_active
from gitopskit.sandbox.controllers.work import Work, is_going
from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.machinery.selectors import matches_selector

NAMESPACES: StorageKey = ("", "namespaces")
PORTS = "node(s) didn't have free ports for the requested pod ports"
AFFINITY = "node(s) didn't match pod affinity rules"
ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
THEIR_ANTI_AFFINITY = "node(s) didn't satisfy existing pods anti-affinity rules"
SPREAD = "node(s) didn't match pod topology spread constraints"
NO_LABEL = f"{SPREAD} (missing required label)"
_ANY = "0.0.0.0"  # noqa: S104 - an address in a manifest
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


class Neighbours:
    """The Pods on all nodes, as one Pod that looks for a place sees them."""

    def __init__(self, work: Work, pod: Object, nodes: list[Object]) -> None:
        self._work, self._pod, self._nodes = work, pod, nodes
        self._on = {node["metadata"]["name"]: [p for p in _pods_on(work, node) if is_active(p)] for node in nodes}
        self._constraints = [c for c in pod["spec"].get("topologySpreadConstraints") or () if c["whenUnsatisfiable"] == "DoNotSchedule"]
        self._counts = [self._domains(constraint) for constraint in self._constraints]
        self._wanted, self._unwanted = _terms(pod, "podAffinity"), _terms(pod, "podAntiAffinity")

    def objection(self, node: Object) -> str:
        """Return what keeps the Pod from running on a node, or nothing."""
        return self._port_problem(node) or self._spread_problem(node) or self._affinity_problem(node)

    def _port_problem(self, node: Object) -> str:
        asked = set(_host_ports(self._pod))
        taken = {port for other in self._on[node["metadata"]["name"]] for port in _host_ports(other)} if asked else set()
        clash = any(a[:2] == b[:2] and (a[2] == b[2] or _ANY in (a[2], b[2])) for a in asked for b in taken)
        return PORTS if clash else ""

    def _domains(self, constraint: Mapping[str, Any]) -> Counter[str]:
        """Return how many Pods of the kind that is to be spread each domain has."""
        counts: Counter[str] = Counter()
        for node in self._nodes:
            domain = _label(node, constraint["topologyKey"])
            if domain is not None and (constraint.get("nodeAffinityPolicy") == "Ignore" or is_chosen(self._pod["spec"], node)):
                counts[domain] += sum(self._is_spread(constraint, other) for other in self._on[node["metadata"]["name"]])
        return counts

    def _is_spread(self, constraint: Mapping[str, Any], other: Object) -> bool:
        labels, own = other["metadata"].get("labels") or {}, self._pod["metadata"].get("labels") or {}
        is_same = all(labels.get(key) == own.get(key) for key in constraint.get("matchLabelKeys") or ())
        is_near = other["metadata"]["namespace"] == self._pod["metadata"]["namespace"]
        return is_near and is_same and matches_selector(constraint.get("labelSelector"), labels)

    def _spread_problem(self, node: Object) -> str:
        for constraint, counts in zip(self._constraints, self._counts, strict=True):
            domain = _label(node, constraint["topologyKey"])
            if domain is None:
                return NO_LABEL
            least = min(counts.values(), default=0) if len(counts) >= constraint.get("minDomains", 1) else 0
            if counts[domain] + self._is_spread(constraint, self._pod) - least > constraint["maxSkew"]:
                return SPREAD
        return ""

    def _affinity_problem(self, node: Object) -> str:
        if self._wanted and not self._has_company(node):
            return AFFINITY
        if any(self._is_near(self._pod, term, node) for term in self._unwanted):
            return ANTI_AFFINITY
        return THEIR_ANTI_AFFINITY if self._is_unwanted(node) else ""

    def _has_company(self, node: Object) -> bool:
        """Whether the Pods that it wants are near; the first of its own kind may begin alone."""
        if all(self._is_near(self._pod, term, node) for term in self._wanted):
            return True
        has_keys = all(_label(node, term["topologyKey"]) is not None for term in self._wanted)
        others = [other for there in self._on.values() for other in there]
        is_first = not any(self._is_meant(self._pod, term, other) for term in self._wanted for other in others)
        return has_keys and is_first and all(self._is_meant(self._pod, term, self._pod) for term in self._wanted)

    def _is_near(self, pod: Object, term: Mapping[str, Any], node: Object) -> bool:
        """Whether a Pod that a term means runs in the node's domain."""
        return any(self._is_meant(pod, term, other) for there in self._near(term, node) for other in self._on[there])

    def _near(self, term: Mapping[str, Any], node: Object) -> Iterator[str]:
        domain = _label(node, term["topologyKey"])
        for other in self._nodes if domain is not None else ():
            if _label(other, term["topologyKey"]) == domain:
                yield other["metadata"]["name"]

    def _is_unwanted(self, node: Object) -> bool:
        """Whether a Pod in one of the node's domains keeps Pods like this one away."""
        for other_node in self._nodes:
            for other in self._on[other_node["metadata"]["name"]]:
                for term in _terms(other, "podAntiAffinity"):
                    domain = _label(other_node, term["topologyKey"])
                    if domain is not None and domain == _label(node, term["topologyKey"]) and self._is_meant(other, term, self._pod):
                        return True
        return False

    def _is_meant(self, pod: Object, term: Mapping[str, Any], other: Object) -> bool:
        """Whether the term of a Pod means another Pod."""
        namespace = other["metadata"]["namespace"]
        is_there = namespace in (term.get("namespaces") or ())
        if not is_there and (selector := term.get("namespaceSelector")) is not None:
            found = self._work.get(NAMESPACES, "", namespace) or {"metadata": {}}
            is_there = matches_selector(selector, found["metadata"].get("labels") or {})
        elif not term.get("namespaces"):
            is_there = namespace == pod["metadata"]["namespace"]
        return is_there and matches_selector(term.get("labelSelector"), other["metadata"].get("labels") or {})


def _pods_on(work: Work, node: Object) -> list[Object]:
    return [pod for pod in work.index.usage.pods_on(node["metadata"]["name"]) if not is_going(pod)]


def _terms(pod: Object, kind: str) -> list[Mapping[str, Any]]:
    return list(((pod["spec"].get("affinity") or {}).get(kind) or {}).get(_REQUIRED) or ())


def _label(node: Object, name: str) -> str | None:
    return (node["metadata"].get("labels") or {}).get(name)


def _host_ports(pod: Object) -> Iterator[tuple[int, str, str]]:
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or ():
            if port.get("hostPort"):
                yield port["hostPort"], port.get("protocol", "TCP"), port.get("hostIP") or _ANY
