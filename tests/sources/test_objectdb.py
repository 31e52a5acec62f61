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


def put(folder, type_, content):
    """Store an object just as it is, whatever git thinks of it."""
    words = ["git", "-C", folder, "hash-object", "-w", "--literally", "-t", type_, "--stdin"]
    return subprocess.run(words, input=content, check=True, capture_output=True).stdout.decode().strip()


def commit_of(folder, tree, *, seconds=1):
    person = f"A <a@example.org> {seconds} +0000"
    oid = put(folder, "commit", f"tree {tree}\nauthor {person}\ncommitter {person}\n\nx\n".encode())
    subprocess.run(["git", "-C", folder, "update-ref", "refs/heads/main", oid], check=True)


def entry(mode, name, oid):
    return f"{mode} {name}".encode() + b"\0" + bytes.fromhex(oid)


def test_modes_that_old_tools_wrote(tmp_path):
    git = make(tmp_path / "r", files=["a.yaml"])
    blob = put(tmp_path / "r", "blob", b"x")
    inner = put(tmp_path / "r", "tree", entry("100664", "in.yaml", blob))
    odd = [entry("100664", "a.yaml", blob), entry("120000", "l.yaml", blob), entry("100775", "p.yaml", blob), entry("040000", "z", inner)]
    commit_of(tmp_path / "r", put(tmp_path / "r", "tree", b"".join(odd)))
    with Repository(tmp_path / "r", "r") as repository:
        entries = repository.tree(repository.resolve("main"))
    listed = [line.split() for line in git("ls-tree", "-r", "main").decode().splitlines()]
    assert [(one.mode, one.oid, one.path) for one in entries] == [(mode, oid, path) for mode, _, oid, path in listed]


def test_folders_in_folders(tmp_path):
    git = make(tmp_path / "r", files=["a.yaml"])
    tree = git("rev-parse", "main^{tree}").decode().strip()
    for _ in range(1200):
        tree = put(tmp_path / "r", "tree", entry("40000", "d", tree))
    commit_of(tmp_path / "r", tree)
    with Repository(tmp_path / "r", "r") as repository:
        [one] = repository.tree(repository.resolve("main"))
    assert one.path == "d/" * 1200 + "a.yaml"


BROKEN = {
    "ends early": lambda blob: entry("100644", "a.yaml", blob)[:-3],
    "no mode": lambda blob: b"\xff a\0" + bytes.fromhex(blob),
    "no end": lambda blob: b"100644 a.yaml",
    "a folder that is none": lambda blob: entry("40000", "d", blob),
}


@pytest.mark.parametrize("case", BROKEN)
def test_trees_that_are_none(tmp_path, case):
    make(tmp_path / "r", files=["a.yaml"])
    blob = put(tmp_path / "r", "blob", b"x")
    commit_of(tmp_path / "r", put(tmp_path / "r", "tree", BROKEN[case](blob)))
    with pytest.raises(RepositoryError, match="next:"):
        sources.load(tmp_path / "r", "main")


def test_damage_is_no_shorter_desired_state(tmp_path):
    text = "".join(f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m{number}}}\n" for number in range(3000))
    make(tmp_path / "r", files=["a.yaml"])
    (tmp_path / "r" / "a.yaml").write_text(text)
    words = ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--all", "--message", "x"]
    subprocess.run(["git", "-C", tmp_path / "r", *words], check=True)
    with Repository(tmp_path / "r", "r") as repository:
        [one] = repository.tree(repository.resolve("main"))
    file = tmp_path / "r" / ".git" / "objects" / one.oid[:2] / one.oid[2:]
    whole = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(whole[: len(whole) * 6 // 10])
    with pytest.raises((RepositoryError, SourceError), match="next:"):
        sources.load(tmp_path / "r", "main")
    file.write_bytes(whole)
    assert len(sources.load(tmp_path / "r", "main")) == 3000


def test_a_commit_from_the_far_future(tmp_path):
    git = make(tmp_path / "r", files=["a.yaml"])
    commit_of(tmp_path / "r", git("rev-parse", "main^{tree}").decode().strip(), seconds=99999999999999)
    with Repository(tmp_path / "r", "r") as repository:
        assert repository.committed_at(repository.resolve("main")).year == 9999


def test_a_forged_tree_is_no_other_repositorys(tmp_path):
    git = make(tmp_path / "good", files=["a.yaml", "b.yaml"])
    tree = git("rev-parse", "main^{tree}").decode().strip()
    make(tmp_path / "bad", files=["a.yaml", "b.yaml"])
    forged = put(tmp_path / "bad", "tree", entry("100644", "a.yaml", put(tmp_path / "bad", "blob", b"x")))
    objects = tmp_path / "bad" / ".git" / "objects"
    target = objects / tree[:2] / tree[2:]
    target.chmod(0o644)
    target.write_bytes((objects / forged[:2] / forged[2:]).read_bytes())
    with pytest.raises(RepositoryError, match="damaged"), Repository(tmp_path / "bad", "bad") as repository:
        repository.tree(repository.resolve("main"))
    with Repository(tmp_path / "good", "good") as repository:
        assert len(repository.tree(repository.resolve("main"))) == 2
