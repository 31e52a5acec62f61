"""All objects of one side at one moment.

Unreadable is not absent: what could not be read is listed, shown, and switches off pruning there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gitopskit.model.brief import ID_LENGTH, brief, many, tally
from gitopskit.model.canonical import digest, to_plain
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.rendering import BY_DEFAULT, Rendering


class Side(StrEnum):
    """Which of the two states a snapshot shows."""

    DESIRED = "desired"
    LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRef:
    """Where desired state came from.

    Attributes
    ----------
    url
        Address of the repository, without credentials.
    revision
        What was asked for: branch, tag or commit.
    commit
        The full commit id that it stood for; used from then on.
    path
        Folder or file inside the repository; empty for all of it.
    trunk
        The branch that changes must have reached, as named by the user; empty where none was named.
    on_trunk
        Whether `commit` is reachable from `trunk`; None where that is unknown (no trunk named, shallow clone).
    renderer
        What turned files into objects ("manifests", "kustomize 5.8.1").
    rendering
        The settings that it was told.
    """

    url: str
    revision: str
    commit: str
    path: str = ""
    trunk: str = ""
    on_trunk: bool | None = None
    renderer: str = "manifests"
    rendering: Rendering = BY_DEFAULT

    def is_told_by(self, said: object) -> bool:
        """Whether what a ledger says of a source is this one, at whatever commit: the same folder, rendered with the same settings."""
        settings = to_plain(self.rendering)
        return (
            isinstance(said, Mapping)
            and (said.get("url"), said.get("path")) == (self.url, self.path)
            and said.get("rendering", to_plain(Rendering())) == settings
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which live system this is, by what it says of itself rather than by what we call it.

    Attributes
    ----------
    system
        Provider name ("kubernetes", …).
    name
        What the user calls it: context or sandbox name.
    server
        Address.
    authority
        Digest of the certificate authority (or what takes its place); empty without TLS.
    uid
        Identity of the system itself (Kubernetes: uid of the kube-system namespace).
    version
        Server version.
    user
        Who we are to it.
    groups
        Groups of that user.
    is_sandbox
        Whether it was started by us, to be thrown away.
    """

    system: str
    name: str
    server: str
    authority: str = ""
    uid: str = ""
    version: str = ""
    user: str = ""
    groups: tuple[str, ...] = ()
    is_sandbox: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A part of the live system that could not be read.

    Attributes
    ----------
    group_kind
        ``Kind.group``, or a bare group whose discovery failed; empty when everything in `namespace` is concerned.
    namespace
        Empty for all namespaces.
    reason
        One word: Forbidden, Unreachable, NotServed, …
    message
        What the system said.
    """

    group_kind: str
    namespace: str = ""
    reason: str
    message: str

    def covers(self, object_id: ObjectId) -> bool:
        """Whether the object could be hidden in this part."""
        same_kind = self.group_kind in ("", object_id.group_kind, object_id.group)
        return same_kind and self.namespace in ("", object_id.namespace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The set of objects that one owner manages together, and its marker on the live system (an ApplySet parent).

    Attributes
    ----------
    id
        The identity that members carry in their label.
    group_kind, namespace, name
        The parent object.
    tooling
        Who the live parent says manages it (``gitopskit/0.1.0``, ``kubectl/v1.37.1``); empty when there is no parent yet.
    group_kinds
        Kinds (``Kind.group``) that the live parent says may have members.
    namespaces
        Namespaces, besides its own, that the live parent says may have members.
    uid, resource_version
        Of the live parent; empty when there is none yet.
    """

    id: str
    group_kind: str
    namespace: str
    name: str
    tooling: str = ""
    group_kinds: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    uid: str = ""
    resource_version: str = ""

    @property
    def exists(self) -> bool:
        """Whether the parent is there."""
        return bool(self.uid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All objects of one side at one moment.

    Attributes
    ----------
    objects
        Identity to object, in the order of the source.
    taken_at
        Aware moment (UTC): the commit's for desired state, the read's for live state. A plan takes its date from the live snapshot.
    source
        Desired side: where from.
    target, inventory
        Live side: which system, and the set that was asked for.
    unreadable
        What could not be read; empty on the desired side.
    warnings
        What a person should know, one sentence each.
    """

    side: Side
    objects: Mapping[ObjectId, Object]
    taken_at: datetime
    source: SourceRef | None = None
    target: Target | None = None
    inventory: Inventory | None = None
    unreadable: tuple[Unreadable, ...] = ()
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.objects)

    def __repr__(self) -> str:
        of = f" of {self.target.name}" if self.target else f" of {self.source.commit[:ID_LENGTH]}" if self.source else ""
        return brief(self, f"{self.side} state{of}", many(len(self), "object") or "empty", tally({"unreadable": len(self.unreadable)}))


def object_digest(item: Object) -> str:
    """Return the digest of one object's identity and body; secrets enter by fingerprint."""
    return digest({"id": item.id, "api_version": item.api_version, "body": item.body})


def snapshot_digest(snapshot: Snapshot) -> str:
    """Return the digest of everything a snapshot holds, whatever its order: what a loaded plan must find again."""
    return digest_of(object_digest(item) for item in snapshot.objects.values())


def digest_of(digests: Iterable[str]) -> str:
    """Return the digest of a set of objects, from those of each."""
    return digest(sorted(digests))
