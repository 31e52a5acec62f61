"""How does the local forge remember a pull request? As a commit that a name points to.

The commit holds one JSON file; its parent is what was known before, and its message says what happened. So a pull request has a history,
and two processes cannot overwrite one another: the name moves only from where it was read.

The trap that shaped it: what is read back is foreign text, for whoever can write into the folder can write anything there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson

from gitopskit.errors import ForgeError, PullRequestError
from gitopskit.model.history import Person
from gitopskit.model.pull_request import Approval, Comment, Protection, PullState
from gitopskit.sources.git import Repository
from gitopskit.sources.writing.refs import NOWHERE, Move
from gitopskit.sources.writing.workshop import Workshop

FORGE: Final = "refs/gitopskit/forge"
PULLS: Final = "refs/gitopskit/pulls"
HEADS: Final = "refs/pull"
_FILE: Final = "record.json"
_LIMIT: Final = 100_000
"""Characters of a text: a little more than the largest of GitHub's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is remembered of a pull request.

    Attributes
    ----------
    head
        The tip of the branch when it was last written down.
    """

    title: str
    body: str
    branch: str
    into: str
    head: str
    author: Person
    created_at: datetime
    state: PullState = PullState.OPEN
    approvals: tuple[Approval, ...] = ()
    comments: tuple[Comment, ...] = ()
    merge_commit: str = ""
    merged_by: Person | None = None

    def with_approval(self, approval: Approval) -> Record:
        """Return the record with an approval more."""
        return replace(self, approvals=(*self.approvals, approval))

    def with_comment(self, comment: Comment) -> Record:
        """Return the record with a comment more."""
        return replace(self, comments=(*self.comments, comment))


def speech(text: str, where: str) -> str:
    """Return what somebody said, fit to be kept.

    Raises
    ------
    PullRequestError
        It is too long.
    """
    if len(text) > _LIMIT:
        raise PullRequestError(f"{len(text)} characters are too many", where=where, next_step=f"say it in {_LIMIT}")
    return text.encode("utf-8", "replace").decode()


def pull_ref(number: int) -> str:
    """Return the name of a pull request's record."""
    return f"{PULLS}/{number}"


def head_ref(number: int) -> str:
    """Return the name that keeps the commits of a pull request, whatever becomes of its branch."""
    return f"{HEADS}/{number}/head"


def number_of(ref: str) -> int:
    """Return the number in the name of a record; 0 for another name."""
    text = ref.removeprefix(f"{PULLS}/")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else 0


def written(repository: Repository, ref: str, record: Record | Protection, before: str, said: str, by: Person) -> Move:
    """Write a record, and return the move that makes it count."""
    with Workshop(repository) as workshop:
        tree = workshop.tree("", {_FILE: orjson.dumps(_plain(record), option=orjson.OPT_INDENT_2)}, {})
        oid = workshop.commit(tree, (before,) if before else (), f"{said}\n", by)
    return Move(ref=ref, new=oid, old=before or NOWHERE)


def read_pull(repository: Repository, oid: str) -> Record:
    """Return the record of a pull request.

    Raises
    ------
    ForgeError
        It is no record.
    """
    found = _read(repository, oid)
    try:
        return Record(
            title=_text(found["title"]), body=_text(found["body"]), branch=_text(found["branch"]), into=_text(found["into"]),
            head=_text(found["head"]), author=_person(found["author"]), created_at=datetime.fromisoformat(found["created_at"]),
            state=PullState(found["state"]), merge_commit=_text(found["merge_commit"]),
            merged_by=_person(found["merged_by"]) if found["merged_by"] else None,
            approvals=tuple(Approval(by=_person(a["by"]), commit=_text(a["commit"]), at=_moment(a["at"])) for a in found["approvals"]),
            comments=tuple(Comment(by=_person(c["by"]), text=_text(c["text"]), at=_moment(c["at"])) for c in found["comments"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(repository, oid) from error


def read_protection(repository: Repository, oid: str) -> Protection:
    """Return the rules of the trunk.

    Raises
    ------
    ForgeError
        They are none.
    """
    found = _read(repository, oid)
    try:
        return Protection(trunk=_text(found["trunk"]), approvals=int(found["approvals"]), needs_tip=found["needs_tip"] is True)
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(repository, oid) from error


def _read(repository: Repository, oid: str) -> Mapping[str, Any]:
    try:
        found = orjson.loads(repository.file(oid, _FILE) or b"")
    except orjson.JSONDecodeError as error:
        raise _damaged(repository, oid) from error
    if not isinstance(found, dict):
        raise _damaged(repository, oid)
    return found


def _damaged(repository: Repository, oid: str) -> ForgeError:
    return ForgeError("what is written down of a pull request cannot be read", where=f"{repository.url}@{oid[:12]}",
                      next_step="look at it with git show, and at who may write there")  # fmt: skip


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LIMIT:
        raise TypeError("this is no text")
    return value


def _person(value: Mapping[str, Any]) -> Person:
    return Person(name=_text(value["name"]), email=_text(value["email"]))


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(_text(value))


def _plain(record: Any) -> Any:
    match record:
        case Record():
            names = ("title", "body", "branch", "into", "head", "author", "created_at", "state", "approvals", "comments",
                     "merge_commit", "merged_by")  # fmt: skip
            return {name: _plain(getattr(record, name)) for name in names}
        case Approval():
            return {"by": _plain(record.by), "commit": record.commit, "at": _plain(record.at)}
        case Comment():
            return {"by": _plain(record.by), "text": record.text, "at": _plain(record.at)}
        case Person():
            return {"name": record.name, "email": record.email}
        case Protection():
            return {"trunk": record.trunk, "approvals": record.approvals, "needs_tip": record.needs_tip}
        case datetime():
            return record.isoformat()
        case tuple():
            return [_plain(item) for item in record]
    return record
