"""What a Helm chart in the repository renders to: by the helm on PATH where there is one, and by the one that is a library."""

import json

import pytest

from gitopskit.errors import DuplicateObjectError, RenderError, SourceError, SourcePathError
from gitopskit.model.ids import ObjectId
from gitopskit.model.rendering import Rendering
from gitopskit.sources.history import Past
from tests.sources.renderers.conftest import forget, load, places

WEB = """\
{{- /* a comment */}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-web
  namespace: {{ .Release.Namespace }}
data:
  replicas: {{ .Values.replicas | quote }}
  colour: {{ .Values.colour | quote }}
"""
CACHE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-cache}\ndata: {size: {{ .Values.size | quote }}}\n"
HOOK = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s, annotations: {helm.sh/hook: %s}}\n"
CRD = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.org}\n"
CHART = """\
apiVersion: v2
name: store
version: 1.0.0
dependencies:
- {name: cache, version: 1.0.0, condition: cache.enabled}
"""
FILES = {
    "shop/Chart.yaml": CHART,
    "shop/values.yaml": "replicas: 1\ncolour: red\ncache: {enabled: true}\n",
    "shop/templates/web.yaml": WEB,
    "shop/templates/NOTES.txt": "thank you",
    "shop/templates/_names.tpl": "{{ define \"x\" }}x{{ end }}",
    "shop/crds/widgets.yaml": CRD,
    "shop/charts/cache/Chart.yaml": "apiVersion: v2\nname: cache\nversion: 1.0.0\n",
    "shop/charts/cache/values.yaml": "size: 3\n",
    "shop/charts/cache/templates/cache.yaml": CACHE,
    "env/prod.yaml": "replicas: 5\n",
    "env/late.yaml": "colour: blue\nreplicas: 7\ncache: {size: 9}\n",
}  # fmt: skip


@pytest.fixture
def chart(repo, helm):
    repo.commit(FILES)
    return repo


def data(snapshot):
    return {item.id.name: dict(item.body.get("data", {})) for item in snapshot.objects.values()}


def test_each_object_has_the_template_and_line_that_it_came_from(chart):
    assert places(load(chart, "shop")) == {
        "CustomResourceDefinition widgets.example.org": "shop/crds/widgets.yaml:1",
        "ConfigMap shop-cache": "shop/charts/cache/templates/cache.yaml:1",
        "ConfigMap shop-web": "shop/templates/web.yaml:2",
    }


def test_the_release_is_called_as_the_folder_and_lives_in_the_namespace(chart):
    snapshot = load(chart, "shop")
    assert snapshot.source.rendering == Rendering(release="shop", namespace="default")
    assert snapshot.source.renderer.startswith("helm ")
    other = load(chart, "shop", rendering=Rendering(release="store", namespace="prod"))
    assert [(item.id.namespace, item.id.name) for item in other.objects.values() if item.id.namespace] == [("prod", "store-web")]


def test_values_files_are_laid_over_one_another(chart):
    assert data(load(chart, "shop"))["shop-web"] == {"replicas": "1", "colour": "red"}
    assert data(load(chart, "shop", rendering=Rendering(values="env/prod.yaml")))["shop-web"] == {"replicas": "5", "colour": "red"}
    late = data(load(chart, "shop", rendering=Rendering(values=["env/prod.yaml", "env/late.yaml"])))
    assert late["shop-web"] == {"replicas": "7", "colour": "blue"}
    assert late["shop-cache"] == {"size": "9"}
    early = data(load(chart, "shop", rendering=Rendering(values=["env/late.yaml", "env/prod.yaml"])))
    assert early["shop-web"] == {"replicas": "5", "colour": "blue"}


def test_a_dependency_may_be_switched_off(chart):
    chart.commit({"env/prod.yaml": "cache: {enabled: false}\n"})
    assert "ConfigMap shop-cache" not in places(load(chart, "shop", rendering=Rendering(values="env/prod.yaml")))


def test_a_dependency_that_is_not_here_is_not_fetched(chart):
    chart.commit({"shop/Chart.yaml": CHART + "- {name: db, version: 1.0.0, repository: 'https://charts.example.org'}\n"})
    with pytest.raises(RenderError, match="missing in charts/ directory: db") as caught:
        load(chart, "shop")
    assert "helm dependency build" in caught.value.next_step


def test_hooks_are_left_out_and_named(chart, plain_helm):
    chart.commit(
        {
            "shop/templates/hooks.yaml": HOOK % ("migrate", "'pre-upgrade,pre-install'"),
            "shop/templates/tests/t.yaml": HOOK % ("check", "test"),
        }
    )
    assert plain_helm().count("kind: Pod") == 2, "it bites"
    snapshot = load(chart, "shop")
    assert not any(item.id.kind == "Pod" for item in snapshot.objects.values())
    [said] = snapshot.warnings
    assert said.startswith("2 hooks of the chart are left out, and never run: ")
    assert "Pod migrate (pre-upgrade,pre-install)" in said
    assert "Pod check (test)" in said
    forget()
    assert load(chart, "shop").warnings == snapshot.warnings, "as well from what is kept"


def test_a_chart_of_hooks_alone_is_no_desired_state(repo, helm):
    repo.commit({"c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n", "c/templates/a.yaml": HOOK % ("a", "test")})
    with pytest.raises(RenderError, match="hooks alone"):
        load(repo, "c")


RANDOM = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: {{ %s }}}\n"


@pytest.mark.parametrize("call", ["randAlphaNum 20 | quote", "uuidv4 | quote", "now | unixEpoch | quote", 'genCA "x" 1 | toJson | quote'])
def test_a_chart_that_renders_differently_each_time_is_said_not_to_be_reproducible(chart, plain_helm, call):
    chart.commit({"shop/templates/s.yaml": RANDOM % call})
    assert "now" in call or plain_helm() != plain_helm(), "it bites"
    with pytest.raises(RenderError, match="not reproducible") as caught:
        load(chart, "shop")
    assert "Secret s.stringData.p" in caught.value.what
    assert len(caught.value.what) < 200, "the values are not shown"


def test_a_name_that_is_another_each_time_is_not_reproducible(chart):
    chart.commit({"shop/templates/s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s-{{ randAlpha 8 | lower }}}\n"})
    with pytest.raises(RenderError, match="another name each time"):
        load(chart, "shop")


def test_a_chart_that_asks_for_the_day_is_said_to(chart):
    chart.commit({"shop/templates/s.yaml": RANDOM % 'now | date "2006" | quote'})
    assert load(chart, "shop").warnings == ("what the chart renders to may depend on the day: shop/templates/s.yaml asks for the time",)


def test_lookup_finds_nothing_and_no_cluster_is_asked(chart, monkeypatch, tmp_path):
    config = {"apiVersion": "v1", "kind": "Config", "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}]}
    config |= {"contexts": [{"name": "c", "context": {"cluster": "c", "user": ""}}], "current-context": "c"}
    (tmp_path / "config").write_text(json.dumps(config))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    template = (
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {found: {{ lookup "v1" "Secret" "default" "s" | toJson | quote }}}\n'
    )
    chart.commit({"shop/templates/m.yaml": template})
    assert data(load(chart, "shop"))["m"] == {"found": "{}"}


BAD = {
    "no such values": ({}, Rendering(values="env/x.yaml"), "no values file 'env/x.yaml'"),
    "values outside": ({}, Rendering(values="../x.yaml"), "no values file"),
    "absolute values": ({}, Rendering(values="/etc/passwd"), "no values file"),
    "an option as values": ({}, Rendering(values="--post-renderer=x"), "no values file"),
    "values that are none": ({"env/prod.yaml": "[1"}, Rendering(values="env/prod.yaml"), "helm failed"),
    "a release that is none": ({}, Rendering(release="--debug"), "cannot be the name of a release"),
    "a template that is none": ({"shop/templates/a.yaml": "{{ if }}"}, Rendering(), "helm failed"),
    "what a template demands": ({"shop/templates/a.yaml": '{{ required "name a host" .Values.host }}'}, Rendering(), "name a host"),
    "values that the schema refuses": (
        {"shop/values.schema.json": '{"properties": {"replicas": {"type": "string"}}}'}, Rendering(), "replicas",
    ),
    "a schema elsewhere": ({"shop/values.schema.json": '{"$ref": "file:///dev/zero"}'}, Rendering(), "outside itself"),
    "a schema of a device": ({"shop/charts/cache/values.schema.json": '{"a": [{"$ref": "/dev/zero"}]}'}, Rendering(), "outside itself"),
    "a schema that is none": ({"shop/values.schema.json": "{"}, Rendering(), "is no JSON"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_charts_that_are_refused(chart, case):
    files, rendering, said = BAD[case]
    chart.commit(files)
    with pytest.raises(SourceError, match="next:") as caught:
        load(chart, "shop", rendering=rendering)
    assert said in caught.value.what


def test_settings_are_for_charts_alone(chart):
    chart.commit({"k/kustomization.yaml": "resources: [a.yaml]\n", "k/a.yaml": CRD})
    for path in ("shop/crds", "k"):
        with pytest.raises(RenderError, match="for Helm charts"):
            load(chart, path, rendering=Rendering(values="env/prod.yaml"))
    assert load(chart, "shop/crds", rendering=Rendering(namespace="x")).source.rendering == Rendering()


def test_an_object_that_is_described_twice_is_named_by_both_templates(chart):
    chart.commit({"shop/templates/again.yaml": WEB})
    with pytest.raises(DuplicateObjectError) as caught:
        load(chart, "shop")
    assert "shop/templates/again.yaml:2" in caught.value.where
    assert "shop/templates/web.yaml:2" in caught.value.where


def test_the_history_of_an_object_of_a_chart(repo, helm):
    first = repo.commit(FILES)
    repo.commit({"shop/charts/cache/values.yaml": "size: 4\n", "env/late.yaml": "colour: green\n"})
    third = repo.commit({"env/prod.yaml": "replicas: 6\n"}, author="bob")
    fourth = repo.commit({"shop/templates/web.yaml": WEB + "  more: x\n"})
    wanted = ObjectId(group="", kind="ConfigMap", namespace="default", name="shop-web")
    with Past(repo.folder, path="shop", rendering=Rendering(values=["env/prod.yaml"])) as past:
        assert [one.commit.oid for one in past.of(wanted).revisions] == [fourth, third, first]
        blamed = {str(one.path[-1]): (one.commit.oid, str(one.origin)) for one in past.blame(wanted)}
    assert blamed == {
        "colour": (first, "shop/templates/web.yaml:2"),
        "replicas": (third, "shop/templates/web.yaml:2"),
        "more": (fourth, "shop/templates/web.yaml:2"),
    }


def test_before_a_chart_there_was_no_chart(repo, helm):
    repo.commit({"a.yaml": CRD})
    second = repo.commit({"shop/kustomization.yaml": "resources: [a.yaml]\n", "shop/a.yaml": CRD})
    repo.git("rm", "--quiet", "-r", "shop")
    third = repo.commit(FILES)
    fourth = repo.commit({"shop/templates/web.yaml": WEB + "  more: x\n"})
    with Past(repo.folder, path="shop", rendering=Rendering(release="shop")) as past:
        web = past.of(ObjectId(group="", kind="ConfigMap", namespace="default", name="shop-web"))
        crd = past.of(ObjectId(group="apiextensions.k8s.io", kind="CustomResourceDefinition", namespace="", name="widgets.example.org"))
    assert [one.commit.oid for one in web.revisions] == [fourth, third]
    assert web.is_whole
    assert [one.commit.oid for one in crd.revisions] == [third, second], "whatever it was written in"
    assert crd.is_whole


def test_a_chart_whose_folder_was_renamed_keeps_the_name_of_its_release(repo, helm):
    repo.commit({path: text for path, text in FILES.items() if path != "env/prod.yaml"})
    second = repo.commit({"env/prod.yaml": "replicas: 6\n"})
    repo.git("mv", "shop", "store")
    third = repo.commit({})
    wanted = ObjectId(group="", kind="ConfigMap", namespace="default", name="store-web")
    with Past(repo.folder, path="store", rendering=Rendering(values=["env/prod.yaml"])) as past:
        found = past.of(wanted)
    assert [(one.touch.value, one.commit.oid) for one in found.revisions] == [("moved", third), ("created", second)]
    assert found.is_whole, "before its values file was there, this source was not"


def test_a_chart_among_manifests_is_pointed_at(repo):
    repo.commit({**FILES, "a.yaml": CRD})
    with pytest.raises(SourcePathError, match="'shop' is a Helm chart") as caught:
        load(repo)
    assert "point a path at shop" in caught.value.next_step


def test_the_path_of_a_values_file_may_be_written_in_any_way(chart):
    snapshot = load(chart, "shop", rendering=Rendering(values="./env//prod.yaml"))
    assert snapshot.source.rendering.values == ("env/prod.yaml",)
    assert data(snapshot)["shop-web"]["replicas"] == "5"
