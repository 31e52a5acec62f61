"""What was desired of one object at a commit, and where did it stand?

Going back from a commit to its parent, only what differs between the two can matter. So an object stays as it was unless what it was read
from is among that; and if it is, it came from one of the files that the parent had in their place, and that lost it since.

The trap that shaped it: old commits hold files that nobody could read even then. A version that cannot be read is a state of its own: it
says why, and what lies before it is still found.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from gitopskit import home
from gitopskit.errors import GitopskitError, SourcePathError, plain
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.rendering import BY_DEFAULT, Rendering
from gitopskit.sources import desired, manifests
from gitopskit.sources.git import Repository
from gitopskit.sources.history.commits import FileChange
from gitopskit.sources.objectdb import is_below

_HEIRS: Final = frozenset({"apps", "networking.k8s.io", "policy"})
"""The groups that the kinds of ``extensions`` went to (Kubernetes 1.16 and 1.22)."""


@dataclass(frozen=True, slots=True)
class Version:
    """One object as it was desired at some commits.

    Attributes
    ----------
    item
        None where it was not desired, or cannot be read.
    reads
        The files and folders that it was read from: as long as none of them changes, nor does it.
    folder
        The folder that was rendered, or looked into.
    problem
        Why it cannot be read.
    """

    item: Object | None
    reads: tuple[str, ...]
    folder: str
    problem: str = ""

    @property
    def is_absent(self) -> bool:
        """Whether it was not desired at all."""
        return self.item is None and not self.problem

    @property
    def file(self) -> str:
        """Where it stands; empty where nobody knows."""
        return self.item.origin.file if self.item is not None and self.item.origin is not None else ""

    def depends_on(self, path: str) -> bool:
        """Whether a file has a part in it."""
        return any(is_below(path, place) for place in self.reads)


class Versions(Protocol):
    """Goes back through the versions of one object."""

    def at(self, commit: str) -> Version:
        """Return the version at a commit."""
        ...

    def before(self, version: Version, changed: tuple[FileChange, ...], parent: str, /) -> Version:
        """Return the version at a parent, from that at its child and the files that differ; an empty id is that of no parent."""
        ...


@dataclass
class ManifestVersions:
    """The versions of an object that stands in a file as it is."""

    repository: Repository
    folder: str
    id: ObjectId
    _known: dict[tuple[str, str], Version] = field(default_factory=dict)

    def at(self, commit: str) -> Version:
        tree = self.repository.tree(commit)
        return self._first((entry.path, entry.oid) for entry in tree if entry.is_file and self._is_inside(entry.path))

    def before(self, version: Version, changed: tuple[FileChange, ...], _parent: str) -> Version:
        if version.is_absent:
            return self._first((file.path, file.before) for file in changed if self._is_inside(file.path))
        here = next((file for file in changed if version.depends_on(file.path)), None)
        if here is None:
            return version
        stayed = self._version((here.path, here.before))
        return self._moved(changed) if stayed.is_absent else stayed

    def _moved(self, changed: tuple[FileChange, ...]) -> Version:
        """Return the version in a file that lost it; one in the folder before one elsewhere."""
        files = sorted(changed, key=lambda file: not self._is_inside(file.path))
        self._read([(file.path, file.before) for file in files])
        self._read([(file.path, file.after) for file in files])
        lost = (file for file in files if self._version((file.path, file.after)).is_absent)
        return self._first((file.path, file.before) for file in lost)

    def _is_inside(self, path: str) -> bool:
        return is_below(path, self.folder)

    def _first(self, files: Iterable[tuple[str, str]]) -> Version:
        """Return the version in the first of the files that holds it; one that can be read before one that cannot."""
        wanted = list(files)
        self._read(wanted)
        found = [version for file in wanted if not (version := self._version(file)).is_absent]
        return next((version for version in found if not version.problem), found[0] if found else self._nowhere())

    def _version(self, file: tuple[str, str]) -> Version:
        self._read([file])
        return self._known.get(file) or self._nowhere()

    def _nowhere(self) -> Version:
        return Version(None, (self.folder,), self.folder)

    def _read(self, files: Iterable[tuple[str, str]]) -> None:
        fresh = [file for file in files if file not in self._known and file[1] and file[0].endswith(manifests.ENDINGS)]
        contents = dict(self.repository.contents(dict.fromkeys(oid for _, oid in fresh)))
        for path, oid in fresh:
            self._known[path, oid] = self._parsed(path, oid, contents[oid])

    def _parsed(self, path: str, oid: str, content: bytes) -> Version:
        name, kind = self.id.name.encode(), self.id.kind.encode()
        if name not in content and b"\\" not in content:  # a name can be written with escapes
            return self._nowhere()
        try:
            items = manifests.objects(path, manifests.read(path, content, oid), oid, home.mask_key())
        except GitopskitError as error:
            return Version(None, (path,), self.folder, error.what) if name in content and kind in content else self._nowhere()
        item = next((item for item in items if is_one(item.id, self.id)), None)
        return self._nowhere() if item is None else Version(item, (path,), self.folder)


@dataclass
class RenderedVersions:
    """The versions of an object that a renderer makes."""

    repository: Repository
    folder: str
    id: ObjectId
    rendering: Rendering = BY_DEFAULT

    def at(self, commit: str) -> Version:
        return self._rendered(commit, self.folder)

    def before(self, version: Version, changed: tuple[FileChange, ...], parent: str) -> Version:
        if not parent:
            return Version(None, (version.folder,), version.folder)
        if not any(version.depends_on(file.path) for file in changed):
            return version
        return self._rendered(parent, _former(version.folder, changed))

    def _rendered(self, commit: str, folder: str) -> Version:
        try:
            made = desired.at(self.repository, commit, folder, self.rendering)
        except SourcePathError:
            return Version(None, (folder,), folder)
        except GitopskitError as error:
            return Version(None, ("",), folder, f"{plain(folder) or '.'}: {error.what}")
        item = made.objects.get(self.id) or next((item for one, item in made.objects.items() if is_one(one, self.id)), None)
        return Version(item, made.reads, folder)


def is_one(one: ObjectId, other: ObjectId) -> bool:
    """Whether two identities are those of one object: the kinds of the group ``extensions`` went to others without becoming new ones."""
    if one == other:
        return True
    return one.parts[1:] == other.parts[1:] and {one.group, other.group} - _HEIRS == {"extensions"}


def _former(folder: str, changed: tuple[FileChange, ...]) -> str:
    """Return the folder that another commit renamed to this one; the same where nothing tells of a rename."""
    gone = {(file.before, posixpath.basename(file.path)): file.path for file in changed if file.before and not file.after}
    came = [file for file in changed if file.after and not file.before and is_below(file.path, folder)]
    found: Counter[str] = Counter()
    for file in came:
        old = gone.get((file.after, posixpath.basename(file.path)), "")
        tail = file.path[len(folder) :]
        if folder and old.endswith(tail):
            found[old[: -len(tail)]] += 1
    return found.most_common(1)[0][0] if found else folder
