"""What Pods ask of the nodes they run on, and which Pods still wait for one: kept up to date Pod by Pod."""

from __future__ import annotations

import ipaddress
from decimal import Decimal

from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.placement import Amounts, requests_of


class NodeUsage:
    """What runs on the nodes."""

    def __init__(self) -> None:
        self._on: dict[str, dict[str, Object]] = {}
        self._asked: dict[str, Amounts] = {}
        self._addresses: dict[str, set[str]] = {}
        self._waiting: dict[tuple[str, str], None] = {}

    def move(self, before: Object | None, after: Object | None) -> None:
        """Take over what happened to one Pod."""
        if before is not None:
            self._count(before, -1)
        if after is not None:
            self._count(after, 1)

    def waiting_pods(self) -> list[tuple[str, str]]:
        """Return namespace and name of the Pods that no node has taken."""
        return list(self._waiting)

    def _count(self, pod: Object, sign: int) -> None:
        metadata, node = pod["metadata"], pod["spec"].get("nodeName")
        is_done = (pod.get("status") or {}).get("phase") in {"Succeeded", "Failed"}
        if not node:
            place = (metadata["namespace"], metadata["name"])
            if sign > 0 and not is_done and not metadata.get("deletionTimestamp"):
                self._waiting[place] = None
            else:
                self._waiting.pop(place, None)
            return
        here = self._on.setdefault(node, {})
        addresses = self._addresses.setdefault(node, set())
        address = (pod.get("status") or {}).get("podIP", "")
        if sign > 0:
            here[metadata["uid"]] = pod
            addresses.add(address)
        else:
            here.pop(metadata["uid"], None)
            addresses.discard(address)
        if not is_done:
            self._add(node, requests_of(pod["spec"]), sign)

    def _add(self, node: str, amounts: Amounts, sign: int) -> None:
        total = self._asked.setdefault(node, {"pods": Decimal(0)})
        total["pods"] += sign
        for name, amount in amounts.items():
            total[name] = total.get(name, Decimal(0)) + sign * amount

    def asked(self, node: str) -> Amounts:
        """Return what the unfinished Pods on a node ask for, and how many they are."""
        return self._asked.get(node, {"pods": Decimal(0)})

    def pods_on(self, node: str) -> list[Object]:
        """Return the Pods on a node, finished ones included."""
        return list(self._on.get(node, {}).values())

    def free_address(self, node: str, network: str) -> str:
        """Return an address of the node's network that no Pod has, or nothing."""
        taken = self._addresses.get(node, set())
        hosts = ipaddress.ip_network(network).hosts()
        return next((str(host) for host in hosts if str(host) not in taken), "")
