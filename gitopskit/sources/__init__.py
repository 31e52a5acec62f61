"""What does Git say? Desired state at a revision, from committed blobs alone."""

from __future__ import annotations

import os
import posixpath

from gitopskit.bulk import bulk
from gitopskit.errors import RenderError, SourcePathError, plain
from gitopskit.model.rendering import Rendering
from gitopskit.model.snapshot import Side, Snapshot, SourceRef
from gitopskit.sources import desired
from gitopskit.sources.git import open_repository

__all__ = ["folder_inside", "load", "reload"]


@bulk()
def load(
    repo: str | os.PathLike[str],
    revision: str = "HEAD",
    path: str = "",
    *,
    trunk: str = "",
    commit: str = "",
    rendering: Rendering | None = None,
) -> Snapshot:
    """Load desired state.

    Parameters
    ----------
    repo
        Folder of a repository, or an https or ssh address.
    revision
        Branch, tag or commit; resolved once.
    path
        Folder or file inside the repository; all of it by default. A kustomization, a Helm chart and a jsonnet program are rendered.
    trunk
        The branch that changes must have reached; tells whether the commit has.
    commit
        Use just this commit (a full id), whatever `revision` stands for by now.
    rendering
        Settings for a Helm chart.

    Raises
    ------
    SourceError
        The typed error of whatever is wrong, with its place.
    """
    with open_repository(repo, wanted_commit=commit) as repository:
        resolved = repository.resolve(commit or revision)
        folder = folder_inside(path, repository.url)
        found = desired.at(repository, resolved, folder, rendering)
        if rendering is not None and (rendering.values or rendering.release) and not found.rendering.release:
            what = f"values files and a release are for Helm charts, and this is for {found.renderer}"
            raise RenderError(what, where=f"{plain(folder) or '.'}@{resolved[:12]}", next_step="leave them out")
        source = SourceRef(
            url=repository.url,
            revision=revision,
            commit=resolved,
            path=folder,
            trunk=trunk,
            on_trunk=repository.is_ancestor(resolved, trunk) if trunk else None,
            renderer=found.renderer,
            rendering=found.rendering,
        )
        taken_at = repository.committed_at(resolved)
    return Snapshot(side=Side.DESIRED, objects=found.objects, taken_at=taken_at, source=source, warnings=found.warnings)


def reload(repo: str | os.PathLike[str], source: SourceRef) -> Snapshot:
    """Load the very commit and path that a source names, with the same settings; raises as `load` does."""
    return load(repo, source.revision, source.path, trunk=source.trunk, commit=source.commit, rendering=source.rendering)


def folder_inside(path: str, url: str) -> str:
    """Return a clean path inside the repository; empty for its root.

    Raises
    ------
    SourcePathError
        It leads outside.
    """
    clean = posixpath.normpath(path.replace(os.sep, "/")) if path else ""
    if clean.startswith(("..", "/")) or "\0" in clean:
        raise SourcePathError(f"{plain(path)!r} leads outside the repository", where=url, next_step="name a path inside it")
    return "" if clean == "." else clean
