"""Where the real control plane's programs are on this machine.

Each program is looked for on its own, so that what conda or envtest brought is used and only the rest is built. Standard library
only: a second ``make controlplane`` has to answer at once.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitopskit import home
from gitopskit.errors import SandboxError

KUBERNETES: Final = "v1.37.2"
ETCD: Final = "v3.7.3"
KWOK: Final = "v0.8.0"
PROGRAMS: Final = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """The programs of a control plane, name to path."""

    paths: Mapping[str, Path]

    @property
    def folder(self) -> str:
        """Where they lie: one folder, or several in the form of PATH; fit for GITOPSKIT_CONTROLPLANE."""
        return os.pathsep.join(dict.fromkeys(str(path.parent) for path in self.paths.values()))

    def __getitem__(self, program: str) -> Path:
        return self.paths[program]


def built_folder() -> Path:
    """Return the cache folder of the versions that this release builds."""
    return home.cache_dir("controlplane", f"kubernetes-{KUBERNETES}-etcd-{ETCD}-kwok-{KWOK}")


def find() -> Binaries:
    """Find every program.

    Raises
    ------
    SandboxError
        At least one is missing; the message names it and how to get it.
    """
    found, missing = look()
    if missing:
        raise SandboxError(
            f"the real control plane is not complete here: no {', '.join(missing)}",
            where=os.pathsep.join(str(folder) for folder in _folders()),
            next_step="run `make controlplane` (or `gitopskit sandbox install --engine controlplane`), or use engine='simulator'",
        )
    return Binaries(paths=found)


def look() -> tuple[dict[str, Path], tuple[str, ...]]:
    """Return the programs that are there, and the names of those that are not."""
    folders = list(_folders())
    found = {program: path for program in PROGRAMS if (path := _first(program, folders))}
    return found, tuple(program for program in PROGRAMS if program not in found)


def _folders() -> Iterator[Path]:
    for name in filter(None, os.environ.get("GITOPSKIT_CONTROLPLANE", "").split(os.pathsep)):
        yield Path(name)
    yield built_folder()
    if assets := os.environ.get("KUBEBUILDER_ASSETS"):
        yield Path(assets)


def _first(program: str, folders: list[Path]) -> Path | None:
    for folder in folders:
        if os.access(folder / program, os.X_OK):
            return folder / program
    on_path = shutil.which(program)
    return Path(on_path) if on_path else None
