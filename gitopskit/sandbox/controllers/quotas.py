"""Quotas: what a namespace uses, counted as it changes instead of anew each time."""

from __future__ import annotations

from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.index import PODS, Index, Key
from gitopskit.sandbox.controllers.work import Work
from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.schema.amounts import Amounts, plus
from gitopskit.schema.usage import counts, usage_of

QUOTAS: StorageKey = ("", "resourcequotas")


class Ledger:
    """What each namespace that has been asked for uses."""

    def __init__(self) -> None:
        self._totals: dict[str, dict[str, str]] = {}

    def move(self, key: Key, before: Object | None, after: Object | None) -> None:
        """Take over one change."""
        totals = self._totals.get(key.namespace)
        if totals is None:
            return
        for obj, sign in ((before, -1), (after, 1)):
            if obj is not None:
                totals |= plus(totals, usage_of(key.storage, obj), sign)

    def used(self, index: Index, namespace: str) -> Amounts:
        """Return what a namespace uses, under every name that a quota may know it by."""
        totals = self._totals.get(namespace)
        if totals is None:
            totals = self._totals[namespace] = {}
            for key in index.contents(namespace):
                obj = index.get(key)
                if obj is not None:
                    totals |= plus(totals, usage_of(key.storage, obj))
        return totals


def reconcile(work: Work, ledger: Ledger) -> None:
    """Write what is used into one quota."""
    found = work.living()
    if found is None:
        return
    hard = found["spec"].get("hard") or {}
    is_scoped = found["spec"].get("scopes") or found["spec"].get("scopeSelector")
    used = _scoped(work, found) if is_scoped else ledger.used(work.index, work.key.namespace)
    work.set_status(found, {"hard": hard, "used": {name: used.get(name, "0") for name in hard}})


def _scoped(work: Work, quota: Object) -> Amounts:
    totals: Amounts = {}
    for pod in work.index.within(PODS, work.key.namespace):
        if counts(quota, PODS, pod):
            totals = plus(totals, usage_of(PODS, pod))
    return totals
