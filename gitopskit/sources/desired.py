"""Which objects are desired at a commit, and what was read to know it?

A folder with a kustomization is rendered; every other one holds manifests as they are.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from gitopskit import home
from gitopskit.errors import SourcePathError, plain
from gitopskit.model.canonical import digest
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object, Origin
from gitopskit.sources import kustomize, manifests, parsed
from gitopskit.sources.git import Repository
from gitopskit.sources.objectdb import Entry, is_below

SOURCES_REMEMBERED: Final = 4
_Place: TypeAlias = tuple[str, str, bytes]
_memory: dict[_Place, dict[Entry, tuple[Object, ...]]] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """What a folder says at a commit.

    Attributes
    ----------
    renderer
        What turned files into objects ("manifests", "kustomize 5.8.1").
    reads
        The files and folders that have a part in it: as long as none of them changes, nor does this.
    warnings
        What a person should know, one sentence each.
    """

    objects: Mapping[ObjectId, Object]
    renderer: str
    reads: tuple[str, ...]
    warnings: tuple[str, ...] = ()


MANIFESTS: Final = "manifests"


def at(repository: Repository, commit: str, folder: str) -> Desired:
    """Return what `folder`, a clean path inside the repository, says at a commit.

    Raises
    ------
    SourceError
        The typed error of whatever is wrong, with its place.
    """
    entries = repository.tree(commit)
    if kustomize.kustomization_in(entries, folder):
        return _rendered(repository, commit, entries, folder)
    return _stated(repository, commit, entries, folder)


def is_rendered(repository: Repository, commit: str, folder: str) -> bool:
    """Whether a renderer makes what the folder says."""
    return bool(kustomize.kustomization_in(repository.tree(commit), folder))


def _rendered(repository: Repository, commit: str, entries: list[Entry], folder: str) -> Desired:
    reads = kustomize.references(repository, commit, entries, folder)
    files = [entry for entry in entries if entry.is_file and any(is_below(entry.path, place) for place in reads)]
    renderer = kustomize.find_renderer().name
    name = digest([renderer, folder, files])  # what the same files rendered to before, they render to again
    known = parsed.recall([name])
    if not known:
        known = {name: manifests.read(folder or ".", kustomize.render(repository, commit, files, folder), commit)}
        parsed.keep(known)
    items = manifests.objects(folder or ".", known[name], commit, home.mask_key())
    origin = Origin(file=folder or ".", line=0)
    found = {object_id: replace(item, origin=origin) for object_id, item in manifests.by_identity([items], commit).items()}
    return Desired(objects=found, renderer=renderer, reads=reads)


def _stated(repository: Repository, commit: str, entries: list[Entry], folder: str) -> Desired:
    inside = [entry for entry in entries if is_below(entry.path, folder)]
    if not inside:
        raise SourcePathError(
            f"there is no {plain(folder)!r} at this commit", where=f"{repository.url}@{commit[:12]}", next_step=_near(entries)
        )
    chosen = [entry for entry in inside if entry.path.endswith(manifests.ENDINGS)]
    files = [entry for entry in chosen if entry.is_file]
    if not files:
        endings = ", ".join(f"*{ending}" for ending in manifests.ENDINGS)
        where = f"{repository.url}@{commit[:12]} {plain(folder)}"
        raise SourcePathError(f"there are no manifests here (no {endings})", where=where, next_step="name another path")
    return Desired(
        objects=manifests.by_identity(_objects(repository, commit, files, folder), commit),
        renderer=MANIFESTS,
        reads=(folder,),
        warnings=tuple(f"{plain(entry.path)} is a link or a submodule, and not followed" for entry in chosen if not entry.is_file),
    )


def _objects(repository: Repository, commit: str, files: list[Entry], folder: str) -> list[tuple[Object, ...]]:
    key = home.mask_key()
    place = (repository.url, folder, key)
    known = _memory.get(place, {})
    now = {file: known[file] for file in files if file in known}
    missing = [file for file in files if file not in now]
    bodies = _bodies(repository, commit, missing)
    now |= {file: manifests.objects(file.path, bodies[file.oid], commit, key) for file in missing}
    _remember(place, now)
    return [now[file] for file in files]


def _remember(place: _Place, objects: dict[Entry, tuple[Object, ...]]) -> None:
    """Keep the objects of each file, for the next load from there: it gives the very same ones, so that nobody need compare them."""
    with _lock:
        _memory.pop(place, None)
        _memory[place] = objects
        while len(_memory) > SOURCES_REMEMBERED:
            del _memory[next(iter(_memory))]


def _bodies(repository: Repository, commit: str, files: list[Entry]) -> dict[str, parsed.Bodies]:
    """Return what each blob holds; only those that were never read before are read."""
    known = parsed.recall(file.oid for file in files) if files else {}
    paths = {file.oid: file.path for file in files if file.oid not in known}
    fresh = {oid: manifests.read(paths[oid], content, commit) for oid, content in repository.blobs(paths)}
    parsed.keep(fresh)
    return known | fresh


def _near(entries: list[Entry]) -> str:
    folders = sorted({entry.path.rpartition("/")[0].partition("/")[0] for entry in entries} - {""})[:8]
    return f"it has the folders {', '.join(map(plain, folders))}" if folders else "leave the path out: everything lies at the top"
