"""What does Git say? Desired state at a revision, from committed blobs alone."""

from __future__ import annotations

import os
import posixpath
import threading
from dataclasses import replace
from typing import Final, TypeAlias

from gitopskit import home
from gitopskit.bulk import bulk
from gitopskit.errors import SourcePathError, plain
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object, Origin
from gitopskit.model.snapshot import Side, Snapshot, SourceRef
from gitopskit.sources import kustomize, manifests, parsed
from gitopskit.sources.git import Repository, open_repository
from gitopskit.sources.objectdb import Entry

__all__ = ["load"]

SOURCES_REMEMBERED: Final = 4
_Place: TypeAlias = tuple[str, str, bytes]
_memory: dict[_Place, dict[Entry, tuple[Object, ...]]] = {}
_lock = threading.Lock()


@bulk()
def load(repo: str | os.PathLike[str], revision: str = "HEAD", path: str = "", *, trunk: str = "", commit: str = "") -> Snapshot:
    """Load desired state.

    Parameters
    ----------
    repo
        Folder of a repository, or an https or ssh address.
    revision
        Branch, tag or commit; resolved once.
    path
        Folder or file inside the repository; all of it by default. A folder with a kustomization is rendered.
    trunk
        The branch that changes must have reached; tells whether the commit has.
    commit
        Use just this commit (a full id), whatever `revision` stands for by now.

    Raises
    ------
    SourceError
        The typed error of whatever is wrong, with its place.
    """
    with open_repository(repo, wanted_commit=commit) as repository:
        resolved = repository.resolve(commit or revision)
        folder = _inside(path, repository.url)
        items, renderer, warnings = _load(repository, resolved, repository.tree(resolved), folder)
        source = SourceRef(
            url=repository.url,
            revision=revision,
            commit=resolved,
            path=folder,
            trunk=trunk,
            on_trunk=repository.is_ancestor(resolved, trunk) if trunk else None,
            renderer=renderer,
        )
        taken_at = repository.committed_at(resolved)
    return Snapshot(side=Side.DESIRED, objects=items, taken_at=taken_at, source=source, warnings=warnings)


def _load(repository: Repository, commit: str, entries: list[Entry], folder: str) -> tuple[dict[ObjectId, Object], str, tuple[str, ...]]:
    if kustomize.kustomization_in(entries, folder):
        output, renderer = kustomize.render(repository, commit, entries, folder)
        read = manifests.objects(folder or ".", manifests.read(folder or ".", output, commit), commit, home.mask_key())
        rendered = manifests.by_identity([read], commit)
        origin = Origin(file=folder or ".", line=0)
        return {object_id: replace(item, origin=origin) for object_id, item in rendered.items()}, renderer, ()
    inside = [entry for entry in entries if not folder or entry.path == folder or entry.path.startswith(f"{folder}/")]
    if not inside:
        raise SourcePathError(
            f"there is no {plain(folder)!r} at this commit", where=f"{repository.url}@{commit[:12]}", next_step=_near(entries)
        )
    chosen = [entry for entry in inside if entry.path.endswith(manifests.ENDINGS)]
    warnings = tuple(f"{plain(entry.path)} is a link or a submodule, and not followed" for entry in chosen if not entry.is_file)
    files = [entry for entry in chosen if entry.is_file]
    if not files:
        endings = ", ".join(f"*{ending}" for ending in manifests.ENDINGS)
        where = f"{repository.url}@{commit[:12]} {plain(folder)}"
        raise SourcePathError(f"there are no manifests here (no {endings})", where=where, next_step="name another path")
    key = home.mask_key()
    place = (repository.url, folder, key)
    known = _memory.get(place, {})
    now = {file: known[file] for file in files if file in known}
    missing = [file for file in files if file not in now]
    bodies = _read(repository, commit, missing)
    now |= {file: manifests.objects(file.path, bodies[file.oid], commit, key) for file in missing}
    _remember(place, now)
    return manifests.by_identity((now[file] for file in files), commit), "manifests", warnings


def _remember(place: _Place, objects: dict[Entry, tuple[Object, ...]]) -> None:
    """Keep the objects of each file, for the next load from there: it gives the very same ones, so that nobody need compare them."""
    with _lock:
        _memory.pop(place, None)
        _memory[place] = objects
        while len(_memory) > SOURCES_REMEMBERED:
            del _memory[next(iter(_memory))]


def _read(repository: Repository, commit: str, files: list[Entry]) -> dict[str, parsed.Bodies]:
    """Return what each blob holds; only those that were never read before are read."""
    known = parsed.recall(file.oid for file in files) if files else {}
    paths = {file.oid: file.path for file in files if file.oid not in known}
    fresh = {oid: manifests.read(paths[oid], content, commit) for oid, content in repository.blobs(paths)}
    parsed.keep(fresh)
    return known | fresh


def _inside(path: str, url: str) -> str:
    """Return a clean path inside the repository; empty for its root."""
    clean = posixpath.normpath(path.replace(os.sep, "/")) if path else ""
    if clean.startswith(("..", "/")) or "\0" in clean:
        raise SourcePathError(f"{plain(path)!r} leads outside the repository", where=url, next_step="name a path inside it")
    return "" if clean == "." else clean


def _near(entries: list[Entry]) -> str:
    folders = sorted({entry.path.rpartition("/")[0].partition("/")[0] for entry in entries} - {""})[:8]
    return f"it has the folders {', '.join(map(plain, folders))}" if folders else "leave the path out: everything lies at the top"
