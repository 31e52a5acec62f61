"""Who may do what: RBAC over the Roles and bindings that are stored.

References
----------
Kubernetes, "Using RBAC Authorization".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gitopskit.sandbox.machinery.request import User
from gitopskit.sandbox.machinery.status import StatusError, forbidden, not_found
from gitopskit.sandbox.machinery.store import Store
from gitopskit.sandbox.simulator.routing import Question

Object = Mapping[str, Any]
Rule = Mapping[str, Any]

GROUP = "rbac.authorization.k8s.io"
MASTERS = "system:masters"
_EVERYTHING = ({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]})
_PLURALS = {"Role": "roles", "ClusterRole": "clusterroles"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An answer, and why: what allowed it, or which roles could not be looked at."""

    allowed: bool
    reason: str = ""


class Authorizer:
    """Answers questions from the stored Roles and bindings."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def decide(self, user: User, question: Question) -> Decision:
        """Return whether the user may do this, and why."""
        if MASTERS in user.groups:
            return Decision(allowed=True)
        missing: list[str] = []
        for binding, subject, rules in self._bound(user, question.namespace, missing):
            if any(_covers(rule, question) for rule in rules):
                return Decision(allowed=True, reason=_reason(binding, subject))
        text = missing[0] if len(missing) == 1 else "[" + ", ".join(missing) + "]"
        return Decision(allowed=False, reason=f"rbac: RBAC: {text}" if missing else "")

    def allows(self, user: User, question: Question) -> bool:
        """Whether the user may do this."""
        return self.decide(user, question).allowed

    def check(self, user: User, question: Question) -> None:
        """Refuse a request that RBAC does not allow (403)."""
        decision = self.decide(user, question)
        if not decision.allowed:
            raise refusal(user, question, decision.reason)

    def rules(self, user: User, namespace: str) -> list[Rule]:
        """Return the rules that hold for a user in a namespace."""
        return [rule for _, _, rules in self._bound(user, namespace, []) for rule in rules]

    def check_grant(self, user: User, new: Object, old: Object | None = None) -> None:
        """Refuse a role or binding that gives away more than its author has (403)."""
        kind, metadata = new.get("kind"), new["metadata"]
        if MASTERS in user.groups or kind not in {*_PLURALS, "RoleBinding", "ClusterRoleBinding"}:
            return
        if old is not None and _asked(new) == _asked(old):  # the garbage collector may let go of what it could not grant
            return
        namespace = metadata.get("namespace", "")
        if kind in _PLURALS:
            asked, rules = _may(user, self, "escalate", kind, metadata["name"], namespace), new.get("rules") or ()
            plural = _PLURALS[kind]
        else:
            role, plural = new["roleRef"], f"{kind.lower()}s"
            asked = _may(user, self, "bind", role["kind"], role["name"], namespace)
            rules = () if asked else self._rules_of(role, namespace)
            if rules is None:
                raise not_found(GROUP, plural, role["name"])
        held = [] if asked else self.rules(user, namespace)
        if lacking := [] if asked else _lacking(rules, held):
            why = f'user "{user.name}" (groups={_go_list(user.groups)}) is attempting to grant RBAC permissions not currently held:\n'
            raise forbidden(GROUP, plural, metadata["name"], why + "\n".join(lacking))
        gathers = new.get("aggregationRule") != (old or {}).get("aggregationRule")  # which may come to be anything
        if gathers and not asked and _lacking(_EVERYTHING, held):
            raise forbidden(GROUP, plural, metadata["name"], "must have cluster-admin privileges to use the aggregationRule")

    def _bound(self, user: User, namespace: str, missing: list[str]) -> Iterator[tuple[Object, Object, Any]]:
        """Yield binding, subject and rules of every role that the user has; `missing` grows by those that are not there."""
        places = [("clusterrolebindings", ""), ("rolebindings", namespace)] if namespace else [("clusterrolebindings", "")]
        for plural, place in places:
            for entry in self._store.entries((GROUP, plural)):
                if not entry.key.startswith(place + "/"):
                    continue
                subject = next((item for item in entry.object.get("subjects") or () if _is_subject(item, user, place)), None)
                if subject is None:
                    continue
                rules = self._rules_of(entry.object["roleRef"], place)
                if rules is None:
                    role = entry.object["roleRef"]
                    missing.append(f'{role["kind"].lower()}.{GROUP} "{role["name"]}" not found')
                    continue
                yield entry.object, subject, rules

    def _rules_of(self, role: Object, namespace: str) -> Any:
        place = "" if role["kind"] == "ClusterRole" else namespace
        entry = self._store.get((GROUP, _PLURALS.get(role["kind"], "")), place, role["name"])
        return (entry.object.get("rules") or ()) if entry else None


def refusal(user: User, question: Question, reason: str = "") -> StatusError:
    """Return the 403 for a request that is not allowed."""
    because = f": {reason}" if reason else ""
    if question.url:
        return StatusError(403, "Forbidden", f'forbidden: User "{user.name}" cannot {question.verb} path "{question.url}"{because}')
    where = f'in the namespace "{question.namespace}"' if question.namespace else "at the cluster scope"
    text = f'User "{user.name}" cannot {question.verb} resource "{question.target}" in API group "{question.group}" {where}{because}'
    return forbidden(question.group, question.resource, question.name, text)


def _asked(obj: Object) -> Object:
    metadata = {name: value for name, value in obj["metadata"].items() if name not in _COLLECTED}
    return {**obj, "metadata": metadata}


_COLLECTED = {"ownerReferences", "finalizers", "managedFields"}


def _may(user: User, authorizer: Authorizer, verb: str, kind: str, name: str, namespace: str) -> bool:
    return authorizer.allows(user, Question(verb=verb, group=GROUP, resource=_PLURALS.get(kind, ""), namespace=namespace, name=name))


def _is_subject(subject: Object, user: User, namespace: str) -> bool:
    match subject["kind"]:
        case "User":
            return bool(subject["name"] == user.name)
        case "Group":
            return subject["name"] in user.groups
    place = subject.get("namespace") or namespace
    return user.name == f"system:serviceaccount:{place}:{subject['name']}"


def _reason(binding: Object, subject: Object) -> str:
    metadata, role = binding["metadata"], binding["roleRef"]
    name = "/".join(part for part in (metadata["name"], metadata.get("namespace", "")) if part)
    who = "/".join(part for part in (subject["name"], subject.get("namespace", "")) if part)
    return f'RBAC: allowed by {binding["kind"]} "{name}" of {role["kind"]} "{role["name"]}" to {subject["kind"]} "{who}"'


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


def _lacking(rules: Any, held: list[Rule]) -> list[str]:
    """Return, as the server prints them, the rules that nobody among `held` covers: verbs together, all else apart."""
    lacking: dict[Question, list[str]] = {}
    for question in (question for rule in rules for question in _questions(rule)):
        if not any(_covers(rule, question) for rule in held):
            verbs = lacking.setdefault(replace(question, verb=question.verb if question.url else ""), [])
            if question.verb not in verbs:
                verbs.append(question.verb)
    return sorted(_shown_rule(question, verbs) for question, verbs in lacking.items())


def _questions(rule: Rule) -> Iterator[Question]:
    """Yield what somebody who grants this rule must be allowed himself."""
    for group in rule.get("apiGroups") or ():
        for target in rule.get("resources") or ():
            resource, _, subresource = target.partition("/")
            for name in rule.get("resourceNames") or ("",):
                for verb in rule.get("verbs") or ():
                    yield Question(verb=verb, group=group, resource=resource, subresource=subresource, name=name)
    for url in rule.get("nonResourceURLs") or ():
        for verb in rule.get("verbs") or ():
            yield Question(verb=verb, url=url)


def _shown_rule(question: Question, verbs: list[str]) -> str:
    if question.url:
        return f'{{NonResourceURLs:["{question.url}"], Verbs:{_go_list(verbs)}}}'
    names = f', ResourceNames:["{question.name}"]' if question.name else ""
    return f'{{APIGroups:["{question.group}"], Resources:["{question.target}"]{names}, Verbs:{_go_list(verbs)}}}'


def _go_list(values: Any) -> str:
    return "[" + " ".join(f'"{value}"' for value in values) + "]"
