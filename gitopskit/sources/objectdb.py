"""What does an object of a repository hold: a commit, a tree, a blob?

One git process answers as often as it is asked, for starting one takes longer than most answers. Trees that were read before are known
by their id.

The traps that shaped it: git passes on what lies on the disk without looking whether it is whole, so the id of every object is computed
again. And a pipe holds only so much, and two processes that both write into full pipes wait for each other for ever; so only a few names
are sent before their answers are read.
"""

from __future__ import annotations

import hashlib
import re
import stat
import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

import git

from gitopskit.errors import RepositoryError, SourceError, plain

NAMES_AT_A_TIME: Final = 32
ENTRIES_REMEMBERED: Final = 200_000
MAX_BLOB_BYTES: Final = 10 * 2**20
_FOLDER: Final = "040000"
_LAST_SECOND: Final = 253_402_300_799  # of the year 9999
_COMMITTED_AT: Final = re.compile(rb"^committer .*> (\d+) ", re.MULTILINE)


class Entry(NamedTuple):
    """One entry of a tree: its path from the root, mode and object id."""

    path: str
    mode: str
    oid: str

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file (not a link, not a submodule)."""
        return self.mode in ("100644", "100755")


def is_below(path: str, place: str) -> bool:
    """Whether a path is the place, a file or folder, or below it; everything is below the empty one."""
    return not place or path == place or path.startswith(f"{place}/")


class Found(NamedTuple):
    """An object: its id, its type (``commit``, ``tree``, ``blob``, ``tag``) and what it holds."""

    oid: str
    type: str
    content: bytes


class ObjectReader:
    """Gives the objects of a repository, by any name that git knows them by; until `close`; for one thread.

    Parameters
    ----------
    command
        GitPython's door to git in that repository.
    url
        What the repository is called in errors.
    """

    def __init__(self, command: git.Git, url: str) -> None:
        self._process = command.cat_file("--batch", istream=subprocess.PIPE, as_process=True)
        self._url = url

    def close(self) -> None:
        """End the process: GitPython does so when nobody holds it any more."""
        del self._process

    def find(self, name: str) -> Found | None:
        """Return one object; None where there is none of that name."""
        [found] = self._ask([name])
        return found

    def read(self, oids: Iterable[str]) -> Iterator[Found]:
        """Yield the objects of these ids, in their order.

        Raises
        ------
        SourceError
            One is missing, or too large.
        """
        wanted = list(oids)
        for start in range(0, len(wanted), NAMES_AT_A_TIME):
            names = wanted[start : start + NAMES_AT_A_TIME]
            for oid, found in zip(names, self._ask(names), strict=True):
                if found is None:
                    raise SourceError(
                        f"the object {oid} is missing", where=self._url, next_step="fetch the repository in full: git fetch --refetch"
                    )
                yield found

    def _ask(self, names: list[str]) -> list[Found | None]:
        try:
            self._process.stdin.write("".join(f"{name}\n" for name in names).encode())
            self._process.stdin.flush()
            return [self._answer() for _ in names]
        except (BrokenPipeError, EOFError):
            said = plain(self._process.stderr.read().decode(errors="replace").strip(), 300)
            raise RepositoryError(f"git cannot read it: {said}", where=self._url, next_step="check it with git fsck") from None

    def _answer(self) -> Found | None:
        header = self._process.stdout.readline()
        if not header:
            raise EOFError
        oid, *facts = header.decode().split()
        if len(facts) != 2 or not facts[1].isdigit():
            return None  # "… missing", "… ambiguous"
        type_, size = facts[0], int(facts[1])
        if size > MAX_BLOB_BYTES:
            raise SourceError(f"a file of {size} bytes is too large", where=f"{self._url} {oid}", next_step="leave it out of the path")
        content = self._process.stdout.read(size + 1)
        if len(content) <= size:
            raise EOFError
        if _id_of(type_, content[:-1], len(oid)) != oid:
            raise self._damaged(oid)
        return Found(oid, type_, content[:-1])

    def tree(self, oid: str) -> bytes:
        """Return what a tree holds."""
        [found] = self.read([oid])
        if found.type != "tree":
            raise self._damaged(oid)
        return found.content

    def _damaged(self, oid: str) -> RepositoryError:
        return RepositoryError(f"the object {oid} is damaged", where=self._url, next_step="check it with git fsck")


def committed_at(commit: bytes) -> datetime:
    """Return when a commit was made."""
    found = _COMMITTED_AT.search(commit)
    return datetime.fromtimestamp(min(int(found[1]), _LAST_SECOND) if found else 0, UTC)


def entries_of(commit: bytes, reader: ObjectReader) -> list[Entry]:
    """Return every entry of a commit's tree but the folders, in git's order."""
    found: list[Entry] = []
    open_folders = [iter(_entries(commit[5 : commit.index(b"\n")].decode(), "", reader))]
    while open_folders:
        entry = next(open_folders[-1], None)
        if entry is None:
            open_folders.pop()
        elif entry.mode == _FOLDER:
            open_folders.append(iter(_entries(entry.oid, f"{entry.path}/", reader)))
        else:
            found.append(entry)
    return found


_known: dict[tuple[str, str], tuple[Entry, ...]] = {}
_remembered = 0


def _entries(tree: str, prefix: str, reader: ObjectReader) -> tuple[Entry, ...]:
    """Return the entries of one folder."""
    global _remembered
    known = _known.get((tree, prefix))
    if known is None:
        content = reader.tree(tree)
        try:
            known = tuple(_parsed(content, prefix, len(tree) // 2))
        except ValueError:
            raise RepositoryError(f"the tree {tree} cannot be read", where=prefix, next_step="check it with git fsck") from None
        _remembered += len(known)
        if _remembered > ENTRIES_REMEMBERED:
            _known.clear()
            _remembered = len(known)
        _known[tree, prefix] = known
    return known


def _parsed(content: bytes, prefix: str, oid_bytes: int) -> Iterator[Entry]:
    position = 0
    while position < len(content):
        end = content.index(b"\0", position)
        mode, _, name = content[position:end].partition(b" ")
        position = end + 1 + oid_bytes
        oid = content[end + 1 : position]
        if len(oid) < oid_bytes:
            raise ValueError("it ends early")
        yield Entry(prefix + name.decode(errors="surrogateescape"), _canonical(int(mode, 8)), oid.hex())


def _canonical(mode: int) -> str:
    """Return a mode as git understands it: old and foreign tools wrote others."""
    if stat.S_ISREG(mode):
        return "100755" if mode & stat.S_IXUSR else "100644"
    return _FOLDER if stat.S_ISDIR(mode) else "120000" if stat.S_ISLNK(mode) else "160000"


def _id_of(type_: str, content: bytes, length: int) -> str:
    found = hashlib.new("sha1" if length == 40 else "sha256", f"{type_} {len(content)}\0".encode(), usedforsecurity=False)
    found.update(content)
    return found.hexdigest()
