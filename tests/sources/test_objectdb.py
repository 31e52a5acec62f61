"""Commits, trees and blobs through one git process, held to what git's own commands say."""

from __future__ import annotations

import subprocess

import pytest

from gitopskit import sources
from gitopskit.errors import RepositoryError, SourceError
from gitopskit.sources import objectdb
from gitopskit.sources.git import Repository

NAMES = ["a.yaml", "a/b.yaml", "a-b/c.yaml", "a0.yaml", "z/ü/ж.yaml", "z/tab\there.yaml", "z/deep/er/x.yaml", "b"]


def make(folder, *, object_format="sha1", files=NAMES):
    folder.mkdir()

    def git(*words):
        return subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True).stdout

    git("init", "--quiet", "--initial-branch=main", f"--object-format={object_format}")
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}\n")
    git("add", "--all")
    git("-c", "user.name=A > B", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "committer x <y> 1 +0000")
    return git


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_trees_are_what_git_lists(tmp_path, object_format):
    git = make(tmp_path / "r", object_format=object_format)
    with Repository(tmp_path / "r", "r") as repository:
        commit = repository.resolve("main")
        entries = repository.tree(commit)
        assert repository.tree(commit) == entries
        assert int(git("show", "--no-patch", "--format=%ct", "main")) == repository.committed_at(commit).timestamp()
    listed = [line.split(b"\t", 1) for line in git("ls-tree", "-r", "-z", "main").split(b"\0") if line]
    assert [(facts.split()[0].decode(), facts.split()[2].decode(), path.decode()) for facts, path in listed] == [
        (entry.mode, entry.oid, entry.path) for entry in entries
    ]


def test_a_folder_that_moved_is_told_under_its_new_name(tmp_path):
    git = make(tmp_path / "r")
    with Repository(tmp_path / "r", "r") as repository:
        before = {entry.path for entry in repository.tree(repository.resolve("main"))}
    git("mv", "z", "y")
    git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "move")
    with Repository(tmp_path / "r", "r") as repository:
        after = {entry.path for entry in repository.tree(repository.resolve("main"))}
    assert after == {path.replace("z/", "y/") for path in before}


def test_more_blobs_than_a_pipe_holds(tmp_path):
    names = [f"f{number}" for number in range(objectdb.NAMES_AT_A_TIME * 3 + 1)]
    make(tmp_path / "r", files=names)
    with Repository(tmp_path / "r", "r") as repository:
        oids = {entry.oid: entry.path for entry in repository.tree(repository.resolve("main"))}
        assert {oids[oid]: content for oid, content in repository.blobs(oids)} == {name: f"content of {name}\n".encode() for name in names}


def test_an_object_that_is_missing(tmp_path):
    """As in a partial clone, or after damage."""
    make(tmp_path / "r", files=["a.yaml"])
    with Repository(tmp_path / "r", "r") as repository:
        [entry] = repository.tree(repository.resolve("main"))
    (tmp_path / "r" / ".git" / "objects" / entry.oid[:2] / entry.oid[2:]).unlink()
    with pytest.raises(SourceError, match="is missing") as caught:
        sources.load(tmp_path / "r", "main")
    assert entry.oid in str(caught.value)


def test_a_file_that_is_too_large(tmp_path, monkeypatch):
    make(tmp_path / "r", files=["a.yaml"])
    monkeypatch.setattr(objectdb, "MAX_BLOB_BYTES", 5)
    with pytest.raises(SourceError, match="too large"):
        sources.load(tmp_path / "r", "main")


def test_a_folder_that_only_looks_like_a_repository(tmp_path):
    (tmp_path / "r" / ".git").mkdir(parents=True)
    with pytest.raises(RepositoryError, match="git cannot read it"):
        sources.load(tmp_path / "r", "main")
