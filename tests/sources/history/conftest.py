"""A repository whose history is written step by step."""

import itertools
import os
import subprocess
from pathlib import Path

import pytest

from gitopskit.model.ids import ObjectId


class Writer:
    """Writes commits whose order, authors and moments are known."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._moments = itertools.count(1_700_000_000, 3600)
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str, author: str = "ada", text: str | None = None) -> str:
        moment = f"{next(self._moments)} +0000"
        person = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (
            ("NAME", author), ("EMAIL", f"{author}@example.org"), ("DATE", moment))}  # fmt: skip
        done = subprocess.run(
            ["git", "-C", self.folder, *words], input=text, capture_output=True, text=True, check=False, env={**os.environ, **person}
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, files: dict[str, str | None], message: str = "x", author: str = "ada") -> str:
        """Write files, or remove those of None, and commit."""
        for name, content in files.items():
            path = self.folder / name
            if content is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message, author=author)
        return self.git("rev-parse", "HEAD")

    def merge(self, *branches: str, message: str, author: str = "ada") -> str:
        self.git("merge", "--quiet", "--no-ff", "--message", message, *branches, author=author)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path, home_dir):
    return Writer(tmp_path / "repo")


def config_map(name: str = "web", **data: str) -> str:
    lines = "".join(f"  {key}: {value}\n" for key, value in data.items())
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n{lines}"


def object_id(name: str = "web", kind: str = "ConfigMap", group: str = "") -> ObjectId:
    return ObjectId(group=group, kind=kind, namespace="", name=name)
