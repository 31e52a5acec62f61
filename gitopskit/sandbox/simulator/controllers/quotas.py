"""Quotas: what a namespace uses, counted as it changes instead of anew each time."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gitopskit.sandbox.simulator.controllers.api import Object
from gitopskit.sandbox.simulator.controllers.index import PODS, Index, Key
from gitopskit.sandbox.simulator.controllers.work import Work
from gitopskit.sandbox.simulator.quota import Amounts, usage_of
from gitopskit.sandbox.simulator.registry import StorageKey
from gitopskit.schema.quantity import canonicalise

QUOTAS: StorageKey = ("", "resourcequotas")


class Ledger:
    """What each namespace that has been asked for uses."""

    def __init__(self) -> None:
        self._totals: dict[str, Amounts] = {}

    def move(self, key: Key, before: Object | None, after: Object | None) -> None:
        """Take over one change."""
        totals = self._totals.get(key.namespace)
        if totals is None:
            return
        for obj, sign in ((before, -1), (after, 1)):
            if obj is not None:
                _add(totals, usage_of(key.storage, obj), sign)

    def used(self, index: Index, namespace: str) -> Mapping[str, Decimal]:
        """Return what a namespace uses, under every name that a quota may know it by."""
        totals = self._totals.get(namespace)
        if totals is None:
            totals = self._totals[namespace] = {}
            for key in index.contents(namespace):
                obj = index.get(key)
                if obj is not None:
                    _add(totals, usage_of(key.storage, obj), 1)
        return totals


def _add(totals: Amounts, amounts: Mapping[str, Decimal], sign: int) -> None:
    for name, amount in amounts.items():
        totals[name] = totals.get(name, Decimal(0)) + sign * amount


def reconcile(work: Work, ledger: Ledger) -> None:
    """Write what is used into one quota."""
    found = work.living()
    if found is None:
        return
    hard = found["spec"].get("hard") or {}
    scopes = found["spec"].get("scopes")
    used: Mapping[str, Decimal] = _scoped(work, scopes) if scopes else ledger.used(work.index, work.key.namespace)
    shown = {name: canonicalise(_plain(used.get(name, Decimal(0)))) for name in hard}
    work.set_status(found, {"hard": hard, "used": shown})


def _plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f")


def _scoped(work: Work, scopes: list[str]) -> Amounts:
    totals: Amounts = {}
    for pod in work.index.within(PODS, work.key.namespace):
        if all(_in_scope(pod, scope) for scope in scopes):
            _add(totals, usage_of(PODS, pod), 1)
    return totals


def _in_scope(pod: Any, scope: str) -> bool:
    is_terminating = pod["spec"].get("activeDeadlineSeconds") is not None
    is_best_effort = (pod.get("status") or {}).get("qosClass") == "BestEffort"
    verdicts = {
        "Terminating": is_terminating,
        "NotTerminating": not is_terminating,
        "BestEffort": is_best_effort,
        "NotBestEffort": not is_best_effort,
        "PriorityClass": bool(pod["spec"].get("priorityClassName")),
    }
    return verdicts.get(scope, True)
