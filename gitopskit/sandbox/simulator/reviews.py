"""Questions that are asked by creating an object: may I, who am I, what may I.

They are answered and never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.simulator.rbac import MASTERS, Authorizer, Question
from gitopskit.sandbox.simulator.request import User
from gitopskit.sandbox.simulator.status import Cause, bad_request, invalid

Object = dict[str, Any]

KINDS = {
    "SelfSubjectAccessReview",
    "LocalSubjectAccessReview",
    "SubjectAccessReview",
    "SelfSubjectRulesReview",
    "SelfSubjectReview",
    "TokenReview",
}
_EVERYTHING = ("*",)


def answer(authorizer: Authorizer, kind: str, sent: Any, user: User, now: str) -> Object:
    """Return the review with its status filled in."""
    if not isinstance(sent, dict):
        raise bad_request(f"the object provided is unrecognized (must be of type {kind})")
    spec = sent.get("spec") or {}
    match kind:
        case "SelfSubjectReview":
            status: Object = {"userInfo": _user(user)}
        case "SelfSubjectRulesReview":
            status = _rules(authorizer, user, spec.get("namespace", ""))
        case "TokenReview":
            status = {"authenticated": False, "user": {}, "error": "invalid bearer token"}
        case _:
            status = _access(authorizer, kind, spec, user)
    shown = {"kind": kind, "apiVersion": sent.get("apiVersion"), "metadata": sent.get("metadata") or {}}
    if kind == "SelfSubjectReview":
        return {**shown, "metadata": {**shown["metadata"], "creationTimestamp": now}, "status": status}
    return {**shown, "spec": spec, "status": status}


def _user(user: User) -> Object:
    shown: Object = {"username": user.name}
    if user.uid:
        shown["uid"] = user.uid
    return {**shown, "groups": list(user.groups)}


def _access(authorizer: Authorizer, kind: str, spec: Mapping[str, Any], user: User) -> Object:
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if not resource and not path:
        message = "Invalid value: {}: exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise invalid(
            "authorization.k8s.io", kind, "", [Cause(reason="FieldValueInvalid", message=message, field="spec.resourceAttributes")]
        )
    who = user if kind == "SelfSubjectAccessReview" else User(name=spec.get("user", ""), groups=tuple(spec.get("groups") or ()))
    allowed = authorizer.allows(who, _question(resource, path))
    return {"allowed": allowed} | ({"reason": _reason(who)} if allowed else {})


def _reason(user: User) -> str:
    return "" if MASTERS in user.groups else "RBAC: allowed by a role bound to the user"


def _question(resource: Mapping[str, Any] | None, path: Mapping[str, Any] | None) -> Question:
    if path:
        return Question(verb=path.get("verb", ""), url=path.get("path", ""))
    asked = resource or {}
    return Question(
        verb=asked.get("verb", ""),
        group=asked.get("group", ""),
        resource=asked.get("resource", ""),
        subresource=asked.get("subresource", ""),
        namespace=asked.get("namespace", ""),
        name=asked.get("name", ""),
    )


def _rules(authorizer: Authorizer, user: User, namespace: str) -> Object:
    rules = list(authorizer.rules(user, namespace))
    if MASTERS in user.groups:
        rules.insert(0, {"verbs": _EVERYTHING, "apiGroups": _EVERYTHING, "resources": _EVERYTHING})
        rules.insert(1, {"verbs": _EVERYTHING, "nonResourceURLs": _EVERYTHING})
    names = ("verbs", "apiGroups", "resources", "resourceNames")
    resource_rules = [{n: list(r[n]) for n in names if r.get(n)} for r in rules if not r.get("nonResourceURLs")]
    url_rules = [{n: list(r[n]) for n in ("verbs", "nonResourceURLs") if r.get(n)} for r in rules if r.get("nonResourceURLs")]
    return {"resourceRules": resource_rules, "nonResourceRules": url_rules, "incomplete": False}
