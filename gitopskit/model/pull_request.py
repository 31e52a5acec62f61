"""What does somebody ask to be merged, who agreed, and may it be?

The words are those that forges share: a pull request (GitLab: merge request) asks that a branch be merged into another one. An approval is
of one commit; what is pushed afterwards nobody approved.

References
----------
The pull request resources of the REST APIs of GitHub (``mergeable_state``), GitLab (``detailed_merge_status``), Gitea and Forgejo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gitopskit.model.history import Person


class PullState(StrEnum):
    """What became of a pull request."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"


class MergeStatus(StrEnum):
    """Whether a pull request may be merged now, and if not, what stands in the way first."""

    READY = "ready"
    CONFLICT = "conflict"
    UNAPPROVED = "approvals missing"
    BEHIND = "trunk moved"
    OVER = "over"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """That somebody agreed to one commit."""

    by: Person
    commit: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What somebody said; foreign text."""

    by: Person
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """The rules for what reaches the trunk.

    Attributes
    ----------
    trunk
        The protected branch: nothing is pushed to it, everything is merged.
    approvals
        How many people other than the author must approve a pull request.
    needs_tip
        Whether a branch must hold all of the trunk before it is merged.
    """

    trunk: str = "main"
    approvals: int = 1
    needs_tip: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeIdentity:
    """Which forge this is, and which repository of it.

    Attributes
    ----------
    system
        "local", "gitea", "github", "gitlab".
    url
        Address of the repository, without credentials.
    user
        Who we are to it; None where it takes everybody at their word.
    """

    system: str
    url: str
    protection: Protection
    user: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """One request to merge a branch.

    Attributes
    ----------
    branch, into
        What is to be merged, and where to.
    head
        The commit at the tip of `branch`; once it is over, the last one that it had.
    approvals
        Every approval that was given, of whatever commit; `counted` has those that count.
    needed_approvals
        How many must count.
    status, reason
        Whether it may be merged now, and why not, in a sentence.
    merge_commit
        The commit that brought it into `into`; empty before.
    url
        Where a person reads it.
    created_at
        An aware moment (UTC).
    """

    number: int
    title: str
    body: str = field(default="", repr=False)
    branch: str
    into: str
    head: str
    author: Person
    created_at: datetime
    state: PullState = PullState.OPEN
    approvals: tuple[Approval, ...] = field(default=(), repr=False)
    needed_approvals: int = 0
    status: MergeStatus = MergeStatus.UNKNOWN
    reason: str = ""
    merge_commit: str = ""
    merged_by: Person | None = None
    url: str = ""

    @property
    def counted(self) -> tuple[Approval, ...]:
        """The approvals of its present head by others than its author, one per person."""
        author = identity_of(self.author)
        found = {identity_of(one.by): one for one in self.approvals if one.commit == self.head}
        return tuple(one for person, one in found.items() if person != author)

    @property
    def missing_approvals(self) -> int:
        """How many more are needed."""
        return max(0, self.needed_approvals - len(self.counted))

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequests:
    """The pull requests of a repository, newest first."""

    forge: ForgeIdentity
    rows: tuple[PullRequest, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[PullRequest]:
        return iter(self.rows)

    def __getitem__(self, number: int) -> PullRequest:
        """Return one by its number."""
        return next(row for row in self.rows if row.number == number)


def identity_of(person: Person) -> str:
    """Return what tells one person from another: the address, where there is one.

    Examples
    --------
    >>> identity_of(Person(name="Ada", email="Ada@example.org")) == identity_of(Person(name="A. L.", email="ada@example.org"))
    True
    """
    return (person.email or person.name).casefold()
