"""What is asked of admission: one write, as a policy sees it, and whether a rule is about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.sandbox.machinery.selectors import matches_selector
from gitopskit.sandbox.simulator.options import Intent

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One write.

    Parameters
    ----------
    name
        Name of the object; empty where many are deleted at once.
    kind
        Group, version and kind of the object, where it is not that of the resource (a scale).
    """

    operation: str
    intent: Intent
    name: str
    new: Object | None = None
    old: Object | None = None
    kind: tuple[str, str, str] | None = None

    @property
    def resource(self) -> Resource:
        """What is written to."""
        return self.intent.route.resource

    def to_json(self) -> dict[str, Any]:
        """Return the request as expressions name it."""
        resource, route, user = self.resource, self.intent.route, self.intent.user
        kind = dict(zip(("group", "version", "kind"), self.kind or (resource.group, resource.version, resource.kind), strict=True))
        place = {"group": resource.group, "version": resource.version, "resource": resource.plural}
        told = {"kind": kind, "requestKind": kind, "resource": place, "requestResource": place, "operation": self.operation}
        extra = {name: list(values) for name, values in user.extra.items()}
        who = {"username": user.name, "uid": user.uid, "groups": list(user.groups), "extra": extra}
        named = {"name": self.name, "namespace": self.intent.route.namespace}
        named |= {"subResource": route.subresource, "requestSubResource": route.subresource}
        told |= {name: value for name, value in named.items() if value}
        return told | {"userInfo": {name: value for name, value in who.items() if value}, "dryRun": self.intent.dry_run}


def is_matched(match: Object | None, review: Review, namespace: Object | None, *, versions: Iterable[tuple[str, str]]) -> bool:
    """Whether match constraints are about a write.

    Parameters
    ----------
    namespace
        The namespace that the object is in; None for what is in none.
    versions
        The groups and versions in which the same objects are served.
    """
    if match is None:
        return True
    if not _is_picked(match, review, namespace):
        return False
    spoken = list(versions) if match.get("matchPolicy") == "Equivalent" else [(review.resource.group, review.resource.version)]
    if any(_is_ruled(rule, review, spoken) for rule in match.get("excludeResourceRules") or ()):
        return False
    rules = match.get("resourceRules") or ()
    return not rules or any(_is_ruled(rule, review, spoken) for rule in rules)


def _is_picked(match: Object, review: Review, namespace: Object | None) -> bool:
    """Whether the selectors of constraints pick a write."""
    if review.resource.storage == ("", "namespaces"):
        namespace = review.new or review.old
    if namespace is not None and not matches_selector(match.get("namespaceSelector") or {}, _labels(namespace)):
        return False
    selector = match.get("objectSelector") or {}
    sides = [side for side in (review.new, review.old) if side is not None]
    return not sides or any(matches_selector(selector, _labels(side)) for side in sides)


def _labels(obj: Object) -> Mapping[str, str]:
    return obj["metadata"].get("labels") or {}


def _is_ruled(rule: Object, review: Review, spoken: list[tuple[str, str]]) -> bool:
    """Whether one rule is about a write."""
    if not _has(rule.get("operations"), review.operation):
        return False
    if not any(_has(rule.get("apiGroups"), group) and _has(rule.get("apiVersions"), version) for group, version in spoken):
        return False
    if (names := rule.get("resourceNames")) and review.name not in names:
        return False
    scope = "Namespaced" if review.resource.namespaced and review.resource.storage != ("", "namespaces") else "Cluster"
    return rule.get("scope", "*") in ("*", scope) and any(_is_resource(text, review) for text in rule.get("resources") or ())


def _is_resource(text: str, review: Review) -> bool:
    plural, _, subresource = text.partition("/")
    given = review.intent.route.subresource
    return plural in ("*", review.resource.plural) and (subresource == given or (subresource == "*" and "/" in text))


def _has(texts: Iterable[str] | None, text: str) -> bool:
    return bool({"*", text} & set(texts or ()))
