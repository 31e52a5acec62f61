"""How did an object come to what it is: who wrote what into Git, and who did what on the live side?

Everything here is of one object. A `Revision` is a commit that changed it; a `Deed` is anything that happened to it, on either side; a
`FieldSource` lays, for one field, who said so beside who did so.

The trap that shaped it: the author of a commit is whoever the commit says. Names and times out of Git are claims, unless a signature
vouches for them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gitopskit.model.changes import FieldChange, FieldOwner
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Origin
from gitopskit.model.paths import FieldPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who a commit says somebody is."""

    name: str
    email: str = ""

    def __str__(self) -> str:
        return self.name or self.email


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit, as it describes itself.

    Attributes
    ----------
    parents
        Commit ids, the one that was merged into first. Those that a shallow clone cut off are not among them.
    authored_at, committed_at
        Aware moments (UTC).
    pull_request
        The number of the pull request that its message names (``#12``, ``!12``); empty where it names none.
    is_cut
        Whether a shallow clone holds nothing from before it.
    """

    oid: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    authored_at: datetime
    committer: Person
    committed_at: datetime
    subject: str
    pull_request: str = ""
    is_cut: bool = False

    @property
    def short(self) -> str:
        """The first twelve digits of its id."""
        return self.oid[:12]


class Touch(StrEnum):
    """What a commit did to an object."""

    CREATED = "created"
    CHANGED = "changed"
    MOVED = "moved"
    DELETED = "deleted"
    BROKE = "could not be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One commit that touched an object.

    Attributes
    ----------
    origin
        Where the object stands from then on; None where it is gone.
    moved_from
        The file that it stood in before; empty where it stayed.
    fields
        What changed, between what was desired before and after; all fields of one that was created, none of one that was deleted.
    pull_request
        Of the commit, or of the merge that brought it to the trunk; empty where nobody named one.
    message
        Why it could not be read, where it could not.
    """

    commit: Commit
    touch: Touch
    origin: Origin | None = None
    moved_from: str = ""
    fields: tuple[FieldChange, ...] = field(default=(), repr=False)
    pull_request: str = ""
    message: str = ""


class Agreement(StrEnum):
    """Whether Git and the live side say the same of a field."""

    SAME = "same"
    DIFFERS = "differs"
    GIT_ONLY = "Git only"
    LIVE_ONLY = "live only"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSource:
    """Who said so, beside who did so: one field.

    Attributes
    ----------
    path
        The field.
    desired
        What Git says; None where it does not state the field.
    commit, origin, pull_request
        The commit since which Git says so, the line of that commit that does, and how it came to the trunk. None where Git does not state
        the field, or a shallow history does not reach back to it.
    is_known
        False where history ends before the commit is found: `commit` is then the last that is here.
    live
        What is there; None where there is nothing.
    owners
        Who holds the live field.
    """

    path: FieldPath
    desired: Any = None
    commit: Commit | None = None
    origin: Origin | None = None
    pull_request: str = ""
    is_known: bool = True
    live: Any = None
    owners: tuple[FieldOwner, ...] = ()
    agreement: Agreement = Agreement.GIT_ONLY


class DeedSource(StrEnum):
    """Who tells of a deed."""

    GIT = "Git"
    LEDGER = "ledger"
    MANAGED_FIELDS = "managed fields"
    EVENT = "event"
    ARGO_CD = "Argo CD"
    HELM = "Helm"
    OBJECT = "object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that happened to an object, on either side.

    Attributes
    ----------
    at
        Aware moment (UTC); None where nobody noted it.
    told_by
        Where it is known from.
    actor
        Author, field manager, user or controller; empty where nobody noted it.
    what
        A few words.
    fields
        The fields that it is about.
    commit, pull_request
        As far as it is known from which commit it came.
    count
        How often, where it is known.
    """

    at: datetime | None
    told_by: DeedSource
    actor: str
    what: str
    fields: tuple[FieldPath, ...] = ()
    commit: str = ""
    pull_request: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What Git knows of an object, newest first.

    Attributes
    ----------
    is_whole
        False where a shallow history ends before the object was created, or rendering an old commit failed.
    """

    id: ObjectId
    revisions: tuple[Revision, ...] = field(repr=False)
    is_whole: bool = True
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.revisions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Everything that is known to have happened to an object, newest first.

    Attributes
    ----------
    is_whole
        False where a part of the past could not be read: `warnings` says which.
    """

    id: ObjectId
    deeds: tuple[Deed, ...] = field(repr=False)
    is_whole: bool = True
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.deeds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """Each field of an object, with the commit that states it and the manager that holds it.

    Attributes
    ----------
    commit
        The commit that was looked back from.
    fields
        Those that Git states, in their order, and then those that only the live object has.
    is_live
        Whether the object is there.
    """

    id: ObjectId
    commit: str
    fields: tuple[FieldSource, ...] = field(repr=False)
    is_live: bool = True
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.fields)
