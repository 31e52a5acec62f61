"""How far the trunk is ahead of a commit, asked anew."""

import subprocess

import pytest

from gitopskit.errors import RevisionError
from gitopskit.sources.trunk import ahead_of
from tests.sources.scratch import Repo


@pytest.fixture
def repo(tmp_path, home_dir):
    return Repo(tmp_path / "repo")


def test_commits_that_the_trunk_has_and_another_lacks(repo):
    first = repo.commit({"a": "1"})
    assert ahead_of(repo.folder, first, "main").count == 0
    repo.git("checkout", "--quiet", "-b", "side")
    side = repo.commit({"b": "1"})
    repo.git("checkout", "--quiet", "main")
    tip = [repo.commit({"a": text}) for text in "23"][-1]
    assert [(ahead_of(repo.folder, one, "main").count, ahead_of(repo.folder, one, "main").tip) for one in (first, side, tip)] == [
        (2, tip), (2, tip), (0, tip),
    ]  # fmt: skip


def test_an_address_is_asked_anew(repo):
    first, url = repo.commit({"a": "1"}), f"file://{repo.folder}"
    assert ahead_of(url, first, "main").count == 0
    repo.commit({"a": "2"})
    assert ahead_of(url, first, "main").count == 1


def test_what_is_not_there(repo, tmp_path):
    first = repo.commit({"a": "1"})
    for commit, trunk in (("f" * 40, "main"), (first, "nowhere"), (first, "--help")):
        with pytest.raises(RevisionError):
            ahead_of(repo.folder, commit, trunk)


def test_a_shallow_history_does_not_tell(repo, tmp_path):
    repo.commit({"a": "1"})
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit({"b": "1"})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"a": "2"})
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{repo.folder}", tmp_path / "clone"],
        check=True, capture_output=True,
    )  # fmt: skip
    assert ahead_of(tmp_path / "clone", "main", "main").count == 0
    assert ahead_of(tmp_path / "clone", "origin/side", "main") is None
