"""ClusterRoles that are the sum of others, picked by label: how admin, edit and view grow with what is installed."""

from __future__ import annotations

from typing import Any

from gitopskit.sandbox.controllers.work import Work
from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.machinery.selectors import matches_selector

CLUSTER_ROLES: StorageKey = ("rbac.authorization.k8s.io", "clusterroles")
_MANAGER = "clusterrole-aggregation-controller"


def reconcile(work: Work) -> None:
    """Make the rules those of the roles that are picked, each once, in the order of their names."""
    found = work.living()
    selectors = ((found or {}).get("aggregationRule") or {}).get("clusterRoleSelectors") or ()
    if found is None or not selectors:
        return
    others = sorted(work.index.all(CLUSTER_ROLES), key=lambda role: str(role["metadata"]["name"]))
    rules: list[Any] = []
    for selector in selectors:
        for role in others:
            if role is not found and matches_selector(selector, role["metadata"].get("labels") or {}):
                rules += [rule for rule in role.get("rules") or () if rule not in rules]
    if rules != (found.get("rules") or []):
        identity = {name: found[name] for name in ("apiVersion", "kind")} | {"metadata": {"name": found["metadata"]["name"]}}
        work.api.apply({**identity, "rules": rules}, manager=_MANAGER)
