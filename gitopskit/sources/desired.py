"""Which objects are desired at a commit, and what was read to know it?

A folder that a renderer recognises is rendered; every other one holds manifests as they are.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

from gitopskit import home
from gitopskit.errors import SourcePathError, plain
from gitopskit.model.canonical import digest
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.rendering import BY_DEFAULT, Rendering
from gitopskit.sources import manifests, parsed
from gitopskit.sources.git import Repository
from gitopskit.sources.objectdb import Entry, is_below
from gitopskit.sources.renderers import EMPTY, Folder, Renderer, renderer_of

SOURCES_REMEMBERED: Final = 4
RENDERS_REMEMBERED: Final = 16
_Place: TypeAlias = tuple[str, str, bytes]
_Render: TypeAlias = tuple[tuple[Object, ...], tuple[str, ...]]
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_memory: dict[_Place, dict[Entry, tuple[Object, ...]]] = {}
_renders: dict[tuple[str, bytes], _Render] = {}
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
    rendering
        The settings of the renderer, defaults filled in.
    """

    objects: Mapping[ObjectId, Object]
    renderer: str
    reads: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    rendering: Rendering = BY_DEFAULT


MANIFESTS: Final = "manifests"


def at(repository: Repository, commit: str, path: str, rendering: Rendering | None = None) -> Desired:
    """Return what `path`, a clean one inside the repository, says at a commit; settings that have no part in it are passed over.

    Raises
    ------
    SourceError
        The typed error of whatever is wrong, with its place.
    """
    folder = _folder(repository, commit, path, rendering)
    renderer = renderer_of(folder)
    chosen = _settings(folder, renderer)
    if renderer is not None:
        return _rendered(replace(folder, rendering=chosen), renderer)
    return _stated(repository, commit, list(folder.entries), path)


def is_rendered(repository: Repository, commit: str, path: str) -> bool:
    """Whether a renderer makes what the path says."""
    return renderer_of(_folder(repository, commit, path)) is not None


def settings(repository: Repository, commit: str, path: str, rendering: Rendering) -> Rendering:
    """Return the settings that have a part in what the path says, with every default filled in.

    Raises
    ------
    RenderError
        They cannot be.
    """
    folder = _folder(repository, commit, path, rendering)
    return _settings(folder, renderer_of(folder))


def _folder(repository: Repository, commit: str, path: str, rendering: Rendering | None = None) -> Folder:
    return Folder(repository=repository, commit=commit, path=path, entries=repository.tree(commit), rendering=rendering or BY_DEFAULT)


def _settings(folder: Folder, renderer: Renderer | None) -> Rendering:
    return renderer.settings(folder) if renderer is not None else BY_DEFAULT


def _rendered(folder: Folder, renderer: Renderer) -> Desired:
    reads = renderer.reads(folder)
    files = folder.below(reads)
    tool, key = renderer.tool(), home.mask_key()
    name = digest(ascii((tool, folder.path, folder.rendering, files)))
    items, warnings = _renders.get((name, key)) or _made(name, folder, renderer, files)
    _keep(_renders, (name, key), (items, warnings), RENDERS_REMEMBERED)
    return Desired(
        objects=manifests.by_identity([items], folder.commit), renderer=tool, reads=reads, warnings=warnings, rendering=folder.rendering
    )


def _made(name: str, folder: Folder, renderer: Renderer, files: list[Entry]) -> _Render:
    """Return what the same files rendered to before; otherwise render them, and keep that unless it holds a secret."""
    known = parsed.recall([name])
    if not known:
        made = renderer.render(folder, files)
        if not made.objects:
            raise folder.error(f"{renderer.name} renders it to no object", EMPTY)
        beside = {"files": [plain(one.file) for one in made.objects], "warnings": made.warnings}
        known = {name: [(beside, 0), *((one.body, one.line) for one in made.objects)]}
        parsed.keep(known)
    (beside, _), *bodies = known[name]
    placed = zip(beside["files"], bodies, strict=True)
    items = (item for file, body in placed for item in manifests.objects(file, [body], folder.commit, home.mask_key()))
    return tuple(items), tuple(beside["warnings"])


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
        programs = [entry.path for entry in inside if entry.path.endswith(".jsonnet")]
        advice = f"name the program itself, {plain(programs[0])}" if programs else "name another path"
        raise SourcePathError(f"there are no manifests here (no {endings})", where=where, next_step=advice)
    if chart := next((entry.path for entry in files if entry.path.endswith("/Chart.yaml")), ""):
        inner = plain(chart.rpartition("/")[0])
        raise SourcePathError(
            f"{inner!r} is a Helm chart among manifests",
            where=f"{repository.url}@{commit[:12]}",
            next_step=f"point a path at {inner}: it is rendered there",
        )
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
    _keep(_memory, place, now, SOURCES_REMEMBERED)
    return [now[file] for file in files]


def _keep(memory: dict[_Key, _Value], key: _Key, value: _Value, count: int) -> None:
    """Keep objects for the next load from there: it gives the very same ones, so that nobody need compare them."""
    with _lock:
        memory.pop(key, None)
        memory[key] = value
        while len(memory) > count:
            del memory[next(iter(memory))]


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
