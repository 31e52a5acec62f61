"""What a kustomization renders to, and which file each object came from."""

import subprocess

import pytest
import yaml

from gitopskit import home
from gitopskit.errors import DuplicateObjectError, ManifestError
from tests.sources.history.conftest import config_map
from tests.sources.renderers.conftest import forget, load, places

DEPLOYMENT = """\
# a comment
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations: {}
spec:
  template: {spec: {containers: [{name: web, image: shop}]}}
"""
BASE = """\
resources: [deployment.yaml, maps.yaml]
configMapGenerator:
- name: made
  literals: [a=b]
"""
OVERLAY = """\
resources: [../base]
namePrefix: my-
namespace: shop
images: [{name: shop, newTag: "2"}]
patches:
- target: {kind: ConfigMap, name: one}
  patch: |
    - {op: add, path: /data/c, value: d}
"""


@pytest.fixture
def overlay(repo):
    repo.commit({
        "base/deployment.yaml": DEPLOYMENT,
        "base/maps.yaml": f"{config_map('one', a='b')}---\n{config_map('two', a='b')}",
        "base/kustomization.yaml": BASE,
        "prod/kustomization.yaml": OVERLAY,
    })  # fmt: skip
    return repo


def test_each_object_has_the_file_and_line_that_it_came_from(overlay):
    found = places(load(overlay, "prod"))
    made = next(name for name in found if "made" in name)
    assert found == {
        "Deployment my-web": "base/deployment.yaml:2",
        "ConfigMap my-one": "base/maps.yaml:1",
        "ConfigMap my-two": "base/maps.yaml:8",
        made: "base/kustomization.yaml",
    }


@pytest.mark.parametrize("path", ["base", "prod"])
def test_what_is_rendered_is_what_kustomize_renders(overlay, path, kubectl):
    plain = subprocess.run([kubectl, "kustomize", overlay.folder / path], capture_output=True, check=True).stdout
    found = [item.body for item in load(overlay, path).objects.values()]
    assert found == list(yaml.safe_load_all(plain))
    assert [list(body) for body in found] == [list(body) for body in yaml.safe_load_all(plain)]


def test_an_order_that_the_author_asked_for_is_kept(repo, kubectl):
    """Below an overlay, as the one that asks for origins is, it would not count."""
    text = f"{config_map('z', a='b')}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: a}}\n---\n{config_map('b', a='b')}"
    repo.commit({"k/a.yaml": text, "k/kustomization.yaml": "resources: [a.yaml]\nsortOptions: {order: legacy}\n"})
    assert places(load(repo, "k")) == {"Namespace a": "k/a.yaml:8", "ConfigMap b": "k/a.yaml:12", "ConfigMap z": "k/a.yaml:1"}
    assert next(iter(places(load(repo, "k")))) == "Namespace a"


def test_annotations_of_origin_that_the_author_asked_for_stay(overlay):
    overlay.commit({"prod/kustomization.yaml": OVERLAY + "buildMetadata: [originAnnotations]\n"})
    snapshot = load(overlay, "prod")
    told = {item.id.name: item.annotations.get("config.kubernetes.io/origin") for item in snapshot.objects.values()}
    assert told["my-two"] == "path: ../base/maps.yaml\n"
    assert places(snapshot)["ConfigMap my-two"] == "base/maps.yaml:8"


def test_a_line_that_several_objects_could_have_is_unknown(repo):
    repo.commit({
        "k/a.yaml": f"{config_map('app')}---\n{config_map('my-app')}", "k/kustomization.yaml": "resources: [a.yaml]\nnamePrefix: my-\n",
    })  # fmt: skip
    assert places(load(repo, "k")) == {"ConfigMap my-app": "k/a.yaml:7", "ConfigMap my-my-app": "k/a.yaml"}


def test_what_was_rendered_is_not_rendered_again(overlay, stand_in, kubectl):
    calls = overlay.folder.parent / "calls"
    stand_in(
        "kustomize",
        f"""
if sys.argv[1] == "version":
    print("v5.9.9")
else:
    open({str(calls)!r}, "a").write("x")
    os.execv({kubectl!r}, [{kubectl!r}, "kustomize", *sys.argv[2:]])""",
    )
    first = load(overlay, "prod")
    again = load(overlay, "prod")
    count = calls.read_text()
    forget()
    later = load(overlay, "prod")
    assert calls.read_text() == count == "xx", "once as it is, once with origins"
    assert first.source.renderer == "kustomize v5.9.9"
    assert all(again.objects[key] is item for key, item in first.objects.items())
    assert places(later) == places(first)
    assert later.objects == first.objects


def test_a_secret_that_was_rendered_is_on_no_disk(repo):
    repo.commit({"k/kustomization.yaml": "secretGenerator:\n- name: s\n  literals: [password=canary-1]\n"})
    load(repo, "k")
    forget()
    snapshot = load(repo, "k")
    assert [item.id.kind for item in snapshot.objects.values()] == ["Secret"]
    kept = b"".join(file.read_bytes() for file in home.cache_dir().rglob("*") if file.is_file())
    assert b"canary-1" not in kept
    assert b"Y2FuYXJ5LTE=" not in kept


def test_two_objects_of_one_identity_are_named_by_their_files(repo, stand_in):
    text = f"{config_map('one', a='b')}---\n{config_map('one', a='b')}"
    stand_in("kustomize", f"print('v5.9.9' if sys.argv[1] == 'version' else {text!r})")
    repo.commit({"k/kustomization.yaml": "resources: []\n"})
    with pytest.raises(DuplicateObjectError, match="described twice"):
        load(repo, "k")


@pytest.mark.parametrize(("text", "said"), [
    ("apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n", "generateName"),
    ("apiVersion: v1\nmetadata: {name: a}\n", "no kind"),
    ("just text\n", "no object"),
])  # fmt: skip
def test_what_is_rendered_must_be_objects(repo, stand_in, text, said):
    stand_in("kustomize", f"print('v5.9.9' if sys.argv[1] == 'version' else {text!r})")
    repo.commit({"k/kustomization.yaml": "resources: []\n"})
    with pytest.raises(ManifestError, match=said):
        load(repo, "k")


def test_a_list_is_taken_apart(repo):
    listed = '{"apiVersion":"v1","kind":"List","items":[\n' + '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"three"}}]}'
    repo.commit({"k/a.json": listed, "k/kustomization.yaml": "resources: [a.json]\n"})
    assert places(load(repo, "k")) == {"Pod three": "k/a.json:2"}
