"""What in a Helm chart is refused before helm sees it?

References
----------
CVE-2022-24348 and CVE-2022-31036 (values files outside), CVE-2025-53547 (linked ``Chart.lock``), CVE-2025-55199 (``$ref`` to a device).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any, Final

import orjson

from gitopskit.errors import SourcePathError, plain
from gitopskit.sources.objectdb import is_below
from gitopskit.sources.renderers.folder import Folder

_SCHEMA: Final = "values.schema.json"
_ACTION: Final = re.compile(r"\{\{(?:(?!\}\}).)*\bnow\b.*?\}\}", re.DOTALL)


def check(folder: Folder) -> None:
    """Make sure that a chart holds regular files only, and that its values and schemas stay inside the repository.

    Raises
    ------
    RenderError
        They do not.
    SourcePathError
        There is no such values file.
    """
    for entry in folder.entries:
        if not entry.is_file and is_below(entry.path, folder.path):
            raise folder.error(f"{plain(entry.path)!r} is a link or a submodule, which a chart may not hold", "commit the file itself")
    for path in folder.rendering.values:
        if path not in folder.files:
            what = f"there is no values file {plain(path)!r} at this commit"
            raise SourcePathError(what, where=folder.where, next_step="name a file by its path from the root of the repository")
    schemas = [path for path in folder.files if posixpath.basename(path) == _SCHEMA and is_below(path, folder.path)]
    for path, content in folder.contents(schemas):
        _check_schema(folder, path, content)


def asks_the_time(folder: Folder) -> list[str]:
    """Return the templates of a chart that ask for the time; an archive may hold one that does."""
    below = [path for path in folder.files if is_below(path, folder.path)]
    templates = [path for path in below if "/templates/" in f"/{path}"]
    found = [path for path, content in folder.contents(templates) if _ACTION.search(content.decode(errors="replace"))]
    return sorted(found)


def _check_schema(folder: Folder, path: str, content: bytes) -> None:
    try:
        schema = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise folder.error(f"{plain(path)!r} is no JSON", "correct the file and commit it") from None
    for reference in _references(schema):
        if not reference.startswith("#"):
            raise folder.error(f"{plain(path)!r} refers to {plain(reference)!r}, outside itself", "write the schema out in the file")


def _references(schema: Any) -> Iterator[str]:
    left = [schema]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += one.values()
            if isinstance(one.get("$ref"), str):
                yield one["$ref"]
        elif isinstance(one, list):
            left += one
