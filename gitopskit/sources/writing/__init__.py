"""How does desired state get into Git? As commits, made by plumbing, that a branch names at the very end.

Neither the working copy nor the index of a repository is touched, and nothing of it is run. A process that dies on the way leaves objects
that nothing names, which git clears away by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gitopskit.errors import SourcePathError, WriteError, plain
from gitopskit.model.history import Person
from gitopskit.sources.git import Repository
from gitopskit.sources.writing.names import file_inside
from gitopskit.sources.writing.workshop import Workshop

__all__ = ["commit_files"]


def commit_files(repository: Repository, base: str, files: Mapping[str, bytes | None], message: str, by: Person) -> str:
    """Return the id of a new commit on top of another one; no branch names it yet.

    Parameters
    ----------
    base
        A full commit id.
    files
        Path to new content; None removes a file.

    Raises
    ------
    SourcePathError
        A path leads outside, or something else than a file stands there.
    WriteError
        The commit would change nothing, or cannot be written.
    """
    entries = {entry.path: entry for entry in repository.tree(base)}
    folders = {folder for path in entries for folder in _folders(path)}
    for path, content in files.items():
        file_inside(path, repository.url)
        found = entries.get(path)
        is_free = found is None and content is not None and path not in folders and not any(above in entries for above in _folders(path))
        if not is_free and (found is None or not found.is_file):
            raise SourcePathError(f"{plain(path)} is no file there", where=f"{repository.url}@{base[:12]}", next_step="name another path")
    modes = {path: entries[path].mode for path in files if path in entries}
    with Workshop(repository) as workshop:
        tree = workshop.tree(base, files, modes)
        if tree == repository.tree_of(base):
            raise WriteError("the commit would change nothing", where=f"{repository.url}@{base[:12]}", next_step="it says so already")
        return workshop.commit(tree, (base,), message, by)


def _folders(path: str) -> Iterator[str]:
    """Yield every folder that a file is in."""
    while path := path.rpartition("/")[0]:
        yield path
