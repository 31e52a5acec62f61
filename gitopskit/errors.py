"""What can go wrong, as one tree.

Every message answers three questions: *what* happened, *where* (object id, ``file:line@commit``, URL) and *what to do next*.
Nothing secret and no control byte may stand in any of the three; `plain` makes foreign text safe to quote.

::

    GitopskitError
    ├── SourceError            desired state could not be loaded
    │   ├── RepositoryError        missing, not a repository, refused address
    │   ├── RevisionError          no such branch, tag or commit
    │   ├── SourcePathError        no such path at that commit, or one that leads outside
    │   ├── ManifestError          a file that cannot be read as manifests
    │   │   └── DuplicateObjectError   two objects with one identity
    │   └── RenderError            kustomize (helm, …) failed or was refused
    ├── WriteError             desired state could not be written into Git; nothing was
    │   ├── IdentityError          nobody knows whose commit it would be
    │   ├── BranchError            a name that cannot be a branch, or a branch that holds something else
    │   └── EditError              a file that cannot be changed without touching more than was asked
    ├── ForgeError             a forge could not be asked, or what it was asked makes no sense
    │   ├── PullRequestError       there is no such pull request, or it is over
    │   ├── ProtectionError        the rules of the repository refuse it: the trunk, approvals
    │   ├── MergeConflictError     two branches changed the same lines
    │   └── MovedError             a branch is no longer where it was looked at
    ├── ProviderError          the live system could not be asked
    │   ├── UnreachableError       no answer
    │   ├── CredentialsError       missing, expired or refused credentials
    │   ├── ForbiddenError         known, and not allowed
    │   ├── UnknownKindError       the system does not serve this kind
    │   └── RejectedError          the system refused the object (validation, admission, quota)
    ├── PlanError              a plan cannot be made or used
    │   ├── PlanFormatError        unknown format or tool version
    │   └── PlanDigestError        altered, or its desired state renders differently now
    ├── BaselineError          a baseline of accepted drift cannot be saved, read or trusted
    ├── RefusedError           a guard stopped the apply before anything was written
    ├── ApplyError             an apply stopped midway; the journal says how far it came
    ├── SandboxError           a sandbox could not be started, found or stopped
    └── UsageError             an argument makes no sense (notebook call, command line)
"""

from __future__ import annotations

import unicodedata
from types import NoneType


def plain(text: str, limit: int = 400) -> str:
    """Return foreign text safe to show on one line.

    Control and bidirectional characters become visible escapes; longer text than `limit` characters is cut with a count.

    Examples
    --------
    >>> len(plain("a" + chr(27) + "b"))
    6
    """
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    shown = "".join(c if _is_printable(c) else c.encode("unicode_escape").decode() for c in text[: limit + 1])
    return shown if len(text) <= limit else f"{shown[:limit]}… ({len(text) - limit} more characters)"


def _is_printable(character: str) -> bool:
    return character.isprintable() and unicodedata.category(character) not in {"Cf", "Cc", "Co", "Cs"}


class GitopskitError(Exception):
    """Say what happened, where, and what to do next.

    Parameters
    ----------
    what
        One sentence, without a trailing full stop.
    where
        Object id, ``file:line@commit``, address or path; empty where there is none.
    next_step
        The one thing to try, as a sentence or a copy-ready call.
    """

    def __init__(self, what: str, *, where: str = "", next_step: str = "") -> None:
        self.what = what
        self.where = where
        self.next_step = next_step
        super().__init__(self.__str__())

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.next_step:
            lines.append(f"  next:  {self.next_step}")
        return "\n".join(lines)


class SourceError(GitopskitError):
    """Desired state could not be loaded."""


class RepositoryError(SourceError):
    """The repository is missing, is not one, or its address is refused."""


class RevisionError(SourceError):
    """No such branch, tag or commit."""


class SourcePathError(SourceError):
    """No such path at that commit, or one that leads outside the repository."""


class ManifestError(SourceError):
    """A file cannot be read as manifests."""


class DuplicateObjectError(ManifestError):
    """Two objects have one identity; both places are named."""


class RenderError(SourceError):
    """A renderer failed, or what it was asked to do is refused."""


class WriteError(GitopskitError):
    """Desired state could not be written into Git; nothing was."""


class IdentityError(WriteError):
    """Nobody knows whose commit it would be."""


class BranchError(WriteError):
    """The name cannot be a branch, or the branch holds something else."""


class EditError(WriteError):
    """A file cannot be changed without touching more than was asked."""


class ForgeError(GitopskitError):
    """A forge could not be asked, or what it was asked makes no sense."""


class PullRequestError(ForgeError):
    """There is no such pull request, or it is over."""


class ProtectionError(ForgeError):
    """The rules of the repository refuse it."""


class MergeConflictError(ForgeError):
    """Two branches changed the same lines; the files are named."""


class MovedError(ForgeError):
    """A branch is no longer where it was looked at."""


class ProviderError(GitopskitError):
    """The live system could not be asked."""


class UnreachableError(ProviderError):
    """The system did not answer."""


class CredentialsError(ProviderError):
    """Credentials are missing, expired or refused."""


class ForbiddenError(ProviderError):
    """The user is known, and may not do this."""


class UnknownKindError(ProviderError):
    """The system does not serve this kind."""


class RejectedError(ProviderError):
    """The system refused the object itself."""


class PlanError(GitopskitError):
    """A plan cannot be made or used."""


class PlanFormatError(PlanError):
    """The plan was written in a format that this version does not know."""


class PlanDigestError(PlanError):
    """The plan was altered, or its desired state renders differently now."""


class BaselineError(GitopskitError):
    """A baseline of accepted drift cannot be saved, read or trusted."""


class RefusedError(GitopskitError):
    """A guard stopped the apply before anything was written."""


class ApplyError(GitopskitError):
    """An apply stopped midway; the journal says how far it came."""


class SandboxError(GitopskitError):
    """A sandbox could not be started, found or stopped."""


class UsageError(GitopskitError):
    """An argument makes no sense."""


def expect(given: object, wanted: type | tuple[type, ...], call: str) -> None:
    """Refuse what a verb has no use for, before it is found out somewhere within.

    Parameters
    ----------
    wanted
        What the verb takes.
    call
        A call that is right, as it is written in a notebook: ``gk.sync_chart(ws.plan())``.

    Raises
    ------
    UsageError
        It is something else.
    """
    if isinstance(given, wanted):
        return
    kinds = wanted if isinstance(wanted, tuple) else (wanted,)
    names = " or ".join(kind.__name__ for kind in kinds if kind is not NoneType)
    said = "None" if given is None else f"the class {given.__name__}" if isinstance(given, type) else type(given).__name__
    has_one = isinstance(getattr(given, "plan", None), wanted)
    what = f"{call.partition('(')[0]} takes {names}, and was given {plain(said)}"
    raise UsageError(what, next_step=f"give the .plan of that, or: {call}" if has_one else call)
