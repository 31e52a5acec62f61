"""Which commits made an object what it is, and which of them said what of each field?

Where several lines of history meet, a commit that says what one of its parents says has nothing of its own to say: only that parent is
followed, as git itself simplifies a history. A field is followed alone, so that two authors of one object are both found.

The trap that shaped it: looking only at first parents is simple, and gives the whole of a branch to whoever pressed the merge button.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from gitopskit.model.history import Commit, Touch
from gitopskit.model.paths import FieldPath
from gitopskit.planning.diff import is_same, value_at
from gitopskit.sources.history.commits import Ancestry, FileChange, Pair, parents_of
from gitopskit.sources.history.versions import Version, Versions

Changes: TypeAlias = Mapping[Pair, tuple[FileChange, ...]]


@dataclass(frozen=True, slots=True)
class Meeting:
    """A commit with the version of an object there, and at each of its parents."""

    commit: Commit
    version: Version
    before: tuple[tuple[str, Version], ...]


@dataclass(frozen=True, slots=True)
class Blamed:
    """The commit since which a field has its value; `is_known` is False where history ends there only because it is cut off."""

    commit: Commit
    version: Version
    is_known: bool


def meetings(head: str, found: Ancestry, changes: Changes, versions: Versions, wanted: Callable[[str], bool]) -> Iterator[Meeting]:
    """Yield the commits that `wanted` asks for, each before its parents."""
    known = {head: versions.at(head)}
    for commit in found.commits.values():
        if commit.oid not in known or not wanted(commit.oid):
            continue
        version = known.pop(commit.oid)
        before = []
        for parent in parents_of(commit):
            earlier = versions.before(version, changes[parent, commit.oid], parent)
            before.append((parent, earlier))
            if parent:
                known.setdefault(parent, earlier)
        yield Meeting(commit, version, tuple(before))


def touching(head: str, found: Ancestry, changes: Changes, versions: Versions) -> Iterator[Meeting]:
    """Yield the commits that made the object other than it was at each parent, the newest first."""
    followed = {head}
    for meeting in meetings(head, found, changes, versions, followed.__contains__):
        alike = [parent for parent, earlier in meeting.before if is_alike(meeting.version, earlier)]
        followed.update(alike[:1] or [parent for parent, _ in meeting.before])
        if meeting.before and not alike:
            yield meeting


def blame(head: str, found: Ancestry, changes: Changes, versions: Versions, values: Mapping[FieldPath, Any]) -> dict[FieldPath, Blamed]:
    """Return the commit since which each field has the value that it has at the head."""
    waiting: dict[str, dict[FieldPath, Any]] = {head: dict(values)}
    blamed: dict[FieldPath, Blamed] = {}
    for meeting in meetings(head, found, changes, versions, lambda oid: bool(waiting.get(oid))):
        left = waiting.pop(meeting.commit.oid)
        for parent, earlier in meeting.before:
            is_same_version = earlier is meeting.version  # nearly every commit leaves an object as it was
            passed = left if is_same_version else {path: value for path, value in left.items() if _says(earlier, path, value)}
            if passed:
                waiting.setdefault(parent, {}).update(passed)
            left = {} if is_same_version else {path: value for path, value in left.items() if path not in passed}
        for path in left:
            blamed[path] = Blamed(meeting.commit, meeting.version, is_known=not meeting.commit.is_cut)
        if not any(waiting.values()):
            break
    return blamed


def touch_of(meeting: Meeting) -> tuple[Touch, Version | None]:
    """Return what a commit did to the object, and the version that it did it to; None for one that it created."""
    version = meeting.version
    earlier = next((one for _, one in meeting.before if not one.is_absent), None)
    if version.problem:
        return Touch.BROKE, earlier
    if version.is_absent:
        return Touch.DELETED, earlier
    if earlier is None:
        return Touch.CREATED, None
    is_moved = earlier.item is not None and is_same(version.item and version.item.body, earlier.item.body)
    return Touch.MOVED if is_moved else Touch.CHANGED, earlier


def is_alike(one: Version, other: Version) -> bool:
    """Whether two versions say the same at the same place."""
    if one is other:
        return True
    if one.item is None or other.item is None:
        return one.item is other.item and one.problem == other.problem
    return one.file == other.file and is_same(one.item.body, other.item.body)


def _says(version: Version, path: FieldPath, value: Any) -> bool:
    """Whether a version gives the field this value, as far as it can be read: what cannot is taken to have changed nothing."""
    if version.item is None:
        return bool(version.problem)
    return is_same(value_at(version.item.body, path), value)
