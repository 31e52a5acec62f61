"""How are commits made without a working copy, an index, or anything that a repository could make git run?

A private folder takes the place of the repository's own, with a configuration of ours and an index of its own; of the repository it sees
the objects alone. So there is no hook, no filter, no merge driver and no attribute that could count, and what is made is an object that
nothing names: until a branch does, it is as if it were not there.

References
----------
Git, "Git Internals - Environment Variables": ``GIT_OBJECT_DIRECTORY``.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import git

from gitopskit.errors import MergeConflictError, SourcePathError, WriteError, plain
from gitopskit.model.history import Person
from gitopskit.sources.git import ENVIRONMENT, Repository

_NEEDED: Final = (2, 38)
_FILE: Final = "100644"


class Workshop:
    """Makes objects for a repository; a context, for the folder is thrown away at its end.

    Parameters
    ----------
    repository
        Where the objects go.
    """

    def __init__(self, repository: Repository) -> None:
        self._url = repository.url
        self._folder = tempfile.TemporaryDirectory(prefix="gitopskit-git-")
        place = Path(self._folder.name)
        self._git = git.Git(str(place))
        self._git.update_environment(**ENVIRONMENT)
        form = str(repository.plumbing.rev_parse("--show-object-format")).strip()
        self._git.init("--bare", "--quiet", "--template=", f"--object-format={form}", str(place))
        objects = str(repository.plumbing.rev_parse("--path-format=absolute", "--git-path", "objects")).strip()
        self._git.update_environment(
            GIT_DIR=str(place), GIT_OBJECT_DIRECTORY=objects, GIT_INDEX_FILE=str(place / "index"), GIT_ATTR_NOSYSTEM="1",
            GIT_GRAFT_FILE=str(place / "none"),
        )  # fmt: skip

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def tree(self, base: str, files: Mapping[str, bytes | None], modes: Mapping[str, str]) -> str:
        """Return the tree of a commit with some files written; None removes one.

        Parameters
        ----------
        base
            A full commit id; empty for none.
        modes
            Of the files that are there.

        Raises
        ------
        SourcePathError
            A file stands where a folder would have to, or the other way round.
        """
        try:
            self._git.read_tree(base or "--empty")
            gone = f"0 {'0' * len(base)}"
            entries = {
                path: gone if content is None else f"{modes.get(path, _FILE)} {self.blob(content)}" for path, content in files.items()
            }
            with _told("".join(f"{entry}\t{path}\0" for path, entry in entries.items())) as lines:
                self._git.update_index("-z", "--index-info", istream=lines)
            return str(self._git.write_tree()).strip()
        except git.GitCommandError as error:
            why = plain(str(error.stderr).strip(), 300)
            raise SourcePathError(f"the files cannot stand there: {why}", where=self._url, next_step="name other paths") from None

    def commit(self, tree: str, parents: Sequence[str], message: str, by: Person, at: datetime | None = None) -> str:
        """Return the id of a new commit."""
        when = f"{int((at or datetime.now(UTC)).timestamp())} +0000"
        told = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in
                (("NAME", by.name), ("EMAIL", by.email), ("DATE", when))}  # fmt: skip
        words = [word for parent in parents for word in ("-p", parent)]
        with _told(message.encode("utf-8", "replace").decode()) as text:
            return str(self._run("commit_tree", tree, *words, istream=text, env=told)).strip()

    def blob(self, content: bytes) -> str:
        """Return the id of a file's content."""
        with _told(content) as body:
            return str(self._run("hash_object", "-w", "--no-filters", "--stdin", istream=body)).strip()

    def merged(self, ours: str, theirs: str) -> str:
        """Return the tree in which two commits come together.

        Raises
        ------
        MergeConflictError
            Both changed the same lines; the files are named.
        WriteError
            Git is too old, or cannot merge them.
        """
        if self._git.version_info[:2] < _NEEDED:
            needed, found = ".".join(map(str, _NEEDED)), ".".join(map(str, self._git.version_info))
            raise WriteError(f"git {found} cannot merge without a working copy", next_step=f"install git {needed} or newer")
        status, said, why = self._git.merge_tree(
            "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs, with_extended_output=True, with_exceptions=False
        )  # fmt: skip
        tree, *files = [word for word in str(said).split("\0") if word.strip()] or [""]
        if status == 1 and files:
            named = ", ".join(plain(name) for name in files[:8])
            raise MergeConflictError(
                f"both sides changed {named}", where=self._url, next_step="bring the trunk into the branch, resolve it there, push again"
            )
        if status or not re.fullmatch(r"[0-9a-f]{40,64}", tree.strip()):
            raise WriteError(f"git cannot merge them: {plain(str(why).strip(), 300)}", where=self._url, next_step="look at both branches")
        return tree.strip()

    def fetch(self, other: Repository, commit: str, known: Mapping[str, str]) -> None:
        """Copy a commit from another repository on this machine, and all that led to it.

        Parameters
        ----------
        known
            Names of what is here already, with their ids: none of it is copied again.
        """
        lines = "".join(f"{oid} {ref}\n" for ref, oid in known.items())
        (Path(self._folder.name) / "packed-refs").write_text(lines)
        folder = str(other.plumbing.rev_parse("--absolute-git-dir")).strip()
        words = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance")
        self._run("fetch", *words, "--end-of-options", folder, commit, env={"GIT_ALLOW_PROTOCOL": "file"})

    def _run(self, verb: str, *words: str, **more: Any) -> Any:
        try:
            return getattr(self._git, verb)(*words, **more)
        except git.GitCommandError as error:
            why = plain(str(error.stderr).strip(), 300)
            raise WriteError(f"git cannot write: {why}", where=self._url, next_step="make room, and look at who may write there") from None


def _told(content: str | bytes) -> IO[bytes]:
    """Return a file to be read by git."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - who asks closes it
    file.write(content.encode() if isinstance(content, str) else content)
    file.seek(0)
    return file
