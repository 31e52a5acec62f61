"""Questions that are asked by creating an object: may I, who am I, what may I.

They are answered and never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.machinery.request import User
from gitopskit.sandbox.machinery.status import Cause, bad_request, invalid
from gitopskit.sandbox.simulator.access.authentication import AUDIENCE, Authenticator
from gitopskit.sandbox.simulator.access.rbac import MASTERS, Authorizer
from gitopskit.sandbox.simulator.routing import Question

Object = dict[str, Any]

OWNED = {"SelfSubjectAccessReview", "LocalSubjectAccessReview", "SubjectAccessReview", "TokenReview"}  # the kinds that get managed fields
KINDS = {*OWNED, "SelfSubjectRulesReview", "SelfSubjectReview"}
_EVERYTHING = ["*"]


class Reviewer:
    """Answers reviews."""

    def __init__(self, authenticator: Authenticator, authorizer: Authorizer) -> None:
        self._authenticator = authenticator
        self._authorizer = authorizer

    def answer(self, asked: Object, user: User, now: str) -> Object:
        """Return the review with its status filled in."""
        kind, spec = asked["kind"], asked.get("spec") or {}
        shown = {"kind": kind, "apiVersion": asked["apiVersion"], "metadata": asked.get("metadata") or {}}
        match kind:
            case "SelfSubjectReview":
                return {**shown, "metadata": {"creationTimestamp": now}, "status": {"userInfo": _user(user)}}
            case "SelfSubjectRulesReview":
                return {**shown, "spec": {}, "status": self._rules(user, spec.get("namespace", ""))}
            case "TokenReview":
                return {**shown, "spec": spec, "status": self._token(spec.get("token", ""))}
        return {**shown, "spec": spec, "status": self._access(kind, asked, spec, user)}

    def _token(self, token: str) -> Object:
        if not token:
            raise bad_request("token is required for TokenReview in authentication")
        user = self._authenticator.bearer(token)
        if user is None:
            return {"user": {}, "error": "invalid bearer token"}
        return {"authenticated": True, "user": _user(user), "audiences": [AUDIENCE]}

    def _access(self, kind: str, asked: Object, spec: Mapping[str, Any], user: User) -> Object:
        resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
        is_own = kind == "SelfSubjectAccessReview"
        if (resource is None) == (path is None):
            raise _fault("spec", "null", "exactly one of nonResourceAttributes or resourceAttributes must be specified")
        if not is_own and not spec.get("user") and not spec.get("groups"):
            raise _fault("spec.user", '""', "at least one of user or group must be specified")
        if kind == "LocalSubjectAccessReview" and (resource or {}).get("namespace") != (asked.get("metadata") or {}).get("namespace"):
            raise _fault("spec.resourceAttributes.namespace", f'"{(resource or {}).get("namespace", "")}"', "must match metadata.namespace")
        who = user if is_own else User(name=spec.get("user", ""), groups=tuple(spec.get("groups") or ()))
        decision = self._authorizer.decide(who, _question(resource, path))
        return {"allowed": decision.allowed} | ({"reason": decision.reason} if decision.reason else {})

    def _rules(self, user: User, namespace: str) -> Object:
        if not namespace:
            raise bad_request("no namespace on request")
        rules = self._authorizer.rules(user, namespace)
        if MASTERS in user.groups and not rules:
            rules = [{"verbs": _EVERYTHING, "apiGroups": _EVERYTHING, "resources": _EVERYTHING}]
        names = ("verbs", "apiGroups", "resources", "resourceNames")
        resource_rules = [{n: r[n] for n in names if r.get(n)} for r in rules if r.get("resources")]
        url_rules = [{n: r[n] for n in ("verbs", "nonResourceURLs")} for r in rules if r.get("nonResourceURLs")]
        return {"resourceRules": resource_rules, "nonResourceRules": url_rules, "incomplete": False}


def _user(user: User) -> Object:
    shown = {"username": user.name, "uid": user.uid, "groups": list(user.groups), "extra": dict(user.extra)}
    return {name: value for name, value in shown.items() if value}


def _fault(field: str, value: str, why: str) -> Exception:
    cause = Cause(reason="FieldValueInvalid", message=f"Invalid value: {value}: {why}", field=field)
    return invalid("authorization.k8s.io", "", "", [cause])


def _question(resource: Mapping[str, Any] | None, path: Mapping[str, Any] | None) -> Question:
    if path is not None:
        return Question(verb=path.get("verb", ""), url=path.get("path", ""))
    asked = resource or {}
    names = ("verb", "group", "resource", "subresource", "namespace", "name")
    return Question(**{name: asked.get(name, "") for name in names})
