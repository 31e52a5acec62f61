"""What is in a repository at a commit?

GitPython is the door to git's plumbing only: a revision is resolved once to a commit id, and from then on only object ids are used.
The working copy is never looked at. An address is fetched into a bare repository in the cache.

The trap that shaped it: a repository that somebody else wrote can make git run programs (fsmonitor, filters, hooks, lazy fetches,
transports), and a revision or address can look like an option. So the environment is ours, and words are checked before git sees them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit, urlunsplit

import git

from gitopskit import home
from gitopskit.errors import RepositoryError, RevisionError, plain
from gitopskit.sources import objectdb
from gitopskit.sources.objectdb import Entry, ObjectReader

TIMEOUT_S: Final = 300
_PATIENCE_S: Final = 2
_SCHEMES: Final = frozenset({"https", "ssh", "file"})
_SCP_LIKE: Final = re.compile(r"[\w.-]+@[\w.-]+:(?!//).+")
_REVISION: Final = re.compile(r"[^\s~^:?*\[\\\x00-\x1f\x7f\ud800-\udfff-]((?!\.\.|@\{|//)[^\s~^:?*\[\\\x00-\x1f\x7f\ud800-\udfff])*")
ENVIRONMENT: Final = {
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "false", "SSH_ASKPASS": "false",
    "GIT_ALLOW_PROTOCOL": "https:ssh:file", "GIT_PROTOCOL_FROM_USER": "0", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0", "GIT_GRAFT_FILE": os.devnull, "GIT_CONFIG_COUNT": "3",
    # Plumbing runs nothing of the repository, so whose it is does not matter.
    "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
    "GIT_CONFIG_KEY_1": "core.hooksPath", "GIT_CONFIG_VALUE_1": os.devnull,
    "GIT_CONFIG_KEY_2": "core.fsmonitor", "GIT_CONFIG_VALUE_2": "false",
}  # fmt: skip


class Repository:
    """A repository on this machine, read by its plumbing; leaving it as a context ends the process that reads.

    Parameters
    ----------
    folder
        The repository, or a folder in it.
    url
        What it is called in plans and errors; never with credentials.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self._git = git.Git(str(folder))
        self._git.update_environment(**ENVIRONMENT)
        self._opened: ObjectReader | None = None
        self._commits: dict[str, bytes] = {}

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *_: object) -> None:
        if self._opened is not None:
            self._opened.close()
        self._opened = None

    @property
    def plumbing(self) -> git.Git:
        """Git in this repository, in our environment; for what reads and writes sources alone."""
        return self._git

    @property
    def _objects(self) -> ObjectReader:
        if self._opened is None:
            self._opened = ObjectReader(self._git, self.url)
        return self._opened

    def resolve(self, revision: str) -> str:
        """Return the full commit id of a branch, tag or commit.

        Raises
        ------
        RevisionError
            There is none.
        """
        if not _REVISION.fullmatch(revision):
            raise RevisionError(f"{plain(revision)!r} cannot be a revision", where=self.url, next_step="name a branch, a tag or a commit")
        for name in (revision, f"refs/remotes/origin/{revision}"):
            if found := self._objects.find(f"{name}^{{commit}}"):
                self._commits[found.oid] = found.content
                return found.oid
        raise RevisionError(
            f"there is no revision {plain(revision)!r}",
            where=self.url,
            next_step=f"name one of: {', '.join(self._branches()) or 'it has no commit yet'}",
        )

    def has(self, commit: str) -> bool:
        """Whether a full commit id is one of a commit that is here."""
        try:
            return self.resolve(commit) == commit
        except RevisionError:
            return False

    def is_ancestor(self, commit: str, trunk: str) -> bool | None:
        """Whether `trunk` has the commit; None where a shallow history does not tell."""
        try:
            self._git.merge_base("--is-ancestor", commit, self.resolve(trunk))
        except git.GitCommandError:
            return None if self._is_shallow() else False
        return True

    def count_missing(self, commit: str, trunk: str) -> int | None:
        """Return how many commits `trunk` has that the other lacks, both by id; None where a shallow history does not tell."""
        if self._is_shallow() and self.is_ancestor(commit, trunk) is not True:
            return None
        return int(str(self._git.rev_list("--count", "--end-of-options", f"{commit}..{trunk}")))

    def committed_at(self, commit: str) -> datetime:
        """Return when the commit was made."""
        return objectdb.committed_at(self._content(commit))

    def tree_of(self, commit: str) -> str:
        """Return the id of a commit's tree."""
        return self._content(commit)[5:].partition(b"\n")[0].decode()

    def parents_of(self, commit: str) -> list[str]:
        """Return the ids of a commit's parents, as it names them."""
        head = self._content(commit).partition(b"\n\n")[0]
        return [line[7:].decode() for line in head.split(b"\n") if line.startswith(b"parent ")]

    def tree(self, commit: str) -> list[Entry]:
        """Return every entry of the commit's tree, in git's order."""
        return objectdb.entries_of(self._content(commit), self._objects)

    def blobs(self, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (object id, content) of blobs."""
        for found in self._objects.read(dict.fromkeys(oids)):
            yield found.oid, found.content

    def file(self, commit: str, path: str) -> bytes | None:
        """Return what a file holds at a commit; None where there is none."""
        entry = next((entry for entry in self.tree(commit) if entry.path == path and entry.is_file), None)
        return None if entry is None else next(self._objects.read([entry.oid])).content

    def ancestors(self, commit: str) -> list[str]:
        """Return the ids of a commit and of all that led to it, as far as they are here, each before its parents."""
        return str(self._git.rev_list("--topo-order", "--end-of-options", commit)).split()

    def contents(self, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (object id, content) of commits or blobs, in the order asked for."""
        for found in self._objects.read(oids):
            yield found.oid, found.content

    def compared_trees(self, pairs: IO[bytes], folder: str) -> bytes:
        """Return what `git diff-tree` says of pairs of trees, a line each, limited to a folder: raw, with full paths."""
        words = ["--stdin", "-r", "--raw", "-z", "--no-renames", "--no-ext-diff", "--no-textconv"]
        limit = ["--", f":(top,literal){folder}"] if folder else []
        try:
            said = self._git.diff_tree(*words, *limit, istream=pairs, stdout_as_string=False, strip_newline_in_stdout=False)
        except git.GitCommandError as error:
            why = plain(str(error.stderr).strip(), 300)
            raise RepositoryError(f"git cannot compare: {why}", where=self.url, next_step="check it with git fsck") from None
        return bytes(said)

    def _is_shallow(self) -> bool:
        return str(self._git.rev_parse("--is-shallow-repository")).strip() == "true"

    def _content(self, commit: str) -> bytes:
        if commit not in self._commits:
            self._commits[commit] = next(self._objects.read([commit])).content
        return self._commits[commit]

    def _branches(self) -> list[str]:
        names = str(self._git.for_each_ref("--count=8", "--format=%(refname:short)", "refs/heads", "refs/tags")).splitlines()
        return [plain(name) for name in names]


def open_repository(repo: str | os.PathLike[str], *, wanted_commit: str = "") -> Repository:
    """Open a repository by path, or by an address that is fetched into the cache.

    Parameters
    ----------
    wanted_commit
        A full commit id: if the cache has it, nothing is fetched.

    Raises
    ------
    RepositoryError
        It is missing, is no repository, its address is refused, or it cannot be fetched.
    """
    text = os.fspath(repo)
    if text.startswith("-") or "\0" in text or "::" in text:
        raise RepositoryError(f"{plain(text)!r} cannot be a repository", next_step="name a path, or an https or ssh address")
    if "://" in text or (_SCP_LIKE.fullmatch(text) and not Path(text).exists()):
        return _fetched(text, wanted_commit)
    folder = Path(text).expanduser().absolute()
    if not folder.is_dir():
        raise RepositoryError("there is no such folder", where=str(folder), next_step="name the folder of a Git repository")
    repository = Repository(folder, str(folder))
    if (folder / ".git").exists():
        return repository
    try:
        top = str(repository._git.rev_parse("--show-toplevel")) if not _is_bare(folder) else str(folder)  # noqa: SLF001
    except git.GitCommandError:
        raise RepositoryError(
            "this folder is no Git repository", where=str(folder), next_step="name another, or run `git init` there"
        ) from None
    return Repository(Path(top), top)


def known_revisions(repo: str | os.PathLike[str]) -> list[str]:
    """Return the branches and tags that this machine knows of a repository; nothing is fetched, and nothing known is no error."""
    text = os.fspath(repo)
    folder = _kept(text) if "://" in text or _SCP_LIKE.fullmatch(text) else Path(text).expanduser().absolute()
    if not folder.is_dir():
        return []
    runner = Repository(folder, "")._git  # noqa: SLF001
    places = ("refs/heads", "refs/tags", "refs/remotes/origin")
    try:
        found = str(runner.for_each_ref("--count=500", "--format=%(refname:lstrip=2)", *places, kill_after_timeout=_PATIENCE_S))
    except git.GitCommandError:
        return []
    names = [name.removeprefix("origin/") for name in found.splitlines()]
    return [name for name in dict.fromkeys(names) if name != "HEAD"]


def _kept(url: str) -> Path:
    """Return where an address is fetched to."""
    return home.cache_dir("repositories") / hashlib.sha256(url.encode()).hexdigest()


def _is_bare(folder: Path) -> bool:
    return (folder / "objects").is_dir() and (folder / "HEAD").is_file()


def _fetched(url: str, wanted_commit: str) -> Repository:
    scheme = urlsplit(url).scheme if "://" in url else "ssh"
    if scheme not in _SCHEMES:
        raise RepositoryError(f"addresses of the form {plain(scheme)}:// are refused", where=public(url), next_step="use https or ssh")
    folder = _kept(url)
    repository = Repository(folder, public(url))
    if wanted_commit and folder.exists() and repository.has(wanted_commit):
        return repository
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        fresh = folder if folder.exists() else Path(name) / "bare"
        fresh.mkdir(exist_ok=True)
        runner = Repository(fresh, public(url))._git  # noqa: SLF001
        try:
            runner.init("--bare", "--quiet", "--template=")
            refs = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
            runner.fetch("--quiet", "--prune", "--no-recurse-submodules", "--end-of-options", url, *refs, kill_after_timeout=TIMEOUT_S)
        except git.GitCommandError as error:
            said = plain(str(error.stderr).replace(url, public(url)).strip(), 300)
            raise RepositoryError(
                f"it cannot be fetched: {said}", where=public(url), next_step="check the address and your access to it"
            ) from None
        if fresh != folder:
            try:
                fresh.rename(folder)
            except OSError:  # another process was first, with the same content
                shutil.rmtree(fresh, ignore_errors=True)
    return repository


def public(url: str) -> str:
    """Return an address without user name and password."""
    if "://" not in url:
        return plain(url)
    parts = urlsplit(url)
    return plain(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))
