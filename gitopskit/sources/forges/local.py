"""A forge without a server: a bare repository that keeps its pull requests itself.

For lessons, tests, and people without a forge. The rules hold for our verbs; whoever may write into the folder can go round them with
plain git, and everybody is taken at their word about who they are. Where that is not enough, use a forge with a server.

The trap that shaped it: several processes have it open at once, and each may die at any moment. So what is known is written as commits
that one transaction of names makes count, and a transaction starts from what was looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gitopskit.errors import BranchError, ForgeError, MergeConflictError, MovedError, ProtectionError, PullRequestError, WriteError, plain
from gitopskit.model.history import Person
from gitopskit.model.pull_request import (
    Approval,
    Comment,
    ForgeIdentity,
    MergeStatus,
    Protection,
    PullRequest,
    PullState,
    identity_of,
)
from gitopskit.sources.forges import bare, records
from gitopskit.sources.forges.records import FORGE, PULLS, Record, head_ref, pull_ref
from gitopskit.sources.git import Repository
from gitopskit.sources.writing import refs
from gitopskit.sources.writing.names import branch_ref
from gitopskit.sources.writing.person import person_of
from gitopskit.sources.writing.refs import NOWHERE, Move
from gitopskit.sources.writing.workshop import Workshop

_TRIES: Final = 20
_WRITER: Final = Person(name="gitopskit", email="gitopskit@localhost")


class LocalForge:
    """A bare repository with pull requests; a path wherever a repository is asked for.

    Parameters
    ----------
    folder
        The repository; `create` makes one.

    Raises
    ------
    ForgeError
        It keeps no pull requests.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).expanduser().absolute()
        if not bare.is_forge(self.folder):
            raise ForgeError("no pull requests are kept there", where=str(self.folder), next_step="make it a forge: gk.local_forge(…)")
        with self._opened() as repository:
            self.protection = records.read_protection(repository, refs.find(repository, FORGE))

    @classmethod
    def create(
        cls, folder: str | os.PathLike[str], *, source: str | os.PathLike[str] | None = None, protection: Protection | None = None
    ) -> LocalForge:
        """Make a bare repository into a forge, and the repository as well where there is none.

        Parameters
        ----------
        source
            A repository to take the branches of, once.
        protection
            The rules of the trunk.

        Raises
        ------
        ForgeError
            The folder holds something else, or cannot be made.
        """
        rules, place = protection or Protection(), Path(folder).expanduser().absolute()
        branch_ref(rules.trunk, str(place))
        bare.make(place, rules.trunk)
        with Repository(place, str(place)) as repository:
            if source is not None:
                bare.take(repository, source)
            before = refs.find(repository, FORGE)
            said = f"Protect {rules.trunk}"
            if not before or records.read_protection(repository, before) != rules:
                refs.move(repository, records.written(repository, FORGE, rules, before, said, _WRITER))
        return cls(place)

    def __fspath__(self) -> str:
        return str(self.folder)

    def __repr__(self) -> str:
        return f"LocalForge({str(self.folder)!r})"

    def identify(self) -> ForgeIdentity:
        """Say which repository this is, and the rules of its trunk; who we are it does not know."""
        return ForgeIdentity(system="local", url=str(self.folder), protection=self.protection)

    def push(self, repository: Repository, commit: str, branch: str) -> str:
        """Make a branch of a commit; see `Forge.push`."""
        ref = branch_ref(branch, str(self.folder))
        if branch == self.protection.trunk:
            raise ProtectionError(f"{branch} is protected: nothing is pushed to it", where=str(self.folder),
                                  next_step="push another branch, and open a pull request")  # fmt: skip
        with self._opened() as own:
            bare.fetch(own, repository, commit)
            there = refs.find(own, ref)
            if not there:
                try:
                    refs.move(own, Move(ref, commit, NOWHERE))
                    return commit
                except MovedError:
                    there = refs.find(own, ref)
            if there == commit or _is_same(own, there, commit):
                return there
            raise BranchError(f"there is a branch {branch} already, and it holds something else", where=f"{self.folder}@{there[:12]}",
                              next_step="name another branch")  # fmt: skip

    def open(self, branch: str, *, title: str, body: str = "", into: str = "", by: str | Person | None = None) -> PullRequest:
        """Ask that a branch be merged; see `Forge.open`."""
        author, target = person_of(by), into or self.protection.trunk
        if not title.strip():
            raise PullRequestError("a pull request needs a title", where=str(self.folder), next_step='title="…"')
        with self._opened() as own:
            head = own.resolve(branch_ref(branch, str(self.folder)))
            if own.is_ancestor(head, own.resolve(branch_ref(target, str(self.folder)))):
                raise PullRequestError(
                    f"{branch} has nothing that {target} has not", where=str(self.folder), next_step="commit to it first"
                )
            record = Record(
                title=self._said(" ".join(title.split())),
                body=self._said(body),
                branch=branch,
                into=target,
                head=head,
                author=author,
                created_at=datetime.now(UTC),
            )
            return self._numbered(own, record)

    def list(self, state: PullState | None = None) -> tuple[PullRequest, ...]:
        """Return the pull requests, newest first."""
        with self._opened() as own:
            found = [self._pull(own, number, records.read_pull(own, oid)) for number, oid in sorted(self._known(own).items(), reverse=True)]
        return tuple(pull for pull in found if state is None or pull.state is state)

    def get(self, number: int) -> PullRequest:
        """Return one pull request as it is now."""
        with self._opened() as own:
            return self._pull(own, number, self._record(own, number)[0])

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Return what was said about it, oldest first."""
        with self._opened() as own:
            return self._record(own, number)[0].comments

    def comment(self, number: int, text: str, *, by: str | Person | None = None) -> Comment:
        """Say something about it."""
        if not text.strip():
            raise PullRequestError("nothing was said", where=f"{self.folder} #{number}", next_step="say something")
        said = Comment(by=person_of(by), text=self._said(text), at=datetime.now(UTC))
        self._write(number, f"{said.by} commented on", said.by, lambda _own, record: record.with_comment(said))
        return said

    def approve(self, number: int, *, head: str = "", by: str | Person | None = None) -> PullRequest:
        """Agree to a commit of it; see `Forge.approve`."""
        who = person_of(by)

        def approved(own: Repository, record: Record) -> Record:
            pull = self._open(own, number, record, head)
            if _same_person(who, pull.author):
                raise ProtectionError(f"{who} asked for it, and cannot approve it", where=f"{self.folder} #{number}",
                                      next_step="ask somebody else to look at it")  # fmt: skip
            if any(_same_person(one.by, who) for one in pull.counted):
                return record
            return record.with_approval(Approval(by=who, commit=pull.head, at=datetime.now(UTC)))

        return self._write(number, f"{who} approved", who, approved)

    def close(self, number: int, *, by: str | Person | None = None) -> PullRequest:
        """Give it up; the branch stays."""
        who = person_of(by)

        def closed(own: Repository, record: Record) -> Record:
            pull = self._open(own, number, record, "")
            return replace(record, state=PullState.CLOSED, head=pull.head)

        return self._write(number, f"{who} closed", who, closed)

    def merge(self, number: int, *, head: str, by: str | Person | None = None) -> PullRequest:
        """Merge it by a merge commit, if it is still what was looked at; see `Forge.merge`."""
        who = person_of(by)
        with self._opened() as own:
            record, before = self._record(own, number)
            pull = self._open(own, number, record, head)
            self._check(pull)
            into, branch = branch_ref(pull.into, str(self.folder)), branch_ref(pull.branch, str(self.folder))
            trunk = own.resolve(into)
            message = f"Merge pull request #{number} from {pull.branch}\n\n{pull.title}\n"
            with Workshop(own) as workshop:
                commit = workshop.commit(workshop.merged(trunk, pull.head), (trunk, pull.head), message, who)
            done = replace(record, state=PullState.MERGED, head=pull.head, merge_commit=commit, merged_by=who)
            refs.move(
                own, Move(into, commit, trunk), Move(branch, pull.head, pull.head), self._keep(own, number, pull.head),
                records.written(own, pull_ref(number), done, before, f"{who} merged #{number}", who),
            )  # fmt: skip
            return self._pull(own, number, done)

    def brought(self, commit: str) -> PullRequest | None:
        """Return the pull request by which a commit came to the trunk; None where none did."""
        with self._opened() as own:
            if not own.has(commit):
                raise ForgeError(f"the commit {plain(commit[:12])} is not known there", where=str(self.folder), next_step="push it first")
            for number, oid in sorted(self._known(own).items()):
                record = records.read_pull(own, oid)
                if record.state is PullState.MERGED and _is_in(own, record, commit):
                    return self._pull(own, number, record)
        return None

    def _opened(self) -> Repository:
        return Repository(self.folder, str(self.folder))

    def _known(self, own: Repository) -> dict[int, str]:
        found = {records.number_of(ref): oid for ref, oid in refs.below(own, PULLS).items()}
        return {number: oid for number, oid in found.items() if number}

    def _record(self, own: Repository, number: int) -> tuple[Record, str]:
        oid = self._known(own).get(number)
        if oid is None:
            known = ", ".join(f"#{one}" for one in sorted(self._known(own))[-5:])
            raise PullRequestError(f"there is no pull request #{number}", where=str(self.folder),
                                   next_step=f"there are {known}" if known else "none was opened yet")  # fmt: skip
        return records.read_pull(own, oid), oid

    def _numbered(self, own: Repository, record: Record) -> PullRequest:
        """Give a pull request the next number that nobody else takes."""
        for _ in range(_TRIES):
            known = self._known(own)
            for number, oid in known.items():
                there = records.read_pull(own, oid)
                if (there.state, there.branch, there.into) == (PullState.OPEN, record.branch, record.into):
                    return self._pull(own, number, there)
            number = max(known, default=0) + 1
            move = records.written(own, pull_ref(number), record, NOWHERE, f"{record.author} opened #{number}", record.author)
            try:
                refs.move(own, move, Move(head_ref(number), record.head, NOWHERE))
            except MovedError:
                continue
            return self._pull(own, number, record)
        raise self._busy()

    def _write(self, number: int, said: str, by: Person, change: Callable[[Repository, Record], Record]) -> PullRequest:
        """Write a pull request down anew, from what it is at that moment."""
        with self._opened() as own:
            for _ in range(_TRIES):
                record, before = self._record(own, number)
                changed = change(own, record)
                if changed == record:
                    return self._pull(own, number, record)
                move = records.written(own, pull_ref(number), changed, before, f"{said} #{number}", by)
                try:
                    refs.move(own, move, self._keep(own, number, self._head(own, record)))
                except MovedError:
                    continue
                return self._pull(own, number, changed)
        raise self._busy()

    def _keep(self, own: Repository, number: int, head: str) -> Move:
        return Move(head_ref(number), head, refs.find(own, head_ref(number)))

    def _head(self, own: Repository, record: Record) -> str:
        """Return the tip of the branch; what it was where the branch is gone or all is over."""
        if record.state is not PullState.OPEN:
            return record.head
        return refs.find(own, branch_ref(record.branch, str(self.folder))) or record.head

    def _open(self, own: Repository, number: int, record: Record, head: str) -> PullRequest:
        """Return a pull request that is open, and whose head is the one that was looked at."""
        pull = self._pull(own, number, record)
        place = f"{self.folder} #{number}"
        if pull.state is not PullState.OPEN:
            raise PullRequestError(f"#{number} is {pull.state.value}", where=place, next_step="open another one")
        if head and head != pull.head:
            what = f"the branch {plain(pull.branch)} moved: it was looked at as {plain(head[:12])}, and is {pull.head[:12]}"
            raise MovedError(what, where=place, next_step="look at it again")
        return pull

    def _check(self, pull: PullRequest) -> None:
        """Make sure that the rules allow a merge."""
        place = f"{self.folder} #{pull.number}"
        match pull.status:
            case MergeStatus.READY:
                return
            case MergeStatus.CONFLICT:
                raise MergeConflictError(
                    pull.reason, where=place, next_step="bring the trunk into the branch, resolve it there, push again"
                )
            case MergeStatus.UNAPPROVED:
                raise ProtectionError(pull.reason, where=place, next_step="ask somebody else than its author to approve it")
            case MergeStatus.BEHIND:
                raise MovedError(pull.reason, where=place, next_step="bring the trunk into the branch, and push again")
        raise ForgeError(pull.reason, where=place, next_step="look at both branches")

    def _pull(self, own: Repository, number: int, record: Record) -> PullRequest:
        pull = PullRequest(
            number=number, title=record.title, body=record.body, branch=record.branch, into=record.into, head=self._head(own, record),
            author=record.author, created_at=record.created_at, state=record.state, approvals=record.approvals,
            needed_approvals=self.protection.approvals if record.into == self.protection.trunk else 0,
            merge_commit=record.merge_commit, merged_by=record.merged_by, url=f"{self.folder}#{number}",
        )  # fmt: skip
        status, reason = self._status(own, pull)
        return replace(pull, status=status, reason=reason)

    def _status(self, own: Repository, pull: PullRequest) -> tuple[MergeStatus, str]:
        if pull.state is not PullState.OPEN:
            return MergeStatus.OVER, f"it is {pull.state.value}"
        trunk = refs.find(own, branch_ref(pull.into, str(self.folder)))
        if not trunk:
            return MergeStatus.UNKNOWN, f"there is no branch {plain(pull.into)}"
        if own.is_ancestor(pull.head, trunk):
            return MergeStatus.UNKNOWN, f"{plain(pull.into)} has all of it already"
        if self.protection.needs_tip and not own.is_ancestor(trunk, pull.head):
            return MergeStatus.BEHIND, f"{plain(pull.into)} has commits that {plain(pull.branch)} lacks"
        try:
            with Workshop(own) as workshop:
                workshop.merged(trunk, pull.head)
        except MergeConflictError as error:
            return MergeStatus.CONFLICT, error.what
        except WriteError as error:
            return MergeStatus.UNKNOWN, error.what
        if missing := pull.missing_approvals:
            return (
                MergeStatus.UNAPPROVED,
                f"it lacks {missing} approval{'s' if missing > 1 else ''} by others than {plain(str(pull.author))}",
            )
        return MergeStatus.READY, ""

    def _said(self, text: str) -> str:
        return records.speech(text, str(self.folder))

    def _busy(self) -> ForgeError:
        return ForgeError("others keep writing there", where=str(self.folder), next_step="wait a moment, and repeat it")


def _is_same(own: Repository, one: str, other: str) -> bool:
    """Whether two commits say the same on the same ground, whoever said it and when."""
    return own.tree_of(one) == own.tree_of(other) and own.parents_of(one) == own.parents_of(other)


def _is_in(own: Repository, record: Record, commit: str) -> bool:
    """Whether a merged pull request brought a commit: the merge itself, or what the trunk lacked before it."""
    if commit == record.merge_commit:
        return True
    before = own.parents_of(record.merge_commit)[0]
    return bool(own.is_ancestor(commit, record.head)) and not own.is_ancestor(commit, before)


def _same_person(one: Person, other: Person) -> bool:
    return identity_of(one) == identity_of(other)
