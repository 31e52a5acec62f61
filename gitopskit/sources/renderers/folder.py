"""What is to be rendered, and what came of it?"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from gitopskit.errors import RenderError, plain
from gitopskit.model.rendering import BY_DEFAULT, Rendering
from gitopskit.sources.git import Repository
from gitopskit.sources.objectdb import Entry, is_below


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder (or file) of a commit.

    Attributes
    ----------
    path
        A clean path inside the repository; empty for all of it.
    entries
        Everything that the commit holds.
    """

    repository: Repository
    commit: str
    path: str
    entries: Sequence[Entry]
    rendering: Rendering = BY_DEFAULT

    @property
    def where(self) -> str:
        """What errors call it."""
        return f"{plain(self.path) or '.'}@{self.commit[:12]}"

    @cached_property
    def files(self) -> dict[str, Entry]:
        """The regular files of the commit, by path."""
        return {entry.path: entry for entry in self.entries if entry.is_file}

    def has(self, *names: str) -> str:
        """Return the path of the first of these files that is in the folder; empty if none is."""
        return next((path for name in names if (path := posixpath.join(self.path, name)) in self.files), "")

    def content(self, path: str) -> bytes:
        """Return what a file of the commit holds."""
        [(_, content)] = self.repository.blobs([self.files[path].oid])
        return content

    def contents(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (path, content) of files of the commit."""
        by_oid: dict[str, list[str]] = {}
        for path in paths:
            by_oid.setdefault(self.files[path].oid, []).append(path)
        for oid, content in self.repository.blobs(by_oid):
            yield from ((path, content) for path in by_oid[oid])

    def below(self, places: Sequence[str]) -> list[Entry]:
        """Return the files at or below one of these places."""
        return [entry for entry in self.files.values() if any(is_below(entry.path, place) for place in places)]

    def error(self, what: str, next_step: str) -> RenderError:
        """Return the error for something that is wrong with it."""
        return RenderError(what, where=self.where, next_step=next_step)


class Made(NamedTuple):
    """The body of an object that a renderer made, and the file and line that it came from; line 0 where that is unknown."""

    body: dict[str, Any]
    file: str
    line: int


class Rendered(NamedTuple):
    """What came of a folder, and what a person should know about it, one sentence each."""

    objects: list[Made]
    warnings: tuple[str, ...] = ()
