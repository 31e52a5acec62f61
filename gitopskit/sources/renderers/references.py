"""What does a kustomization refer to?

Whatever leads outside the repository, or starts a program, is refused here, before kustomize sees it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopskit.errors import RenderError, plain
from gitopskit.sources.renderers.folder import Folder
from gitopskit.sources.yaml import documents

FILES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_NAMES: Final = (
    "resources",
    "bases",
    "components",
    "crds",
    "configurations",
    "transformers",
    "generators",
    "validators",
    "patchesStrategicMerge",
)
_REFUSED: Final = ("helmCharts", "helmChartInflationGenerator", "helmGlobals")
_REMOTE: Final = re.compile(r"^[a-z][a-z0-9+.-]*::|://|^[\w.-]+@[\w.-]+:|^(github|gitlab)\.com/|[?&](ref|version)=|//", re.IGNORECASE)
_STARTS: Final = re.compile(r"config\.(kubernetes|k8s)\.io/function|\bkind[\"']?:\s*[\"']?HelmChartInflationGenerator\b")
_MAX_DEPTH: Final = 50


def references(folder: Folder) -> tuple[str, ...]:
    """Return the files and folders that a kustomization, and those that it refers to, are rendered from.

    Raises
    ------
    RenderError
        A reference leads outside, or a feature is refused.
    """
    found = _References(folder)
    found.check(folder.path, frozenset())
    return tuple(sorted(found.reads))


class _References:
    """Follows references.

    Attributes
    ----------
    reads
        The folders and files that were referred to.
    """

    def __init__(self, folder: Folder) -> None:
        self.reads: set[str] = set()
        self._checked: set[str] = set()
        self._folder = folder
        self._files = folder.files

    def check(self, path: str, seen: frozenset[str]) -> None:
        """Check a folder's kustomization; `seen` are the folders that led to it."""
        if path in seen:
            raise self._error("the kustomization refers to itself", "break the circle")
        if len(seen) > _MAX_DEPTH:
            raise self._error(f"more than {_MAX_DEPTH} kustomizations refer to one another in a row", "refer to the last of them")
        if path in self._checked:
            return
        self.reads.add(path)
        name = next((found for name in FILES if (found := posixpath.join(path, name)) in self._files), "")
        if not name:
            raise self._error(f"{plain(path)!r} has no kustomization", f"add one of {', '.join(FILES)}")
        for document in documents(self._folder.content(name), f"{plain(name)}@{self._folder.commit[:12]}"):
            if isinstance(document.value, dict):
                self._check_document(document.value, path, seen | {path})
        self._checked.add(path)

    def _check_document(self, kustomization: Mapping[str, Any], path: str, seen: frozenset[str]) -> None:
        for feature in _REFUSED:
            if feature in kustomization:
                raise self._error(
                    f"{feature} is refused: it starts other programs", "point a path at the chart, or commit what it renders to"
                )
        for reference in _references(kustomization):
            self._check_reference(path, reference, seen)

    def _check_reference(self, path: str, reference: str, seen: frozenset[str]) -> None:
        if "\n" in reference:  # written out in place
            return self._check_text(reference, "what is written out in it")
        if _REMOTE.search(reference):
            raise self._error(f"the reference {plain(reference)!r} leads to another place", "commit what it refers to")
        target = posixpath.normpath(posixpath.join(path, reference))
        if reference.startswith("/") or target.startswith("..") or target == "..":
            raise self._error(f"the reference {plain(reference)!r} leads outside", "commit what it refers to")
        target = "" if target == "." else target
        if target in self._files:
            self.reads.add(target)
            self._check_text(self._folder.content(target).decode(errors="replace"), repr(plain(target)))
        elif any(path.startswith(f"{target}/") or not target for path in self._files):
            self.check(target, seen)
        else:
            raise self._error(f"the reference {plain(reference)!r} names nothing in the repository", "commit it, or remove it")
        return None

    def _check_text(self, text: str, name: str) -> None:
        if _STARTS.search(text):
            raise self._error(f"{name} asks for a function, which is refused", "commit the rendered manifests")

    def _error(self, what: str, next_step: str) -> RenderError:
        return self._folder.error(what, next_step)


def _references(kustomization: Mapping[str, Any]) -> Iterator[str]:
    for name in _NAMES:
        yield from (item for item in kustomization.get(name) or () if isinstance(item, str))
    for item in [
        *(kustomization.get("patches") or ()),
        *(kustomization.get("patchesJson6902") or ()),
        *(kustomization.get("replacements") or ()),
    ]:
        if isinstance(item, dict) and isinstance(item.get("path"), str):
            yield item["path"]
    for generator in [*(kustomization.get("configMapGenerator") or ()), *(kustomization.get("secretGenerator") or ())]:
        if isinstance(generator, dict):
            named = [*(generator.get("files") or ()), *(generator.get("envs") or ()), *filter(None, [generator.get("env")])]
            yield from (str(item).rpartition("=")[2] for item in named)
    openapi = kustomization.get("openapi")
    if isinstance(openapi, dict) and isinstance(openapi.get("path"), str):
        yield openapi["path"]
