"""Desired state from Git: committed blobs at a commit, by plumbing alone."""

import os
import subprocess
from pathlib import Path

import pytest

from gitopskit import home, sources
from gitopskit.errors import (
    DuplicateObjectError,
    ManifestError,
    RenderError,
    RepositoryError,
    RevisionError,
    SourcePathError,
)
from gitopskit.sources import desired

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {0}}}\ndata: {{a: b}}\n"


@pytest.fixture
def repo(tmp_path, home_dir):
    return Repo(tmp_path / "repo")


class Repo:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str, text: str | None = None) -> str:
        words = ("-c", "user.name=a", "-c", "user.email=a@example.org", *words)
        return subprocess.run(["git", "-C", self.folder, *words], input=text, capture_output=True, text=True, check=True).stdout.strip()

    def commit(self, **files: str) -> str:
        for name, content in files.items():
            path = self.folder / name.replace("__", "/").replace("_yaml", ".yaml").replace("_json", ".json")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "x")
        return self.git("rev-parse", "HEAD")


def names(snapshot):
    return [item.id.name for item in snapshot.objects.values()]


def test_objects_have_file_line_and_commit(repo):
    listed = '{"apiVersion":"v1","kind":"List","items":[\n' + '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"three"}}]}'
    commit = repo.commit(a_yaml=f"---\n{MAP.format('one')}---\n{MAP.format('two')}", b__c_json=listed)
    snapshot = sources.load(repo.folder, "main")
    assert [item.origin.at(snapshot.source.commit) for item in snapshot.objects.values()] == [
        f"{p}@{commit[:12]}" for p in ("a.yaml:2", "a.yaml:7", "b/c.json:2")
    ]
    assert names(snapshot) == ["one", "two", "three"]
    assert snapshot.source.commit == commit
    assert snapshot.source.url == str(repo.folder)


def test_the_working_copy_is_never_read(repo):
    repo.commit(a_yaml=MAP.format("one"))
    (repo.folder / "a.yaml").write_text("not: [a manifest")
    (repo.folder / "b.yaml").write_text(MAP.format("two"))
    assert names(sources.load(repo.folder, "main")) == ["one"]


def test_a_revision_is_a_branch_a_tag_or_a_commit(repo):
    first = repo.commit(a_yaml=MAP.format("one"))
    repo.git("tag", "--annotate", "v1", "--message", "x")
    repo.commit(a_yaml=MAP.format("two"))
    assert {names(sources.load(repo.folder, rev))[0] for rev in ("v1", first, first[:10])} == {"one"}
    assert names(sources.load(repo.folder)) == ["two"]
    assert names(sources.load(repo.folder, "main", commit=first)) == ["one"], "a commit once resolved is what counts"


def test_trunk(repo):
    repo.commit(a_yaml=MAP.format("one"))
    repo.git("checkout", "--quiet", "-b", "feature")
    repo.commit(a_yaml=MAP.format("two"))
    assert sources.load(repo.folder, "main", trunk="main").source.on_trunk is True
    assert sources.load(repo.folder, "feature", trunk="main").source.on_trunk is False
    assert sources.load(repo.folder, "feature").source.on_trunk is None


def test_a_shallow_history_does_not_tell(repo, tmp_path):
    for name in ("one", "two", "three"):
        repo.commit(a_yaml=MAP.format(name))
    old = repo.git("rev-parse", "HEAD~1")
    subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{repo.folder}", tmp_path / "clone"], check=True, capture_output=True)
    (tmp_path / "clone" / ".git" / "shallow").read_text()
    snapshot = sources.load(tmp_path / "clone", "main", trunk="main")
    assert snapshot.source.on_trunk is True
    with pytest.raises(RevisionError):
        sources.load(tmp_path / "clone", old)


def test_an_address_is_fetched_once(repo):
    commit = repo.commit(a_yaml=MAP.format("one"))
    url = f"file://{repo.folder}"
    assert names(sources.load(url, "main")) == ["one"]
    repo.commit(a_yaml=MAP.format("two"))
    assert names(sources.load(url, "main")) == ["two"]
    repo.folder.rename(repo.folder.with_name("moved"))
    assert names(sources.load(url, "main", commit=commit)) == ["one"], "a known commit needs no network"


@pytest.mark.parametrize(
    "url", ["ext::sh -c touch% marker", "--upload-pack=touch marker", "http://example.org/x", "fd::3", "https:///x", "-x"]
)
def test_addresses_that_are_refused(url, home_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "ext")
    with pytest.raises(RepositoryError):
        sources.load(url, "main")
    assert not (tmp_path / "marker").exists()


@pytest.mark.parametrize("revision", ["--help", "-x", "a..b", "a b", "HEAD^{/x}", "@{-1}", "a:b", "", "x\x00y", "x\udcff", "\ud800"])
def test_revisions_that_are_refused(repo, revision):
    repo.commit(a_yaml=MAP.format("one"))
    with pytest.raises(RevisionError):
        sources.open_repository(repo.folder).resolve(revision)


def test_a_hostile_repository_runs_nothing(repo, tmp_path):
    marker = tmp_path / "marker"
    repo.commit(a_yaml=MAP.format("one"))
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    program.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "diff.external",
        "core.sshCommand",
        "core.pager",
        "filter.evil.clean",
        "filter.evil.smudge",
        "core.editor",
    ):
        repo.git("config", key, str(program))
    (repo.folder / ".git" / "info" / "attributes").write_text("* filter=evil\n")
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        (repo.folder / ".git" / "hooks" / hook).write_text(program.read_text())
        (repo.folder / ".git" / "hooks" / hook).chmod(0o755)
    assert names(sources.load(repo.folder, "main")) == ["one"]
    assert not marker.exists()
    subprocess.run(["git", "-C", repo.folder, "status"], check=False, capture_output=True)
    assert marker.exists(), "the fixture bites plain git"


def test_links_are_not_followed(repo, tmp_path):
    (tmp_path / "secret.yaml").write_text(MAP.format("outside"))
    os.symlink(tmp_path / "secret.yaml", repo.folder / "link.yaml")
    repo.commit(a_yaml=MAP.format("one"))
    snapshot = sources.load(repo.folder, "main")
    assert names(snapshot) == ["one"]
    assert "link.yaml" in snapshot.warnings[0]


def test_replacements_and_attributes_do_not_count(repo):
    first = repo.commit(a_yaml=MAP.format("one"), _gitattributes="")
    (repo.folder / ".gitattributes").write_text("*.yaml export-ignore export-subst\n")
    second = repo.commit(a_yaml=MAP.format("two"))
    repo.git("replace", second, first)
    assert names(sources.load(repo.folder, second)) == ["two"]


PLACES = {
    "no such folder": (lambda repo: sources.load(repo.folder / "x", "main"), RepositoryError, "no such folder"),
    "no repository": (lambda repo: sources.load(repo.folder.parent, "main"), RepositoryError, "no Git repository"),
    "no revision": (lambda repo: sources.load(repo.folder, "x"), RevisionError, "main"),
    "no path": (lambda repo: sources.load(repo.folder, "main", "x"), SourcePathError, "there is no 'x'"),
    "outside": (lambda repo: sources.load(repo.folder, "main", "../x"), SourcePathError, "outside"),
    "no manifests": (lambda repo: sources.load(repo.folder, "main", "docs"), SourcePathError, "no manifests"),
}


@pytest.mark.parametrize("case", PLACES)
def test_places_that_are_not_there(repo, case):
    load, error, said = PLACES[case]
    repo.commit(a_yaml=MAP.format("one"), docs__readme="text")
    with pytest.raises(error, match="next:") as caught:
        load(repo)
    assert said in str(caught.value)


OBJECTS = {
    "text": ("just text", ManifestError, "no object"),
    "no kind": ("apiVersion: v1\nmetadata: {name: a}", ManifestError, "no kind"),
    "no name": ("apiVersion: v1\nkind: Pod\nmetadata: {}", ManifestError, "no metadata.name"),
    "generated": ("apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}", ManifestError, "generateName"),
    "number as name": ("apiVersion: v1\nkind: Pod\nmetadata: {name: 1}", ManifestError, "not text"),
    "twice": (f"{MAP.format('a')}---\n{MAP.format('a')}", DuplicateObjectError, "a.yaml:1"),
}


@pytest.mark.parametrize("case", OBJECTS)
def test_objects_that_are_none(repo, case):
    text, error, said = OBJECTS[case]
    repo.commit(a_yaml=text)
    with pytest.raises(error) as caught:
        sources.load(repo.folder, "main")
    assert said in str(caught.value)
    assert "a.yaml:" in caught.value.where


def test_kustomize(repo):
    repo.commit(
        base__a_yaml=MAP.format("one"),
        base__kustomization_yaml="resources: [a.yaml]\n",
        overlay__kustomization_yaml="resources: [../base]\nnamePrefix: my-\n",
    )
    snapshot = sources.load(repo.folder, "main", "overlay")
    assert names(snapshot) == ["my-one"]
    assert snapshot.source.renderer.startswith("kustomize v")


def test_environments_in_folders_of_their_own(repo):
    repo.commit(staging__a_yaml=MAP.format("one"), production__a_yaml=MAP.format("one"), production__b_yaml=MAP.format("two"))
    assert names(sources.load(repo.folder, "main", "staging")) == ["one"]
    assert names(sources.load(repo.folder, "main", "production")) == ["one", "two"]
    with pytest.raises(DuplicateObjectError) as caught:
        sources.load(repo.folder, "main")
    assert all(file in caught.value.where for file in ("staging/a.yaml:1", "production/a.yaml:1")), "they are told apart by the path"


KUSTOMIZATIONS = {
    "address": "resources: ['https://example.org/x']\n",
    "git": "resources: ['git::https://example.org/x?ref=a']\n",
    "short": "resources: [github.com/a/b]\n",
    "outside": "resources: [../../x]\n",
    "absolute": "resources: [/etc/passwd]\n",
    "missing": "resources: [x.yaml]\n",
    "charts": "helmCharts: [{name: a}]\n",
    "itself": "resources: [../k]\n",
    "file generator": "configMapGenerator: [{name: a, files: [x=../../y]}]\n",
    "nothing": "resources: []\n",
    "nonsense": "resource: [a.yaml]\n",
}


@pytest.mark.parametrize("case", KUSTOMIZATIONS)
def test_kustomizations_that_are_refused(repo, case, tmp_path, monkeypatch):
    marker = tmp_path / "git-was-called"
    recorder = tmp_path / "bin" / "git"
    recorder.parent.mkdir()
    repo.commit(k__kustomization_yaml=KUSTOMIZATIONS[case], k__a_yaml=MAP.format("one"))
    recorder.write_text(
        f'#!/bin/sh\ncase "$1" in clone|fetch|init) touch {marker};; esac\nexec /usr/bin/env -S PATH={os.environ["PATH"]} git "$@"\n'
    )
    recorder.chmod(0o755)
    monkeypatch.setenv("PATH", f"{recorder.parent}:{os.environ['PATH']}")
    with pytest.raises((RenderError, ManifestError), match="next:"):
        sources.load(repo.folder, "main", "k")
    assert not marker.exists()


def test_a_secret_is_marked_from_the_moment_it_is_read(repo):
    repo.commit(a_yaml="apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {p: canary-1}\ndata: {q: Y2FuYXJ5LTI=}\n")
    snapshot = sources.load(repo.folder, "main")
    [item] = snapshot.objects.values()
    assert "canary" not in repr(item.body)
    assert "Y2FuYXJ5" not in repr(item.body)


def test_what_was_read_is_not_read_again(repo, monkeypatch):
    repo.commit(a_yaml=MAP.format("one"), b_yaml="apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: canary-1}\n")
    first = sources.load(repo.folder, "main")
    desired._memory.clear()  # as in another process
    read = []
    monkeypatch.setattr(sources.manifests, "read", lambda path, *rest, own=sources.manifests.read: read.append(path) or own(path, *rest))
    second = sources.load(repo.folder, "main")
    assert read == ["b.yaml"], "what holds a secret is never kept"
    assert [item.body for item in first.objects.values()] == [item.body for item in second.objects.values()]
    kept = [path for path in home.cache_dir("blobs").rglob("*") if path.is_file()]
    assert len(kept) == 1
    kept[0].write_bytes(b"[[{cut short")
    desired._memory.clear()
    assert names(sources.load(repo.folder, "main")) == ["one", "s"], "a damaged entry is read anew"
