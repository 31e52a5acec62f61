"""Where do the names of a repository point, and how are they moved so that nobody is overwritten?

Every move names the place from where it starts. If somebody was faster, nothing moves at all.

References
----------
Git, ``git update-ref --stdin``: several moves are one transaction.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from typing import Final, NamedTuple

import git

from gitopskit.errors import BranchError, MovedError, WriteError, plain
from gitopskit.sources.git import Repository

NOWHERE: Final = ""
_FASTER: Final = re.compile(r"but expected|already exists|unable to resolve reference|reference is missing")
_LOCKED: Final = re.compile(r"Unable to create '([^']+\.lock)': File exists")
_IN_THE_WAY: Final = re.compile(r"'([^']+)' exists; cannot create '([^']+)'")


class Move(NamedTuple):
    """One name, where it is to point, and where it points now; `NOWHERE` for one that is not there."""

    ref: str
    new: str
    old: str


def find(repository: Repository, ref: str) -> str:
    """Return the id that a full name points to; `NOWHERE` where there is none."""
    return below(repository, ref).get(ref, NOWHERE)


def below(repository: Repository, prefix: str) -> dict[str, str]:
    """Return the names below a place, and that place itself, each with its id."""
    lines = str(repository.plumbing.for_each_ref("--format=%(objectname) %(refname)", prefix)).splitlines()
    return {ref: oid for oid, _, ref in (line.partition(" ") for line in lines)}


def move(repository: Repository, *moves: Move) -> None:
    """Move names, all of them or none.

    Raises
    ------
    MovedError
        One is no longer where its move starts.
    BranchError
        A branch stands where a folder of branches would have to, or the other way round.
    WriteError
        They cannot be written.
    """
    zero = "0" * max(len(oid) for one in moves for oid in one[1:])
    with tempfile.TemporaryFile() as told:
        told.write(b"".join(_line(one, zero) for one in moves))
        told.seek(0)
        try:
            repository.plumbing.update_ref("-z", "--stdin", istream=told)
        except git.GitCommandError as error:
            raise _why(str(error.stderr), moves, repository.url) from None


def _line(one: Move, zero: str) -> bytes:
    if one.new == one.old:
        return f"verify {one.ref}\0{one.old or zero}\0".encode()
    return f"update {one.ref}\0{one.new or zero}\0{one.old or zero}\0".encode()


def _why(said: str, moves: Iterable[Move], where: str) -> WriteError | MovedError:
    if found := _IN_THE_WAY.search(said):
        there, wanted = (plain(name.removeprefix("refs/heads/")) for name in found.groups())
        return BranchError(f"there can be no branch {wanted}, for there is {there}", where=where, next_step="name it otherwise")
    if found := _LOCKED.search(said):
        step = f"repeat it; if nobody else is at work, a process died there: remove {plain(found[1])}"
        return MovedError("somebody else is writing", where=where, next_step=step)
    if _FASTER.search(said):
        named = ", ".join(plain(one.ref) for one in moves)
        return MovedError(f"somebody was faster: {named}", where=where, next_step="look again, and repeat it")
    return WriteError(f"git cannot move a branch: {plain(said.strip(), 300)}", where=where, next_step="look at who may write there")
