"""Where the notebooks are: beside the package in a checkout, inside it when installed."""

from __future__ import annotations

from pathlib import Path

from gitopskit.errors import UsageError


def notebooks_folder() -> Path:
    """Return the folder of the notebooks.

    Raises
    ------
    UsageError
        This installation has none.
    """
    package = Path(__file__).parents[1]
    for folder in (package.parent / "notebooks", package / "notebook" / "shipped"):
        if (folder / "00-start").is_dir():
            return folder
    raise UsageError("the notebooks are not here", where=str(package), next_step="install from a checkout: make setup")
