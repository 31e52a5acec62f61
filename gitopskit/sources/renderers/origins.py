"""Which file, and which line of it, did a rendered object come from?

A renderer tells the file. The line is found where only one object of the file can be meant; otherwise it is unknown.

References
----------
Kustomize, ``buildMetadata: [originAnnotations]``: the annotation `ANNOTATION` holds a ``path``, or for what a generator made
``configuredIn``, relative to the folder that is built.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any, Final

from gitopskit.errors import SourceError
from gitopskit.sources import manifests
from gitopskit.sources.parsed import Bodies
from gitopskit.sources.renderers.folder import Folder, Made
from gitopskit.sources.yaml import documents

ANNOTATION: Final = "config.kubernetes.io/origin"
_PLACES: Final = ("path", "configuredIn")


def of_kustomization(folder: Folder, bodies: Bodies, annotated: bytes) -> list[Made]:
    """Return objects with their origins, as the same objects tell them that carry the annotation.

    Parameters
    ----------
    bodies
        What was rendered.
    annotated
        What was rendered with annotations, below a folder next to the one that holds the tree; may be empty.
    """
    try:
        told = {_name(body): _file(body) for body, _ in manifests.read(folder.path or ".", annotated, folder.commit)}
    except SourceError:
        told = {}
    lines = _Lines(folder)
    found = [(body, told.get(_name(body), "")) for body, _ in bodies]
    return [Made(body, file, lines.of(body, file)) if file in folder.files else _nowhere(folder, body) for body, file in found]


def of_chart(folder: Folder, bodies: Bodies, files: list[str]) -> list[Made]:
    """Return objects with the files of a chart that they came from."""
    templates = {path: content.decode(errors="replace") for path, content in folder.contents([f for f in set(files) if f in folder.files])}
    return [
        Made(body, file, _line_in_template(body, templates[file])) if file in templates else _nowhere(folder, body)
        for (body, _), file in zip(bodies, files, strict=True)
    ]


def _nowhere(folder: Folder, body: dict[str, Any]) -> Made:
    return Made(body, folder.path or ".", 0)


def _file(body: Mapping[str, Any]) -> str:
    metadata = body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    text = annotations.get(ANNOTATION) if isinstance(annotations, dict) else None
    [origin] = [one.value for one in documents(text.encode(), ANNOTATION)][:1] or [None] if isinstance(text, str) else [None]
    place = next((origin[key] for key in _PLACES if isinstance(origin.get(key), str)), "") if isinstance(origin, dict) else ""
    return posixpath.normpath(place).removeprefix("../tree/") if place else ""


def _name(body: Mapping[str, Any]) -> tuple[str, ...]:
    metadata = body.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return tuple(str(part) for part in (body.get("apiVersion"), body.get("kind"), metadata.get("namespace"), metadata.get("name")))


class _Lines:
    """Finds the lines of objects in manifests."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._known: dict[str, Bodies] = {}

    def of(self, body: Mapping[str, Any], file: str) -> int:
        """Return the line of the object in a file that can be meant; 0 where none can, or several."""
        alike = [(other, line) for other, line in self._bodies(file) if _name(other)[:2] == _name(body)[:2]]
        name = _name(body)[3]
        for lines in (
            [line for _, line in alike],
            [line for other, line in alike if _name(other)[3] == name],
            [line for other, line in alike if _name(other)[3] in name],
        ):
            if len(lines) == 1:
                return lines[0]
        return 0

    def _bodies(self, file: str) -> Bodies:
        if file not in self._known:
            try:
                self._known[file] = manifests.read(file, self._folder.content(file), self._folder.commit)
            except SourceError:  # kustomize reads more leniently
                self._known[file] = []
        return self._known[file]


def _line_in_template(body: Mapping[str, Any], template: str) -> int:
    """Return the first line of the document of a template that states the object's kind; 0 where none does, or several."""
    kind = re.compile(rf"""^kind:\s*["']?{re.escape(str(body.get("kind")))}["']?\s*(#.*)?$""")
    lines = template.splitlines()
    found = [number for number, line in enumerate(lines) if kind.match(line)]
    if len(found) != 1:
        return 0
    start = next((number for number in range(found[0], -1, -1) if lines[number].startswith("---")), -1)
    return next(number for number in range(start + 1, len(lines)) if re.match(r"(apiVersion|kind):", lines[number])) + 1
