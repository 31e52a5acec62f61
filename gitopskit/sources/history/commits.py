"""Which commits led to this one, and which files did each of them change?

git lists and compares; what a commit says of itself is read from the commit, whose id is checked. So neither replacements nor grafts nor
a damaged commit graph can put somebody else's name on a change.

The trap that shaped it: a commit may say that it was made in 1970 or in 2106, and in any encoding. Order is by ancestry alone.
"""

from __future__ import annotations

import codecs
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeAlias

from gitopskit.errors import RepositoryError, plain
from gitopskit.model.history import Commit, Person
from gitopskit.sources.git import Repository
from gitopskit.sources.history.pulls import pull_request_of

_SUBJECT_LENGTH: Final = 200
_LAST_SECOND: Final = 253_402_300_799  # of the year 9999
_SIGNED: Final = re.compile(rb"^(.*?) ?<([^<>\n]*)> (-?\d{1,18}) [+-]\d{4}$")
_RAW: Final = re.compile(
    rb"([0-9a-f]{40,64}) ([0-9a-f]{40,64})\n|:(\d{6}) (\d{6}) ([0-9a-f]{40,64}) ([0-9a-f]{40,64}) [A-Z]\d*\0([^\0]+)\0"
)
_FILES: Final = frozenset({b"100644", b"100755"})


class FileChange(NamedTuple):
    """One file that differs between two trees; an object id is empty on the side where there is no regular file."""

    path: str
    before: str
    after: str


Pair: TypeAlias = tuple[str, str]
"""The commit ids of a parent, empty for none, and of its child."""


@dataclass(frozen=True, slots=True)
class Ancestry:
    """The commits that led to one, that one first, each before its parents."""

    commits: Mapping[str, Commit]

    @property
    def pairs(self) -> list[Pair]:
        """Every commit with each of its parents."""
        return [(parent, commit.oid) for commit in self.commits.values() for parent in parents_of(commit)]


def parents_of(commit: Commit) -> tuple[str, ...]:
    """Return the parents to compare a commit with; one that has none, and was not cut off, is compared with nothing at all."""
    return commit.parents or (() if commit.is_cut else ("",))


def ancestry(repository: Repository, head: str) -> Ancestry:
    """Read the commits that led to `head`, a full commit id."""
    oids = repository.ancestors(head)
    known = frozenset(oids)
    return Ancestry({found: _commit(found, content, known) for found, content in repository.contents(oids)})


def changes(repository: Repository, found: Ancestry, folder: str) -> dict[Pair, tuple[FileChange, ...]]:
    """Return the files at or below `folder` that each commit changed, against each of its parents."""
    trees = {(_tree(found, parent, commit), found.commits[commit].tree): () for parent, commit in found.pairs}
    compared = compare(repository, [pair for pair in trees if pair[0] != pair[1]], folder)
    return {(parent, oid): compared.get((_tree(found, parent, oid), found.commits[oid].tree), ()) for parent, oid in found.pairs}


def compare(repository: Repository, trees: Iterable[Pair], folder: str) -> dict[Pair, tuple[FileChange, ...]]:
    """Return the files at or below `folder` that differ between the trees of each pair.

    Raises
    ------
    RepositoryError
        git cannot compare them.
    """
    pairs = list(trees)
    with tempfile.TemporaryFile() as asked:  # a file, not a pipe: git stops reading while nobody takes what it says
        asked.write("".join(f"{before} {after}\n" for before, after in pairs).encode())
        asked.seek(0)
        said = repository.compared_trees(asked, folder)
    result: dict[Pair, list[FileChange]] = {pair: [] for pair in pairs}
    rows: list[FileChange] = []
    position = 0
    while position < len(said):
        part = _RAW.match(said, position)
        if part is None:
            raise RepositoryError("git says something unknown of two trees", where=repository.url, next_step="check it with git fsck")
        position = part.end()
        before, after, old_mode, new_mode, old, new, path = part.groups()
        if before:
            rows = result[before.decode(), after.decode()]
        else:
            rows.append(FileChange(path.decode(errors="surrogateescape"), _file(old_mode, old), _file(new_mode, new)))
    return {pair: tuple(found) for pair, found in result.items()}


def _tree(found: Ancestry, parent: str, commit: str) -> str:
    return found.commits[parent].tree if parent else EMPTY_TREES[len(commit)]


EMPTY_TREES: Final[Mapping[int, str]] = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
"""What git calls a tree with nothing in it, by the length of its ids."""


def _file(mode: bytes, oid: bytes) -> str:
    return oid.decode() if mode in _FILES else ""


def _commit(oid: str, content: bytes, known: frozenset[str]) -> Commit:
    head, _, message = content.partition(b"\n\n")
    fields: dict[bytes, list[bytes]] = {}
    for line in head.split(b"\n"):
        name, _, value = line.partition(b" ")
        fields.setdefault(name, []).append(value)
    encoding = _encoding(fields)
    author, authored_at = _signed(fields.get(b"author"), encoding)
    committer, committed_at = _signed(fields.get(b"committer"), encoding)
    parents = tuple(value.decode(errors="replace") for value in fields.get(b"parent", ()))
    text = message.decode(encoding, errors="replace")
    return Commit(
        oid=oid,
        tree=fields[b"tree"][0].decode(errors="replace"),
        parents=tuple(parent for parent in parents if parent in known),
        author=author,
        authored_at=authored_at,
        committer=committer,
        committed_at=committed_at,
        subject=plain(text.strip().partition("\n")[0], _SUBJECT_LENGTH),
        pull_request=pull_request_of(text),
        is_cut=not known.issuperset(parents),
    )


def _encoding(fields: Mapping[bytes, list[bytes]]) -> str:
    try:
        return codecs.lookup(fields.get(b"encoding", [b"utf-8"])[0].decode()).name
    except (LookupError, UnicodeDecodeError):
        return "utf-8"


def _signed(lines: list[bytes] | None, encoding: str) -> tuple[Person, datetime]:
    found = _SIGNED.match(lines[0]) if lines else None
    if not found:
        return Person(name="unknown"), datetime.fromtimestamp(0, UTC)
    name, email = (plain(part.decode(encoding, errors="replace"), _SUBJECT_LENGTH) for part in found.groups()[:2])
    return Person(name=name, email=email), datetime.fromtimestamp(min(max(int(found[3]), 0), _LAST_SECOND), UTC)
