"""What does a jsonnet program evaluate to?

The folder's ``main.jsonnet``, or the file itself, in a process of its own. What it imports must be in the repository: beside the file that
imports it, or below a folder ``lib`` or ``vendor`` of a folder above. There are no external variables: what is desired stands in Git.
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import orjson

from gitopskit.errors import RenderError, plain
from gitopskit.model.rendering import BY_DEFAULT, Rendering
from gitopskit.sources import manifests
from gitopskit.sources.objectdb import Entry
from gitopskit.sources.renderers.child import copied
from gitopskit.sources.renderers.folder import Folder, Made, Rendered

_NAME: Final = "jsonnet"
MAIN: Final = "main.jsonnet"
_LIBRARIES: Final = ("lib", "vendor")
_IMPORT: Final = re.compile(r"""\bimport(?:str|bin)?\s*@?(?:"([^"\n]*)"|'([^'\n]*)')""")


class Jsonnet:
    """Evaluates jsonnet programs."""

    name: str = _NAME

    def recognises(self, folder: Folder) -> bool:
        return bool(folder.has(MAIN)) or (folder.path.endswith(".jsonnet") and folder.path in folder.files)

    def reads(self, folder: Folder) -> tuple[str, ...]:
        found: dict[str, None] = {}
        left = [_main(folder)]
        while left:
            path = left.pop()
            if path not in found:
                found[path] = None
                left += _imported(folder, path)
        return tuple(found)

    def settings(self, folder: Folder) -> Rendering:  # noqa: ARG002 - the protocol's
        return BY_DEFAULT

    def tool(self) -> str:
        try:
            return f"{_NAME} {metadata.version(_NAME)}"
        except metadata.PackageNotFoundError:
            raise RenderError("no jsonnet is here", next_step='pip install "gitopskit[jsonnet]"') from None

    def render(self, folder: Folder, files: list[Entry]) -> Rendered:
        main = _main(folder)
        with copied(folder, files) as copy:
            child = Path(__file__).with_name("jsonnet_child.py")
            words: list[str | Path] = [sys.executable, "-I", child, main, *_libraries(main)]
            output = copy.run(_NAME, words, advice="correct the program and commit it")
        return Rendered([Made(body, main, 0) for body in _objects(folder, orjson.loads(output), "")])


def _main(folder: Folder) -> str:
    return folder.has(MAIN) or folder.path


def _libraries(path: str) -> list[str]:
    """Return the folders in which an import is looked for after the importing file's own, nearest first."""
    folder, found = posixpath.dirname(path), []
    while True:
        found += [posixpath.join(folder, library) for library in _LIBRARIES]
        if not folder:
            return found
        folder = posixpath.dirname(folder)


def _imported(folder: Folder, path: str) -> Iterator[str]:
    """Yield the files that a file may import; what only looks like an import names nothing."""
    for double, single in _IMPORT.findall(folder.content(path).decode(errors="replace")):
        places = (posixpath.dirname(path), *_libraries(_main(folder)))
        yield from (found for place in places if (found := posixpath.normpath(posixpath.join(place, double or single))) in folder.files)


def _objects(folder: Folder, value: Any, at: str) -> Iterator[dict[str, Any]]:
    """Yield the objects in a value: one, a list, or a mapping of names to more of them."""
    if manifests.is_list(value):
        yield from _objects(folder, value["items"], f"{at}.items")
    elif isinstance(value, dict) and "apiVersion" in value and "kind" in value:
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _objects(folder, item, f"{at}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _objects(folder, item, f"{at}[{number}]")
    elif value is not None:
        raise folder.error(
            f"what it evaluates to at {plain(at or '.')} is no object", "make it objects, lists of them, or mappings to them"
        )
