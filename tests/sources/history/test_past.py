"""The history of one object, on scripted histories of every turn that a repository takes."""

import subprocess

import pytest

from gitopskit.errors import SourcePathError
from gitopskit.model.paths import render_path
from gitopskit.sources.history import Past
from tests.sources.history.conftest import config_map, object_id


def told(past, wanted=None):
    """Return (touch, commit id, fields) of each revision, newest first."""
    found = past.of(wanted or object_id())
    return [(one.touch.value, one.commit.oid, [render_path(field.path) for field in one.fields]) for one in found.revisions]


def blamed(past, wanted=None):
    """Return {field: (commit id, place)}."""
    return {render_path(one.path): (one.commit.oid, str(one.origin)) for one in past.blame(wanted or object_id())}


def test_each_field_has_the_commit_that_last_gave_it_its_value(repo):
    first = repo.commit({"a.yaml": config_map(a="one", b="one")})
    second = repo.commit({"a.yaml": config_map(a="one", b="two")}, author="bob")
    repo.commit({"other.yaml": config_map("other", a="one")})
    with Past(repo.folder) as past:
        assert told(past) == [("changed", second, [".data.b"]), ("created", first, [".data.a", ".data.b"])]
        assert blamed(past) == {".data.a": (first, "a.yaml:6"), ".data.b": (second, "a.yaml:7")}
        assert [str(one.commit.author) for one in past.blame(object_id())] == ["ada", "bob"]


def test_text_that_means_the_same_is_no_change(repo):
    first = repo.commit({"a.yaml": config_map(a="one")})
    repo.commit({"a.yaml": "# a comment\napiVersion: v1\nkind: 'ConfigMap'\ndata: {a: \"one\"}\nmetadata: {name: web}\n"})
    with Past(repo.folder) as past:
        assert [(touch, oid) for touch, oid, _ in told(past)] == [("created", first)]
        assert blamed(past) == {".data.a": (first, "a.yaml:6")}


def test_a_field_that_came_back_is_blamed_on_who_brought_it_back(repo):
    repo.commit({"a.yaml": config_map(a="one")})
    repo.commit({"a.yaml": config_map(a="two")})
    third = repo.commit({"a.yaml": config_map(a="one")}, message='Revert "x"')
    with Past(repo.folder) as past:
        assert blamed(past)[".data.a"][0] == third
        assert len(told(past)) == 3


def test_an_object_is_followed_from_file_to_file(repo):
    first = repo.commit({"a.yaml": config_map(a="one") + "---\n" + config_map("other", a="x")})
    second = repo.commit({"a.yaml": config_map("other", a="x"), "b/c.yaml": config_map(a="one")}, author="bob")
    third = repo.commit({"b/c.yaml": None, "b/d.yaml": config_map("third", z="1") + "---\n" + config_map(a="one", b="two")})
    with Past(repo.folder) as past:
        assert told(past) == [
            ("changed", third, [".data.b"]),
            ("moved", second, []),
            ("created", first, [".data.a"]),
        ]
        assert [one.moved_from for one in past.of(object_id()).revisions] == ["b/c.yaml", "a.yaml", ""]
        assert blamed(past) == {".data.a": (first, "a.yaml:6"), ".data.b": (third, "b/d.yaml:14")}


def test_a_rename_of_everything_loses_nothing(repo):
    first = repo.commit({"old/a.yaml": config_map(a="one")})
    repo.git("mv", "old", "new")
    second = repo.commit({})
    with Past(repo.folder, path="new") as past:
        assert [(touch, oid) for touch, oid, _ in told(past)] == [("moved", second), ("created", first)]
        assert blamed(past) == {".data.a": (first, "old/a.yaml:6")}


def test_a_copy_that_stays_is_not_where_an_object_came_from(repo):
    repo.commit({"release/all.yaml": config_map(a="one")})
    second = repo.commit({"deploy/a.yaml": config_map(a="one"), "release/all.yaml": config_map(a="two")})
    with Past(repo.folder, path="deploy") as past:
        assert [(touch, oid) for touch, oid, _ in told(past)] == [("created", second)]


def test_a_life_before_this_one_is_told_as_well(repo):
    first = repo.commit({"a.yaml": config_map(a="one")})
    second = repo.commit({"a.yaml": None, "b.yaml": config_map("other", a="x")})
    repo.commit({"b.yaml": config_map("other", a="y")})
    fourth = repo.commit({"c.yaml": config_map(a="one")})
    with Past(repo.folder) as past:
        assert [(touch, oid) for touch, oid, _ in told(past)] == [("created", fourth), ("deleted", second), ("created", first)]
        assert blamed(past) == {".data.a": (fourth, "c.yaml:6")}, "nobody said so in between"


def test_an_object_that_is_gone_has_a_history_and_no_blame(repo):
    repo.commit({"a.yaml": config_map(a="one"), "b.yaml": config_map("other", a="x")})
    second = repo.commit({"a.yaml": None}, author="bob")
    with Past(repo.folder) as past:
        assert told(past)[0][:2] == ("deleted", second)
        assert past.blame(object_id()) == ()
        assert told(past, object_id("never")) == []


def test_what_a_branch_did_is_not_the_work_of_who_merged_it(repo):
    repo.commit({"a.yaml": config_map(a="one", b="one")})
    repo.git("switch", "--quiet", "--create", "topic")
    on_branch = repo.commit({"a.yaml": config_map(a="two", b="one")}, author="bob")
    repo.git("switch", "--quiet", "main")
    repo.commit({"z.yaml": config_map("other", a="x")})
    repo.merge("topic", message="Merge pull request #12 from bob/topic", author="carol")
    with Past(repo.folder) as past:
        assert told(past)[0][1] == on_branch
        [a, b] = past.blame(object_id())
        assert (str(a.commit.author), a.pull_request) == ("bob", "#12")
        assert (str(b.commit.author), b.pull_request) == ("ada", "")


def test_a_merge_that_decides_a_conflict_says_something_itself(repo):
    repo.commit({"a.yaml": config_map(a="one", b="one")})
    repo.git("switch", "--quiet", "--create", "topic")
    repo.commit({"a.yaml": config_map(a="two", b="two")}, author="bob")
    repo.git("switch", "--quiet", "main")
    repo.commit({"a.yaml": config_map(a="three", b="one")})
    subprocess.run(["git", "-C", repo.folder, "merge", "--quiet", "--no-commit", "topic"], capture_output=True, check=False)
    merge = repo.commit({"a.yaml": config_map(a="four", b="two")}, author="carol")
    with Past(repo.folder) as past:
        assert told(past)[0][:2] == ("changed", merge)
        assert [str(one.commit.author) for one in past.blame(object_id())] == ["carol", "bob"]


def test_a_commit_that_nobody_could_read_hides_nothing_before_it(repo):
    first = repo.commit({"a.yaml": config_map(a="one", b="one")})
    broken = repo.commit({"a.yaml": config_map(a="one", b="one") + "  a: twice\n"})
    third = repo.commit({"a.yaml": config_map(a="one", b="two")})
    with Past(repo.folder) as past:
        found = past.of(object_id())
        assert [one.commit.oid for one in found.revisions] == [third, broken, first]
        assert "stands twice" in found.revisions[1].message
        assert not found.is_whole
        assert blamed(past)[".data.a"][0] == first


def test_a_shallow_clone_says_that_it_does_not_know(repo, tmp_path):
    repo.commit({"a.yaml": config_map(a="one", b="one")})
    repo.commit({"z.yaml": config_map("other", a="x")})
    third = repo.commit({"a.yaml": config_map(a="one", b="two")})
    subprocess.run(["git", "clone", "--quiet", "--depth=2", f"file://{repo.folder}", tmp_path / "shallow"], check=True)
    with Past(tmp_path / "shallow") as past:
        a, b = past.blame(object_id())
        assert (a.is_known, b.is_known, b.commit.oid) == (False, True, third)
        found = past.of(object_id())
        assert not found.is_whole
        assert "shallow" in found.warnings[0]
        assert [one.commit.oid for one in found.revisions] == [third], "what lies at the cut may be older than that"


def test_neither_replacements_nor_grafts_change_the_past(repo):
    first = repo.commit({"a.yaml": config_map(a="one")})
    second = repo.commit({"a.yaml": config_map(a="two")}, author="bob")
    (repo.folder / ".git" / "info").mkdir(exist_ok=True)
    (repo.folder / ".git" / "info" / "grafts").write_text(f"{second}\n")
    repo.git("replace", second, first)
    with Past(repo.folder) as past:
        assert [oid for _, oid, _ in told(past)] == [second, first]


OVERLAY = """\
resources: [../base]
patches:
- target: {kind: ConfigMap}
  patch: |
    - {op: replace, path: /data/a, value: two}
"""


def test_what_an_overlay_says_is_told_of_the_object_that_it_renders(repo):
    base = repo.commit({"base/kustomization.yaml": "resources: [a.yaml]\n", "base/a.yaml": config_map(a="one", b="one")})
    overlay = repo.commit({"prod/kustomization.yaml": "resources: [../base]\n"}, author="bob")
    patch = repo.commit({"prod/kustomization.yaml": OVERLAY}, author="carol")
    repo.commit({"elsewhere.yaml": config_map("other", a="x")})
    changed = repo.commit({"base/a.yaml": config_map(a="one", b="two")})
    with Past(repo.folder, path="prod") as past:
        assert told(past) == [
            ("changed", changed, [".data.b"]),
            ("changed", patch, [".data.a"]),
            ("created", overlay, [".data.a", ".data.b"]),
        ]
        assert {path: oid for path, (oid, _) in blamed(past).items()} == {".data.a": patch, ".data.b": changed}
    with Past(repo.folder, path="base") as past:
        assert [oid for _, oid, _ in told(past)] == [changed, base]


def test_an_overlay_that_was_renamed_is_followed(repo):
    first = repo.commit({"old/kustomization.yaml": "resources: [a.yaml]\nnamePrefix: my-\n", "old/a.yaml": config_map(a="one")})
    repo.git("mv", "old", "new")
    repo.commit({})
    with Past(repo.folder, path="new") as past:
        assert {oid for oid, _ in blamed(past, object_id("my-web")).values()} == {first}


def test_an_object_whose_group_was_split_up_is_still_the_same(repo):
    text = "apiVersion: {}\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{replicas: 1}}\n"
    first = repo.commit({"a.yaml": text.format("extensions/v1beta1")})
    second = repo.commit({"a.yaml": text.format("apps/v1")})
    with Past(repo.folder) as past:
        found = past.of(object_id(kind="Deployment", group="apps"))
        assert [(one.touch.value, one.commit.oid) for one in found.revisions] == [("changed", second), ("created", first)]
        assert blamed(past, object_id(kind="Deployment", group="apps")) == {".spec.replicas": (first, "a.yaml:4")}


def test_a_path_that_leads_outside_is_refused(repo):
    repo.commit({"a.yaml": config_map(a="one")})
    with pytest.raises(SourcePathError, match="outside"):
        Past(repo.folder, path="../..")


@pytest.mark.parametrize("name", ["a b", "quote'", 'double"', "ünï", "new\nline", ":(glob)**", "*"])
def test_names_of_files_are_names_and_nothing_else(repo, name):
    first = repo.commit({f"d{name}/x.yaml": config_map(a="one")})
    with Past(repo.folder, path=f"d{name}") as past:
        assert [oid for _, oid, _ in told(past)] == [first]
