"""Which kinds does this server serve, and under which paths?

Aggregated discovery in two requests. A group whose own server is down is kept in mind: for reading that is a warning, for pruning
an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from gitopskit.model.snapshot import Unreadable
from gitopskit.providers.kubernetes.connection import Answer, Connection, error_of

_AGGREGATED: Final = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"

_BUILT_IN: Final = frozenset({
    "", "apps", "autoscaling", "batch", "policy",
    *(f"{name}.k8s.io" for name in (
        "admissionregistration", "apiextensions", "apiregistration", "authentication", "authorization", "certificates", "coordination",
        "discovery", "events", "flowcontrol.apiserver", "internal.apiserver", "networking", "node", "rbac.authorization", "resource",
        "scheduling", "storage", "storagemigration",
    )),
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResource:
    """One kind in one version."""

    group: str
    version: str
    kind: str
    plural: str
    is_namespaced: bool
    verbs: frozenset[str]

    @property
    def api_version(self) -> str:
        """``group/version``, or the version alone in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_kind(self) -> str:
        """``Kind.group``."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def is_built_in(self) -> bool:
        """Whether the server itself knows the kind, rather than by a definition or through another server."""
        return self.group in _BUILT_IN

    def path(self, namespace: str = "", name: str = "") -> str:
        """Return the path of the collection, or of one object in it."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        place = f"/namespaces/{quote(namespace, safe='')}" if self.is_namespaced and namespace else ""
        return f"{root}{place}/{self.plural}" + (f"/{quote(name, safe='')}" if name else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What a server serves.

    Attributes
    ----------
    by_version
        (apiVersion, kind) to resource.
    preferred
        ``Kind.group`` to the resource in the version that the server prefers.
    unreadable
        Groups whose own server did not answer.
    told
        The answers that say all this; empty where it took more of them.
    """

    by_version: Mapping[tuple[str, str], ApiResource]
    preferred: Mapping[str, ApiResource]
    unreadable: tuple[Unreadable, ...] = ()
    told: tuple[bytes, ...] = field(default=(), repr=False, compare=False)

    def find(self, api_version: str, kind: str) -> ApiResource | None:
        """Return the resource of a kind in just that version."""
        return self.by_version.get((api_version, kind))


def discover(connection: Connection, before: Discovery | None = None) -> Discovery:
    """Ask the server what it serves; what was known before is given back if it still says so.

    Raises
    ------
    ProviderError
        Discovery as a whole failed.
    """
    by_version: dict[tuple[str, str], ApiResource] = {}
    preferred: dict[str, ApiResource] = {}
    stale: list[Unreadable] = []
    answers = {path: connection.read(path, accept=_AGGREGATED) for path in ("/api", "/apis")}
    is_whole = all("apidiscovery" in answer.headers.get("content-type", "") for answer in answers.values())
    told = tuple(answer.content for answer in answers.values()) if is_whole else ()
    if told and before is not None and before.told == told:
        return before
    for item in _groups(connection, answers):
        for version in item.get("versions") or ():
            group = item["metadata"].get("name") or ""
            if version.get("freshness") == "Stale":
                stale.append(Unreadable(group_kind=group, reason="Unavailable", message=f"the server of {group} does not answer"))
            for resource in _resources(group, version):
                by_version[resource.api_version, resource.kind] = resource
                preferred.setdefault(resource.group_kind, resource)
    return Discovery(by_version=by_version, preferred=preferred, unreadable=tuple(stale), told=told)


def _groups(connection: Connection, answers: Mapping[str, Answer]) -> Iterator[dict[str, Any]]:
    for path, answer in answers.items():
        if not answer.is_ok:
            raise error_of(answer, connection, path)
        found = answer.json()
        yield from found["items"] if "items" in found else _legacy(connection, path, found)


def _legacy(connection: Connection, path: str, found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what an older server tells group by group, in the aggregated form."""
    for group in found.get("groups") or [{"name": "", "versions": [{"version": version} for version in found.get("versions") or ()]}]:
        versions = []
        for version in group["versions"]:
            below = f"{path}/{group['name']}/{version['version']}" if group["name"] else f"{path}/{version['version']}"
            answer = connection.read(below)
            listed = answer.json().get("resources") or ()
            versions.append({
                "version": version["version"],
                "freshness": "Current" if answer.is_ok else "Stale",
                "resources": [_aggregated(item) for item in listed if "/" not in item["name"]],
            })  # fmt: skip
        yield {"metadata": {"name": group["name"]}, "versions": versions}


def _aggregated(item: Mapping[str, Any]) -> dict[str, Any]:
    scope = "Namespaced" if item["namespaced"] else "Cluster"
    return {"resource": item["name"], "responseKind": {"kind": item["kind"]}, "scope": scope, "verbs": item["verbs"]}


def _resources(group: str, version: Mapping[str, Any]) -> Iterator[ApiResource]:
    for item in version.get("resources") or ():
        if not (item.get("responseKind") or {}).get("kind"):
            continue  # a resource without a kind (some aggregated servers) cannot be desired
        yield ApiResource(
            group=group,
            version=version["version"],
            kind=item["responseKind"]["kind"],
            plural=item["resource"],
            is_namespaced=item["scope"] == "Namespaced",
            verbs=frozenset(item.get("verbs") or ()),
        )
