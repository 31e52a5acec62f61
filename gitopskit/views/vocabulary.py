"""Which words of a report name nothing of anybody's own?

The words that the Kubernetes API itself defines (fields, kinds, groups, a few values), and the names of well-known tools. Whatever is not
among them may name a customer, a project or a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from gitopskit.model.values import MASK, UNKNOWN
from gitopskit.planning.ownership import PEOPLES_TOOLS
from gitopskit.schema.library import bundled

_GROUPS: Final = "x-kubernetes-group-version-kind"
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?([KMGTPE]i?|[mknu%])?")
_VERSION: Final = re.compile(r"v?\d+((alpha|beta)\d+)?")
_VALUES: Final = frozenset({
    "true", "false", "null", "always", "ifnotpresent", "never", "onfailure", "rollingupdate", "recreate", "ondelete",
    "clusterip", "nodeport", "loadbalancer", "externalname", "tcp", "udp", "sctp", "http", "https", "readwriteonce",
    "readonlymany", "readwritemany", "readwriteoncepod", "delete", "retain", "clusterfirst", "none", "apply", "update", "scale",
    "status", "exists", "doesnotexist", "in", "notin", "noschedule", "noexecute", "prefernoschedule", "parallel",
    "orderedready",
})  # fmt: skip
_RESOURCES: Final = frozenset({"cpu", "memory", "storage", "ephemeral-storage", "pods", "requests", "limits"})
_LABELS: Final = frozenset(
    {f"app.kubernetes.io/{name}" for name in ("name", "instance", "component", "part-of", "managed-by", "version")}
    | {"applyset.kubernetes.io/part-of", "applyset.kubernetes.io/id", "kubernetes.io/metadata.name", "kubernetes.io/hostname"}
    | {"kubectl.kubernetes.io/last-applied-configuration", "applyset.kubernetes.io/tooling", "deployment.kubernetes.io/revision"}
)
_TOOLS: Final = frozenset({
    *PEOPLES_TOOLS,
    "gitopskit", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-apiserver", "helm", "argocd-controller",
    "argocd-application-controller", "kustomize-controller", "helm-controller", "flux", "before-first-apply",
    "cluster-autoscaler", "kubectl-edit", "kubectl-patch", "kubectl-label", "kubectl-annotate", "kubectl-create",
    "kubectl-rollout", "kubectl-set", "kubectl-client-side-apply", "kubectl-replace", "kubectl-run", "kubectl-scale",
    "kubectl-applyset",
})  # fmt: skip
_COMPOUNDS: Final = frozenset({
    "dry-run", "dry-runs", "server-side", "client-side", "read-only", "no-op", "built-in", "non-empty", "non-negative", "non-zero",
    "lower-case", "upper-case", "alpha-numeric", "well-known", "well-formed", "cluster-wide", "cluster-scoped", "self-signed", "back-off",
    "auto-generated", "top-level", "in-cluster", "re-read", "a-z", "kube-system", "kube-public", "kube-node-lease", "cluster-admin",
    "managed-fields", "append-only", "dual-stack", "non-resource", "merge-conflict", "last-applied", "time-out", "up-to-date",
    "allow_cascading_deletes", "allow_cluster_scoped", "allow_namespaces", "allow_definitions", "allow_rights", "allow_force",
    "protected_namespaces", "allowed_kinds", "force_fields", "insecure-skip-tls-verify",
})  # fmt: skip
"""Words with a hyphen or an underscore in what Kubernetes says, and in what the guards here say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words of the Kubernetes API: names of fields, kinds and groups."""

    fields: frozenset[str]
    kinds: frozenset[str]
    groups: frozenset[str]

    def has_word(self, word: str) -> bool:
        """Whether a word of a path or of a message is the API's, a number or a version."""
        is_known = word in self.fields or word in self.kinds or word in self.groups or word in _RESOURCES
        return is_known or bool(_VERSION.fullmatch(word)) or is_plain_value(word)


@cache
def vocabulary() -> Vocabulary:
    """Return the words of the packaged release."""
    definitions = bundled().definitions.values()
    known = [kind for schema in definitions for kind in schema.get(_GROUPS, ())]
    groups = {kind["group"] for kind in known}
    return Vocabulary(
        fields=frozenset(name for schema in definitions for name in schema.get("properties") or ()),
        kinds=frozenset(kind["kind"] for kind in known),
        groups=frozenset(groups | {part for group in groups for part in group.split(".")}),
    )


def is_plain_value(text: str) -> bool:
    """Whether a value says nothing of whose it is: a number, a quantity, a choice that the API offers, a mark of ours.

    Examples
    --------
    >>> [is_plain_value(text) for text in ("3", "250m", "RollingUpdate", "acme")]
    [True, True, True, False]
    """
    return text in ("", MASK, str(UNKNOWN)) or bool(_NUMBER.fullmatch(text)) or text.lower() in _VALUES


def known_label_at_end(path: str) -> str:
    """Return the key of a label or annotation that everybody has, if a field path ends with one.

    Examples
    --------
    >>> known_label_at_end(".metadata.labels.app.kubernetes.io/name"), known_label_at_end(".metadata.labels.team")
    ('app.kubernetes.io/name', '')
    """
    return next((key for key in sorted(_LABELS) if path.endswith(f".{key}")), "")


def is_compound(word: str) -> bool:
    """Whether a word with a hyphen or an underscore is anybody's, as ``dry-run`` is."""
    return word.lower() in _COMPOUNDS or vocabulary().has_word(word) or is_known_tool(word)


def is_known_tool(name: str) -> bool:
    """Whether a field manager is a well-known tool rather than somebody's own."""
    return name.lower() in _TOOLS
