"""Which forge keeps the pull requests of a repository?"""

from __future__ import annotations

import os
from pathlib import Path

from gitopskit.sources.forges.bare import is_forge
from gitopskit.sources.forges.base import Forge
from gitopskit.sources.forges.local import LocalForge

__all__ = ["Forge", "LocalForge", "find_forge"]


def find_forge(repo: str | os.PathLike[str]) -> Forge | None:
    """Return the forge of a repository; None where none is known."""
    text = os.fspath(repo)
    folder = Path(text).expanduser().absolute()
    return LocalForge(folder) if "://" not in text and is_forge(folder) else None
