"""How does a folder become a bare repository with commits in it, and is it one that keeps pull requests?"""

from __future__ import annotations

import os
from pathlib import Path

import git

from gitopskit.errors import ForgeError, plain
from gitopskit.sources.forges.records import FORGE
from gitopskit.sources.git import ENVIRONMENT, Repository, open_repository
from gitopskit.sources.writing import refs
from gitopskit.sources.writing.refs import NOWHERE, Move
from gitopskit.sources.writing.workshop import Workshop


def is_forge(folder: Path) -> bool:
    """Whether a folder is a repository that keeps pull requests."""
    if not ((folder / "HEAD").is_file() and (folder / "objects").is_dir()):
        return False
    with Repository(folder, str(folder)) as repository:
        return bool(refs.find(repository, FORGE))


def make(place: Path, trunk: str) -> None:
    """Make a bare repository where there is none."""
    if (place / "HEAD").is_file() and (place / "objects").is_dir():
        return
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise ForgeError("this is no bare repository", where=str(place), next_step="name a bare repository, or an empty folder")
    try:
        place.mkdir(parents=True, exist_ok=True)
        runner = git.Git(str(place))
        runner.update_environment(**ENVIRONMENT)
        runner.init("--bare", "--quiet", "--template=", f"--initial-branch={trunk}")
    except (OSError, git.GitCommandError) as error:
        why = plain(str(getattr(error, "strerror", "") or getattr(error, "stderr", "")).strip(), 300)
        raise ForgeError(f"it cannot be made: {why}", where=str(place), next_step="name another folder") from None


def take(repository: Repository, source: str | os.PathLike[str]) -> None:
    """Take the branches of another repository on this machine, where there is none of that name."""
    with open_repository(source) as other:
        for ref, oid in refs.below(other, "refs/heads").items():
            fetch(repository, other, oid)
            if not refs.find(repository, ref):
                refs.move(repository, Move(ref, oid, NOWHERE))


def fetch(own: Repository, other: Repository, commit: str) -> None:
    """Copy a commit, and all that led to it, unless it is here; no name changes."""
    if own.has(commit):
        return
    with Workshop(own) as workshop:
        workshop.fetch(other, commit, refs.below(own, "refs/heads"))
