"""Which names may be given to what is written into Git: branches, and files in it?

The traps that shaped it: a branch may look like an option, like a commit or like a way out of ``refs/heads``; a file may lead out of its
folder, or into ``.git``, under whatever spelling a file system takes for it.

References
----------
Git, ``git check-ref-format``; ``core.protectNTFS`` and ``core.protectHFS``.
"""

from __future__ import annotations

import posixpath
import re
from typing import Final

from gitopskit.errors import BranchError, SourcePathError, plain

_PART: Final = r"(?!\.)(?:(?!\.\.|@\{)[^\s~^:?*\[\\/\x00-\x1f\x7f\ud800-\udfff])+(?<!\.)(?<!\.lock)"
_BRANCH: Final = re.compile(rf"(?!-){_PART}(?:/{_PART})*")
_COMMIT_LIKE: Final = re.compile(r"[0-9a-f]{7,64}")
_TAKEN: Final = ("HEAD", "@")
_GIT_FOLDER: Final = re.compile(r"\.git([ .:].*)?|git~\d+", re.IGNORECASE)
_IGNORED: Final = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_LONGEST: Final = 200


def branch_ref(name: str, where: str) -> str:
    """Return the full name of a branch.

    Raises
    ------
    BranchError
        The name cannot be one.
    """
    is_right = _BRANCH.fullmatch(name) and name not in _TAKEN and not _COMMIT_LIKE.fullmatch(name)
    if not is_right or name.startswith("refs/") or len(name) > _LONGEST or name != plain(name, _LONGEST):
        raise BranchError(f"{plain(name)!r} cannot be a branch", where=where, next_step="name it like ada/more-replicas")
    return f"refs/heads/{name}"


def branch_word(text: str) -> str:
    """Return words as a part of a branch's name.

    Examples
    --------
    >>> branch_word("Ask for: a Namespace!")
    'ask-for-a-namespace'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-") or "change"


def file_inside(path: str, where: str) -> str:
    """Return the path of a file that may be written.

    Raises
    ------
    SourcePathError
        It leads outside, into git's own folder, or is no path.
    """
    parts = path.split("/")
    is_clean = path == posixpath.normpath(path) and path == plain(path, 1000) and not path.startswith("/") and "\\" not in path
    if not is_clean or any(part in ("", ".", "..") or _GIT_FOLDER.fullmatch(_IGNORED.sub("", part)) for part in parts):
        raise SourcePathError(f"{plain(path)!r} is no file to write", where=where, next_step="name a path inside the repository")
    return path
