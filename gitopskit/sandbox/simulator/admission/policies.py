"""What do validating admission policies say to a write?

A policy says what is to hold, a binding where, and what happens if it does not: refuse, warn, or only note. All bindings are asked
before the first refusal is told, because others may warn.

References
----------
Kubernetes, "Validating Admission Policy".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitopskit.sandbox.machinery.registry import Registry
from gitopskit.sandbox.machinery.selectors import matches_selector
from gitopskit.sandbox.machinery.status import StatusError, forbidden
from gitopskit.sandbox.machinery.store import Store
from gitopskit.sandbox.rules.policy import Rules, compile_policy
from gitopskit.sandbox.simulator.admission.review import Review, is_matched

Object = Mapping[str, Any]

_GROUP = "admissionregistration.k8s.io"
_BINDINGS = (_GROUP, "validatingadmissionpolicybindings")
_POLICIES = (_GROUP, "validatingadmissionpolicies")
_CODES = {"Forbidden": 403, "Unauthorized": 401, "RequestEntityTooLarge": 413, "Invalid": 422}
_NO_PARAMS = "no params found for policy binding with `Deny` parameterNotFoundAction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """What one validation of a policy says against a write."""

    message: str
    reason: str = "Invalid"


class Policies:
    """The validating policies, over one store."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry

    def check(self, review: Review) -> None:
        """Refuse a write that a policy is against; add what others warn of.

        Raises
        ------
        StatusError
            With the code of the policy's reason: 422, 403 or 413.
        """
        if review.resource.group == _GROUP or not self._store.entries(_BINDINGS):
            return
        refusals = [refusal for binding in self._store.entries(_BINDINGS) for refusal in self._asked(binding.object, review)]
        if refusals:
            raise refusals[0]

    def _asked(self, binding: Object, review: Review) -> Iterator[StatusError]:
        """Yield what one binding refuses."""
        spec = binding["spec"]
        policy = self._store.get(_POLICIES, "", spec.get("policyName", ""))
        if policy is None or not self._is_about(policy.object["spec"].get("matchConstraints") or {}, review):
            return
        if not self._is_about(spec.get("matchResources"), review):
            return
        place = f"'{policy.object['metadata']['name']}' with binding '{binding['metadata']['name']}'"
        for denial in self._denials(policy.object["spec"], spec, review):
            if "Warn" in spec.get("validationActions", ()):
                review.intent.warnings.append(f"Validation failed for ValidatingAdmissionPolicy {place}: {denial.message}")
            if "Deny" in spec.get("validationActions", ()):
                yield _refusal(review, f"ValidatingAdmissionPolicy {place} denied request: {denial.message}", denial.reason)

    def _is_about(self, match: Object | None, review: Review) -> bool:
        same = [(item.group, item.version) for item in self._registry.resources() if item.storage == review.resource.storage]
        return is_matched(match, review, self._namespace(review), versions=same)

    def _namespace(self, review: Review) -> Object | None:
        entry = self._store.get(("", "namespaces"), "", review.intent.route.namespace) if review.resource.namespaced else None
        return entry.object if entry else None

    def _denials(self, policy: Object, binding: Object, review: Review) -> Iterator[Denial]:
        """Yield what a policy has against a write, for each of the objects that hold its values."""
        if not policy.get("paramKind"):
            yield from self._judged(policy, review, None)
            return
        reference = binding.get("paramRef") or {}
        found = self._params(policy["paramKind"], reference, review)
        if not found and reference.get("parameterNotFoundAction") == "Deny" and policy.get("failurePolicy") != "Ignore":
            yield Denial(message=f"failed to configure binding: {_NO_PARAMS}")
        for params in found:
            yield from self._judged(policy, review, params)

    def _params(self, kind: Object, reference: Object, review: Review) -> list[Object]:
        """Return the objects that hold the values of a policy."""
        group, _, version = kind["apiVersion"].rpartition("/")
        resource = self._registry.of_kind(group, version, kind["kind"])
        if resource is None:
            return []
        namespace = (reference.get("namespace") or review.intent.route.namespace) if resource.namespaced else ""
        objects = [entry.object for entry in self._store.entries(resource.storage)]
        there = [obj for obj in objects if obj["metadata"].get("namespace", "") == namespace]
        if name := reference.get("name"):
            return [obj for obj in there if obj["metadata"]["name"] == name]
        return [obj for obj in there if matches_selector(reference.get("selector"), obj["metadata"].get("labels") or {})]

    def _judged(self, policy: Object, review: Review, params: Object | None) -> Iterator[Denial]:
        from gitopskit.sandbox.simulator.admission.judging import judge

        rules: Rules = compile_policy(policy)
        yield from judge(rules, review, self._namespace(review), params, ignores=policy.get("failurePolicy") == "Ignore")


def _refusal(review: Review, message: str, reason: str) -> StatusError:
    obj = review.new or review.old or {"metadata": {}}
    name = review.name or (obj["metadata"].get("generateName") if review.operation == "CREATE" else "") or "Unknown"
    error = forbidden(review.resource.group, review.resource.plural, name, message)
    details = error.details | {"causes": [{"message": message}]}
    return StatusError(_CODES.get(reason, 422), reason, error.message, details)
