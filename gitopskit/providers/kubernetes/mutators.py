"""May something in the cluster change an object on its way in?

Where a webhook or a policy changes what is written, an apply that changes nothing by its own rules may change something after all; then
only the server's dry-run can tell. Selectors are not looked at: what may be concerned is asked about.

References
----------
Kubernetes, "Dynamic Admission Control", matching requests; "Mutating Admission Policy".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitopskit.providers.kubernetes.connection import Connection
from gitopskit.providers.kubernetes.discovery import ApiResource, Discovery
from gitopskit.providers.kubernetes.pages import PartialListError, read_pages

_KINDS: Final = (
    "MutatingWebhookConfiguration.admissionregistration.k8s.io",
    "MutatingAdmissionPolicy.admissionregistration.k8s.io",
)
_OPERATIONS: Final = frozenset({"UPDATE", "*"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutators:
    """The rules of everything that may change objects.

    Attributes
    ----------
    is_known
        Whether all of them could be read.
    """

    rules: tuple[Mapping[str, Any], ...] = ()
    is_known: bool = True

    def may_change(self, resource: ApiResource) -> bool:
        """Whether an update of an object of this kind may be changed on its way in."""
        return any(_is_meant(rule, resource) for rule in self.rules)


def read_mutators(connection: Connection, discovery: Discovery) -> Mutators:
    """Ask the cluster what may change objects; what there is no right to read is not known."""
    rules: list[Mapping[str, Any]] = []
    is_known = True
    for kind in _KINDS:
        resource = discovery.preferred.get(kind)
        if resource is None:
            continue
        try:
            rules += _rules(read_pages(connection, resource.path(), {}, lambda item: item)[0])
        except PartialListError:
            is_known = False
    return Mutators(rules=tuple(rules), is_known=is_known)


def _rules(items: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for item in items:
        for webhook in item.get("webhooks") or ():
            yield from webhook.get("rules") or ()
        yield from ((item.get("spec") or {}).get("matchConstraints") or {}).get("resourceRules") or ()


def _is_meant(rule: Mapping[str, Any], resource: ApiResource) -> bool:
    """Whether a rule names a kind, in whatever version: the server converts."""
    names = [name.partition("/") for name in rule.get("resources") or ()]
    is_named = any(plural in (resource.plural, "*") and part in ("", "*") for plural, _, part in names)
    is_group = bool({resource.group, "*"} & set(rule.get("apiGroups") or ()))
    return is_named and is_group and bool(_OPERATIONS & set(rule.get("operations") or ()))
