"""Who may do what: RBAC over the Roles and bindings that are stored, and the reviews that ask about it.

References
----------
Kubernetes, "Using RBAC Authorization"; authorization.k8s.io/v1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitopskit.sandbox.simulator.request import User
from gitopskit.sandbox.simulator.routing import Route
from gitopskit.sandbox.simulator.status import StatusError, forbidden
from gitopskit.sandbox.simulator.store import Store

Object = Mapping[str, Any]
Rule = Mapping[str, Any]

GROUP = "rbac.authorization.k8s.io"
MASTERS = "system:masters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May this be done? An empty namespace means cluster-wide; `url` asks about a path instead of a resource."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    url: str = ""

    @property
    def target(self) -> str:
        """``resource/subresource`` as rules write it."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class Authorizer:
    """Answers questions from the stored Roles and bindings."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def allows(self, user: User, question: Question) -> bool:
        """Whether the user may do this."""
        return MASTERS in user.groups or any(_covers(rule, question) for rule in self.rules(user, question.namespace))

    def rules(self, user: User, namespace: str) -> Iterator[Rule]:
        """Yield the rules that hold for a user in a namespace."""
        for binding in self._bindings("clusterrolebindings", "", user):
            yield from self._role_rules(binding, "")
        if namespace:
            for binding in self._bindings("rolebindings", namespace, user):
                yield from self._role_rules(binding, namespace)

    def _bindings(self, plural: str, namespace: str, user: User) -> Iterator[Object]:
        for entry in self._store.entries((GROUP, plural)):
            is_here = not namespace or entry.key.startswith(namespace + "/")
            if is_here and any(_is_subject(item, user, namespace) for item in entry.object.get("subjects") or ()):
                yield entry.object

    def _role_rules(self, binding: Object, namespace: str) -> Iterator[Rule]:
        role = binding["roleRef"]
        is_cluster = role["kind"] == "ClusterRole"
        plural = "clusterroles" if is_cluster else "roles"
        entry = self._store.get((GROUP, plural), "" if is_cluster else namespace, role["name"])
        yield from (entry.object.get("rules") or ()) if entry else ()

    def check(self, user: User, route: Route) -> None:
        """Refuse a request that RBAC does not allow (403)."""
        question = question_of(route)
        if not self.allows(user, question):
            raise refusal(user, question)

    def check_escalation(self, user: User, role: Object, namespace: str) -> None:
        """Refuse a role that holds more than its author has (403)."""
        if MASTERS in user.groups:
            return
        held = list(self.rules(user, namespace))
        missing = [
            rule for rule in role.get("rules") or () if not all(any(_covers(h, q) for h in held) for q in _questions(rule, namespace))
        ]
        if missing:
            plural = "clusterroles" if role["kind"] == "ClusterRole" else "roles"
            why = f'user "{user.name}" (groups={_go_list(user.groups)}) is attempting to grant RBAC permissions not currently held:\n'
            raise forbidden(GROUP, plural, role["metadata"]["name"], why + "\n".join(_shown_rule(rule) for rule in missing))


def question_of(route: Route) -> Question:
    """Return what a request has to be allowed."""
    resource = route.resource
    namespace = route.name if resource.storage == ("", "namespaces") else route.namespace
    return Question(
        verb=route.verb,
        group=resource.group,
        resource=resource.plural,
        subresource=route.subresource,
        namespace=namespace,
        name=route.name,
    )


def refusal(user: User, question: Question) -> StatusError:
    """Return the 403 for a request that is not allowed."""
    if question.url:
        return StatusError(403, "Forbidden", f'forbidden: User "{user.name}" cannot {question.verb} path "{question.url}"')
    where = f'in the namespace "{question.namespace}"' if question.namespace else "at the cluster scope"
    text = f'User "{user.name}" cannot {question.verb} resource "{question.target}" in API group "{question.group}" {where}'
    return forbidden(question.group, question.resource, question.name, text)


def _is_subject(subject: Object, user: User, namespace: str) -> bool:
    match subject["kind"]:
        case "User":
            return bool(subject["name"] == user.name)
        case "Group":
            return subject["name"] in user.groups
    place = subject.get("namespace") or namespace
    return user.name == f"system:serviceaccount:{place}:{subject['name']}"


def _covers(rule: Rule, question: Question) -> bool:
    if not _has(rule.get("verbs"), question.verb):
        return False
    if question.url:
        return any(
            url in ("*", question.url) or (url.endswith("*") and question.url.startswith(url[:-1]))
            for url in rule.get("nonResourceURLs") or ()
        )
    if not _has(rule.get("apiGroups"), question.group) or not _has_resource(rule.get("resources") or (), question):
        return False
    names = rule.get("resourceNames") or ()
    return not names or question.name in names


def _has(values: Any, wanted: str) -> bool:
    return bool(values) and ("*" in values or wanted in values)


def _has_resource(resources: Any, question: Question) -> bool:
    if "*" in resources or question.target in resources:
        return True
    return bool(question.subresource) and f"*/{question.subresource}" in resources


def _questions(rule: Rule, namespace: str) -> Iterator[Question]:
    """Yield what somebody who grants this rule must be allowed himself."""
    for verb in rule.get("verbs") or ():
        for url in rule.get("nonResourceURLs") or ():
            yield Question(verb=verb, url=url)
        for group in rule.get("apiGroups") or ():
            for target in rule.get("resources") or ():
                resource, _, subresource = target.partition("/")
                for name in rule.get("resourceNames") or ("",):
                    yield Question(verb=verb, group=group, resource=resource, subresource=subresource, namespace=namespace, name=name)


def _shown_rule(rule: Rule) -> str:
    names = {
        "apiGroups": "APIGroups",
        "resources": "Resources",
        "resourceNames": "ResourceNames",
        "nonResourceURLs": "NonResourceURLs",
        "verbs": "Verbs",
    }
    parts = [f"{shown}:{_go_list(rule[name])}" for name, shown in names.items() if rule.get(name)]
    return "{" + ", ".join(parts) + "}"


def _go_list(values: Any) -> str:
    return "[" + " ".join(f'"{value}"' for value in values) + "]"
