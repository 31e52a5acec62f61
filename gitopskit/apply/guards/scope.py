"""Does the plan stay where the policy lets it go?"""

from __future__ import annotations

from fnmatch import fnmatchcase

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.policy import Policy
from gitopskit.apply.refusal import Refusal
from gitopskit.model.changes import Change
from gitopskit.model.ids import ObjectId

_RIGHTS = "rbac.authorization.k8s.io"
_DEFINITION = "CustomResourceDefinition.apiextensions.k8s.io"


class ScopeGuard:
    """Holds every step against the namespaces and kinds of the policy."""

    name = "scope"
    is_waivable = True
    asks_system = False

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse steps in protected namespaces, and on kinds whose switch is off."""
        found: list[tuple[ObjectId | None, str]] = [(change.id, broken_rule(change, attempt.policy)) for change in attempt.plan.steps]
        inventory = attempt.plan.inventory
        if inventory and attempt.plan.steps and _is_protected(inventory.namespace, attempt.policy):
            found.append((None, f"the set itself is kept in namespace {inventory.namespace}, which is protected (protected_namespaces)"))
        return tuple(
            Refusal(guard=self.name, code="scope/rule", id=one, what=rule, next_step="allow it in the policy, or leave it out of the path")
            for one, rule in found
            if rule
        )


def broken_rule(change: Change, policy: Policy) -> str:
    """Return the rule that a step breaks; empty where it breaks none."""
    namespace = change.id.name if change.id.group_kind == "Namespace" else change.id.namespace
    if _is_protected(namespace, policy):
        return f"namespace {namespace} is protected (protected_namespaces)"
    if policy.allowed_kinds and change.id.group_kind not in policy.allowed_kinds:
        return f"{change.id.group_kind} is not listed (allowed_kinds)"
    if change.id.group_kind == "Namespace":
        return "" if policy.allow_namespaces else "Namespaces are not to be written (allow_namespaces)"
    if change.id.group_kind == _DEFINITION:
        return "" if policy.allow_definitions else "definitions are not to be written (allow_definitions)"
    if change.id.group == _RIGHTS:
        return "" if policy.allow_rights else "rights are not to be written (allow_rights)"
    if not change.is_namespaced and not policy.allow_cluster_scoped:
        return "cluster-scoped kinds are not to be written (allow_cluster_scoped)"
    return ""


def _is_protected(namespace: str, policy: Policy) -> bool:
    return any(fnmatchcase(namespace, pattern) for pattern in policy.protected_namespaces)
