"""How is a renderer kept from the rest of the machine?

It works in a copy that holds the files it was rendered from, all regular, and nothing else. It sees an environment of our own, with an
empty PATH and an empty home: no kubeconfig, no token, no proxy, no git. Where the system allows it, it has no network. Its time, output
and memory are limited.

The trap that shaped it: a renderer reads what its user may read, and a template is a program.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

from gitopskit.command import CommandError, Limits, run
from gitopskit.errors import RenderError, plain
from gitopskit.sources.objectdb import Entry
from gitopskit.sources.renderers.folder import Folder
from gitopskit.sources.renderers.hiding import hidden

LIMITS: Final = Limits(time_s=60.0, output_bytes=64 * 2**20, memory_bytes=4 * 2**30)
EMPTY: Final = "an empty desired state is never applied: check what it is rendered from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy of files of a commit, in a folder that is removed again.

    Attributes
    ----------
    tree
        The files, where the repository has them.
    beside
        An empty folder next to it.
    """

    folder: Folder
    tree: Path
    beside: Path

    def run(self, name: str, words: Sequence[str | Path], *, advice: str) -> bytes:
        """Run a renderer in it and return what it printed, which is something.

        Parameters
        ----------
        name
            What errors call the renderer.
        advice
            What to do if it fails.

        Raises
        ------
        RenderError
            It failed, went over a limit, or printed nothing.
        """
        home = self.beside.parent / "home"
        environment = {"PATH": str(home / "bin"), "HOME": str(home), "TMPDIR": str(home), "LC_ALL": "C"}
        try:
            output = run([*_apart(), *words], cwd=self.tree, environment=environment, limits=LIMITS, name=name)
        except CommandError as error:
            said = error.what.replace(f"{self.tree}/", "").replace(str(self.tree), ".").replace(str(self.beside.parent), "")
            raise self.folder.error(hidden(said, self.tree), advice) from None
        if not output.strip():
            raise self.folder.error(f"{name} renders it to nothing", EMPTY)
        return output


@contextmanager
def copied(folder: Folder, files: Iterable[Entry]) -> Iterator[Copy]:
    """Copy files of a commit for as long as this lasts.

    Raises
    ------
    RenderError
        A path is none that may be written.
    """
    with tempfile.TemporaryDirectory(prefix="gitopskit-") as name:
        root = Path(name)
        (root / "home" / "bin").mkdir(parents=True)
        copy = Copy(folder=folder, tree=root / "tree", beside=root / "beside")
        copy.tree.mkdir()
        copy.beside.mkdir()
        for path, content in folder.contents([_checked(entry.path, folder) for entry in files]):
            target = copy.tree / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        yield copy


def _checked(path: str, folder: Folder) -> str:
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or ".git" in {part.lower() for part in parts} or "\\" in path:
        what = f"the path {plain(path)!r} cannot be exported"
        raise RenderError(what, where=folder.repository.url, next_step="remove it from the repository")
    return path


def _apart() -> tuple[str, ...]:
    """Return the words before a program that take its network away; none where the system does not allow that."""
    program = shutil.which("unshare")
    return (program, "--net", "--map-root-user") if program and _can_unshare(program) else ()


@lru_cache(maxsize=1)
def _can_unshare(program: str) -> bool:
    try:
        run([program, "--net", "--map-root-user", "true"], cwd=Path("/"), environment={"PATH": os.environ.get("PATH", "")})
    except CommandError:
        return False
    return True
