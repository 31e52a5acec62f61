"""What does the trunk have by now that a commit lacks?"""

from __future__ import annotations

import os
from dataclasses import dataclass

from gitopskit.sources.git import open_repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """How far the trunk is ahead of a commit.

    Attributes
    ----------
    count
        Commits that it has and the other lacks.
    tip
        Where the trunk is.
    """

    count: int
    tip: str


def ahead_of(repo: str | os.PathLike[str], commit: str, trunk: str) -> Ahead | None:
    """Return how far the trunk is ahead of a commit, asked anew; None where a shallow history does not tell.

    Raises
    ------
    SourceError
        There is no such repository, commit or trunk.
    """
    with open_repository(repo) as repository:
        tip = repository.resolve(trunk)
        count = repository.count_missing(repository.resolve(commit), tip)
    return None if count is None else Ahead(count=count, tip=tip)
