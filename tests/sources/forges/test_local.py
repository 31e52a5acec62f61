"""The local forge: pull requests in a bare repository, under rules, by several people and processes at once."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from gitopskit import sources
from gitopskit.errors import (
    BranchError,
    ForgeError,
    MergeConflictError,
    MovedError,
    ProtectionError,
    PullRequestError,
    RevisionError,
)
from gitopskit.model.history import Person
from gitopskit.model.pull_request import MergeStatus, Protection, PullState
from gitopskit.sources.forges import Forge, LocalForge, find_forge
from gitopskit.sources.git import Repository
from gitopskit.sources.history import Past
from gitopskit.sources.writing import commit_files, refs
from gitopskit.sources.writing.person import person_of
from tests.sources.scratch import ADA, GRACE, LINUS, MAP, Repo, booby_trap


@pytest.fixture
def repo(tmp_path, home_dir):
    made = Repo(tmp_path / "repo")
    made.commit({"a.yaml": MAP.format("one"), "b.yaml": MAP.format("two")})
    return made


@pytest.fixture
def forge(repo, tmp_path) -> LocalForge:
    return LocalForge.create(tmp_path / "forge.git", source=repo.folder)


def git(forge, *words: str) -> str:
    return subprocess.run(["git", "-C", forge.folder, *words], capture_output=True, text=True, check=True).stdout.strip()


def commit(forge, files, base="main", by=ADA) -> str:
    with Repository(forge.folder, str(forge.folder)) as own:
        return commit_files(own, own.resolve(base), files, "Change it\n", person_of(by))


def pushed(forge, branch, files, base="main") -> str:
    with Repository(forge.folder, str(forge.folder)) as own:
        return forge.push(own, commit(forge, files, base), branch)


def opened(forge, branch="ada/c", files=None, **rest):
    pushed(forge, branch, files or {"c.yaml": MAP.format("three").encode()})
    return forge.open(branch, **({"title": "Add c", "by": ADA} | rest))


def test_it_is_a_forge(forge):
    assert isinstance(forge, Forge)
    identity = forge.identify()
    assert (identity.system, identity.url, identity.protection) == ("local", str(forge.folder), Protection())
    assert find_forge(str(forge.folder)).identify() == find_forge(forge).identify() == identity


def test_where_there_is_none(repo, tmp_path):
    for place in (repo.folder, tmp_path, tmp_path / "nowhere", "https://example.org/x.git"):
        assert find_forge(place) is None
    with pytest.raises(ForgeError, match=r"gk\.local_forge"):
        LocalForge(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(ForgeError, match="no bare repository"):
        LocalForge.create(tmp_path / "full")


def test_from_a_branch_to_the_trunk(forge):
    asked = opened(forge, body="Because.")
    assert (asked.number, asked.state, asked.status, asked.author) == (1, PullState.OPEN, MergeStatus.UNAPPROVED, person_of(ADA))
    assert asked.body == "Because."
    approved = forge.approve(1, head=asked.head, by=GRACE)
    assert (approved.status, [one.by.name for one in approved.counted]) == (MergeStatus.READY, ["Grace"])
    merged = forge.merge(1, head=asked.head, by=LINUS)
    assert (merged.state, merged.status, merged.merged_by) == (PullState.MERGED, MergeStatus.OVER, person_of(LINUS))
    assert git(forge, "rev-parse", "main") == merged.merge_commit
    assert git(forge, "show", "--no-patch", "--format=%an|%s|%P|%b", "main") == (
        f"Linus|Merge pull request #1 from ada/c|{git(forge, 'rev-parse', 'main^1')} {asked.head}|Add c"
    )
    assert forge.get(1) == merged
    assert git(forge, "rev-parse", "refs/pull/1/head") == asked.head
    assert {item.id.name for item in sources.load(forge, "main").objects.values()} == {"one", "two", "three"}
    assert git(forge, "fsck", "--strict") == ""


def test_the_history_knows_the_pull_request(forge):
    asked = opened(forge)
    forge.approve(1, by=GRACE)
    forge.merge(1, head=asked.head, by=GRACE)
    with Past(forge, "main") as past:
        assert past.brought_by(past.commits[asked.head]) == "#1"


def test_nothing_is_pushed_to_the_trunk(forge):
    before = git(forge, "rev-parse", "main")
    with pytest.raises(ProtectionError, match="main is protected"):
        pushed(forge, "main", {"a.yaml": b"x: 1\n"})
    assert git(forge, "rev-parse", "main") == before


def test_nobody_approves_what_is_their_own(forge):
    opened(forge)
    with pytest.raises(ProtectionError, match="asked for it, and cannot approve"):
        forge.approve(1, by="A. Lovelace <ADA@shop.example>")
    assert forge.get(1).approvals == ()


def test_approvals_are_needed_of_different_people(repo, tmp_path):
    forge = LocalForge.create(tmp_path / "two.git", source=repo.folder, protection=Protection(approvals=2))
    asked = opened(forge)
    forge.approve(1, by=GRACE)
    twice = forge.approve(1, by=GRACE)
    assert (len(twice.approvals), twice.missing_approvals) == (1, 1)
    with pytest.raises(ProtectionError, match="lacks 1 approval by others than Ada"):
        forge.merge(1, head=asked.head, by=GRACE)
    assert forge.approve(1, by=LINUS).status is MergeStatus.READY


def test_what_is_pushed_after_an_approval_nobody_approved(forge):
    asked = opened(forge)
    forge.approve(1, by=GRACE)
    git(forge, "update-ref", "refs/heads/ada/c", commit(forge, {"evil.yaml": b"x: 1\n"}, base="ada/c"))
    with pytest.raises(MovedError, match="the branch ada/c moved"):
        forge.merge(1, head=asked.head, by=GRACE)
    now = forge.get(1)
    assert (now.counted, now.status, len(now.approvals)) == ((), MergeStatus.UNAPPROVED, 1)
    with pytest.raises(MovedError):
        forge.approve(1, head=asked.head, by=GRACE)
    with pytest.raises(ProtectionError):
        forge.merge(1, head=now.head, by=GRACE)


@pytest.mark.parametrize("branch", ["ada/c", "main"])
def test_a_branch_that_moves_between_look_and_merge(forge, monkeypatch, branch):
    asked = opened(forge)
    forge.approve(1, by=GRACE)
    fresh, plain_move = commit(forge, {"evil.yaml": b"x: 1\n"}, base=branch), refs.move

    def slow(*moves):
        git(forge, "update-ref", f"refs/heads/{branch}", fresh)
        plain_move(*moves)

    monkeypatch.setattr(refs, "move", slow)
    with pytest.raises(MovedError, match="somebody was faster"):
        forge.merge(1, head=asked.head, by=GRACE)
    assert forge.get(1).state is PullState.OPEN
    assert git(forge, "log", "--format=%s", "main").count("Merge") == 0


def test_a_lock_that_a_dead_process_left_is_named(forge):
    asked = opened(forge)
    forge.approve(1, by=GRACE)
    lock = forge.folder / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(MovedError, match=r"refs/heads/main\.lock"):
        forge.merge(1, head=asked.head, by=GRACE)
    lock.unlink()
    assert forge.merge(1, head=asked.head, by=GRACE).state is PullState.MERGED


def test_a_conflict_names_the_file_and_merges_nothing(forge):
    first = opened(forge, "ada/one", {"a.yaml": MAP.format("red").encode()})
    second = opened(forge, "ada/two", {"a.yaml": MAP.format("blue").encode()})
    for pull in (first, second):
        forge.approve(pull.number, by=GRACE)
    forge.merge(1, head=first.head, by=GRACE)
    before = git(forge, "for-each-ref")
    assert (forge.get(2).status, forge.get(2).reason) == (MergeStatus.CONFLICT, "both sides changed a.yaml")
    with pytest.raises(MergeConflictError, match=r"a\.yaml"):
        forge.merge(2, head=second.head, by=GRACE)
    assert git(forge, "for-each-ref") == before


def test_a_branch_may_have_to_hold_all_of_the_trunk(repo, tmp_path):
    forge = LocalForge.create(tmp_path / "tip.git", source=repo.folder, protection=Protection(needs_tip=True, approvals=0))
    first, second = opened(forge, "ada/one", {"c.yaml": b"x: 1\n"}), opened(forge, "ada/two", {"d.yaml": b"x: 1\n"})
    assert second.status is MergeStatus.READY
    forge.merge(1, head=first.head, by=GRACE)
    assert forge.get(2).status is MergeStatus.BEHIND
    with pytest.raises(MovedError, match="main has commits that ada/two lacks"):
        forge.merge(2, head=second.head, by=GRACE)


def test_pushing_twice_is_pushing_once(forge, monkeypatch):
    first = pushed(forge, "ada/c", {"c.yaml": b"x: 1\n"})
    monkeypatch.setattr("gitopskit.sources.writing.workshop.datetime", Later)
    assert commit(forge, {"c.yaml": b"x: 1\n"}) != first, "made again, later"
    assert pushed(forge, "ada/c", {"c.yaml": b"x: 1\n"}) == first
    with pytest.raises(BranchError, match="holds something else"):
        pushed(forge, "ada/c", {"c.yaml": b"x: 2\n"})
    assert git(forge, "rev-parse", "ada/c") == first
    one = forge.open("ada/c", title="Add c", by=ADA)
    assert forge.open("ada/c", title="Add c", by=ADA) == one
    assert [pull.number for pull in forge.list()] == [1]


class Later:
    @staticmethod
    def now(_zone):
        from datetime import UTC, datetime

        return datetime(2030, 1, 1, tzinfo=UTC)


def test_a_commit_of_another_repository_is_copied(forge, repo):
    repo.git("checkout", "--quiet", "-b", "ada/here")
    oid = repo.commit({"c.yaml": "x: 1\n"})
    with Repository(repo.folder, "repo") as theirs:
        assert forge.push(theirs, oid, "ada/here") == oid
        assert git(forge, "rev-parse", "ada/here") == oid
    assert git(forge, "fsck", "--strict") == ""


def test_neither_side_runs_anything(forge, repo, tmp_path):
    marker = tmp_path / "marker"
    repo.git("checkout", "--quiet", "-b", "ada/here")
    oid = repo.commit({"c.yaml": "x: 1\n"})
    booby_trap(forge.folder, marker)
    booby_trap(repo.folder / ".git", marker)
    with Repository(repo.folder, "repo") as theirs:
        forge.push(theirs, oid, "ada/here")
    asked = forge.open("ada/here", title="Add c", by=ADA)
    forge.comment(1, "Good.", by=GRACE)
    forge.approve(1, by=GRACE)
    forge.merge(1, head=asked.head, by=GRACE)
    assert not marker.exists()
    subprocess.run(["git", "-C", repo.folder, "push", forge.folder, f"{oid}:refs/heads/x"], check=False, capture_output=True)
    assert marker.exists(), "the fixture bites a plain push"


def test_talk(forge):
    opened(forge)
    forge.comment(1, "Why two?", by=GRACE)
    forge.comment(1, "One per zone.\nSee the plan.", by=ADA)
    assert [(one.by.name, one.text) for one in forge.comments(1)] == [("Grace", "Why two?"), ("Ada", "One per zone.\nSee the plan.")]
    assert git(forge, "log", "--format=%an: %s", "refs/gitopskit/pulls/1").splitlines() == [
        "Ada: Ada commented on #1", "Grace: Grace commented on #1", "Ada: Ada opened #1",
    ]  # fmt: skip
    for text in (" ", "x" * 100_001):
        with pytest.raises(PullRequestError, match="next:"):
            forge.comment(1, text, by=GRACE)


def test_what_is_over_stays_over(forge):
    asked = opened(forge)
    closed = forge.close(1, by=ADA)
    assert (closed.state, closed.status) == (PullState.CLOSED, MergeStatus.OVER)
    for act in (
        lambda: forge.merge(1, head=asked.head, by=GRACE),
        lambda: forge.approve(1, by=GRACE),
        lambda: forge.close(1, by=ADA),
    ):
        with pytest.raises(PullRequestError, match="#1 is closed"):
            act()
    assert forge.open("ada/c", title="Again", by=ADA).number == 2
    assert [pull.number for pull in forge.list()] == [2, 1]
    assert [pull.number for pull in forge.list(PullState.CLOSED)] == [1]


def test_who_brought_a_commit(forge):
    first, second = opened(forge, "ada/one", {"c.yaml": b"x: 1\n"}), opened(forge, "ada/two", {"d.yaml": b"x: 1\n"})
    start = git(forge, "rev-parse", "main")
    for pull in (first, second):
        forge.approve(pull.number, by=GRACE)
        forge.merge(pull.number, head=pull.head, by=GRACE)
    assert [forge.brought(one).number for one in (first.head, second.head, git(forge, "rev-parse", "main"))] == [1, 2, 2]
    assert forge.brought(start) is None
    assert forge.brought(commit(forge, {"e.yaml": b"x: 1\n"})) is None
    for strange in ("f" * 40, "--help", "main"):
        with pytest.raises(ForgeError, match="not known there"):
            forge.brought(strange)


def test_a_pull_request_of_nothing(forge):
    git(forge, "branch", "same", "main")
    with pytest.raises(PullRequestError, match="same has nothing that main has not"):
        forge.open("same", title="Nothing", by=ADA)
    with pytest.raises(RevisionError):
        forge.open("nowhere", title="Nothing", by=ADA)
    with pytest.raises(BranchError):
        forge.open("--help", title="Nothing", by=ADA)
    pushed(forge, "ada/c", {"c.yaml": b"x: 1\n"})
    with pytest.raises(PullRequestError, match="needs a title"):
        forge.open("ada/c", title=" \n", by=ADA)
    with pytest.raises(PullRequestError, match="there is no pull request #7"):
        forge.get(7)
    assert forge.list() == ()


def test_an_empty_repository(tmp_path, home_dir):
    forge = LocalForge.create(tmp_path / "empty.git")
    assert forge.list() == ()
    with pytest.raises(RevisionError, match="no commit yet"):
        sources.load(forge, "main")
    with pytest.raises(RevisionError):
        forge.open("ada/c", title="First", by=ADA)


def test_made_again_it_is_the_same_and_its_rules_can_change(forge):
    opened(forge)
    again = LocalForge.create(forge.folder)
    assert [pull.number for pull in again.list()] == [1]
    stricter = LocalForge.create(forge.folder, protection=Protection(approvals=3))
    assert LocalForge(forge.folder).protection == stricter.protection == Protection(approvals=3)
    assert stricter.get(1).needed_approvals == 3


@pytest.mark.parametrize("content", ["", "[]", '{"title": 1}', "not json"])
def test_a_record_that_is_none(forge, content):
    opened(forge)
    tree = subprocess.run(["git", "-C", forge.folder, "hash-object", "-w", "--stdin"], input=content, capture_output=True, text=True).stdout
    tree = subprocess.run(
        ["git", "-C", forge.folder, "mktree"], input=f"100644 blob {tree.strip()}\trecord.json\n", capture_output=True, text=True
    ).stdout.strip()
    oid = git(forge, "-c", "user.name=m", "-c", "user.email=m@x", "commit-tree", "-m", "x", tree)
    git(forge, "update-ref", "refs/gitopskit/pulls/1", oid)
    with pytest.raises(ForgeError, match="cannot be read"):
        forge.get(1)


def run(code: str, *words: str) -> subprocess.Popen[str]:
    head = "import sys; from gitopskit.sources.forges import LocalForge; forge = LocalForge(sys.argv[1])\n"
    return subprocess.Popen([sys.executable, "-c", head + textwrap.dedent(code), *words], stdout=subprocess.PIPE, text=True, env=os.environ)


def test_processes_that_open_at_once_get_a_number_each(forge):
    for name in "abcd":
        pushed(forge, f"ada/{name}", {f"{name}.yaml": b"x: 1\n"})
    code = f"""
        print(forge.open(sys.argv[2], title=sys.argv[2], by={ADA!r}).number)
    """
    started = [run(code, str(forge.folder), f"ada/{name}") for name in "abcd"]
    numbers = sorted(int(process.communicate(timeout=120)[0]) for process in started)
    assert numbers == [1, 2, 3, 4]
    assert {pull.branch for pull in forge.list()} == {f"ada/{name}" for name in "abcd"}


def test_comments_at_once_are_all_kept(forge):
    opened(forge)
    code = f"""
        for _ in range(3):
            forge.comment(1, sys.argv[2], by={GRACE!r})
    """
    for process in [run(code, str(forge.folder), name) for name in "abc"]:
        assert process.wait(timeout=120) == 0
        process.stdout.close()
    assert sorted(one.text for one in forge.comments(1)) == sorted("abc" * 3)


def test_killed_before_the_names_move_it_is_as_if_nothing_had_been(forge):
    asked = opened(forge)
    forge.approve(1, by=GRACE)
    before = git(forge, "for-each-ref")
    code = f"""
        import os, signal
        from gitopskit.sources.writing import refs
        refs.move = lambda *moves: os.kill(os.getpid(), signal.SIGKILL)
        forge.merge(1, head=sys.argv[2], by={GRACE!r})
    """
    process = run(code, str(forge.folder), asked.head)
    assert process.wait(timeout=60) == -signal.SIGKILL
    process.stdout.close()
    assert git(forge, "for-each-ref") == before
    assert git(forge, "cat-file", "--batch-check", "--batch-all-objects", "--unordered").count(" commit ") > 3, "the merge was made"
    assert forge.merge(1, head=asked.head, by=GRACE).state is PullState.MERGED


def test_a_person_keeps_their_spelling(forge):
    assert opened(forge, by="Jürgen Müller <jm@shop.example>").author == Person(name="Jürgen Müller", email="jm@shop.example")
