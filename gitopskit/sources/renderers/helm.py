"""What does a Helm chart in the repository render to?

Helm renders templates and does nothing else: no cluster is asked, no dependency fetched, no plugin or post-renderer known. What would run
beside the release (hooks, tests) is left out and named.

The trap that shaped it: a template may ask for the time, or for something random. So a chart is rendered twice, and one that renders
differently each time is no desired state: every plan made from it would be another.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import sys
import tempfile
import time
from bisect import bisect
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from gitopskit.command import CommandError, run
from gitopskit.errors import RenderError, plain
from gitopskit.model.paths import render_path
from gitopskit.model.rendering import Rendering
from gitopskit.planning.diff import differences
from gitopskit.sources import manifests
from gitopskit.sources.objectdb import Entry
from gitopskit.sources.parsed import Bodies
from gitopskit.sources.renderers import origins
from gitopskit.sources.renderers.chart import asks_the_time, check
from gitopskit.sources.renderers.child import EMPTY, Copy, copied
from gitopskit.sources.renderers.folder import Folder, Rendered

_NAME: Final = "helm"
SDK: Final = "helm-python-sdk"
_LEAST: Final = 3
_SHOWN: Final = 5
_HOOK: Final = "helm.sh/hook"
_SOURCE: Final = re.compile(rb"^# Source: [^/\n]+/(.+)$", re.MULTILINE)
_RELEASE: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?")


class Helm:
    """Renders Helm charts."""

    name: str = _NAME

    def recognises(self, folder: Folder) -> bool:
        return bool(folder.has("Chart.yaml"))

    def reads(self, folder: Folder) -> tuple[str, ...]:
        check(folder)
        return (folder.path, *folder.rendering.values)

    def settings(self, folder: Folder) -> Rendering:
        given = folder.rendering
        default = folder.path or re.sub(r"\.git$", "", folder.repository.url.rstrip("/"))
        release = given.release or posixpath.basename(default).lower()
        if not _RELEASE.fullmatch(release):
            raise folder.error(f"{plain(release)!r} cannot be the name of a release", 'name it: gk.Rendering(release="…"), or --release')
        values = tuple(map(posixpath.normpath, given.values))
        return Rendering(values=values, release=release, namespace=given.namespace or "default")

    def tool(self) -> str:
        return _find().name

    def render(self, folder: Folder, files: list[Entry]) -> Rendered:
        helm, asking = _find(), asks_the_time(folder)
        with copied(folder, files) as copy:
            output, again = _twice(helm, copy, is_timely=bool(asking))
        bodies = manifests.read(folder.path or ".", output, folder.commit)
        if output != again:
            _check_same(folder, bodies, manifests.read(folder.path or ".", again, folder.commit))
        made = origins.of_chart(folder, bodies, _files(folder, output, bodies))
        hooks = [one.body for one in made if _hook(one.body)]
        if len(hooks) == len(made):
            raise folder.error("the chart renders to hooks alone", EMPTY)
        timely = (f"what the chart renders to may depend on the day: {_listed(asking)} asks for the time",) if asking else ()
        return Rendered([one for one in made if not _hook(one.body)], (*_left_out(hooks), *timely))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Helm:
    words: tuple[str, ...]
    name: str


def _twice(helm: _Helm, copy: Copy, *, is_timely: bool) -> tuple[bytes, bytes]:
    """Return what two renders print, at once, or in two different seconds."""
    if is_timely:
        output = _templated(helm, copy)
        time.sleep(1 - time.time() % 1)
        return output, _templated(helm, copy)
    with ThreadPoolExecutor(1) as beside:
        again = beside.submit(_templated, helm, copy)
        return _templated(helm, copy), again.result()


def _templated(helm: _Helm, copy: Copy) -> bytes:
    chosen = copy.folder.rendering
    values = [word for path in chosen.values for word in ("--values", copy.tree / path)]
    words = [*helm.words, chosen.release, copy.tree / copy.folder.path, "--namespace", chosen.namespace, "--include-crds", *values]
    try:
        return copy.run(_NAME, words, advice="correct the chart or its values, and commit that")
    except RenderError as error:
        if "missing in charts" not in error.what:
            raise
        advice = "nothing is fetched for a chart: run `helm dependency build` and commit its folder charts/"
        raise RenderError(error.what, where=error.where, next_step=advice) from None


def _find() -> _Helm:
    """Return the helm to use: PATH's, else the one in process that is installed with this package."""
    if program := shutil.which("helm"):
        return _Helm(words=(program, "template"), name=_version(program))
    try:
        version = metadata.version(SDK)
    except metadata.PackageNotFoundError:
        raise RenderError("no helm is here", next_step='install helm, or: pip install "gitopskit[helm]"') from None
    return _Helm(words=(sys.executable, "-I", str(Path(__file__).with_name("helm_child.py"))), name=f"helm 4 ({SDK} {version})")


@lru_cache(maxsize=8)
def _version(program: str) -> str:
    nowhere = tempfile.gettempdir()
    try:
        said = run((program, "version", "--short"), cwd=Path(nowhere), environment={"HOME": nowhere}, name=_NAME).decode(errors="replace")
    except CommandError as error:
        raise RenderError(error.what, where=program, next_step="install another helm") from None
    found = re.search(r"v(\d+)(\.\d+)+", said)
    if not found or int(found[1]) < _LEAST:
        raise RenderError(f"this helm is too old: {plain(said.strip(), 80)}", where=program, next_step=f"install helm {_LEAST} or newer")
    return f"{_NAME} {found[0]}"


def _check_same(folder: Folder, first: Bodies, second: Bodies) -> None:
    """Make sure that two renders say the same."""
    found = list(dict.fromkeys(_differing(first, second)))
    if found:
        raise folder.error(
            f"it is not reproducible: it renders differently each time, at {_listed(found)}",
            "give these values in a values file, or take them from an object that the chart does not make",
        )


def _differing(first: Bodies, second: Bodies) -> Iterator[str]:
    before, after = ({_identity(body): body for body, _ in bodies} for bodies in (first, second))
    for identity in [*before, *(other for other in after if other not in before)]:
        if identity not in before or identity not in after:
            yield f"{identity[1]} (another name each time)"
        else:
            yield from (f"{identity[1]} {identity[3]}{render_path(one.path)}" for one in differences(before[identity], after[identity]))


def _identity(body: Mapping[str, Any]) -> tuple[str, str, str, str]:
    inner = body.get("metadata") or {}
    return str(body.get("apiVersion")), str(body.get("kind")), str(inner.get("namespace", "")), str(inner.get("name"))


def _files(folder: Folder, output: bytes, bodies: Bodies) -> list[str]:
    """Return the file of the chart that helm says each object came from."""
    told = [(output.count(b"\n", 0, found.start()) + 1, found[1].decode(errors="replace")) for found in _SOURCE.finditer(output)]
    starts = [line for line, _ in told]
    paths = [told[at - 1][1] if (at := bisect(starts, line)) else "" for _, line in bodies]
    return [_file_of(folder, path) for path in paths]


def _file_of(folder: Folder, path: str) -> str:
    """Return the file that a path below the chart stands for: itself, or the archive of the chart that it is in."""
    if found := folder.has(path):
        return found
    parts = path.split("/")
    archive = posixpath.join(folder.path, "charts", parts[1]) if len(parts) > 2 and parts[0] == "charts" else "\0"
    archives = [file for file in folder.files if re.fullmatch(rf"{re.escape(archive)}-\d[^/]*\.tgz", file)]
    return archives[0] if len(archives) == 1 else ""


def _hook(body: Mapping[str, Any]) -> str:
    annotations = (body.get("metadata") or {}).get("annotations") or {}
    return str(annotations.get(_HOOK, ""))


def _left_out(hooks: list[dict[str, Any]]) -> tuple[str, ...]:
    if not hooks:
        return ()
    names = [f"{_identity(body)[1]} {_identity(body)[3]} ({_hook(body)})" for body in hooks]
    what = "1 hook of the chart is" if len(hooks) == 1 else f"{len(hooks)} hooks of the chart are"
    return (f"{what} left out, and never run: {_listed(names)}",)


def _listed(names: list[str]) -> str:
    shown = ", ".join(plain(name, 120) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
