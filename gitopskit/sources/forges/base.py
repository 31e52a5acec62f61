"""What does a forge do for us, whichever it is?

A forge keeps a repository and the talk about it: who asks for what to be merged, who agreed, under which rules. One implementation per
system, behind these verbs; the nouns are those of `gitopskit.model.pull_request`, the errors `ForgeError` and its kinds.

Who acts is whoever the token belongs to, where a forge has tokens; `by` is for a forge that takes people at their word, and another
refuses a `by` that is not the user of its token. Tokens come from the environment or a keyring, never by these verbs.

References
----------
The pull request resources of the REST APIs of GitHub, GitLab (merge requests), Gitea and Forgejo: each verb is one or two calls there.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from gitopskit.model.history import Person
from gitopskit.model.pull_request import Comment, ForgeIdentity, PullRequest, PullState
from gitopskit.sources.git import Repository


@runtime_checkable
class Forge(Protocol):
    """A repository with pull requests."""

    def identify(self) -> ForgeIdentity:
        """Say which forge and repository this is, who we are to it, and the rules of the trunk."""

    def push(self, repository: Repository, commit: str, branch: str) -> str:
        """Make a branch there of a commit that `repository` holds, and return the commit that the branch has.

        The branch appears as the last thing: no name of `repository` points to the commit, so it is its id that is pushed, to a branch that
        must not be there. One that holds the same on the same ground is left as it is, so that pushing twice is pushing once.

        Raises
        ------
        BranchError
            The name cannot be a branch, or there is one that holds something else.
        ProtectionError
            It is the trunk.
        """

    def open(self, branch: str, *, title: str, body: str = "", into: str = "", by: str | Person | None = None) -> PullRequest:
        """Ask that a branch be merged; the pull request that is open for it already is returned as it is.

        Parameters
        ----------
        into
            Where to; the trunk by default.

        Raises
        ------
        PullRequestError
            The branch has nothing that `into` has not.
        """

    def list(self, state: PullState | None = None) -> tuple[PullRequest, ...]:
        """Return the pull requests, newest first; all of them, or those in one state."""

    def get(self, number: int) -> PullRequest:
        """Return one pull request as it is now.

        Raises
        ------
        PullRequestError
            There is none.
        """

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Return what was said about it, oldest first."""

    def comment(self, number: int, text: str, *, by: str | Person | None = None) -> Comment:
        """Say something about it."""

    def approve(self, number: int, *, head: str = "", by: str | Person | None = None) -> PullRequest:
        """Agree to a commit of it.

        Parameters
        ----------
        head
            The commit that was looked at; by default the present one.

        Raises
        ------
        MovedError
            The branch has another commit by now.
        ProtectionError
            Nobody agrees to what is their own.
        """

    def merge(self, number: int, *, head: str, by: str | Person | None = None) -> PullRequest:
        """Merge it, if it is still what was looked at.

        Parameters
        ----------
        head
            The commit that was looked at.

        Raises
        ------
        MovedError
            The branch has another commit by now, or the trunk moved meanwhile.
        MergeConflictError
            Both sides changed the same lines.
        ProtectionError
            Approvals are missing.
        """

    def close(self, number: int, *, by: str | Person | None = None) -> PullRequest:
        """Give it up; the branch stays."""

    def brought(self, commit: str) -> PullRequest | None:
        """Return the pull request by which a commit came to the trunk; None where none did.

        Raises
        ------
        ForgeError
            The forge does not tell.
        """
