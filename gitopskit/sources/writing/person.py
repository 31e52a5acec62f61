"""Whose commit is it? The person's own Git configuration tells, or the call; nobody is made up.

The configuration of a repository is not asked: whoever wrote the repository could name somebody else there.
"""

from __future__ import annotations

import os
import re
import tempfile
from typing import Final

import git

from gitopskit.errors import IdentityError, plain
from gitopskit.model.history import Person

_WRITTEN: Final = re.compile(r"\s*([^<>\x00-\x1f\x7f]*[^<>\s\x00-\x1f\x7f])\s*<\s*([^<>\s\x00-\x1f\x7f]+)\s*>\s*")
_NEXT: Final = 'name yourself: git config --global user.name "Ada" (and user.email), or author="Ada <ada@example.org>"'


def person_of(author: str | Person | None = None) -> Person:
    """Return who writes: the one named, or else the one whom Git knows on this machine.

    Parameters
    ----------
    author
        ``Ada <ada@example.org>``; None for the person's own configuration and environment.

    Raises
    ------
    IdentityError
        Nobody is named, or the name cannot stand in a commit.
    """
    if author is None:
        return _known()
    text = f"{author.name} <{author.email}>" if isinstance(author, Person) else author
    found = _WRITTEN.fullmatch(text)
    if not found or text.encode(errors="replace").decode() != text:
        raise IdentityError(f"{plain(text)!r} is not the name and address of a person", next_step='author="Ada <ada@example.org>"')
    return Person(name=found[1], email=found[2])


def _known() -> Person:
    name = os.environ.get("GIT_AUTHOR_NAME") or _configured("user.name")
    email = os.environ.get("GIT_AUTHOR_EMAIL") or _configured("user.email")
    if not name or not email:
        raise IdentityError("nobody is named whose commit this would be", next_step=_NEXT)
    return person_of(f"{name} <{email}>")


def _configured(key: str) -> str:
    """Return what the person's or the machine's configuration says; reading it runs nothing."""
    runner = git.Git(tempfile.gettempdir())
    for place in ("--global", "--system"):
        try:
            return str(runner.config(place, "--includes", "--get", key)).strip()
        except git.GitCommandError:
            continue
    return ""
