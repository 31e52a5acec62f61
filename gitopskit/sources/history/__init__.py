"""How did an object come to be desired as it is: which commits touched it, and which one said what of each field?

One pass over the history of a repository serves every question about it; it is remembered as long as the tip of that history is the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import Any, Final, Self

from gitopskit.errors import plain
from gitopskit.model.history import Commit, FieldSource, History, Revision, Touch
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object, Origin
from gitopskit.model.paths import FieldPath, is_within
from gitopskit.model.rendering import Rendering
from gitopskit.planning.diff import differences, is_same, stated_fields, value_at
from gitopskit.sources import desired, folder_inside
from gitopskit.sources.git import open_repository
from gitopskit.sources.history import trail
from gitopskit.sources.history.commits import Ancestry, ancestry, changes
from gitopskit.sources.history.lines import body_at, line_of
from gitopskit.sources.history.pulls import merges
from gitopskit.sources.history.versions import ManifestVersions, RenderedVersions, Version, Versions

__all__ = ["Past"]

_REMEMBERED: Final = 4
_memory: dict[tuple[str, str], tuple[Ancestry, trail.Changes]] = {}


class Past:
    """The history of a source up to a commit; as a context it ends the process that reads.

    Parameters
    ----------
    repo, path, rendering
        As for `gitopskit.sources.load`.
    revision
        Branch, tag or commit to look back from.

    Raises
    ------
    SourceError
        The typed error of whatever is wrong, with its place.
    """

    def __init__(
        self,
        repo: str | os.PathLike[str],
        revision: str = "HEAD",
        path: str = "",
        *,
        commit: str = "",
        rendering: Rendering | None = None,
    ) -> None:
        self._repository = open_repository(repo, wanted_commit=commit)
        self.head = self._repository.resolve(commit or revision)
        self.folder = folder_inside(path, self._repository.url)
        self._rendering = rendering or Rendering()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._repository.__exit__(kind, error, trace)

    @property
    def commits(self) -> Mapping[str, Commit]:
        """Every commit that led to the head, by id, each before its parents."""
        return self._read[0].commits

    @cached_property
    def objects(self) -> Mapping[ObjectId, Object]:
        """Everything that is desired at the head, by id."""
        return desired.at(self._repository, self.head, self.folder, self._rendering).objects

    def resolve(self, revision: str) -> str:
        """Return the full commit id of a revision.

        Raises
        ------
        RevisionError
            There is none.
        """
        return self._repository.resolve(revision)

    def since(self, commit: str) -> frozenset[str] | None:
        """Return the commits that came after one; None where it did not lead to the head."""
        if commit not in self.commits:
            return None
        return frozenset(self.commits) - self._led_to(commit)

    def commit_at(self, moment: datetime) -> Commit | None:
        """Return the commit that the trunk stood at, by the clocks of those who committed; None before the first one."""
        here: Commit | None = self.commits[self.head]
        while here is not None and here.committed_at > moment:
            here = self.commits[here.parents[0]] if here.parents else None
        return here

    def line(self, commit: str) -> list[Commit] | None:
        """Return the commits of the trunk after one, oldest first; None where it did not lead to the head."""
        if commit not in self.commits:
            return None
        before, here, found = self._led_to(commit), self.head, []
        while here not in before:
            found.append(self.commits[here])
            here = self.commits[here].parents[0]
        return found[::-1]

    def of(self, object_id: ObjectId) -> History:
        """Return the commits that touched an object, newest first; none where Git never knew it."""
        ancestors, changed = self._read
        found = list(trail.touching(self.head, ancestors, changed, self._versions(object_id)))
        return History(
            id=object_id,
            revisions=tuple(map(self._revision, found)),
            is_whole=not any(commit.is_cut for commit in self.commits.values()) and not any(one.version.problem for one in found),
            warnings=self.warnings,
        )

    def movers(self, object_id: ObjectId, paths: Iterable[FieldPath]) -> dict[FieldPath, Revision]:
        """Return the commit that last moved each field, or the object where a path is empty; what nobody tells is left out."""
        ancestors, changed = self._read
        found: dict[FieldPath, Revision] = {}
        left = set(paths)
        for meeting in trail.touching(self.head, ancestors, changed, self._versions(object_id)):
            revision = self._revision(meeting)
            moved = {path for path in left if not path or any(is_within(path, field.path) for field in revision.fields)}
            found.update(dict.fromkeys(moved, revision))
            left -= moved
            if not left or revision.touch is Touch.CREATED:
                break
        return found

    def blame(self, object_id: ObjectId) -> tuple[FieldSource, ...]:
        """Return who said each field of an object that is desired at the head, in its order; none where it is not desired."""
        ancestors, changed = self._read
        versions = self._versions(object_id)
        item = versions.at(self.head).item
        if item is None:
            return ()
        values = {field.path: field.after for field in stated_fields(item.body)}
        blamed = trail.blame(self.head, ancestors, changed, versions, values)
        return tuple(self._field_source(path, value, blamed[path]) for path, value in values.items())

    def brought_by(self, commit: Commit) -> str:
        """Return the pull request by which a commit came to the trunk; empty where nobody named one."""
        merge = self._merges.get(commit.oid, "")
        return commit.pull_request or (self.commits[merge].pull_request if merge else "")

    @cached_property
    def _read(self) -> tuple[Ancestry, trail.Changes]:
        place = (self._repository.url, self.head)
        if place not in _memory:
            found = ancestry(self._repository, self.head)
            while len(_memory) >= _REMEMBERED:
                del _memory[next(iter(_memory))]
            _memory[place] = found, changes(self._repository, found, "")
        return _memory[place]

    def _led_to(self, commit: str) -> frozenset[str]:
        """Return a commit and all that led to it."""
        found, waiting = {commit}, [commit]
        while waiting:
            fresh = [parent for parent in self.commits[waiting.pop()].parents if parent not in found]
            found.update(fresh)
            waiting += fresh
        return frozenset(found)

    @cached_property
    def _merges(self) -> Mapping[str, str]:
        return merges(self.commits, self.head)

    @cached_property
    def _is_rendered(self) -> bool:
        return desired.is_rendered(self._repository, self.head, self.folder)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know, one sentence each."""
        if not any(commit.is_cut for commit in self.commits.values()):
            return ()
        return ("this clone is shallow: what happened before is unknown; fetch the rest with git fetch --unshallow",)

    def _versions(self, object_id: ObjectId) -> Versions:
        if self._is_rendered:
            settings = desired.settings(self._repository, self.head, self.folder, self._rendering)
            return RenderedVersions(self._repository, self.folder, object_id, settings)
        return ManifestVersions(self._repository, self.folder, object_id)

    def _revision(self, found: trail.Meeting) -> Revision:
        touch, earlier = trail.touch_of(found)
        before = earlier.item if earlier is not None else None
        after = found.version.item
        return Revision(
            commit=found.commit,
            touch=touch,
            origin=after.origin if after is not None else None,
            moved_from=earlier.file if earlier is not None and earlier.file != found.version.file and after is not None else "",
            fields=() if after is None else stated_fields(after.body) if before is None else differences(before.body, after.body),
            pull_request=self.brought_by(found.commit),
            message=found.version.problem,
        )

    def _field_source(self, path: FieldPath, value: Any, found: trail.Blamed) -> FieldSource:
        return FieldSource(
            path=path,
            desired=value,
            commit=found.commit,
            origin=self._origin(found.version, found.commit, path),
            pull_request=self.brought_by(found.commit),
            is_known=found.is_known,
        )

    def _origin(self, version: Version, commit: Commit, path: FieldPath) -> Origin | None:
        item: Object | None = version.item
        if item is None or item.origin is None or not item.origin.line:
            return item.origin if item is not None else None
        content = self._repository.file(commit.oid, item.origin.file)
        body = body_at(content, item.origin, commit.oid) if content and self._is_rendered else item.body
        if content is None or body is None:
            return item.origin
        if body is not item.body and not is_same(value_at(body, path), value_at(item.body, path)):
            return Origin(file=plain(version.folder) or ".", line=0)  # something else in there said so
        return Origin(file=item.origin.file, line=line_of(content, item.origin.line, body, path))
