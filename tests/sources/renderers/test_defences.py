"""What a repository may not make a renderer do. Each attack is first shown to work on the plain tool, where it does."""

import http.server
import io
import os
import shutil
import subprocess
import tarfile
import threading
from dataclasses import replace
from importlib.metadata import PackageNotFoundError

import pytest
import yaml

from gitopskit.errors import RenderError, SourcePathError
from gitopskit.model.rendering import Rendering
from gitopskit.sources.renderers import child, kustomize
from tests.sources.history.conftest import config_map
from tests.sources.renderers.conftest import load
from tests.sources.renderers.test_helm import FILES as CHART

CANARY = config_map("canary", a="canary")


@pytest.fixture
def outside(repo):
    """A folder beside the repository."""
    folder = repo.folder.parent / "outside"
    folder.mkdir()
    (folder / "a.yaml").write_text(CANARY)
    (folder / "kustomization.yaml").write_text("resources: [a.yaml]\n")
    return folder


@pytest.fixture
def plain_kustomize(repo, kubectl):
    """What the plain tool says of a folder of the working copy."""

    def render(folder: str, *flags: str, **environment: str) -> str:
        words = [kubectl, "kustomize", *flags, repo.folder / folder]
        return subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, **environment}).stdout

    return render


@pytest.fixture
def without_checks(monkeypatch):
    """Let everything through to kustomize, to see what its surroundings alone keep it from."""
    monkeypatch.setattr(kustomize, "references", lambda folder: (folder.path,))


@pytest.fixture
def recorder(tmp_path):
    """A folder with a git in it that leaves a mark."""
    program = tmp_path / "shim" / "git"
    program.parent.mkdir()
    ours = f'case "$*" in *cat-file*) exec {shutil.which("git")} "$@";; esac'  # by which a commit is read
    program.write_text(f"#!/bin/sh\n{ours}\ntouch {tmp_path}/marker\nexit 1\n")
    program.chmod(0o755)
    return tmp_path / "marker"


# --- what lies outside --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reference", ["../../outside", "link", "link/a.yaml"])
def test_a_folder_outside_is_not_rendered(repo, outside, plain_kustomize, reference, request):
    repo.commit({"k/kustomization.yaml": f"resources: [{reference}]\n"})
    (repo.folder / "k" / "link").symlink_to(outside)
    repo.commit({})
    if reference != "link/a.yaml":
        assert "canary" in plain_kustomize("k"), "it bites"
    with pytest.raises(RenderError, match=r"leads outside|names nothing"):
        load(repo, "k")
    request.getfixturevalue("without_checks")
    with pytest.raises(RenderError, match="kustomize failed"):
        load(repo, "k")


def test_a_file_of_a_chart_that_is_a_link_is_not_followed(repo, outside, helm, plain_helm):
    repo.commit(CHART)
    (repo.folder / "shop" / "templates" / "link.yaml").symlink_to(outside / "a.yaml")
    repo.commit({})
    assert "canary" in plain_helm(), "it bites"
    with pytest.raises(RenderError, match=r"'shop/templates/link.yaml' is a link"):
        load(repo, "shop")


def test_a_values_file_outside_is_not_read(repo, outside, helm, plain_helm):
    repo.commit(CHART)
    (outside / "values.yaml").write_text("colour: canary\n")
    (repo.folder / "env" / "link.yaml").symlink_to(outside / "values.yaml")
    repo.commit({})
    for path in ("../outside/values.yaml", "env/link.yaml", str(outside / "values.yaml")):
        assert "canary" in plain_helm("--values", str(repo.folder / path)), "it bites"
        with pytest.raises(SourcePathError, match="no values file"):
            load(repo, "shop", rendering=Rendering(values=path))


def test_a_schema_outside_is_not_read(repo, outside, helm, plain_helm):
    (outside / "schema.json").write_text('{"properties": {"colour": {"const": "canary"}}}')
    repo.commit({**CHART, "shop/values.schema.json": f'{{"$ref": "file://{outside}/schema.json"}}'})
    assert "canary" in plain_helm(), "it bites"
    with pytest.raises(RenderError, match="outside itself"):
        load(repo, "shop")


# --- other places -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def server():
    """A server on loopback that counts who asks."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CANARY.encode())

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/a.yaml", asked
        server.shutdown()


@pytest.mark.parametrize("field", ["resources", "openapi"])
def test_an_address_is_not_fetched(repo, server, plain_kustomize, field, request):
    url, asked = server
    repo.commit(
        {
            "k/a.yaml": config_map(),
            "k/kustomization.yaml": f"resources: ['{url}']\n"
            if field == "resources"
            else f"resources: [a.yaml]\nopenapi: {{path: '{url}'}}\n",
        }
    )
    plain_kustomize("k")
    assert asked, "it bites"
    asked.clear()
    with pytest.raises(RenderError, match="leads to another place"):
        load(repo, "k")
    if child._apart():
        request.getfixturevalue("without_checks")
        with pytest.raises(RenderError):
            load(repo, "k")
    assert not asked


@pytest.mark.parametrize(
    "address", ["file:///nowhere//x?ref=main", "ssh://git@127.0.0.1:9/x//y", "git::https://127.0.0.1:9/x//y", "git@127.0.0.1:x/y"]
)
def test_git_is_not_started(repo, recorder, plain_kustomize, address, monkeypatch, request):
    repo.commit({"k/kustomization.yaml": f"resources: ['{address}']\n"})
    path = f"{recorder.parent}/shim{os.pathsep}{os.environ['PATH']}"
    plain_kustomize("k", PATH=path)
    assert recorder.exists(), "it bites"
    recorder.unlink()
    monkeypatch.setenv("PATH", path)
    with pytest.raises(RenderError, match="leads to another place"):
        load(repo, "k")
    request.getfixturevalue("without_checks")
    with pytest.raises(RenderError, match="kustomize failed"):
        load(repo, "k")
    assert not recorder.exists(), "there is no git on the PATH of a renderer"


# --- other programs -----------------------------------------------------------------------------------------------------------

GENERATOR = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: a}\nname: a\nchartHome: .\n"
FUNCTION = "apiVersion: v1\nkind: X\nmetadata: {name: a, annotations: {config.kubernetes.io/function: 'exec: {path: ./x}'}}\n"
STARTERS = {
    "charts": {"k/kustomization.yaml": "helmCharts: [{name: a, releaseName: --post-renderer=x}]\nhelmGlobals: {chartHome: .}\n"},
    "generator": {"k/kustomization.yaml": "generators: [g.yaml]\n", "k/g.yaml": GENERATOR},
    "generator written out": {"k/kustomization.yaml": yaml.safe_dump({"generators": [GENERATOR]})},
    "function": {"k/kustomization.yaml": "transformers: [t.yaml]\n", "k/t.yaml": FUNCTION},
    "function written out": {"k/kustomization.yaml": yaml.safe_dump({"transformers": [FUNCTION]})},
}


@pytest.mark.parametrize("case", STARTERS)
def test_no_program_is_started(repo, tmp_path, plain_kustomize, case):
    marker = tmp_path / "marker"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {marker}\nexit 1\n")
    program.chmod(0o755)
    repo.commit(STARTERS[case])
    plain_kustomize("k", "--enable-alpha-plugins", "--enable-helm", "--helm-command", str(program))
    assert marker.exists() == ("function" not in case), "charts bite where they are enabled; nothing enables functions in kubectl"
    marker.unlink(missing_ok=True)
    with pytest.raises(RenderError, match="is refused"):
        load(repo, "k")
    assert not marker.exists()


def test_no_flag_lets_a_renderer_start_anything(repo, stand_in):
    words = repo.folder.parent / "words"
    stand_in(
        "kustomize", f"open({str(words)!r}, 'a').write(repr(sys.argv[1:]))\nprint('v5.9.9' if sys.argv[1] == 'version' else {CANARY!r})"
    )
    stand_in("helm", f"open({str(words)!r}, 'a').write(repr(sys.argv[1:]))\nprint('v3.20.2' if sys.argv[1] == 'version' else {CANARY!r})")
    repo.commit(
        {**CHART, "k/kustomization.yaml": "resources: [../m]\n", "m/kustomization.yaml": "resources: [a.yaml]\n", "m/a.yaml": CANARY}
    )
    load(repo, "k")
    load(repo, "shop", rendering=Rendering(values="env/prod.yaml"))
    said = words.read_text()
    assert {word for word in yaml.safe_load(said.replace("][", ", ")) if word.startswith("-")} == {
        "--short",
        "--namespace",
        "--include-crds",
        "--values",
    }


# --- too much -----------------------------------------------------------------------------------------------------------------


def doubling(levels: int) -> dict[str, str]:
    """Return kustomizations of which each renders the one below it twice."""
    files = {"l0/a.yaml": config_map(a="b"), "l0/kustomization.yaml": "resources: [a.yaml]\n"}
    for level in range(1, levels + 1):
        for side in "ab":
            files[f"l{level}/{side}/kustomization.yaml"] = f"resources: [../../l{level - 1}]\nnamePrefix: {side}\n"
        files[f"l{level}/kustomization.yaml"] = "resources: [a, b]\n"
    return files


def test_what_grows_with_each_overlay_is_ended(repo, plain_kustomize, monkeypatch):
    repo.commit(doubling(8))
    assert len(plain_kustomize("l8")) > 10_000, "it bites"
    monkeypatch.setattr(child, "LIMITS", replace(child.LIMITS, output_bytes=10_000))
    with pytest.raises(RenderError, match="kustomize printed more than 10000 bytes"):
        load(repo, "l8")


def test_a_thousand_ways_to_one_base_are_checked_once(repo):
    repo.commit(doubling(20) | {"top/kustomization.yaml": "resources: [../l20, x.yaml]\n"})
    with pytest.raises(RenderError, match="names nothing"):
        load(repo, "top")


def test_a_chain_of_overlays_without_an_end(repo):
    files = {f"k{number}/kustomization.yaml": f"resources: [../k{number + 1}]\n" for number in range(2000)}
    repo.commit(files | {"k2000/kustomization.yaml": "resources: [a.yaml]\n", "k2000/a.yaml": CANARY})
    with pytest.raises(RenderError, match="in a row"):
        load(repo, "k0")


@pytest.mark.parametrize(("text", "limit", "said"), [
    ("import time; time.sleep(600)", {"time_s": 1}, "kustomize took longer than 1 s"),
    ("while True: print('x' * 10000)", {"output_bytes": 10_000}, "kustomize printed more than 10000 bytes"),
    ("import time; time.sleep(.2); bytearray(300_000_000)", {"memory_bytes": 100_000_000}, "MemoryError"),
])  # fmt: skip
def test_a_renderer_that_takes_too_much_is_ended(repo, stand_in, monkeypatch, text, limit, said):
    repo.commit({"k/kustomization.yaml": "resources: []\n"})
    stand_in("kustomize", f"if sys.argv[1] == 'version': print('v5.9.9'); sys.exit()\n{text}")
    monkeypatch.setattr(child, "LIMITS", replace(child.LIMITS, **limit))
    with pytest.raises(RenderError, match=said):
        load(repo, "k")


def archive(**members: bytes) -> bytes:
    """Return a chart archive that was not made by helm."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, content in {"db/Chart.yaml": b"apiVersion: v2\nname: db\nversion: 1.0.0\n", **members}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def with_archive(repo, content: bytes) -> None:
    repo.commit({**CHART, "shop/Chart.yaml": CHART["shop/Chart.yaml"] + "- {name: db, version: 1.0.0}\n"})
    (repo.folder / "shop/charts/db-1.0.0.tgz").write_bytes(content)
    repo.commit({})


def test_a_chart_in_an_archive_is_rendered(repo, helm):
    with_archive(repo, archive(**{"db/templates/a.yaml": CANARY.encode()}))
    snapshot = load(repo, "shop")
    assert next(str(item.origin) for item in snapshot.objects.values() if item.id.name == "canary") == "shop/charts/db-1.0.0.tgz"


@pytest.mark.parametrize(
    "members",
    [{"db/../../../../escaped": b"x"}, {"db/bomb": bytes(130 * 2**20)}, {"db/templates/a.yaml": bytes(8 * 2**20)}],
    ids=["above", "bomb", "file"],
)
def test_an_archive_that_leads_outside_or_is_too_large_is_refused(repo, helm, plain_helm, members):
    """Helm itself knows these; nothing is unpacked to a disk either way."""
    with_archive(repo, archive(**members))
    assert "a.yaml" not in plain_helm().partition("rror")[0]
    with pytest.raises(RenderError, match="helm failed"):
        load(repo, "shop")
    assert not list(repo.folder.parent.rglob("escaped"))


def test_an_absolute_path_in_an_archive_stays_in_the_chart(repo, helm):
    marker = repo.folder.parent / "escaped"
    with_archive(repo, archive(**{str(marker): b"x", "db/templates/a.yaml": CANARY.encode()}))
    load(repo, "shop")
    assert not marker.exists()


# --- a renderer that is none --------------------------------------------------------------------------------------------------

RENDERERS = {
    "prints nothing": ("pass", "kustomize renders it to nothing"),
    "prints half, and fails": (f"print({CANARY!r}); sys.exit('the rest is missing')", "kustomize failed: the rest is missing"),
    "says nothing, and fails": ("sys.exit(3)", "kustomize failed: exit code 3"),
    "complains only": ("sys.stderr.write('all is well')", "kustomize renders it to nothing"),
    "prints blanks": ("print('\\n\\n')", "kustomize renders it to nothing"),
    "prints no object": ("print('---\\n# nothing\\n---')", "to no object"),
}


@pytest.mark.parametrize("case", RENDERERS)
def test_what_is_no_output_is_no_desired_state(repo, stand_in, case):
    text, said = RENDERERS[case]
    repo.commit({"k/kustomization.yaml": "resources: []\n"})
    stand_in("kustomize", f"if sys.argv[1] == 'version': print('v5.9.9'); sys.exit()\n{text}")
    with pytest.raises(RenderError) as caught:
        load(repo, "k")
    assert said in caught.value.what
    assert str(repo.folder.parent) not in str(caught.value)


@pytest.mark.parametrize(("version", "said"), [
    ("print('v2.17.0+gf6fc92f')", "too old"), ("print('what?')", "too old"), ("sys.exit('broken')", "helm failed: broken"),
])  # fmt: skip
def test_a_helm_that_is_none_is_refused(repo, stand_in, version, said):
    repo.commit(CHART)
    stand_in("helm", f"{version}\nprint({CANARY!r})")
    with pytest.raises(RenderError, match=said):
        load(repo, "shop")


@pytest.mark.parametrize(
    ("path", "files"), [("shop", CHART), ("k", {"k/kustomization.yaml": "resources: []\n"}), ("j", {"j/main.jsonnet": "{}"})]
)
def test_a_renderer_that_is_missing_is_named(repo, monkeypatch, path, files):
    repo.commit(files)
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)

    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", missing)
    with pytest.raises(RenderError, match=r"no (helm|kustomize|jsonnet) is here") as caught:
        load(repo, path)
    assert "install" in caught.value.next_step


def test_a_complaint_of_kustomize_shows_no_secret(repo, kubectl):
    repo.commit({"k/kustomization.yaml": "secretGenerator:\n- name: store\n  literals: [canary-1]\n"})
    said = subprocess.run([kubectl, "kustomize", repo.folder / "k"], capture_output=True, text=True, check=False).stderr
    assert "canary-1" in said, "it bites"
    with pytest.raises(RenderError, match="invalid literal source") as caught:
        load(repo, "k")
    assert "canary-1" not in str(caught.value)


def test_a_complaint_of_helm_shows_no_secret(repo, helm, plain_helm):
    schema = '{"properties": {"db": {"properties": {"password": {"pattern": "^[0-9]+$"}}}}}'
    repo.commit({**CHART, "shop/values.schema.json": schema, "env/prod.yaml": "db: {password: canary-1}\n"})
    assert "canary-1" in plain_helm("--values", str(repo.folder / "env/prod.yaml")), "it bites"
    with pytest.raises(RenderError, match="does not match pattern") as caught:
        load(repo, "shop", rendering=Rendering(values="env/prod.yaml"))
    assert "canary-1" not in str(caught.value)


# --- what a renderer sees -----------------------------------------------------------------------------------------------------

SECRETS = {
    "KUBECONFIG": "/canary",
    "AWS_SECRET_ACCESS_KEY": "canary",
    "HTTPS_PROXY": "http://canary",
    "HELM_PLUGINS": "/canary",
    "SSH_AUTH_SOCK": "/canary",
}


SHOWN = """\
import pathlib
if sys.argv[1:] == ["version"]:
    print("v5.9.9")
    sys.exit()
root = pathlib.Path(sys.argv[-1]).parent
print("apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: m}\\ndata:")
for name, value in os.environ.items():
    print(f"  {name}: {value!r}")
for file in root.rglob("*"):
    print(f"  {file.relative_to(root)}: {'file' if file.is_file() else 'folder'}")
"""


@pytest.fixture
def showing(stand_in):
    """A renderer that shows what it sees."""
    return stand_in("kustomize", SHOWN)


def test_a_renderer_sees_an_environment_of_ours(repo, showing, monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    repo.commit({"k/kustomization.yaml": "resources: []\n"})
    assert "canary" in subprocess.run([showing, "k"], capture_output=True, text=True, check=True, cwd=repo.folder).stdout, "it bites"
    [item] = load(repo, "k").objects.values()
    seen = {name: value for name, value in item.body["data"].items() if value not in ("file", "folder")}
    assert set(seen) <= {"PATH", "HOME", "TMPDIR", "LC_ALL", "LC_CTYPE"}
    assert "canary" not in str(seen)
    assert seen["PATH"].startswith(seen["HOME"])


def test_a_renderer_sees_the_files_that_were_referred_to_and_no_others(repo, showing):
    repo.commit({"k/kustomization.yaml": "resources: [a.yaml]\n", "k/a.yaml": CANARY, "private/b.yaml": CANARY})
    [item] = load(repo, "k").objects.values()
    assert {name for name, value in item.body["data"].items() if value == "file"} == {"k/kustomization.yaml", "k/a.yaml"}
