"""What a jsonnet program in the repository evaluates to."""

import pytest

from gitopskit.errors import DuplicateObjectError, ManifestError, RenderError, SourcePathError
from gitopskit.sources.history import Past
from tests.sources.history.conftest import object_id
from tests.sources.renderers.conftest import load, places

pytest.importorskip("_jsonnet")
LIBRARY = "{ map(name, data):: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: name }, data: data } }"
MAIN = """\
local lib = import 'maps.libsonnet';
local text = importstr '../shared/text.txt';
{
  web: lib.map('web', { text: text }),
  more: { list: [lib.map('one', {}), null], nested: { two: lib.map('two', {}) } },
}
"""
FILES = {"env/prod/main.jsonnet": MAIN, "env/shared/text.txt": "hello", "lib/maps.libsonnet": LIBRARY}


def test_every_object_in_what_it_evaluates_to(repo):
    repo.commit(FILES)
    snapshot = load(repo, "env/prod")
    assert places(snapshot) == {f"ConfigMap {name}": "env/prod/main.jsonnet" for name in ("one", "two", "web")}
    assert next(item.body["data"] for item in snapshot.objects.values() if item.id.name == "web") == {"text": "hello"}
    assert snapshot.source.renderer.startswith("jsonnet ")


def test_a_file_by_its_path(repo):
    repo.commit({"a.jsonnet": "[{apiVersion: 'v1', kind: 'List', items: [{apiVersion: 'v1', kind: 'Pod', metadata: {name: 'a'}}]}]"})
    assert places(load(repo, "a.jsonnet")) == {"Pod a": "a.jsonnet"}


def test_a_library_nearer_by_wins(repo):
    repo.commit({**FILES, "env/vendor/maps.libsonnet": LIBRARY.replace("name: name", "name: 'near-' + name")})
    assert "ConfigMap near-web" in places(load(repo, "env/prod"))


BAD = {
    "an import outside": ("import '../../../outside.libsonnet'", RenderError, "is not in the repository"),
    "an absolute import": ("importstr '/etc/passwd'", RenderError, "is not in the repository"),
    "an import of git": ("importstr '../../.git/config'", RenderError, "is not in the repository"),
    "an external variable": ("std.extVar('HOME')", RenderError, "undefined external variable"),
    "a native function": ("std.native('run')('x')", RenderError, "null"),
    "no end": ("local f(x) = f(x + 1); f(0)", RenderError, "max stack frames exceeded"),
    "nonsense": ("{", RenderError, "jsonnet failed"),
    "nothing": ("{}", RenderError, "no object"),
    "text": ("{a: ['x']}", RenderError, "at .a[0] is no object"),
    "no name": ("{apiVersion: 'v1', kind: 'Pod'}", ManifestError, "no metadata.name"),
    "twice": ("local a = {apiVersion: 'v1', kind: 'Pod', metadata: {name: 'a'}}; [a, a]", DuplicateObjectError, "twice"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_programs_that_are_refused(repo, case):
    text, error, said = BAD[case]
    (repo.folder.parent / "outside.libsonnet").write_text("{}")
    repo.commit({"a/b/main.jsonnet": text})
    with pytest.raises(error) as caught:
        load(repo, "a/b")
    assert said in str(caught.value)
    assert str(repo.folder.parent) not in str(caught.value)


def test_an_import_through_a_link_is_not_followed(repo):
    (repo.folder.parent / "outside.libsonnet").write_text("{apiVersion: 'v1', kind: 'Pod', metadata: {name: 'canary'}}")
    (repo.folder / "link.libsonnet").symlink_to(repo.folder.parent / "outside.libsonnet")
    repo.commit({"main.jsonnet": "import 'link.libsonnet'"})
    with pytest.raises(RenderError, match="not in the repository"):
        load(repo)


def test_the_history_of_an_object_follows_what_is_imported(repo):
    first = repo.commit(FILES)
    second = repo.commit({"env/shared/text.txt": "bye"})
    repo.commit({"env/shared/other.txt": "bye"})
    third = repo.commit({"lib/maps.libsonnet": LIBRARY.replace("data: data", "data: data { x: 'y' }")})
    with Past(repo.folder, path="env/prod") as past:
        assert [one.commit.oid for one in past.of(object_id()).revisions] == [third, second, first]


def test_a_program_of_another_name_is_pointed_at(repo):
    repo.commit({"a/b.jsonnet": "{}"})
    with pytest.raises(SourcePathError, match="no manifests here") as caught:
        load(repo, "a")
    assert "a/b.jsonnet" in caught.value.next_step
