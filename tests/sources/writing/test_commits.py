"""Commits by plumbing: nothing of the repository is touched or run, and a branch is the last thing to appear."""

import subprocess

import pytest

from gitopskit.errors import BranchError, IdentityError, MergeConflictError, MovedError, SourcePathError, WriteError
from gitopskit.model.history import Person
from gitopskit.sources.git import Repository
from gitopskit.sources.writing import commit_files, refs
from gitopskit.sources.writing.names import branch_ref, branch_word
from gitopskit.sources.writing.person import person_of
from gitopskit.sources.writing.refs import NOWHERE, Move
from gitopskit.sources.writing.workshop import Workshop
from tests.sources.scratch import ADA, MAP, Repo, booby_trap

WHO = Person(name="Ada", email="ada@shop.example")


@pytest.fixture
def repo(tmp_path, home_dir):
    made = Repo(tmp_path / "repo")
    made.commit({"a.yaml": MAP.format("one"), "run.sh": "true\n", "deep/b.yaml": MAP.format("two")})
    return made


@pytest.fixture
def own(repo):
    with Repository(repo.folder, "shop") as repository:
        yield repository


def commit(own, files, message="Change it\n"):
    return commit_files(own, own.resolve("main"), files, message, WHO)


def test_a_commit_has_its_files_author_and_parent(repo, own):
    oid = commit(own, {"c/d.yaml": b"x: 1\n", "a.yaml": None}, "Add d\n\nWith a body.\n")
    assert repo.git("show", "--no-patch", "--format=%an <%ae>|%cn|%s|%P|%b", oid) == f"{ADA}|Ada|Add d|{own.resolve('main')}|With a body."
    assert repo.git("ls-tree", "-r", "--name-only", oid).split() == ["c/d.yaml", "deep/b.yaml", "run.sh"]
    assert repo.git("show", f"{oid}:c/d.yaml") == "x: 1"
    assert repo.git("fsck", "--strict") == f"dangling commit {oid}"


def test_neither_names_nor_working_copy_nor_index_change(repo, own):
    (repo.folder / "a.yaml").write_text("half: written")
    repo.git("add", "a.yaml")
    before = repo.git("for-each-ref"), repo.git("status", "--porcelain"), (repo.folder / ".git" / "index").read_bytes()
    commit(own, {"a.yaml": b"x: 1\n"})
    assert (repo.git("for-each-ref"), repo.git("status", "--porcelain"), (repo.folder / ".git" / "index").read_bytes()) == before


def test_a_mode_is_kept(repo, own):
    repo.git("update-index", "--chmod=+x", "run.sh")
    repo.git("commit", "--quiet", "--message", "x")
    oid = commit(own, {"run.sh": b"false\n"})
    assert repo.git("ls-tree", oid, "run.sh").startswith("100755")


def test_bytes_are_written_as_they_are(repo, own):
    (repo.folder / ".gitattributes").write_text("* text eol=crlf ident\n")
    repo.git("config", "core.autocrlf", "true")
    content = b"\xef\xbb\xbf$Id$\r\nx: \xff\n"
    oid = commit(own, {"a.bin": content, ".gitattributes": b"* text eol=crlf ident\n"})
    assert own.file(oid, "a.bin") == content


def test_a_repository_runs_nothing_when_it_is_written_to(repo, own, tmp_path):
    marker = tmp_path / "marker"
    base = own.resolve("main")
    booby_trap(repo.folder / ".git", marker)
    ours = commit(own, {"deep/b.yaml": MAP.format("three").encode()})
    theirs = commit(own, {"deep/b.yaml": MAP.format("four").encode()})
    with Workshop(own) as workshop, pytest.raises(MergeConflictError):
        workshop.merged(ours, theirs)
    refs.move(own, Move("refs/heads/ours", ours, NOWHERE), Move("refs/heads/main", ours, base))
    assert not marker.exists()
    subprocess.run(["git", "-C", repo.folder, "merge-tree", "--write-tree", ours, theirs], check=False, capture_output=True)
    assert marker.exists(), "the fixture bites plain git: a merge driver"
    marker.unlink()
    subprocess.run(["git", "-C", repo.folder, "update-ref", "refs/heads/x", ours], check=False, capture_output=True)
    assert marker.exists(), "the fixture bites plain git: a hook"


@pytest.mark.parametrize(
    "path",
    ["../x", "/x", "a/../x", "./a", "a//b", "", ".", "a/", ".git/config", "a/.GIT/x", "git~1/x", ".git./x", ".g\u200cit/x", "a\nb", "a\\b",
     "a\x00b", "\ud800"],
)  # fmt: skip
def test_paths_that_are_refused(own, path):
    with pytest.raises(SourcePathError, match="next:"):
        commit(own, {path: b"x"})


def test_other_things_than_files_are_not_written_over(repo, own, tmp_path):
    (repo.folder / "link.yaml").symlink_to(tmp_path / "outside")
    (repo.folder / "away").symlink_to(tmp_path)
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", "x")
    for path in ("link.yaml", "away/x.yaml", "a.yaml/x.yaml", "deep"):
        with pytest.raises(SourcePathError, match="next:"):
            commit(own, {path: b"x"})
    with pytest.raises(SourcePathError):
        commit(own, {"nothing.yaml": None})
    assert list(tmp_path.glob("x.yaml")) == []


def test_nothing_to_change_is_no_commit(own):
    with pytest.raises(WriteError, match="change nothing"):
        commit(own, {"a.yaml": MAP.format("one").encode()})


@pytest.mark.parametrize(
    "name",
    ["-x", "--delete", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a@{1}", "/a", "a/", "a//b", ".a", "a/.b", "a.",
     "a.lock", "a.lock/b", "HEAD", "@", "refs/heads/x", "", "x" * 201, "a\nb", "a\x00b", "0123456789abcdef", "a\u202eb", "\ud800"],
)  # fmt: skip
def test_names_that_cannot_be_a_branch(name):
    with pytest.raises(BranchError, match="next:"):
        branch_ref(name, "shop")


@pytest.mark.parametrize("name", ["main", "ada/more-replicas", "a@b", "v1.2", "größe", "adopt/Deployment_web"])
def test_names_of_branches(repo, name):
    assert branch_ref(name, "shop") == f"refs/heads/{name}"
    assert repo.git("check-ref-format", f"refs/heads/{name}") == ""


@pytest.mark.parametrize("text", ["Ask for: a Namespace!", "...", "-x", "a" * 200, "日本"])
def test_words_become_a_branch(text):
    assert branch_ref(f"ada/{branch_word(text)}", "shop")


def test_names_move_together_or_not_at_all(own):
    base, oid = own.resolve("main"), commit(own, {"a.yaml": b"x: 1\n"})
    with pytest.raises(MovedError, match="somebody was faster"):
        refs.move(own, Move("refs/heads/new", oid, NOWHERE), Move("refs/heads/main", oid, oid[::-1]))
    assert refs.below(own, "refs/heads") == {"refs/heads/main": base}
    refs.move(own, Move("refs/heads/new", oid, NOWHERE), Move("refs/heads/main", base, base))
    with pytest.raises(MovedError):
        refs.move(own, Move("refs/heads/new", base, NOWHERE))
    assert refs.find(own, "refs/heads/new") == oid
    with pytest.raises(BranchError, match="there can be no branch new/one"):
        refs.move(own, Move("refs/heads/new/one", oid, NOWHERE))


def test_a_merge_of_two_sides(repo, own):
    ours, theirs = commit(own, {"c.yaml": b"x: 1\n"}), commit(own, {"a.yaml": None})
    with Workshop(own) as workshop:
        oid = workshop.commit(workshop.merged(ours, theirs), (ours, theirs), "Merge\n", WHO)
    assert repo.git("ls-tree", "-r", "--name-only", oid).split() == ["c.yaml", "deep/b.yaml", "run.sh"]


def test_a_conflict_names_the_files(own):
    ours, theirs = (
        commit(own, {"a.yaml": b"x: 1\n", "deep/b.yaml": b"y: 1\n"}),
        commit(own, {"a.yaml": b"x: 2\n", "deep/b.yaml": b"y: 2\n"}),
    )
    with Workshop(own) as workshop, pytest.raises(MergeConflictError, match=r"a\.yaml, deep/b\.yaml"):
        workshop.merged(ours, theirs)


def test_an_old_git_cannot_merge(own, monkeypatch):
    with Workshop(own) as workshop:
        monkeypatch.setattr(type(workshop._git), "version_info", (2, 37, 9))
        with pytest.raises(WriteError, match=r"git 2\.37\.9 cannot merge"):
            workshop.merged("a" * 40, "b" * 40)


def test_unrelated_histories_are_not_merged(repo, own):
    ours = own.resolve("main")
    with Workshop(own) as workshop:
        other = workshop.commit(workshop.tree("", {"a.yaml": b"x"}, {}), (), "Other\n", WHO)
        with pytest.raises(WriteError, match="unrelated"):
            workshop.merged(ours, other)


def test_who_writes_is_known_to_git_or_named(tmp_path, monkeypatch, repo):
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    repo.git("config", "user.name", "Mallory")
    repo.git("config", "user.email", "mallory@example.org")
    monkeypatch.chdir(repo.folder)
    with pytest.raises(IdentityError, match=r"git config --global user\.name"):
        person_of()
    (tmp_path / "more").write_text("[user]\n\temail = ada@shop.example\n")
    (tmp_path / ".gitconfig").write_text("[include]\n\tpath = more\n[user]\n\tname = Ada\n")
    assert person_of() == WHO
    assert person_of("Grace <g@x.example>") == Person(name="Grace", email="g@x.example")
    assert person_of(WHO) == WHO


@pytest.mark.parametrize("text", ["Ada", "<a@b>", "Ada <>", "Ada <a@b> x", "A\nda <a@b>", "Ada <a b>", "", "\ud800 <a@b>"])
def test_nobody_is_made_up(text):
    with pytest.raises(IdentityError, match="next:"):
        person_of(text)
